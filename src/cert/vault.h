/**
 * @file
 * vault: what a password protects, in forms of any age; old algorithms are known in here only.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_VAULT_H
#define CERTROLL_CERT_VAULT_H

#include "certroll/secret.h"
#include "x509.h"
#include <openssl/provider.h>

AUTO_OF(X509_SIG, X509_SIG_free)

/* A library context of our own, so that nobody else gets to use old algorithms. */
struct vault {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *standard, *legacy; /* NULL: not installed */
};

void vault_open(struct vault *vault);
void vault_close(struct vault *vault);

#define auto_vault __attribute__((cleanup(vault_close))) struct vault

/** Refuse a password-based encryption that would take minutes: ERR_LIMIT. */
int vault_iterations(const X509_ALGOR *algorithm, struct err *err) MUST_CHECK;

/** The same for a number of iterations; below 0: larger than any. */
int vault_count(long count, struct err *err) MUST_CHECK;

/** The key in it; owned, or NULL with ERR_BUNDLE. */
EVP_PKEY *key_unpack(const PKCS8_PRIV_KEY_INFO *info, struct err *err) MUST_CHECK;

/**
 * Read an encrypted PKCS#8 key (RFC 5208 6).
 *
 * @param password  NULL: none known
 * @return owned, or NULL with ERR_BUNDLE, ERR_LIMIT, or ERR_SECRET: not by this password
 */
EVP_PKEY *key_unlock(const struct secret *der, const struct secret *password,
		     struct err *err) MUST_CHECK;

#endif
