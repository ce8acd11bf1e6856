#include "certroll/assemble.h"
#include "anchors.h"
#include "certroll/text.h"
#include "keys.h"
#include "path.h"
#include <openssl/err.h>

static bool is_repeated(const struct gathered *given, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (given->certs[i].cert == given->certs[index].cert)
			return true;
	return false;
}

static bool issued_another(const struct gathered *given, const struct cert *cert)
{
	for (size_t i = 0; i < given->cert_count; i++)
		if (given->certs[i].cert != cert && cert_signed_by(given->certs[i].cert, cert))
			return true;
	return false;
}

static const struct gathered_key *find_key(const struct gathered *given, const struct cert *cert)
{
	for (size_t i = 0; i < given->key_count; i++)
		if (key_of(given->keys[i].key, cert))
			return &given->keys[i];
	return NULL;
}

/* Those that may be the leaf, by number. */
struct leaves {
	size_t list[GATHER_MAX_CERTS], count;
	const struct gathered_cert *key_of_ca;
};

static void find_leaves(struct leaves *leaves, const struct gathered *given, bool keyless)
{
	for (size_t i = 0; i < given->cert_count; i++) {
		const struct cert *cert = given->certs[i].cert;

		if (is_repeated(given, i) || (!keyless && !find_key(given, cert)))
			continue;
		if (!issued_another(given, cert))
			leaves->list[leaves->count++] = i;
		else if (!leaves->key_of_ca)
			leaves->key_of_ca = &given->certs[i];
	}
}

/* CA certificates that issued nothing here are strays, unless there is nothing else. */
static void prefer_servers(struct leaves *leaves, const struct gathered *given)
{
	size_t count = 0;

	for (size_t i = 0; i < leaves->count; i++)
		if (!given->certs[leaves->list[i]].cert->is_ca)
			leaves->list[count++] = leaves->list[i];
	leaves->count = count ? count : leaves->count;
}

static int refuse_none(const struct gathered *given, const struct leaves *leaves, struct err *err)
{
	if (!given->cert_count)
		return err_set(err, ERR_BUNDLE,
			       "there is no certificate among the files; name the one that the CA "
			       "made, too");
	if (!given->key_count)
		return err_set(err, ERR_BUNDLE,
			       "there is no private key among the files, and no box works without; "
			       "name the file with the key, too (privkey.pem, .key, .pfx), or add "
			       "--no-key for the certificates alone");
	if (leaves->key_of_ca)
		return err_set(err, ERR_BUNDLE,
			       "the private key (%s) is that of the CA '%s', which has no place on "
			       "a box; name the file with the key of the leaf",
			       given->keys[0].place, leaves->key_of_ca->cert->display);
	return err_set(err, ERR_BUNDLE,
		       "the private key (%s) belongs to none of the certificates; name the file "
		       "with the key that '%s' was requested with",
		       given->keys[0].place, given->certs[0].cert->display);
}

static int refuse_two(const struct gathered *given, const struct leaves *leaves, bool keyless,
		      struct err *err)
{
	const struct gathered_cert *a = &given->certs[leaves->list[0]];
	const struct gathered_cert *b = &given->certs[leaves->list[1]];
	char until_a[32], until_b[32];

	return err_set(err, ERR_BUNDLE,
		       "two certificates could be meant%s: '%s' (%s; until %s) and '%s' (%s; until "
		       "%s); name only the files of one",
		       keyless ? "" : ", each with its private key", a->cert->display, a->place,
		       text_time(a->cert->not_after, until_a), b->cert->display, b->place,
		       text_time(b->cert->not_after, until_b));
}

int assemble_leaf(struct assembly *assembly, const struct gathered *given, bool keyless,
		  struct err *err)
{
	struct leaves leaves = { 0 };
	const struct cert *leaf;

	find_leaves(&leaves, given, keyless);
	prefer_servers(&leaves, given);
	/* A circle of cross certificates has no end; any of them is as good. */
	if (!leaves.count && keyless && given->cert_count)
		leaves.count = 1;
	if (!leaves.count)
		return refuse_none(given, &leaves, err);
	if (leaves.count > 1)
		return refuse_two(given, &leaves, keyless, err);
	leaf = given->certs[leaves.list[0]].cert;
	*assembly = (struct assembly){ .certs = { leaf },
				       .count = 1,
				       .key = keyless ? NULL : find_key(given, leaf) };
	return 0;
}

