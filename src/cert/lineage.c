#include "certroll/lineage.h"
#include "certroll/text.h"
#include "gathering.h"
#include <sys/stat.h>
#include <unistd.h>

static int read_one(struct lineage *lineage, const char *path, struct err *err)
{
	struct lineage_file *file = &lineage->files[lineage->count];

	if (lineage->count == LINEAGE_MAX_FILES)
		return err_set(err, ERR_LIMIT,
			       "%s: more than %d files; give only those of one certificate", path,
			       LINEAGE_MAX_FILES);
	if (secret_load(&file->bytes, path, GATHER_MAX_BYTES, &file->open, err))
		return -1;
	file->path = text_copy(path);
	lineage->count++;
	return 0;
}

/* One of the folder's files, if it is there. */
static int read_part(struct lineage *lineage, const char *folder, const char *name, bool *found,
		     struct err *err)
{
	auto_free char *path =
		text_format("%s%s%s", folder, text_ends(folder, "/") ? "" : "/", name);

	*found = access(path, F_OK) == 0;
	return *found ? read_one(lineage, path, err) : 0;
}

/* As certbot keeps it (live/NAME): fullchain.pem is cert.pem and chain.pem. */
static int read_folder(struct lineage *lineage, const char *folder, struct err *err)
{
	static const char *const names[] = { "fullchain.pem", "cert.pem", "chain.pem",
					     "privkey.pem" };
	bool found[COUNT(names)] = { false };

	for (size_t i = 0; i < COUNT(names); i++) {
		bool repeated = found[0] && (i == 1 || i == 2);

		if (!repeated && read_part(lineage, folder, names[i], &found[i], err))
			return -1;
	}
	if (!found[0] && !found[1])
		return err_set(err, ERR_IO,
			       "%s: is a folder, but not as certbot keeps them: neither "
			       "fullchain.pem nor cert.pem is in it; name the files themselves",
			       folder);
	return 0;
}

int lineage_read(struct lineage *lineage, const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return read_folder(lineage, path, err);
	return read_one(lineage, path, err);
}

int lineage_gather(const struct lineage *lineage, struct gathered *all,
		   const struct secret *password, struct chains *chains, struct findings *findings,
		   struct err *err)
{
	for (size_t i = 0; i < lineage->count; i++) {
		const struct lineage_file *file = &lineage->files[i];

		struct gathering one = { all, chains, password, findings, file->path, false };

		if (gather_read(&one, &file->bytes, file->open, err))
			return -1;
	}
	return 0;
}

void lineage_free(struct lineage *lineage)
{
	while (lineage->count) {
		struct lineage_file *file = &lineage->files[--lineage->count];

		mem_free(file->path);
		secret_free(&file->bytes);
		*file = (struct lineage_file){ 0 };
	}
}
