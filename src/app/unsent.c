#include "certroll/file.h"
#include "certroll/notice.h"
#include "certroll/sha256.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHO_BYTES = 8, NAME_MAX_BYTES = 64 };

/* Names are WHO-SECONDS.json, so their order is that of time.  WHO is a hash: an address may be as good
 * as a password. */
static char *name_prefix(const char *who)
{
	unsigned char digest[CERT_HASH];
	char hex[2 * WHO_BYTES + 1];

	sha256(who, strlen(who), digest);
	text_hex(digest, WHO_BYTES, hex);
	return text_format("%s-", hex);
}

/* The first by name of those that begin so; *count: how many there are.  Owned. */
static char *oldest(const char *folder, const char *prefix, size_t *count)
{
	DIR *stream = opendir(folder);
	char *first = NULL;

	*count = 0;
	for (struct dirent *entry; stream && (entry = readdir(stream));) {
		if (!text_starts(entry->d_name, prefix) || !text_ends(entry->d_name, ".json") ||
		    strlen(entry->d_name) > NAME_MAX_BYTES)
			continue;
		(*count)++;
		if (first && strcmp(entry->d_name, first) > 0)
			continue;
		mem_free(first);
		first = text_copy(entry->d_name);
	}
	if (stream)
		closedir(stream);
	return first;
}

int unsent_keep(const char *state, const char *who, const char *json, int64_t now, struct err *err)
{
	auto_free char *prefix = name_prefix(who);
	auto_free char *folder = text_format("%s/unsent", state);
	auto_free char *path = text_format("%s/%s%012" PRId64 ".json", folder, prefix, now);
	size_t count;

	for (;;) {
		auto_free char *first = oldest(folder, prefix, &count);
		auto_free char *victim = NULL;

		if (count < UNSENT_MAX)
			break;
		victim = text_format("%s/%s", folder, first);
		if (unlink(victim))
			return err_set(err, ERR_IO, "%s cannot be removed", victim);
	}
	if (file_make_folders(path, err))
		return -1;
	return file_write(path, json, strlen(json), FILE_PRIVATE, err);
}

char *unsent_next(const char *state, const char *who, char **path)
{
	auto_free char *prefix = name_prefix(who);
	auto_free char *folder = text_format("%s/unsent", state);
	size_t count;
	auto_free char *name = oldest(folder, prefix, &count);
	auto_secret bytes = { 0 };

	*path = NULL;
	if (!name)
		return NULL;
	*path = text_format("%s/%s", folder, name);
	if (secret_load(&bytes, *path, NOTICE_MAX, NULL, NULL) == 0)
		return text_copy(bytes.bytes);
	unlink(*path);
	return NULL;
}
