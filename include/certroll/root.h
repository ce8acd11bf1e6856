/**
 * @file
 * root: the self-signed certificate that clients must be told to trust: where it is, and whether it
 * will do.
 *
 * Layer: app.
 */
#ifndef CERTROLL_ROOT_H
#define CERTROLL_ROOT_H

#include "certroll/site.h"

/**
 * The root that the certificates of a file lead to: a bundle, a lone root, or what a box offers for
 * download.  A private key in the file is neither needed nor kept.
 *
 * @return borrowed from the site's pool, or NULL: as gather_file(), or ERR_BUNDLE when the file
 *         leads to no root or holds several that do not belong together
 */
const struct cert *root_in_file(struct site *site, const char *path, struct err *err) MUST_CHECK;

/**
 * Connect to the site's one target and take the root at the end of what it sends.
 *
 * @param site  loaded with SITE_NETWORK and request->targets
 * @return borrowed from the pool, or NULL with ERR_NET (nobody there, no TLS), ERR_DEVICE (it sends
 *         no root) or ERR_INTERRUPT
 */
const struct cert *root_served(struct site *site, struct err *err) MUST_CHECK;

/** Do clients bring it along?  request->root_kind overrides what the system's store says. */
bool root_is_public(const struct site *site, const struct cert *root);

/**
 * Refuse what clients would refuse; what they may stumble over goes to site->findings.
 *
 * @return 0, or -1 with ERR_BUNDLE: no CA certificate, or not valid now
 */
int root_judge(struct site *site, const struct cert *root, struct err *err) MUST_CHECK;

/**
 * Is this the root's SHA-256?
 *
 * @param hex  64 hex digits in either case; colons, blanks and hyphens between them are ignored
 * @return 0, or -1 with ERR_USAGE (not a SHA-256) or ERR_DEVICE (another one)
 */
int root_compare(const struct cert *root, const char *hex, struct err *err) MUST_CHECK;

#endif
