/**
 * @file
 * learn: the options of a driver, out of a browser's recording of one upload by hand.
 *
 * The recording is a HAR file (HTTP Archive 1.2, as the developer tools of browsers export it).  It
 * holds log-on, cookies and often a private key: it is kept in secret pages, and none of that is
 * ever repeated.  It also decides where private keys will be sent, so a value is taken only when
 * the driver's own row for it would take it from a keyboard, and only from one host.
 *
 * Layer: learn.
 */
#ifndef CERTROLL_LEARN_H
#define CERTROLL_LEARN_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stddef.h>

struct driver;

enum {
	LEARN_MAX_BYTES = 64 << 20,
	LEARN_MAX_ENTRIES = 20000,
	LEARN_MAX_FRAMES = 10000,  /**< messages of all WebSockets */
	LEARN_MAX_PARTS = 64,      /**< of one multipart body */
	LEARN_MAX_TEXT = 64 * 1024 /**< of what is printed in the end */
};

struct learn_request {
	const char *file;            /**< the recording, also for places */
	const struct driver *driver; /**< NULL: a WebSocket log-on tells an AP, else a gateway */
	const char *host;            /**< of the device; NULL: the recording must know one host */
};

struct lesson {
	bool has_key;   /**< a private key is in the recording: to be said first of all */
	bool open;      /**< group or others may read the file */
	bool complete;  /**< the upload was found, with all that the driver needs to repeat it */
	char *text;     /**< comments and an `options:` block, YAML; NULL: nothing was read */
	char *refused;  /**< why nothing was learned although the upload is there; NULL: learned */
	bool over_http; /**< it could be read on the way */
};

/**
 * Read a recording and learn.
 *
 * has_key and open are right even when it fails: a broken file may hold a key as well.
 *
 * @return 0 (also when no upload was found), or -1 with ERR_IO, ERR_LIMIT or ERR_CONFIG when the
 *         file cannot be read; lesson_free() in both cases
 */
int learn_file(struct lesson *lesson, const struct learn_request *request,
	       struct err *err) MUST_CHECK;

/** As learn_file(), of bytes in memory. */
int learn_bytes(struct lesson *lesson, const struct learn_request *request, const char *bytes,
		size_t len, struct err *err) MUST_CHECK;

/** Can recordings of this driver's devices be understood? */
bool learn_knows(const struct driver *driver);

void lesson_free(struct lesson *lesson);

#endif
