/**
 * @file
 * sha256: the SHA-256 of some bytes.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_SHA256_H
#define CERTROLL_SHA256_H

#include "certroll/cert.h"

/** Over @p len bytes. */
void sha256(const void *bytes, size_t len, unsigned char out[CERT_HASH]);

#endif
