/**
 * @file
 * anchors: looking into the stores of trust anchors.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_ANCHORS_H
#define CERTROLL_CERT_ANCHORS_H

#include "certroll/chain.h"
#include "x509.h"

/**
 * Anchors from @p source (ANCHOR_SYSTEM or ANCHOR_FILE) with this subject.
 *
 * @return owned by the caller, or NULL when there are none
 */
STACK_OF(X509) * anchors_named(const struct anchors *anchors, enum anchor_source source,
			       const X509_NAME *name);

/** Who says that exactly this certificate is an anchor?  ANCHOR_NONE: nobody. */
enum anchor_source anchors_source(const struct anchors *anchors, const struct cert *cert);

#endif
