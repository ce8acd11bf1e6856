#include "certroll/chain.h"
#include "anchors.h"
#include "digest.h"
#include "path.h"
#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

struct chains {
	const struct anchors *anchors;
	int64_t now;
	const struct cert **trusted; /* beside the anchors */
	size_t trusted_count;
	struct digest_map certs, chains;
	const struct chain *latest; /* taken from a peer; the next box often serves the same */
};

struct chains *chains_new(const struct anchors *anchors, int64_t now)
{
	struct chains *pool = mem_alloc(sizeof *pool);

	pool->anchors = anchors;
	pool->now = now;
	return pool;
}

void chains_free(struct chains *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->chains.room; i++)
		mem_free(pool->chains.slots[i].value);
	for (size_t i = 0; i < pool->certs.room; i++)
		cert_free(pool->certs.slots[i].value);
	digest_free(&pool->chains);
	digest_free(&pool->certs);
	mem_free(pool->trusted);
	mem_free(pool);
}

const struct anchors *chains_anchors(const struct chains *pool)
{
	return pool->anchors;
}

int64_t chains_now(const struct chains *pool)
{
	return pool->now;
}

const struct cert *chains_trusted(const struct chains *pool, size_t index)
{
	return index < pool->trusted_count ? pool->trusted[index] : NULL;
}

enum anchor_source chains_source(const struct chains *pool, const struct cert *cert)
{
	enum anchor_source source = anchors_source(pool->anchors, cert);

	for (size_t i = 0; source == ANCHOR_NONE && i < pool->trusted_count; i++)
		if (pool->trusted[i] == cert)
			source = ANCHOR_BUNDLE;
	return source;
}

/* Takes over the certificate. */
static const struct cert *keep_cert(struct chains *pool, struct cert *cert)
{
	if (cert)
		digest_add(&pool->certs, cert->sha256, cert);
	return cert;
}

const struct cert *chains_cert(struct chains *pool, const unsigned char *der, size_t len,
			       struct err *err)
{
	unsigned char digest[CERT_HASH];
	const struct cert *known;

	SHA256(der, len, digest);
	known = digest_find(&pool->certs, digest);
	return known ? known : keep_cert(pool, cert_parse(der, len, err));
}

static const struct cert *adopt(struct chains *pool, X509 *x509, const struct der *der,
				struct err *err)
{
	unsigned char digest[CERT_HASH];
	const struct cert *known;

	SHA256(der->bytes, der->len, digest);
	known = digest_find(&pool->certs, digest);
	if (known)
		return known;
	if (!X509_up_ref(x509))
		mem_exhausted();
	return keep_cert(pool, cert_adopt(x509, err));
}

const struct cert *chains_adopt(struct chains *pool, X509 *x509, struct err *err)
{
	auto_der der = der_of(x509);

	return adopt(pool, x509, &der, err);
}

void chains_trust(struct chains *pool, const struct cert *root)
{
	const struct cert *own = chains_cert(pool, root->der, root->der_len, NULL);

	if (!own)
		return;
	pool->trusted = mem_grow(pool->trusted, pool->trusted_count, sizeof(struct cert *));
	pool->trusted[pool->trusted_count++] = own;
}

static const struct cert *path_issuer(const struct path *path, const struct cert *cert)
{
	for (size_t i = 0; i + 1 < path->count; i++)
		if (path->certs[i] == cert)
			return path->certs[i + 1];
	return NULL;
}

/* Of several issuers the one on the path counts, then the next in line, then the first. */
static int issuer_index(struct links *links, const struct path *path, size_t index)
{
	const struct cert *preferred = path_issuer(path, links->certs[index]);
	int found = CHAIN_NONE;

	if (links->certs[index]->self_signed)
		return (int)index;
	for (size_t i = 0; i < links->count; i++) {
		if (i == index || !links_signed(links, index, i))
			continue;
		if (links->certs[i] == preferred)
			return (int)i;
		if (found == CHAIN_NONE || i == index + 1)
			found = (int)i;
	}
	return found;
}

static int earlier_same(const struct chain *chain, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (chain->certs[i] == chain->certs[index])
			return (int)i;
	return CHAIN_NONE;
}

static struct chain *chain_make(struct chains *pool, const struct cert *const *certs, size_t count)
{
	struct chain *chain = mem_alloc(sizeof *chain);
	struct links links = { .certs = certs, .count = count };

	memcpy(chain->certs, certs, count * sizeof(struct cert *));
	chain->count = count;
	chain->leaf = links_leaf(&links);
	path_find(pool, &links, chain->leaf, &chain->path);
	for (size_t i = 0; i < count; i++) {
		chain->same_as[i] = earlier_same(chain, i);
		chain->issuer_of[i] = issuer_index(&links, &chain->path, i);
	}
	return chain;
}

/*
 * SHA-256 over all DER: a SEQUENCE says its own length, so nothing needs to stand between them.
 * Where not all that was sent is there, the number follows; no SEQUENCE begins with these bytes.
 */
