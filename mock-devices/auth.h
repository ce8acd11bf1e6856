/**
 * @file
 * auth: HTTP Digest (RFC 7616, qop=auth, MD5 or SHA-256) and Basic (RFC 7617), server side.
 *
 * The box offers Digest first and Basic second, and takes either (docs/devices/innovaphone.md
 * F2).  Each device remembers the few nonces it gave out last; a nonce it no longer knows, or a
 * count that did not rise, is answered "stale", which asks the client to try again and is not a
 * refused login.
 */
#ifndef MOCK_AUTH_H
#define MOCK_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct http_request;

#define AUTH_NONCES      4 /**< clients at work on one box at the same time */
#define AUTH_NONCE_CHARS 32

enum auth_scheme { AUTH_NONE, AUTH_BASIC, AUTH_DIGEST };

enum auth_verdict {
	AUTH_MISSING, /**< no credentials: challenge */
	AUTH_STALE,   /**< right scheme, worn-out nonce: challenge again */
	AUTH_REFUSED, /**< wrong user, password or form */
	AUTH_GOOD,
};

/** What is expected of a client; borrowed strings. */
struct auth_login {
	const char *user, *password, *realm;
	const char *algorithm; /**< "MD5" or "SHA-256", as offered; "": Basic alone */
};

/** The nonces of one device, oldest overwritten first; usable when zeroed. */
struct auth_nonces {
	struct {
		char text[AUTH_NONCE_CHARS + 1];
		uint32_t count; /**< highest nc accepted */
	} ring[AUTH_NONCES];
	unsigned next;
};

/** The scheme a request's credentials are in. */
enum auth_scheme auth_scheme(const struct http_request *request);

/** Name of a scheme as the log shows it. */
const char *auth_scheme_name(enum auth_scheme scheme);

/** Judge the credentials of a request; a good Digest count is remembered. */
enum auth_verdict auth_check(const struct auth_login *login, struct auth_nonces *nonces,
			     const struct http_request *request);

/** Append the WWW-Authenticate fields of a 401 with a fresh nonce. */
void auth_challenge(const struct auth_login *login, struct auth_nonces *nonces, bool stale,
		    struct evbuffer *fields);

#endif
