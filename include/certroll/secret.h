/**
 * @file
 * secret: bytes that must not leave: passwords and private keys.
 *
 * Each secret has pages of its own: locked into memory where the system allows it, left out of core
 * dumps and of children, wiped when freed.  There is no way to print one.  What libcurl and OpenSSL
 * copy for themselves is wiped when they free it (mem_library_free()).
 *
 * Layer: base.
 */
#ifndef CERTROLL_SECRET_H
#define CERTROLL_SECRET_H

#include "certroll/err.h"
#include <stdbool.h>

enum { SECRET_HIDDEN = 6 };

struct secret {
	char *bytes;      /**< NUL-terminated behind len; NULL while empty */
	size_t len, room; /**< room: bytes mapped */
};

/** Empty pages for @p max bytes and a NUL; ends the process when there are none. */
void secret_init(struct secret *secret, size_t max);

/** A secret holding a copy of these bytes. */
void secret_set(struct secret *secret, const void *bytes, size_t len);

/**
 * Read a whole file with read(2), past stdio's buffers.
 *
 * @param max       longer files are refused (ERR_LIMIT)
 * @param[out] open set when group or others may read the file; may be NULL
 * @return 0, or -1 with ERR_IO or ERR_LIMIT
 */
int secret_load(struct secret *secret, const char *path, size_t max, bool *open,
		struct err *err) MUST_CHECK;

/** Read a descriptor to its end, at most @p max bytes. */
int secret_read(struct secret *secret, int fd, size_t max, struct err *err) MUST_CHECK;

/** Drop one trailing line end, as files and prompts have. */
void secret_chomp(struct secret *secret);

/**
 * Blank it where a text has it, as far as the text is somebody else's: who got it may send it back.
 * What is shorter than SECRET_HIDDEN is a word that boxes come with, and stays.  NULL and empty are fine.
 */
void secret_hide(const struct secret *secret, char *text);

/** Would secret_hide() find it? */
bool secret_is_in(const struct secret *secret, const char *text);

/** Wipe and unmap; fine on an empty one. */
void secret_free(struct secret *secret);

#define auto_secret __attribute__((cleanup(secret_free))) struct secret

/** First thing in main: no core dumps, not dumpable, umask 077. */
void secret_harden_process(void);

#endif
