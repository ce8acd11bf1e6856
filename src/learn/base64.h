/**
 * @file
 * base64: RFC 4648 4, decoding only.  Line ends and blanks are passed over, as in MIME and PEM.
 */
#ifndef LEARN_BASE64_H
#define LEARN_BASE64_H

#include "certroll/mem.h"

/** Owned, with a NUL behind it, wiped when freed; NULL when it is not base64. */
char *base64_decode(const char *text, size_t len, size_t *out_len) MUST_CHECK;

#endif
