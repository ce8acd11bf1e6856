/**
 * @file
 * bundle: the file with the certificate we are about to install.
 *
 * PEM blocks in any order are read: certificates, one private key, whatever else.  The bundle keeps
 * what stands where (blocks) and, apart from it, the sorted truth (chain: leaf first, root last),
 * found by signatures.  Read once, constant, shared by all jobs.  The key lives in secret pages.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_BUNDLE_H
#define CERTROLL_BUNDLE_H

#include "certroll/chain.h"
#include "certroll/finding.h"
#include "certroll/secret.h"

enum { BUNDLE_MAX_BYTES = 1 << 20, BUNDLE_MAX_BLOCKS = 64 };

enum block_kind {
	BLOCK_CERT,
	BLOCK_KEY,           /**< private key, readable */
	BLOCK_KEY_ENCRYPTED, /**< private key under a pass phrase */
	BLOCK_OTHER,         /**< CSR, parameters, ... */
	BLOCK_BROKEN,        /**< neither decoded nor understood; finding tells */
};

struct block {
	enum block_kind kind;
	int line, end_line;      /**< of its BEGIN and END, from 1 */
	char label[48];          /**< "CERTIFICATE" */
	const struct cert *cert; /**< BLOCK_CERT: borrowed from the pool; else NULL */
};

/** A view of bytes in the bundle's secret pages or memory; lives as long as the bundle. */
struct bytes {
	const char *data;
	size_t len;
};

/** How a device wants the bytes. */
enum bundle_form {
	/** Leaf, intermediates, root, unencrypted key; empty when the key does not match. */
	BUNDLE_PEM_CHAIN_KEY,
	BUNDLE_PEM_CHAIN, /**< the same without the key */
	BUNDLE_PEM_ROOT,  /**< the self-signed root alone; empty when there is none */
	/** All certificates in the order of the file, then the key; empty as BUNDLE_PEM_CHAIN_KEY. */
	BUNDLE_PEM_FILE,
	BUNDLE_PEM_LEAF,          /**< the leaf alone */
	BUNDLE_PEM_ISSUERS,       /**< the chain without the leaf; empty when nothing follows it */
	BUNDLE_PEM_KEY,           /**< the unencrypted key alone; empty as BUNDLE_PEM_CHAIN_KEY */
	BUNDLE_PEM_INTERMEDIATES, /**< the chain without leaf and root; empty when there is none */
	BUNDLE_FORMS,
};

struct bundle {
	char *path;        /**< as given, for places */
	bool open;         /**< group or others may read the file */
	bool foreign_text; /**< text outside blocks */
	struct block blocks[BUNDLE_MAX_BLOCKS];
	size_t block_count;
	/** The certificates in the order of the file; NULL: none, or the leaf's is a broken block. */
	const struct chain *file;
	const struct chain *chain; /**< leaf first, each signed by the next, root last if present;
					without duplicates and strays; NULL when there is no leaf */
	bool has_root;             /**< chain ends in a self-signed certificate */
	int key_block;    /**< index of the leaf's key, else of the first readable one, or -1 */
	int key_owner;    /**< index of the certificate block with that key, or -1 */
	bool key_matches; /**< the key is that of the leaf of chain: a trial signature verifies */
	bool key_damaged; /**< its public half is the leaf's, but the private half does not fit */
	struct secret key_pem;             /**< the key block re-written as PKCS#8 PEM with LF */
	struct secret forms[BUNDLE_FORMS]; /**< by enum bundle_form; see bundle_bytes() */
};

/**
 * Read a bundle.
 *
 * What is wrong with the text (truncated base64, a block without its end, broken DER) is appended
 * to @p findings as "pem" with block and line, what is only odd about it (blank lines, line ends of
 * Windows) as notes, a file that others may read as "bundle-open"; rules about what was read are
 * rules_judge_bundle()'s.
 *
 * @param chains  pool for the two chains; a self-signed root in the file is added to it as an
 *                anchor first (chains_trust())
 * @return the bundle (caller frees; borrows from the pool), or NULL with ERR_IO, ERR_LIMIT, or
 *         ERR_BUNDLE when the file holds no PEM block at all
 */
struct bundle *bundle_load(const char *path, struct chains *chains, struct findings *findings,
			   struct err *err) MUST_CHECK;

/** The same of a text that is here already; @p path is how places call it. */
struct bundle *bundle_parse(const struct secret *text, const char *path, struct chains *chains,
			    struct findings *findings, struct err *err) MUST_CHECK;

/** Wipes the key.  NULL is fine. */
void bundle_free(struct bundle *bundle);

/** The bytes to send, without a copy. */
struct bytes bundle_bytes(const struct bundle *bundle, enum bundle_form form);

/**
 * Blank every run of letters in a text that has a piece of the private key in it: a device may
 * answer with what it was sent.  @p bundle may be NULL.
 */
void bundle_hide_key(const struct bundle *bundle, char *text);

/**
 * Leaf, key and the rest of the chain as a PKCS#12 container, in DER; as assembly_pkcs12().
 *
 * @param[out] out  the caller frees it; another one each time, since salts are random
 * @return 0, or -1 with ERR_BUNDLE: no key of the leaf, or OpenSSL refuses
 */
int bundle_pkcs12(const struct bundle *bundle, const struct secret *password, bool old,
		  struct secret *out, struct err *err) MUST_CHECK;

/** The self-signed root of the chain, or NULL. */
const struct cert *bundle_root(const struct bundle *bundle);

#endif
