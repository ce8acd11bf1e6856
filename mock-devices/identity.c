/* identity: shared chains, served in exactly their order. */
#include "identity.h"

#include "text.h"

#include <string.h>
#include <strings.h>

static void digest_certificate(const X509 *certificate, unsigned char digest[SHA256_DIGEST_LENGTH])
{
	if (!X509_digest(certificate, EVP_sha256(), digest, NULL))
		abort(); /* SHA-256 of bytes in memory does not fail */
}

static void digest_chain(const STACK_OF(X509) * chain, unsigned char digest[SHA256_DIGEST_LENGTH])
{
	unsigned char all[IDENTITY_CHAIN_MAX * SHA256_DIGEST_LENGTH];
	size_t used = 0;

	for (int i = 0; i < sk_X509_num(chain) && used < sizeof(all); i++) {
		digest_certificate(sk_X509_value(chain, i), all + used);
		used += SHA256_DIGEST_LENGTH;
	}
	SHA256(all, used, digest);
}

static struct identity **bucket_of(struct identity_table *table, const unsigned char *digest)
{
	return &table->buckets[(digest[0] << 8 | digest[1]) % IDENTITY_BUCKETS];
}

struct identity *identity_share(struct identity_table *table, STACK_OF(X509) * chain, EVP_PKEY *key)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	digest_chain(chain, digest);
	struct identity **bucket = bucket_of(table, digest);
	for (struct identity *known = *bucket; known; known = known->next)
		if (memcmp(known->digest, digest, sizeof(digest)) == 0)
			return identity_hold(known);

	struct identity *identity = mem_alloc(sizeof(*identity));
	memcpy(identity->digest, digest, sizeof(digest));
	identity->chain = mem_must(X509_chain_up_ref(chain));
	EVP_PKEY_up_ref(key);
	identity->key = key;
	identity->table = table;
	identity->references = 1;
	identity->next = *bucket;
	*bucket = identity;
	return identity;
}

struct identity *identity_hold(struct identity *identity)
{
	if (identity)
		identity->references++;
	return identity;
}

void identity_free(struct identity *identity)
{
	if (!identity || --identity->references)
		return;
	struct identity **link = bucket_of(identity->table, identity->digest);
	while (*link != identity)
		link = &(*link)->next;
	*link = identity->next;
	sk_X509_pop_free(identity->chain, X509_free);
	EVP_PKEY_free(identity->key);
	free(identity);
}

/* A copy of the chain's list; the certificates stay the same objects. */
static STACK_OF(X509) * copy_chain(const struct identity *identity)
{
	return mem_must(X509_chain_up_ref(identity->chain));
}

struct identity *identity_swap(const struct identity *identity)
{
	auto_chain STACK_OF(X509) *chain = copy_chain(identity);
	int last = sk_X509_num(chain) - 1;

	if (last > 1) {
		X509 *second = sk_X509_value(chain, 1);
		sk_X509_set(chain, 1, sk_X509_value(chain, last));
		sk_X509_set(chain, last, second);
	}
	return identity_share(identity->table, chain, identity->key);
}

struct identity *identity_shorten(const struct identity *identity)
{
	auto_chain STACK_OF(X509) *chain = copy_chain(identity);

	if (sk_X509_num(chain) > 1)
		X509_free(sk_X509_delete(chain, 1));
	return identity_share(identity->table, chain, identity->key);
}

int identity_apply(const struct identity *identity, SSL *ssl)
{
	/* SSL_set1_chain takes the list as it is: no sorting, no completing, root included */
	auto_chain STACK_OF(X509) *issuers = copy_chain(identity);

	X509_free(sk_X509_shift(issuers));
	if (SSL_use_certificate(ssl, sk_X509_value(identity->chain, 0)) != 1 ||
	    SSL_use_PrivateKey(ssl, identity->key) != 1 || SSL_set1_chain(ssl, issuers) != 1)
		return -1;
	return 0;
}

void identity_fingerprint(const X509 *certificate, char hex[IDENTITY_HEX])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	digest_certificate(certificate, digest);
	text_hex(digest, sizeof(digest), hex);
}

void identity_key_fingerprint(EVP_PKEY *key, char hex[IDENTITY_HEX])
{
	unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
	int length = i2d_PUBKEY(key, &der);

	SHA256(mem_must(der), (size_t)length, digest);
	OPENSSL_free(der);
	text_hex(digest, sizeof(digest), hex);
}

int identity_find(const STACK_OF(X509) * certificates, const char *fingerprint)
{
	char hex[IDENTITY_HEX];

	for (int i = 0; i < sk_X509_num(certificates); i++) {
		identity_fingerprint(sk_X509_value(certificates, i), hex);
		if (strcasecmp(hex, fingerprint) == 0)
			return i;
	}
	return -1;
}
