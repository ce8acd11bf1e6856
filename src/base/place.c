#include "place.h"
#include "certroll/file.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "user", "user:group" or ":group" as numbers. */
static int find_owner(const char *words, struct file_owner *owner, struct err *err)
{
	auto_free char *user = text_copy(words);
	char *group = strchr(user, ':');
	const struct passwd *found;
	const struct group *group_found;

	if (group)
		*group++ = '\0';
	if (*user) {
		found = getpwnam(user);
		if (!found)
			return err_set(err, ERR_IO, "there is no user '%s' on this machine", user);
		owner->uid = found->pw_uid;
	}
	if (group && *group) {
		group_found = getgrnam(group);
		if (!group_found)
			return err_set(err, ERR_IO, "there is no group '%s' on this machine",
				       group);
		owner->gid = group_found->gr_gid;
	}
	return 0;
}

/* What stands there lends owner and mode; a key's file is never readable by all. */
static int decide(const struct placing *placing, const struct placed_file *file,
		  struct file_owner *owner, struct err *err)
{
	struct stat old;
	bool exists = lstat(file->path, &old) == 0;
	bool ours = exists && old.st_uid == geteuid() && old.st_gid == getegid();

	if (!exists && errno != ENOENT)
		return err_set(err, ERR_IO, "%s: %s", file->path, strerror(errno));
	if (exists && S_ISLNK(old.st_mode))
		return err_set(err, ERR_IO,
			       "%s: is a symbolic link; name the file it leads to in the options",
			       file->path);
	if (exists && !S_ISREG(old.st_mode))
		return err_set(err, ERR_IO, "%s: is no file", file->path);
	*owner = (struct file_owner){ .mode = file->secret ? 0600 : 0644,
				      .uid = exists && !ours ? old.st_uid : (uid_t)-1,
				      .gid = exists && !ours ? old.st_gid : (gid_t)-1 };
	if (exists)
		owner->mode = old.st_mode & 0777;
	if (placing->mode)
		owner->mode = (mode_t)placing->mode;
	if (file->secret)
		owner->mode &= (mode_t)~0007;
	return placing->owner && *placing->owner ? find_owner(placing->owner, owner, err) : 0;
}

static int look_at_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *folder =
		slash && slash > path ? mem_copy(path, (size_t)(slash - path)) : text_copy("/");

	if (access(folder, W_OK | X_OK))
		return err_set(err, ERR_IO, "%s: %s; certroll writes there as user %u", folder,
			       strerror(errno), (unsigned)geteuid());
	return 0;
}

int place_look(const struct placing *placing, struct err *err)
{
	struct file_owner owner;

	for (size_t i = 0; i < placing->count; i++)
		if (look_at_folder(placing->files[i].path, err) ||
		    decide(placing, &placing->files[i], &owner, err))
			return -1;
	return 0;
}

static int stage_all(const struct placing *placing, char **staged, struct err *err)
{
	for (size_t i = 0; i < placing->count; i++) {
		const struct placed_file *file = &placing->files[i];
		struct file_owner owner;

		if (!file->len)
			return err_set(err, ERR_IO, "%s: the bundle has nothing for it",
				       file->path);
		if (decide(placing, file, &owner, err) ||
		    file_stage(file->path, file->bytes, file->len, &owner, &staged[i], err))
			return -1;
	}
	return 0;
}

static int move_all(const struct placing *placing, char **staged, struct err *err)
{
	for (size_t i = 0; i < placing->count; i++) {
		if (rename(staged[i], placing->files[i].path))
			return err_set(err, ERR_IO, "%s: %s", placing->files[i].path,
				       strerror(errno));
		mem_free(staged[i]);
		staged[i] = NULL;
	}
	return 0;
}

int place_files(const struct placing *placing, struct err *err)
{
	char *staged[EXECUTOR_MAX_PARTS] = { 0 };
	int status = stage_all(placing, staged, err) || move_all(placing, staged, err) ? -1 : 0;

	for (size_t i = 0; i < EXECUTOR_MAX_PARTS; i++) {
		if (staged[i])
			unlink(staged[i]);
		mem_free(staged[i]);
	}
	return status;
}