bool assembly_owns(const struct assembly *assembly, const struct gathered_key *key)
{
	bool owns = assembly->key && EVP_PKEY_eq(assembly->key->key, key->key) == 1;

	ERR_clear_error();
	return owns;
}

/* Everything that stands above the leaf. */
struct reach {
	const struct cert *certs[CHAIN_MAX_CERTS];
	size_t count;
};

static bool holds(const struct cert *const *certs, size_t count, const struct cert *cert)
{
	for (size_t i = 0; i < count; i++)
		if (certs[i] == cert)
			return true;
	return false;
}

static int reach_add(struct reach *reach, const struct cert *cert, struct err *err)
{
	if (holds(reach->certs, reach->count, cert))
		return 0;
	if (reach->count == CHAIN_MAX_CERTS)
		return err_set(err, ERR_LIMIT,
			       "more than %d certificates that sign one another; give only those "
			       "of one chain",
			       CHAIN_MAX_CERTS);
	reach->certs[reach->count++] = cert;
	return 0;
}

static int reach_gathered(struct reach *reach, const struct cert *below,
			  const struct gathered *some, struct err *err)
{
	for (size_t i = 0; i < some->cert_count; i++)
		if (cert_signed_by(below, some->certs[i].cert) &&
		    reach_add(reach, some->certs[i].cert, err))
			return -1;
	return 0;
}

/* Of --ca-file only self-signed ones become anchors: a path must not end below the root. */
static int reach_store(struct reach *reach, const struct cert *below, const struct anchors *store,
		       enum anchor_source source, struct chains *pool, struct err *err)
{
	auto_x509_stack found = anchors_named(store, source, X509_get_issuer_name(below->x509));

	for (int i = 0; found && i < sk_X509_num(found); i++) {
		const struct cert *cert = chains_adopt(pool, sk_X509_value(found, i), NULL);

		if (!cert || !cert_signed_by(below, cert))
			continue;
		if (cert->self_signed && chains_source(pool, cert) == ANCHOR_NONE)
			chains_trust(pool, cert);
		if (reach_add(reach, cert, err))
			return -1;
	}
	return 0;
}

static int reach_all(struct reach *reach, const struct gathered *given, const struct gathered *more,
		     const struct anchors *file, struct chains *pool, struct err *err)
{
	for (size_t i = 0; i < reach->count; i++) {
		const struct cert *below = reach->certs[i];

		if (reach_gathered(reach, below, given, err) ||
		    reach_gathered(reach, below, more, err) ||
		    reach_store(reach, below, file, ANCHOR_FILE, pool, err) ||
		    reach_store(reach, below, chains_anchors(pool), ANCHOR_SYSTEM, pool, err))
			return -1;
	}
	return 0;
}

static const struct cert *issuer_of(const struct assembly *assembly, const struct reach *reach)
{
	const struct cert *last = assembly->certs[assembly->count - 1], *best = NULL;

	for (size_t i = 0; i < reach->count; i++)
		if (cert_signed_by(last, reach->certs[i]) &&
		    !holds(assembly->certs, assembly->count, reach->certs[i]) &&
		    (!best || reach->certs[i]->self_signed))
			best = reach->certs[i];
	return best;
}

/* A path may end at an anchor that is no root: an intermediate in the system's store. */
static void extend(struct assembly *assembly, const struct reach *reach)
{
	const struct cert *issuer;

	while (!assembly->certs[assembly->count - 1]->self_signed &&
	       assembly->count < CHAIN_MAX_CERTS && (issuer = issuer_of(assembly, reach)))
		assembly->certs[assembly->count++] = issuer;
	assembly->rooted = assembly->certs[assembly->count - 1]->self_signed;
}

int assemble_chain(struct assembly *assembly, const struct gathered *given,
		   const struct gathered *more, const struct anchors *file, struct chains *pool,
		   struct err *err)
{
	struct reach reach = { .certs = { assembly->certs[0] }, .count = 1 };
	struct links links = { 0 };
	struct path path;

	if (reach_all(&reach, given, more, file, pool, err))
		return -1;
	links.certs = reach.certs;
	links.count = reach.count;
	path_find(pool, &links, 0, &path);
	assembly->count = 0;
	for (size_t i = 0; i < path.count && i < CHAIN_MAX_CERTS; i++)
		assembly->certs[assembly->count++] = path.certs[i];
	extend(assembly, &reach);
	return 0;
}
