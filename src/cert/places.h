/**
 * @file
 * places: how findings name the blocks and lines of a bundle, and what they say of its text.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_PLACES_H
#define CERTROLL_CERT_PLACES_H

#include "pem.h"

/** The id of findings about the text. */
extern const char pem_id[];

/** "bundle.pem: block 3, line 40"; with @p block below 0 "bundle.pem: line 40".  Owned. */
char *place_at(const struct bundle *bundle, int block, int line) MUST_CHECK;

/** "block 3 (lines 40-62)": for remedies.  Owned. */
char *place_span(const struct bundle *bundle, size_t block) MUST_CHECK;

/** A finding for each kind of oddity and for each stray line. */
void places_say(const struct bundle *bundle, const struct pem *pem, struct findings *findings);

#endif
