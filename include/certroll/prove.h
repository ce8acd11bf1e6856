/**
 * @file
 * prove: knowing a secret shown by a hash, for boxes whose log-on is made that way.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_PROVE_H
#define CERTROLL_PROVE_H

#include "certroll/secret.h"

enum { PROVE_TEXT = 65 }; /**< hex of a SHA-256 and its NUL */

/** SHA-256 over @p text followed by the secret, as lower-case hex; neither is copied. */
void prove(const char *text, const struct secret *secret, char hex[PROVE_TEXT]);

#endif
