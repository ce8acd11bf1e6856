/*
 * body: what a request carries besides its path, as libcurl reads it.  Private to the engine.
 *
 * Bytes of the bundle go out of its locked pages without a copy of ours; what is composed with
 * passwords and keys has pages of its own, wiped when the request has ended.
 */
#ifndef ENGINE_BODY_H
#define ENGINE_BODY_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include <curl/curl.h>

struct body_part {
	struct secret value; /* composed; empty: the bytes are borrowed */
	struct bytes bytes;
	size_t sent;
};

/* Usable when zeroed. */
struct body {
	struct body_part parts[EXCHANGE_MAX_FIELDS];
	size_t count;
	curl_mime *mime;
	struct curl_slist *headers;
};

/* Method, headers and body of an exchange; -1 with the reason: then nothing may be sent. */
int body_set(struct body *body, CURL *easy, const struct exchange *exchange,
	     const struct device *device, struct err *err) MUST_CHECK;

/* The handle forgets the body, and the body its bytes. */
void body_clear(struct body *body, CURL *easy);

#endif
