/**
 * @file
 * sign: what it takes to hand a certificate out: its PEM text, a signature.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_SIGN_H
#define CERTROLL_SIGN_H

#include "certroll/buf.h"
#include "certroll/bundle.h"

/** One PEM block, lines of 64 characters with LF (RFC 7468).  Owned. */
char *cert_pem(const struct cert *cert) MUST_CHECK;

/**
 * Who signs: a PEM bundle with certificate, intermediates and private key.
 *
 * @param path  only its owner may read the file (mode 0600)
 * @return the bundle, owned by the caller, or NULL with ERR_IO, ERR_LIMIT or ERR_BUNDLE: the file
 *         is open to others, the key is missing, locked or not the leaf's, or the leaf is not valid
 *         at the pool's time
 */
struct bundle *signer_load(const char *path, struct chains *chains, struct err *err) MUST_CHECK;

/**
 * Sign: DER of a CMS SignedData (RFC 5652 5.1) that holds the content byte for byte, the leaf and
 * the intermediates; not the root, which whoever verifies has or does not trust.
 *
 * The time of signing is in it, so two signatures differ.
 *
 * @return 0, or -1 with ERR_BUNDLE (a key that cannot sign) or ERR_LIMIT (@p out is full)
 */
int cms_sign(const struct bundle *signer, const void *content, size_t len, struct buf *out,
	     struct err *err) MUST_CHECK;

#endif
