/**
 * @file
 * innovaphone_xml: how a box writes a certificate down (docs/devices/innovaphone.md F3, F3a, F3b).
 */
#ifndef MOCK_INNOVAPHONE_XML_H
#define MOCK_INNOVAPHONE_XML_H

#include <openssl/x509.h>

struct evbuffer;

/** Append one certificate element: names, times in UTC, fingerprint, kind of key. */
void innovaphone_certificate(struct evbuffer *out, X509 *certificate);

/** The common name as UTF-8, "" when there is none.  Release with free(). */
char *innovaphone_common_name(const X509_NAME *name);

#endif
