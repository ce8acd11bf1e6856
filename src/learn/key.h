/**
 * @file
 * key: PEM blocks in a recording, wherever they are.
 */
#ifndef LEARN_KEY_H
#define LEARN_KEY_H

#include "certroll/cert.h"
#include <stdbool.h>

struct har;
struct body;

bool pem_has_key(const char *bytes, size_t len);
bool pem_has_certificate(const char *bytes, size_t len);

/** Is there a private key in any body, answer or message? */
bool key_in_recording(const struct har *har);

/**
 * The n-th certificate (from 0) of a text, as lower-case hex of its SHA-256; false: none, or broken.
 */
bool pem_fingerprint(const char *text, size_t len, size_t n, char hex[2 * CERT_HASH + 1]);

#endif
