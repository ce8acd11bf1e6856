/**
 * @file
 * fetch: one small public file over HTTP, as CAs publish their certificates (RFC 5280 4.2.2.1).
 *
 * Plain http is fine for it: whoever asks checks signatures.  Blocks until done.
 *
 * Layer: engine.
 */
#ifndef CERTROLL_FETCH_H
#define CERTROLL_FETCH_H

#include "certroll/err.h"
#include "certroll/secret.h"
#include <stdint.h>

enum {
	FETCH_MAX_BYTES = 65536,
	FETCH_ONE_MS = 10000, /**< limit of one, redirects included */
	FETCH_REDIRECTS = 3,
};

/**
 * GET without credentials, cookies, proxies or ~/.netrc; only http and https, also behind
 * redirects.  https is verified against the system's trust anchors.
 *
 * @param within_ms  at most FETCH_ONE_MS are taken
 * @param[out] out   the body; not secret, but what the readers of files take
 * @return 0, or -1 with ERR_NET (a sentence without the URL) or ERR_LIMIT
 */
int fetch_url(const char *url, int64_t within_ms, struct secret *out, struct err *err) MUST_CHECK;

#endif
