/**
 * @file
 * forms: a bundle as devices want it, encoded when it is loaded.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_FORMS_H
#define CERTROLL_CERT_FORMS_H

#include "certroll/bundle.h"

/** Fill bundle->forms from its chains and its key. */
void forms_encode(struct bundle *bundle);

#endif
