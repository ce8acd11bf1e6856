/**
 * @file
 * chain: certificates in the order in which somebody gave them, and what that order is worth.
 *
 * A chain is what a server sent or what a bundle holds.  Its links and its path to a trust anchor
 * are found by signature, never by name.  Chains of a run are interned by the SHA-256 over all
 * their DER bytes, so that a wildcard served by a thousand boxes is parsed and judged once; an
 * interned chain is constant and lives as long as its pool.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_CHAIN_H
#define CERTROLL_CHAIN_H

#include "certroll/cert.h"
#include "certroll/err.h"

enum { CHAIN_MAX_CERTS = 32, CHAIN_NONE = -1 };

struct anchors;
struct chains;
struct stack_st_X509;

/** What kind of flaw made validation refuse a path. */
enum path_flaw {
	FLAW_NONE,
	FLAW_TIME,  /**< only this: a certificate on the path is not valid now (rule V1) */
	FLAW_CA,    /**< a certificate signed another and must not (basicConstraints, keyUsage) */
	FLAW_NAMES, /**< name constraints (rule N6) */
	FLAW_OTHER,
	FLAW_PATH_LENGTH, /**< more CAs than one of them allows (rule R3) */
	FLAW_KEY_ID,      /**< a key identifier names another key (rule R1) */
	FLAW_CRITICAL,    /**< a critical extension that nobody knows as such */
	FLAW_FORM,        /**< a malformed extension */
};

/** Who says that the anchor of a path is one. */
enum anchor_source {
	ANCHOR_NONE,
	ANCHOR_SYSTEM, /**< the system's store: a public root */
	ANCHOR_FILE,   /**< --ca-file */
	ANCHOR_BUNDLE, /**< the bundle itself (chains_trust()) */
};

/** How the path from the leaf ends. */
enum path_end {
	PATH_ANCHORED,   /**< at a trust anchor, and RFC 5280 validation succeeds today */
	PATH_INCOMPLETE, /**< the issuer of the last certificate on the path is nowhere */
	PATH_UNTRUSTED,  /**< at a self-signed certificate that is no anchor */
	PATH_INVALID,    /**< reaches an anchor, but validation refuses it: see reason */
};

struct path {
	enum path_end end;
	size_t count;
	/** Leaf first; the last may be an anchor that is not in the chain. */
	const struct cert *certs[CHAIN_MAX_CERTS + 1];
	const struct cert *anchor;  /**< borrowed from the pool; NULL if none */
	enum anchor_source source;  /**< of the anchor */
	enum path_flaw flaw;        /**< PATH_INVALID: what the reason is about */
	const struct cert *refused; /**< PATH_INVALID: the certificate the reason is about */
	char reason[256];           /**< PATH_INVALID: why, in our words; else "" */
	int64_t shortest_not_after; /**< earliest end on the path */
};

struct chain {
	const struct cert *certs[CHAIN_MAX_CERTS]; /**< as given; borrowed from the pool */
	size_t count;
	size_t sent; /**< what the peer sent; more than count: the rest was not looked at */
	unsigned char sha256[CERT_HASH]; /**< over all DER in order */
	/**
	 * Index of the leaf: the one that issued no other; of several the first that is no CA, else
	 * the first; never CHAIN_NONE.
	 */
	int leaf;
	/**
	 * Index of the certificate that signed this one; its own when self-signed; CHAIN_NONE when
	 * that is not in here.
	 */
	int issuer_of[CHAIN_MAX_CERTS];
	int same_as[CHAIN_MAX_CERTS]; /**< index of an earlier copy, or CHAIN_NONE */
	struct path path;             /**< judged with the pool's anchors and time */
};

/**
 * Trust anchors: the system's store and, beside it, those of PEM files.  Loaded once per run.
 *
 * @param ca_file  PEM file of more anchors; NULL for none
 * @param system   also the system's store
 */
struct anchors *anchors_load(const char *ca_file, bool system, struct err *err) MUST_CHECK;
void anchors_free(struct anchors *anchors);

/** How often a store was loaded in this process: a run needs one (a test counts). */
unsigned anchors_loads(void);

/** Is exactly this certificate an anchor? */
bool anchors_hold(const struct anchors *anchors, const struct cert *cert);

/** A pool judging with these anchors (borrowed) at this time. */
struct chains *chains_new(const struct anchors *anchors, int64_t now) MUST_CHECK;
void chains_free(struct chains *chains);

/**
 * One more anchor for the paths judged from now on: a bundle's own root (finding P2 tells).
 * Add before the first chain is taken.
 */
void chains_trust(struct chains *chains, const struct cert *root);

/**
 * Intern one certificate: the same DER gives the same pointer for the life of the pool.
 *
 * @return borrowed from the pool, or NULL with ERR_BUNDLE as cert_parse()
 */
const struct cert *chains_cert(struct chains *chains, const unsigned char *der, size_t len,
			       struct err *err) MUST_CHECK;

/**
 * Intern what a peer sent (the untrusted stack of the verify callback, in the order of the wire).
 * Of more than CHAIN_MAX_CERTS certificates the first ones are taken.
 *
 * @return borrowed from the pool, or NULL with ERR_LIMIT (too large certificates) or ERR_BUNDLE
 *         (not parseable)
 */
const struct chain *chains_take(struct chains *chains, const struct stack_st_X509 *sent,
				struct err *err) MUST_CHECK;

/** As chains_take(), from DER bytes one behind the other. */
const struct chain *chains_parse(struct chains *chains, const unsigned char *const *der,
				 const size_t *len, size_t count, struct err *err) MUST_CHECK;

/** The leaf.  Borrowed. */
const struct cert *chain_leaf(const struct chain *chain);

/** How a served chain compares with the intended one. */
enum chain_match {
	CHAIN_EXACT,   /**< same certificates, same order; the root may be left out */
	CHAIN_PARTIAL, /**< same leaf, but certificates missing, foreign or in another order */
	CHAIN_OTHER,   /**< another leaf */
};

/** @p difference gets one sentence of what differs ("certificate 2 is missing: 'CN=...'"). */
enum chain_match chain_compare(const struct chain *intended, const struct chain *served,
			       char difference[256]);

#endif
