/**
 * @file
 * keys: private keys of a bundle: read, matched and tried.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_KEYS_H
#define CERTROLL_CERT_KEYS_H

#include "certroll/cert.h"
#include "certroll/secret.h"
#include <openssl/types.h>

/** Read the DER of a PKCS#8, PKCS#1 or SEC1 key; owned by the caller, or NULL. */
EVP_PKEY *key_parse(const struct secret *der) MUST_CHECK;

/** Is its public half that of the certificate? */
bool key_of(const EVP_PKEY *key, const struct cert *cert);

/**
 * Does the private half fit, too?  A trial signature must verify with the key of @p cert; with RSA
 * the numbers must also agree with one another (RFC 8017 3.2).  Costs a signature: once per bundle.
 */
bool key_works(EVP_PKEY *key, const struct cert *cert);

#endif