static void digest_ders(const unsigned char *const *der, const size_t *len, size_t count,
			size_t sent, unsigned char digest[CERT_HASH])
{
	auto_of(EVP_MD_CTX_free) EVP_MD_CTX *hash = EVP_MD_CTX_new();

	if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		mem_exhausted();
	for (size_t i = 0; i < count; i++)
		EVP_DigestUpdate(hash, der[i], len[i]);
	if (sent > count) {
		EVP_DigestUpdate(hash, "\xff", 1);
		EVP_DigestUpdate(hash, &sent, sizeof sent);
	}
	EVP_DigestFinal_ex(hash, digest, NULL);
}

static const struct chain *keep_chain(struct chains *pool, const struct cert *const *certs,
				      size_t count, size_t sent,
				      const unsigned char digest[CERT_HASH])
{
	struct chain *chain = chain_make(pool, certs, count);

	chain->sent = sent;
	memcpy(chain->sha256, digest, CERT_HASH);
	digest_add(&pool->chains, chain->sha256, chain);
	return chain;
}

const struct chain *chains_intern(struct chains *pool, const struct cert *const *certs,
				  size_t count)
{
	const unsigned char *der[CHAIN_MAX_CERTS];
	size_t len[CHAIN_MAX_CERTS];
	unsigned char digest[CERT_HASH];
	const struct chain *known;

	for (size_t i = 0; i < count; i++) {
		der[i] = certs[i]->der;
		len[i] = certs[i]->der_len;
	}
	digest_ders(der, len, count, count, digest);
	known = digest_find(&pool->chains, digest);
	return known ? known : keep_chain(pool, certs, count, count, digest);
}

static int refuse_sizes(const size_t *len, size_t count, struct err *err)
{
	if (count == 0)
		return err_set(err, ERR_BUNDLE, "there is no certificate");
	if (count > CHAIN_MAX_CERTS)
		return err_set(err, ERR_LIMIT,
			       "%zu certificates, more than the %d a chain may have", count,
			       CHAIN_MAX_CERTS);
	for (size_t i = 0; len && i < count; i++)
		if (len[i] > CERT_MAX_BYTES)
			return err_set(err, ERR_LIMIT,
				       "certificate %zu has %zu bytes, more than any needs", i + 1,
				       len[i]);
	return 0;
}

static bool same_ders(const struct chain *chain, const unsigned char *const *der, const size_t *len,
		      size_t count, size_t total)
{
	if (chain->count != count || chain->sent != total)
		return false;
	for (size_t i = 0; i < count; i++)
		if (chain->certs[i]->der_len != len[i] ||
		    memcmp(chain->certs[i]->der, der[i], len[i]) != 0)
			return false;
	return true;
}

/*
 * The chain of these DER bytes.  With @p sent, certificates not yet known are taken from there
 * instead of being parsed a second time: on OpenSSL 3.0 parsing is what an audit costs most.
 */
static const struct chain *take_chain(struct chains *pool, const STACK_OF(X509) * sent,
				      const unsigned char *const *der, const size_t *len,
				      size_t count, size_t total, struct err *err)
{
	const struct cert *certs[CHAIN_MAX_CERTS];
	unsigned char digest[CERT_HASH];
	const struct chain *known;

	if (refuse_sizes(len, count, err))
		return NULL;
	digest_ders(der, len, count, total, digest);
	known = digest_find(&pool->chains, digest);
	if (known)
		return known;
	for (size_t i = 0; i < count; i++) {
		struct der one = { (unsigned char *)(uintptr_t)der[i], len[i] };

		certs[i] = sent ? adopt(pool, sk_X509_value(sent, (int)i), &one, err)
				: chains_cert(pool, der[i], len[i], err);
		if (!certs[i]) {
			err_wrap(err, "certificate %zu", i + 1);
			return NULL;
		}
	}
	return keep_chain(pool, certs, count, total, digest);
}

const struct chain *chains_parse(struct chains *pool, const unsigned char *const *der,
				 const size_t *len, size_t count, struct err *err)
{
	return take_chain(pool, NULL, der, len, count, count, err);
}

const struct chain *chains_take(struct chains *pool, const struct stack_st_X509 *sent,
				struct err *err)
{
	size_t total = sent ? (size_t)sk_X509_num(sent) : 0;
	size_t count = total < CHAIN_MAX_CERTS ? total : CHAIN_MAX_CERTS;
	unsigned char *der[CHAIN_MAX_CERTS] = { 0 };
	size_t len[CHAIN_MAX_CERTS] = { 0 };
	const struct chain *chain;

	for (size_t i = 0; i < count; i++) {
		struct der one = der_of(sk_X509_value(sent, (int)i));

		der[i] = one.bytes;
		len[i] = one.len;
	}
	chain = pool->latest;
	if (!chain || !same_ders(chain, (const unsigned char *const *)der, len, count, total))
		chain = take_chain(pool, sent, (const unsigned char *const *)der, len, count, total,
				   err);
	pool->latest = chain;
	for (size_t i = 0; i < count; i++)
		OPENSSL_free(der[i]);
	return chain;
}

const struct cert *chain_leaf(const struct chain *chain)
{
	return chain->certs[chain->leaf];
}
