/**
 * @file
 * gather: certificates and private keys out of files of any form.
 *
 * PEM with whatever stands between the blocks, DER, PKCS#7, PKCS#12, and a folder as certbot keeps
 * it.  What a file is decides its content, never its name.  Nothing is judged and nothing sorted
 * here; that is bundle.h's.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_GATHER_H
#define CERTROLL_GATHER_H

#include "certroll/chain.h"
#include "certroll/finding.h"
#include "certroll/secret.h"

enum { GATHER_MAX_CERTS = 64, GATHER_MAX_KEYS = 8, GATHER_MAX_BYTES = 1 << 20 };

struct evp_pkey_st;

struct gathered_cert {
	const struct cert *cert; /**< borrowed from the pool */
	char *place;             /**< "chain.pem: block 2, line 30", "site.pfx: certificate 1" */
};

struct gathered_key {
	struct evp_pkey_st *key; /**< owned */
	char *place;
};

struct gathered {
	struct gathered_cert certs[GATHER_MAX_CERTS];
	size_t cert_count;
	struct gathered_key keys[GATHER_MAX_KEYS];
	size_t key_count;
};

/**
 * Read a file or a certbot lineage folder and append what is in it.
 *
 * @param password  of PKCS#12 containers and encrypted keys; NULL: none known
 * @param findings  what was passed over or could not be read, with place and remedy
 * @return 0, or -1 with ERR_IO, ERR_LIMIT, ERR_SECRET (a password is needed, or is wrong) or
 *         ERR_BUNDLE (nothing of use in it)
 */
int gather_file(struct gathered *all, const char *path, const struct secret *password,
		struct chains *chains, struct findings *findings, struct err *err) MUST_CHECK;

void gather_free(struct gathered *all);

#endif
