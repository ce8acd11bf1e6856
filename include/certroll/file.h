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

/** Who may read a file: nobody else (it holds a key), or everybody. */
enum file_mode { FILE_PRIVATE = 0600, FILE_PUBLIC = 0644 };

/**
 * Write a whole file or nothing: beside its place, synced, then renamed onto it.  What stood there
 * before stays until then.  A symbolic link in its place is replaced, not followed.
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

/** Make the folders above @p path that are missing (mode 0700), as mkdir -p. */
int file_make_folders(const char *path, struct err *err) MUST_CHECK;

#endif
