/**
 * @file
 * trust: the list of authorities a box believes (docs/devices/innovaphone.md 2.1, F6 to F7a).
 */
#ifndef MOCK_TRUST_H
#define MOCK_TRUST_H

#include <openssl/x509.h>

struct device;

#define TRUST_MAX 64 /**< certificates on one box */

/** Add a certificate (borrowed); NULL when it is on the list now, or the text of the refusal. */
const char *trust_add(struct device *device, X509 *certificate);

/** Remove the certificate at a place that is on the list. */
void trust_remove(struct device *device, int place);

/** Remove all. */
void trust_clear(struct device *device);

#endif
