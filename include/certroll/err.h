/**
 * @file
 * err: why one operation did not happen.
 *
 * A fixed-size value on the caller's stack: nothing to free, no allocation while failing.  It is the
 * last parameter of everything that can fail; the function returns -1 or NULL.  Failing is
 * `return err_set(err, ...)`, passing on is `return -1` or `return err_wrap(err, "context")`.
 * Judgements about certificates and files, of which there can be many, are findings (finding.h).
 *
 * Layer: base.
 */
#ifndef CERTROLL_ERR_H
#define CERTROLL_ERR_H

#include "certroll/mem.h"

enum err_code {
	ERR_NONE,
	ERR_USAGE,     /**< the command line */
	ERR_CONFIG,    /**< the inventory, or a file it names */
	ERR_BUNDLE,    /**< the certificate bundle */
	ERR_SECRET,    /**< a secret reference that cannot be resolved */
	ERR_IO,        /**< a local file or system call */
	ERR_LIMIT,     /**< more than we are willing to take */
	ERR_NET,       /**< the network between us and a device */
	ERR_DEVICE,    /**< the device said no, or something unexpected */
	ERR_INTERRUPT, /**< ctrl-C */
	ERR_BUSY,      /**< not now: somebody else is at work */
};

struct err {
	enum err_code code;
	char text[512]; /**< one sentence without a trailing dot; cut at 511 bytes */
};

/** Set the error.  @p err may be NULL (the reason is of no interest).  Always returns -1. */
int err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/** Put "context: " before the sentence.  Always returns -1. */
int err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/** The exit status that belongs to a code (docs: certroll(1), EXIT STATUS). */
int err_exit_status(enum err_code code);

#endif
