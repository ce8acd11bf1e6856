/**
 * @file
 * path: the way from a leaf up to a trust anchor, found by signatures and judged by RFC 5280.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_PATH_H
#define CERTROLL_CERT_PATH_H

#include "certroll/chain.h"
#include "x509.h"

/** Some certificates and, asked once each, who signed whom. */
struct links {
	const struct cert *const *certs;
	size_t count;
	signed char known[CHAIN_MAX_CERTS][CHAIN_MAX_CERTS]; /**< 0 not yet asked, 1 yes, -1 no */
};

/** Did certificate @p issuer sign certificate @p cert?  Indices. */
bool links_signed(struct links *links, size_t cert, size_t issuer);

/** The certificate that issued no other: see struct chain. */
int links_leaf(struct links *links);

/**
 * The best path from certificate @p leaf: one that validates before one that does not, then one
 * that ends in a self-signed root among the certificates, then the longer one.
 */
void path_find(struct chains *pool, struct links *links, int leaf, struct path *path);

/** RFC 5280 6.1 for a path with an anchor: sets its end, flaw and reason. */
void path_judge(struct path *path, int64_t now);

/* What path.c asks of the pool (chain.c). */

const struct anchors *chains_anchors(const struct chains *pool);
int64_t chains_now(const struct chains *pool);

/** Where the anchor @p cert comes from, ANCHOR_NONE when it is none. */
enum anchor_source chains_source(const struct chains *pool, const struct cert *cert);

/** The anchors of chains_trust() by number; NULL behind the last. */
const struct cert *chains_trusted(const struct chains *pool, size_t index);

/** Intern a parsed certificate; NULL when its facts cannot be read. */
const struct cert *chains_adopt(struct chains *pool, X509 *x509, struct err *err);

/** Intern a chain of interned certificates, at least one and at most CHAIN_MAX_CERTS. */
const struct chain *chains_intern(struct chains *pool, const struct cert *const *certs,
				  size_t count);

#endif
