/**
 * @file
 * file: writing whole files, so that nobody ever sees half of one.
 *
 * Layer: base.
 */
#ifndef CERTROLL_FILE_H
#define CERTROLL_FILE_H

#include "certroll/err.h"
#include <stddef.h>
#include <sys/types.h>

/** Who may read a file: nobody else (it holds a key), or everybody. */
enum file_mode { FILE_PRIVATE = 0600, FILE_PUBLIC = 0644 };

/**
 * Write a whole file or nothing: beside its place, synced, then renamed onto it.  What stood there
 * before stays until then.  A symbolic link in its place is replaced, not followed.  Signals that end
 * the program wait meanwhile; only SIGKILL and a power cut may leave the file beside (mode 0600).
 *
 * @return 0, or -1 with ERR_IO naming the file
 */
int file_write(const char *path, const void *bytes, size_t len, enum file_mode mode,
	       struct err *err) MUST_CHECK;

/**
 * The same where nothing may stand yet: keys, and what belongs to them, are never overwritten.
 *
 * @return 0, or -1 with ERR_IO naming the file, also when there is one already
 */
int file_create(const char *path, const void *bytes, size_t len, enum file_mode mode,
		struct err *err) MUST_CHECK;

/** As file_create() would: ask before doing what takes long.  0, or -1 with ERR_IO. */
int file_refuse_existing(const char *path, struct err *err) MUST_CHECK;

/** Whose a file is and who may read it; (uid_t)-1 and (gid_t)-1: nothing special. */
struct file_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/**
 * The first half of file_write(), for several files that belong together: written beside its place,
 * synced, with owner and mode set.  @p staged is its name there, owned: rename(2) it onto its place,
 * or unlink(2) it.
 *
 * @return 0, or -1 with ERR_IO naming the file; nothing is left behind then
 */
int file_stage(const char *path, const void *bytes, size_t len, const struct file_owner *owner,
	       char **staged, struct err *err) MUST_CHECK;

/** Overwrite, sync and unlink a file with a key in it.  One that is not there is fine. */
int file_wipe(const char *path, struct err *err) MUST_CHECK;

/** Make the folders above @p path that are missing (mode 0700), as mkdir -p. */
int file_make_folders(const char *path, struct err *err) MUST_CHECK;

#endif
