/**
 * @file
 * webhook: a small JSON document goes out by HTTP POST, once, signed, and tried again where that helps.
 *
 * The server is verified against the system's trust anchors.  Redirects, proxies, cookies and ~/.netrc
 * are not used.  Blocks until done.
 *
 * Layer: engine.
 */
#ifndef CERTROLL_WEBHOOK_H
#define CERTROLL_WEBHOOK_H

#include "certroll/err.h"
#include "certroll/secret.h"
#include <stdint.h>

enum {
	WEBHOOK_TRIES = 3,
	WEBHOOK_ONE_MS = 15000,  /**< limit of one try ... */
	WEBHOOK_PAUSE_MS = 1000, /**< ... pause behind the first one, then four times as long ... */
	WEBHOOK_TOTAL_MS = 40000, /**< ... and all that together */
	WEBHOOK_SIGNATURE = 67,   /**< "v1=", 64 hex digits */
};

struct webhook {
	const char *url;          /**< judged by notifier_parse() */
	bool plain;               /**< http is fine, too */
	const char *ca_file;      /**< trust anchors (PEM) beside the system's; NULL: none */
	const struct secret *key; /**< NULL: nothing is signed */
	int64_t within_ms;        /**< of one try; 0: WEBHOOK_ONE_MS */
};

/**
 * POST.  With a key, each try has two headers:
 *
 *     X-Certroll-Timestamp: 1795348800          when this try was made, seconds since 1970
 *     X-Certroll-Signature: v1=<64 hex digits>  webhook_sign() of it
 *
 * Status 2xx is success; 408, 429, 5xx, no connection and no answer in time are tried again; all else
 * is final.  What the server answers is not read beyond 512 bytes.
 *
 * @return 0, or -1 with ERR_NET: what happened, and what to do, without the path of the URL
 */
int webhook_send(const struct webhook *webhook, const char *json, struct err *err) MUST_CHECK;

/** HMAC-SHA256 (RFC 2104) with the key over "TIMESTAMP.BODY", in hex behind "v1=". */
void webhook_sign(const struct secret *key, int64_t timestamp, const char *body,
		  char out[WEBHOOK_SIGNATURE + 1]);

#endif
