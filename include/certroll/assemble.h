/**
 * @file
 * assemble: one chain with its key, out of whatever was gathered.
 *
 * The leaf is whom a gathered key belongs to.  Above it signatures decide, never names: of several
 * ways up, one that validates and ends at a trust anchor wins, then the longer one (path.h).
 *
 * Layer: cert.
 */
#ifndef CERTROLL_ASSEMBLE_H
#define CERTROLL_ASSEMBLE_H

#include "certroll/gather.h"

enum { PACK_ITERATIONS = 100000 }; /**< of hashing the password of a PKCS#12 container */

struct assembly {
	const struct cert *certs[CHAIN_MAX_CERTS]; /**< leaf first; borrowed from the pool */
	size_t count;
	bool rooted;                    /**< the last one is self-signed: complete */
	const struct gathered_key *key; /**< the leaf's; borrowed; NULL: none wanted */
};

/**
 * Choose leaf and key.
 *
 * @param keyless  no key is wanted: the leaf is the one that issued no other
 * @return 0, or -1 with ERR_BUNDLE: no certificate, no key, a key of none of them, two leaves
 */
int assemble_leaf(struct assembly *assembly, const struct gathered *given, bool keyless,
		  struct err *err) MUST_CHECK;

/**
 * Find the way up from the leaf, through certificates of @p given, @p more and @p file and to the
 * anchors of the pool.  May be repeated when there is more.
 *
 * @param file  certificates of --ca-file; its self-signed ones become anchors of the pool; may be
 *              NULL
 * @return 0, also when the root is missing; or -1 with ERR_LIMIT (more than CHAIN_MAX_CERTS that
 *         sign one another)
 */
int assemble_chain(struct assembly *assembly, const struct gathered *given,
		   const struct gathered *more, const struct anchors *file, struct chains *pool,
		   struct err *err) MUST_CHECK;

/** Is this the leaf's key, or a copy of it? */
bool assembly_owns(const struct assembly *assembly, const struct gathered_key *key);

/**
 * Leaf, intermediates, root, key as PKCS#8: the same bytes for the same assembly.
 *
 * @return 0, or -1 as make_pem()
 */
int assembly_pem(const struct assembly *assembly, struct secret *out, struct err *err) MUST_CHECK;

/**
 * The same as a PKCS#12 container: AES-256 (PBES2) and a SHA-256 MAC.
 *
 * @param old  3DES and a SHA-1 MAC instead, which readers before about 2019 need
 * @return 0, or -1 with ERR_BUNDLE when OpenSSL refuses
 */
int assembly_pkcs12(const struct assembly *assembly, const struct secret *password, bool old,
		    struct secret *out, struct err *err) MUST_CHECK;

#endif
