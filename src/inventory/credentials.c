/* A folder with a file for each password, read by root before it becomes somebody else. */
#include "certroll/text.h"
#include "secret_ref.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_CREDENTIALS = 256 };

static struct credential {
	char *name;
	struct secret value;
} credentials[MAX_CREDENTIALS];
static size_t credential_count;

static int load_one(const char *folder, const char *name, struct err *err)
{
	auto_free char *path = text_format("%s/%s", folder, name);
	struct credential *one = &credentials[credential_count];
	bool open_to_others = false;
	struct stat status;

	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return 0;
	if (credential_count == MAX_CREDENTIALS)
		return err_set(err, ERR_LIMIT, "%s: more than %d files", folder, MAX_CREDENTIALS);
	if (secret_load(&one->value, path, SECRET_MAX_BYTES, &open_to_others, err))
		return -1;
	one->name = text_copy(name);
	credential_count++;
	if (open_to_others)
		return err_set(err, ERR_SECRET, "%s: others may read the file; run: chmod 600 %s",
			       path, path);
	return 0;
}

int secret_credentials_load(const char *folder, struct err *err)
{
	const char *given = getenv("CREDENTIALS_DIRECTORY");
	const struct dirent *entry;
	int status = 0;
	DIR *stream;

	if (given && *given)
		return 0;
	stream = opendir(folder);
	if (!stream)
		return err_set(err, ERR_SECRET,
			       "%s: %s; root reads it before it becomes somebody else, and "
			       "systemd with LoadCredential=certroll:%s",
			       folder, strerror(errno), folder);
	while (status == 0 && (entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			status = load_one(folder, entry->d_name, err);
	closedir(stream);
	return status;
}

const struct secret *secret_credential(const char *name)
{
	for (size_t i = 0; i < credential_count; i++)
		if (strcmp(credentials[i].name, name) == 0)
			return &credentials[i].value;
	return NULL;
}

void secret_credentials_free(void)
{
	while (credential_count) {
		struct credential *one = &credentials[--credential_count];

		mem_free(one->name);
		secret_free(&one->value);
	}
}
