#include "certroll/archive.h"
#include "certroll/file.h"
#include "certroll/secret.h"
#include "certroll/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX = ARCHIVE_NAME - 1 };

char *archive_bundle(const char *state, const char *leaf)
{
	return text_format("%s/archive/%s.pem", state, leaf);
}

char *archive_chain(const char *state, const char *leaf)
{
	return text_format("%s/archive/%s.chain.pem", state, leaf);
}

bool archive_holds(const char *state, const char *leaf)
{
	auto_free char *path = archive_bundle(state, leaf);

	return access(path, F_OK) == 0;
}

/* It holds private keys: not a folder that was prepared by others, or left open. */
static int make_folder(const char *path, struct err *err)
{
	auto_free char *folder = text_copy(path);
	struct stat status;

	if (file_make_folders(path, err))
		return -1;
	*strrchr(folder, '/') = '\0';
	if (lstat(folder, &status))
		return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 077)
		return err_set(err, ERR_CONFIG,
			       "%s: must be a folder of yours that nobody else can open; chown and "
			       "chmod 700 it, or use --no-archive",
			       folder);
	return 0;
}

static bool is_same(const char *path, const char *bytes, size_t len)
{
	auto_secret old = { 0 };

	return secret_load(&old, path, len, NULL, NULL) == 0 && old.len == len &&
	       memcmp(old.bytes, bytes, len) == 0;
}

int archive_keep(const char *state, const char *leaf, const char *bundle, size_t bundle_len,
		 const char *chain, size_t chain_len, struct err *err)
{
	auto_free char *path = archive_bundle(state, leaf);
	auto_free char *public = archive_chain(state, leaf);

	if (make_folder(path, err))
		return -1;
	if (is_same(path, bundle, bundle_len))
		return 0;
	if (file_write(public, chain, chain_len, FILE_PUBLIC, err) ||
	    archive_wipe(state, leaf, err)) /* renamed over, its key would stay on the disk */
		return -1;
	return file_write(path, bundle, bundle_len, FILE_PRIVATE, err);
}

int archive_wipe(const char *state, const char *leaf, struct err *err)
{
	auto_free char *path = archive_bundle(state, leaf);

	return file_wipe(path, err);
}

static bool is_bundle(const char *name)
{
	return strspn(name, "0123456789abcdef") == HEX && strcmp(name + HEX, ".pem") == 0;
}

archive_name *archive_list(const char *state, size_t *count)
{
	auto_free char *folder = text_format("%s/archive", state);
	DIR *stream = opendir(folder);
	archive_name *leaves = NULL;
	const struct dirent *entry;

	*count = 0;
	while (stream && *count < ARCHIVE_MAX && (entry = readdir(stream))) {
		if (!is_bundle(entry->d_name))
			continue;
		leaves = mem_grow(leaves, *count, sizeof *leaves);
		memcpy(leaves[(*count)++], entry->d_name, HEX);
	}
	if (stream)
		closedir(stream);
	return leaves;
}
