/**
 * @file
 * archive: bundles as they were deployed, for the way back.
 *
 * STATE/archive, a folder of its own with mode 0700.  `LEAF.pem` holds chain and private key (mode
 * 0600) until it is wiped; `LEAF.chain.pem` holds the public chain and stays.  LEAF is the SHA-256 of
 * the leaf as 64 hex digits; whoever reads a file compares it.  When what is wiped is decided above.
 *
 * Layer: store.
 */
#ifndef CERTROLL_ARCHIVE_H
#define CERTROLL_ARCHIVE_H

#include "certroll/err.h"
#include <stdbool.h>

enum { ARCHIVE_NAME = 65, ARCHIVE_MAX = 10000 };

/** SHA-256 of a leaf in hexadecimal digits. */
typedef char archive_name[ARCHIVE_NAME];

/** Keep a bundle; another one with the same leaf is wiped.  0, or -1 with ERR_IO or ERR_CONFIG. */
int archive_keep(const char *state, const char *leaf, const char *bundle, size_t bundle_len,
		 const char *chain, size_t chain_len, struct err *err) MUST_CHECK;

/** Where the bundle with this leaf is or would be; owned. */
char *archive_bundle(const char *state, const char *leaf) MUST_CHECK;

/** The same of its public chain. */
char *archive_chain(const char *state, const char *leaf) MUST_CHECK;

/** Is there a bundle with its private key? */
bool archive_holds(const char *state, const char *leaf);

/** Overwrite, sync and unlink the bundle; its public chain stays.  One that is not there is fine. */
int archive_wipe(const char *state, const char *leaf, struct err *err) MUST_CHECK;

/** The leaves of all bundles with private key; owned by the caller (mem_free), at most ARCHIVE_MAX. */
archive_name *archive_list(const char *state, size_t *count) MUST_CHECK;

#endif
