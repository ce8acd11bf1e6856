#include "certroll/file.h"
#include "certroll/text.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_make_folders(const char *path, struct err *err)
{
	auto_free char *folder = text_copy(path);

	for (char *at = *folder ? strchr(folder + 1, '/') : NULL; at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(folder, 0700) && errno != EEXIST)
			return err_set(err, ERR_IO, "%s: %s", folder, strerror(errno));
		*at = '/';
	}
	return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t step = write(fd, bytes + done, len - done);

		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return -1;
		done += (size_t)step;
	}
	return fsync(fd);
}

static int refuse_existing(const char *path, struct err *err)
{
	return err_set(err, ERR_IO,
		       "%s: exists already and is not overwritten; choose another name, or move it "
		       "away",
		       path);
}

/* Without a moment in which both are there or neither is. */
static int place_anew(const char *fresh, const char *path)
{
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL || link(fresh, path)) /* a file system without that flag */
		return -1;
	unlink(fresh);
	return 0;
}

static bool stage(int fd, const void *bytes, size_t len, const struct file_owner *owner)
{
	bool given = owner->uid != (uid_t)-1 || owner->gid != (gid_t)-1;

	/* The owner first: a change of it takes special bits of the mode away. */
	return write_all(fd, bytes, len) == 0 &&
	       (!given || fchown(fd, owner->uid, owner->gid) == 0) && fchmod(fd, owner->mode) == 0;
}

int file_stage(const char *path, const void *bytes, size_t len, const struct file_owner *owner,
	       char **staged, struct err *err)
{
	auto_free char *fresh = text_format("%s.XXXXXX", path);
	int fd = mkostemp(fresh, O_CLOEXEC); /* mode 0600 */
	int cause;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	cause = stage(fd, bytes, len, owner) ? 0 : errno;
	if (close(fd) && !cause)
		cause = errno;
	if (!cause) {
		*staged = take(fresh);
		return 0;
	}
	unlink(fresh);
	return err_set(err, ERR_IO, "%s: %s", path, strerror(cause));
}

static int stage_and_place(const char *path, const void *bytes, size_t len, enum file_mode mode,
			   int (*place)(const char *fresh, const char *path), struct err *err)
{
	struct file_owner owner = { .mode = (mode_t)mode, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	auto_free char *fresh = NULL;
	int cause;

	if (file_stage(path, bytes, len, &owner, &fresh, err))
		return -1;
	if (place(fresh, path) == 0)
		return 0;
	cause = errno;
	unlink(fresh);
	if (cause == EEXIST)
		return refuse_existing(path, err);
	return err_set(err, ERR_IO, "%s: %s", path, strerror(cause));
}

/* Signals wait meanwhile: one that ends us would leave the fresh file behind, maybe with a key. */
static int write_file(const char *path, const void *bytes, size_t len, enum file_mode mode,
		      int (*place)(const char *fresh, const char *path), struct err *err)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	status = stage_and_place(path, bytes, len, mode, place, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

int file_write(const char *path, const void *bytes, size_t len, enum file_mode mode,
	       struct err *err)
{
	return write_file(path, bytes, len, mode, rename, err);
}

int file_create(const char *path, const void *bytes, size_t len, enum file_mode mode,
		struct err *err)
{
	return write_file(path, bytes, len, mode, place_anew, err);
}

int file_refuse_existing(const char *path, struct err *err)
{
	struct stat status;

	return lstat(path, &status) == 0 ? refuse_existing(path, err) : 0;
}

static int overwrite(int fd, off_t size)
{
	static const char zeros[4096];

	for (off_t done = 0; done < size;) {
		size_t step =
			size - done < (off_t)sizeof zeros ? (size_t)(size - done) : sizeof zeros;
		ssize_t written = pwrite(fd, zeros, step, done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		done += written;
	}
	return fsync(fd);
}

int file_wipe(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat status;
	bool failed;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	failed = fstat(fd, &status) || overwrite(fd, status.st_size);
	failed = close(fd) || failed;
	if (unlink(path) || failed)
		return err_set(err, ERR_IO, "%s: not wiped: %s", path, strerror(errno));
	return 0;
}
