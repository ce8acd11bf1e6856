/**
 * @file
 * make: private keys, certificate requests and certificates that did not exist before.
 *
 * Keys live in OpenSSL's objects, which wipe what they free, and as text only in secret pages.
 * Nothing here knows files of a CA or an inventory: that is authority.h and sans.h.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_MAKE_H
#define CERTROLL_MAKE_H

#include "certroll/cert.h"
#include "certroll/finding.h"
#include "certroll/secret.h"

enum {
	MAKE_LEAF_BITS = 2048, /**< what the smallest boxes bear (rule K4), and the least allowed */
	MAKE_CA_BITS = 3072,   /**< lives for ten years, and is only verified with */
	MAKE_MAX_NAMES = 100,  /**< subjectAltName entries; public CAs take no more */
	MAKE_CN_MAX = 64,      /**< RFC 5280 appendix A: ub-common-name */
};

struct evp_pkey_st;
struct X509_req_st;

/** DNS names, also wildcards, and addresses: entries of subjectAltName. */
struct name_list {
	char **items;
	size_t count;
};

/** From and until when something is valid, inclusive; seconds since 1970. */
struct span {
	int64_t from, until;
};

/** A new RSA key.  Owned, or NULL with ERR_IO. */
struct evp_pkey_st *key_make(int bits, struct err *err) MUST_CHECK;

/**
 * Read an RSA key of MAKE_LEAF_BITS or more from a PEM file that holds one private key.
 *
 * @param password  of an encrypted key (PKCS#8, also by old ciphers); NULL: none known
 * @return owned, or NULL with ERR_IO, ERR_SECRET (a password is needed, or wrong), ERR_LIMIT (more
 *         than GATHER_MAX_ITERATIONS of it) or ERR_BUNDLE (not such a key; others than its owner may
 *         read the file)
 */
struct evp_pkey_st *key_load(const char *path, const struct secret *password,
			     struct err *err) MUST_CHECK;

/** Wipes.  NULL is fine. */
void key_free(struct evp_pkey_st *key);

int key_bits(const struct evp_pkey_st *key);

/** Is it the private key of this certificate? */
bool key_owns(const struct evp_pkey_st *key, const struct cert *cert);

/**
 * Certificates and behind them, if given, a private key (PKCS#8) as PEM.
 *
 * @param key       NULL: none
 * @param password  the key is encrypted with it (AES-256, PBKDF2); NULL: not encrypted
 * @param[out] out  the caller frees it
 */
int make_pem(const struct cert *const *certs, size_t count, struct evp_pkey_st *key,
	     const struct secret *password, struct secret *out, struct err *err) MUST_CHECK;

/**
 * Why a certificate cannot be for this name, wherever it comes from: no host name, an international
 * name not in its xn-- form, a star in the wrong place or above a registry such as *.com.
 *
 * @return owned, to be put behind the name; NULL when it is a proper name or an address
 */
char *name_refuse(const char *name) MUST_CHECK;

/** The same for what no public CA issues: addresses, '_' and names of closed networks (BR 4.2.2). */
char *name_refuse_public(const char *name) MUST_CHECK;

/** Is a wildcard directly below this domain too much: "com", "co.uk"?  By the Public Suffix List. */
bool name_is_registry(const char *domain);

bool name_is_address(const char *name);

/** The common name for these names: the first that fits, or NULL.  Borrowed. */
const char *name_common(const struct name_list *names);

/**
 * A request (PKCS#10, PEM) for a server's certificate: names, digitalSignature and keyEncipherment,
 * serverAuth and clientAuth, signed with SHA-256.
 *
 * @param names     at least one, each one that name_refuse() lets pass
 * @param[out] out  the caller frees it
 */
int request_make(struct evp_pkey_st *key, const struct name_list *names, struct secret *out,
		 struct err *err) MUST_CHECK;

/** What somebody wants a certificate for. */
struct request {
	struct name_list names;  /**< lower case */
	struct evp_pkey_st *key; /**< the public key; borrowed from the request */
	struct X509_req_st *csr; /**< owned; for this layer only */
};

/**
 * Read a request (PEM or DER) and judge whether it may be signed as it is: its own signature, an RSA
 * key of MAKE_LEAF_BITS or more or an EC key on P-256, P-384 or P-521, proper names, no CA.
 *
 * @param findings  "request": each reason to refuse it, severity error
 * @return owned, or NULL with ERR_IO, ERR_LIMIT or ERR_BUNDLE when it cannot be read at all
 */
struct request *request_load(const char *path, struct findings *findings,
			     struct err *err) MUST_CHECK;

/** NULL is fine. */
void request_free(struct request *request);

/** Who signs: a CA's certificate and its key, borrowed. */
struct issuer {
	const struct cert *cert;
	struct evp_pkey_st *key;
};

/**
 * A certificate of a CA, with SHA-256 and a random serial of 127 bits.
 *
 * @param issuer  NULL: a root, signed by itself; else an intermediate that signs leaves only
 * @param name    common name, at most MAKE_CN_MAX characters of UTF-8
 * @return owned, or NULL with ERR_IO
 */
struct cert *cert_make_ca(const struct issuer *issuer, struct evp_pkey_st *key, const char *name,
			  const struct span *span, struct err *err) MUST_CHECK;

/**
 * A certificate of a server: serverAuth and clientAuth, digitalSignature and, for an RSA key,
 * keyEncipherment; whatever a request asked for.
 *
 * @param key    the public key is taken
 * @param names  as for request_make()
 */
struct cert *cert_make_leaf(const struct issuer *issuer, struct evp_pkey_st *key,
			    const struct name_list *names, const struct span *span,
			    struct err *err) MUST_CHECK;

/** Read the one certificate of a PEM file.  Owned, or NULL with ERR_IO or ERR_BUNDLE. */
struct cert *cert_load(const char *path, struct err *err) MUST_CHECK;

#endif
