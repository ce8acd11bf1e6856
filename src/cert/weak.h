/**
 * @file
 * weak: RSA keys whose private half follows from what is public.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_WEAK_H
#define CERTROLL_CERT_WEAK_H

#include "certroll/cert.h"
#include <openssl/evp.h>

/**
 * What is wrong with an RSA key, the worst first; KEY_SOUND also for more than 16384 bits, which
 * OpenSSL itself does not use.  About 40 us for 2048 bits: once per certificate, not per device.
 */
enum key_flaw weak_rsa(const EVP_PKEY *key);

#endif
