/**
 * @file
 * identity: what a TLS endpoint shows: certificates in the order they are served, and the key.
 *
 * Immutable and shared: equal chains are one object, found by SHA-256, so that thousands of
 * devices with the same wildcard bundle cost one parsed copy.  There is a single SSL_CTX for the
 * fleet; an identity is put on each SSL, which is far cheaper than a context per device.
 */
#ifndef MOCK_IDENTITY_H
#define MOCK_IDENTITY_H

#include "cleanup.h"

#include <openssl/sha.h>
#include <openssl/ssl.h>

#define IDENTITY_CHAIN_MAX 16 /**< certificates in one chain */
#define IDENTITY_HEX       (2 * SHA256_DIGEST_LENGTH + 1)
#define IDENTITY_BUCKETS   1024

struct identity {
	unsigned char digest[SHA256_DIGEST_LENGTH]; /**< over all certificates as served */
	STACK_OF(X509) * chain;                     /**< owned; leaf first */
	EVP_PKEY *key;                              /**< owned */
	struct identity_table *table;               /**< borrowed */
	struct identity *next;                      /**< in the bucket */
	size_t references;
};

/** All living identities; usable when zeroed, empty again once all are freed. */
struct identity_table {
	struct identity *buckets[IDENTITY_BUCKETS];
};

/** An identity of this chain and key (borrowed): an equal one, or a new one.  Caller owns. */
struct identity *identity_share(struct identity_table *table, STACK_OF(X509) * chain,
				EVP_PKEY *key);

/** One more owner of the same identity; NULL gives NULL. */
struct identity *identity_hold(struct identity *identity);

/** One owner less.  Accepts NULL. */
void identity_free(struct identity *identity);

/** The same certificates with the second and the last one exchanged.  Caller owns. */
struct identity *identity_swap(const struct identity *identity);

/** The same certificates without the first one after the leaf.  Caller owns. */
struct identity *identity_shorten(const struct identity *identity);

/** Serve the identity on one connection, exactly in its order; -1: OpenSSL refuses it. */
int identity_apply(const struct identity *identity, SSL *ssl);

/** The certificate's SHA-256 as hex. */
void identity_fingerprint(const X509 *certificate, char hex[IDENTITY_HEX]);

/** The SHA-256 of a key's SubjectPublicKeyInfo as hex: what a client may pin. */
void identity_key_fingerprint(EVP_PKEY *key, char hex[IDENTITY_HEX]);

/** Place of the certificate with this fingerprint (hex in any case), or -1. */
int identity_find(const STACK_OF(X509) * certificates, const char *fingerprint);

CLEANUP_DEFINE(cleanup_identity, struct identity *, identity_free)
#define auto_identity CLEANUP_BY(cleanup_identity)

#endif
