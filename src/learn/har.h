/**
 * @file
 * har: a browser's recording as plain structs (HTTP Archive 1.2, and what Chromium adds to it).
 *
 * The JSON tree stays behind the structs, which borrow from it; jansson's memory is wiped when it
 * is freed.  Everything in here may be secret.
 */
#ifndef LEARN_HAR_H
#define LEARN_HAR_H

#include "body.h"
#include "certroll/err.h"
#include "url.h"
#include <jansson.h>
#include <stddef.h>

/** A text message of a WebSocket that is a JSON object. */
struct frame {
	bool sent;
	double at;       /**< seconds since 1970; 0: not told */
	json_t *message; /**< owned */
	const char *mt;  /**< its type, "" when it has none */
};

struct entry {
	size_t number;  /**< from 1, as it stands in the file */
	char clock[16]; /**< "12:03:04", as recorded; "" when not told */
	double at;      /**< seconds since 1970; 0: not told */
	const char *method;
	struct url url;
	int status;                /**< 0: no answer */
	const char *type;          /**< Content-Type of the request, "" when there is none */
	const char *page;          /**< the page it belongs to, "" when not told */
	const json_t *headers;     /**< of the request */
	const char *authorization; /**< its header of that name, "" when there is none */
	const char *challenge;     /**< WWW-Authenticate of the answer, "" when there is none */
	const char *from;          /**< Origin or Referer, "" when not told */
	struct body body;
	char *answer; /**< owned, NUL-terminated; NULL: not in the recording */
	size_t answer_len;
	bool document; /**< its answer is an HTML page */
	bool socket;   /**< a WebSocket */
	struct frame *frames;
	size_t frame_count;
};

struct har {
	json_t *root;
	struct entry *entries;
	size_t count;
	const char **cookies; /**< all values, NULL-terminated; borrowed */
	size_t cookie_count;
	size_t frame_count; /**< of all sockets */
	size_t lost_frames; /**< WebSockets whose messages are not in the file */
};

/** Read; NULL with ERR_CONFIG or ERR_LIMIT.  What it says never quotes the recording. */
struct har *har_read(const char *bytes, size_t len, struct err *err) MUST_CHECK;
void har_free(struct har *har);

/** A text member of a JSON object, "" when there is none. */
const char *har_text(const json_t *object, const char *name);

/** Title of a page (Chromium: its address), "" when not told. */
const char *har_page_title(const struct har *har, const char *page);

static inline void har_cleanup(struct har **har)
{
	har_free(*har);
}

#define auto_har __attribute__((cleanup(har_cleanup))) struct har *

#endif
