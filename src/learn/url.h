/**
 * @file
 * url: where a recorded request went, and which of it is a word that comes back next time.
 */
#ifndef LEARN_URL_H
#define LEARN_URL_H

#include "certroll/mem.h"
#include <stdbool.h>
#include <stdint.h>

/** All owned; zero when the text was no URL of a host. */
struct url {
	char *scheme; /**< lower case: http, https, ws, wss */
	char *host;   /**< lower case, no brackets, no dot at the end */
	uint16_t port;
	char *path; /**< with query, without fragment */
};

/** A part of a path that is not the same next time; "{name}" stands for it. */
struct hole {
	const char *name, *value;
};

/** false: of another scheme (data:, blob:, chrome-extension:), or no URL. */
bool url_read(struct url *url, const char *text) MUST_CHECK;
void url_free(struct url *url);

bool url_encrypted(const struct url *url);

/** Are these the same host?  Ignores case, brackets and a dot at the end. */
bool url_same_host(const char *a, const char *b);

/** For people: path and query; what looks like a token is left out.  Owned. */
char *url_shown(const struct url *url) MUST_CHECK;

/** Call @p visit with each argument, percent-decoded. */
void url_arguments(const struct url *url,
		   void (*visit)(const char *name, const char *value, void *arg), void *arg);

/**
 * Path and query with a placeholder for each value of @p holes.
 *
 * @param secrets  values that must not be repeated (cookies), NULL-terminated; may be NULL
 * @param[out] why owned, set when NULL is returned: what is in there that no driver can repeat
 */
char *url_template(const struct url *url, const struct hole *holes, size_t count,
		   const char *const *secrets, char **why) MUST_CHECK;

/** "%41+b" as bytes; owned.  @p plus: '+' means a blank (forms). */
char *url_decode(const char *text, size_t len, bool plus) MUST_CHECK;

#endif
