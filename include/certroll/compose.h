/**
 * @file
 * compose: texts with placeholders, filled with parts of the bundle and what logs on.
 *
 * {leaf}, {chain} (leaf to root), {intermediates}, {issuers} (intermediates and root), {root},
 * {key}, {bundle} (chain and key): PEM; {pkcs12}: a container with all of them; {pkcs12-password};
 * {user}, {password}, {token}: of the log-on.  Each also as base64 in one line: {chain:base64}.
 * Braces around anything else stand for themselves, so JSON needs no escapes.
 *
 * Patterns are written by administrators and may be shown; what is made of them lives in secret
 * pages only.
 *
 * Layer: job.
 */
#ifndef CERTROLL_COMPOSE_H
#define CERTROLL_COMPOSE_H

#include "certroll/bundle.h"
#include "certroll/err.h"

enum { COMPOSE_MAX_BYTES = 4 << 20 };

/** What the placeholders stand for; all borrowed. */
struct compose {
	const struct bundle *bundle;             /**< NULL: its parts are empty */
	const char *user, *token;                /**< NULL: "" */
	const struct secret *password;           /**< NULL: not known */
	const struct secret *container_password; /**< of {pkcs12}; NULL: not known */
	bool old_container;                      /**< as assembly_pkcs12() */
};

/** How what is filled in is written; the pattern's own text stays, except in a form. */
enum compose_as {
	COMPOSE_PLAIN, /**< as it is */
	COMPOSE_JSON,  /**< as the inside of a JSON string (RFC 8259 7) */
	COMPOSE_FORM,  /**< application/x-www-form-urlencoded, the pattern's own text as well */
};

/**
 * Fill a pattern.
 *
 * @param[out] out  zeroed; the caller frees it
 * @return 0, or -1 with ERR_CONFIG (a password is needed and none is known), ERR_LIMIT or
 *         ERR_BUNDLE
 */
int compose(struct secret *out, const char *pattern, const struct compose *with, enum compose_as as,
	    struct err *err) MUST_CHECK;

/** Does a pattern hold this placeholder ("key"), perhaps as base64? */
bool compose_uses(const char *pattern, const char *name);

/** @name For rows of a schema: why not, owned; NULL: fine
 * @{ */
/** A word in braces that is no placeholder. */
char *compose_refuse(const char *pattern) MUST_CHECK;

/** In addresses, which end up in logs of boxes and proxies: only {user} and {token}. */
char *compose_refuse_path(const char *pattern) MUST_CHECK;
/** @} */

#endif
