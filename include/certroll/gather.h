/**
 * @file
 * gather: certificates and private keys out of files of any form.
 *
 * PEM with whatever stands between the blocks, DER, PKCS#7 (.p7b), PKCS#12 (.pfx, .p12), and a
 * folder as certbot keeps it.  What a file is decides its content, never its name or its label.
 * Nothing is judged and nothing sorted here: assemble.h makes a chain of it.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_GATHER_H
#define CERTROLL_GATHER_H

#include "certroll/chain.h"
#include "certroll/finding.h"
#include "certroll/secret.h"
#include <stdbool.h>

enum {
	GATHER_MAX_CERTS = 64,
	GATHER_MAX_KEYS = 8,
	GATHER_MAX_BYTES = 1 << 20,      /**< of one file */
	GATHER_MAX_ITERATIONS = 5000000, /**< of deriving a key from a password, as Java's limit */
};

struct evp_pkey_st;

struct gathered_cert {
	const struct cert *cert; /**< borrowed from the pool; copies of one are the same pointer */
	char *place;             /**< "chain.pem: block 2, line 30", "site.pfx: certificate 1" */
};

struct gathered_key {
	struct evp_pkey_st *key; /**< owned */
	char *place;             /**< as for certificates */
};

/** Zeroed is empty. */
struct gathered {
	struct gathered_cert certs[GATHER_MAX_CERTS]; /**< in the order of the files */
	size_t cert_count;
	struct gathered_key keys[GATHER_MAX_KEYS];
	size_t key_count;
	bool skip_keys; /**< set by the caller: keys are passed over, no password is missed for them */
};

/**
 * Read a file or a certbot lineage folder and append what is in it.
 *
 * PKCS#12: the MAC is checked with the password, then with none and with the empty one.  Old
 * encryption (RC2, 3DES) is read through OpenSSL's legacy provider, loaded for this alone.
 *
 * @param password  of PKCS#12 containers and encrypted keys; NULL: none known
 * @param chains    pool for the certificates
 * @param findings  as "gather", what was passed over or could not be read in a file that holds
 *                  other things of use, with place and remedy; as "bundle-open" a plain key that
 *                  others may read
 * @return 0, or -1 with ERR_IO, ERR_LIMIT, ERR_SECRET (a password is needed, or is wrong) or
 *         ERR_BUNDLE (nothing of use in it)
 */
int gather_file(struct gathered *all, const char *path, const struct secret *password,
		struct chains *chains, struct findings *findings, struct err *err) MUST_CHECK;

/**
 * The same with bytes that are here already and have no password.
 *
 * @param place  what to call them: a URL
 */
int gather_bytes(struct gathered *all, const struct secret *bytes, const char *place,
		 struct chains *chains, struct findings *findings, struct err *err) MUST_CHECK;

/** Wipes the keys; empty afterwards. */
void gather_free(struct gathered *all);

#define auto_gathered __attribute__((cleanup(gather_free))) struct gathered

#endif
