/**
 * @file
 * base64: RFC 4648 4, in one line.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_BASE64_H
#define CERTROLL_BASE64_H

#include "certroll/secret.h"

/** Of these bytes, into a zeroed secret; nothing of nothing. */
void base64_encode(struct secret *out, const void *bytes, size_t len);

#endif
