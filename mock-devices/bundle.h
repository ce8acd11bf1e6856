/**
 * @file
 * bundle: does a box take this file?  Certificates in PEM, leaf first, root and key last.
 *
 * The order and the texts of the refusals are those of docs/devices/innovaphone.md F5.  The
 * order of the chain is proved by signatures, never by names: two authorities may share a name.
 */
#ifndef MOCK_BUNDLE_H
#define MOCK_BUNDLE_H

#include "identity.h"

#include <stdbool.h>
#include <stddef.h>

#define BUNDLE_BYTES_MAX 65536

struct bundle_limits {
	int max_rsa_bits; /**< of the leaf only; public roots are longer */
	bool allow_ec;
	bool allow_incomplete; /**< the chain may end below its root */
	const char
		*password; /**< for an encrypted key, borrowed; NULL: only plain ones are taken */
};

enum bundle_verdict {
	BUNDLE_GOOD,
	BUNDLE_NO_CERTIFICATE, /**< also: one that cannot be read */
	BUNDLE_NO_KEY,
	BUNDLE_KEY_MISMATCH,
	BUNDLE_WRONG_ORDER,
	BUNDLE_INCOMPLETE,
	BUNDLE_KEY_TOO_LONG,
	BUNDLE_KEY_UNSUPPORTED, /**< its kind, or it is encrypted */
	BUNDLE_TOO_LARGE,
	BUNDLE_VERDICTS,
};

/** Judge an upload; @p identity is set when it is good, and the caller owns it. */
enum bundle_verdict bundle_parse(const char *bytes, size_t length,
				 const struct bundle_limits *limits, struct identity_table *table,
				 struct identity **identity);

/** The text a gateway refuses it with (static), or NULL when it is good. */
const char *bundle_text(enum bundle_verdict verdict);

/**
 * Read what may go to a trust list: one or several PEM certificates, or one in DER.
 *
 * @return a list with at least one certificate, owned by the caller, or NULL
 */
STACK_OF(X509) * bundle_parse_trusted(const char *bytes, size_t length);

#endif
