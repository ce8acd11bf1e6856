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

#endif
