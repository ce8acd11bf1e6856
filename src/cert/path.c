#include "path.h"
#include "anchors.h"
#include <string.h>

/*
 * Certificates that sign each other in circles, or many copies of one issuer, make exponentially
 * many paths.  Real ones have one or two.
 */
enum { MOST_STEPS = 4096, MOST_VERDICTS = 16 };

struct search {
	struct chains *pool;
	struct links *links;
	size_t trail[CHAIN_MAX_CERTS];
	size_t depth;
	unsigned steps, verdicts;
	struct path *best; /* count 0: none yet */
	bool best_rooted;  /* its last certificate given is self-signed */
	size_t best_depth; /* how many of its certificates were given */
};

bool links_signed(struct links *links, size_t cert, size_t issuer)
{
	signed char *known = &links->known[cert][issuer];

	if (!*known)
		*known = cert_signed_by(links->certs[cert], links->certs[issuer]) ? 1 : -1;
	return *known > 0;
}

static bool issued_another(struct links *links, size_t index)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->certs[i] != links->certs[index] && links_signed(links, i, index))
			return true;
	return false;
}

int links_leaf(struct links *links)
{
	int first = CHAIN_NONE;

	for (size_t i = 0; i < links->count; i++) {
		if (issued_another(links, i))
			continue;
		if (!links->certs[i]->is_ca)
			return (int)i;
		if (first == CHAIN_NONE)
			first = (int)i;
	}
	/* Everybody issued somebody: a circle, and TLS takes the first as the leaf. */
	return first == CHAIN_NONE ? 0 : first;
}

static const struct cert *at(const struct search *search, size_t step)
{
	return search->links->certs[search->trail[step]];
}

static int64_t shortest(const struct path *path)
{
	int64_t end = path->certs[0]->not_after;

	for (size_t i = 1; i < path->count; i++)
		if (path->certs[i]->not_after < end)
			end = path->certs[i]->not_after;
	return end;
}

/* Higher is better: incomplete < untrusted < invalid < anchored. */
static int rank_of(enum path_end end)
{
	static const int ranks[] = {
		[PATH_ANCHORED] = 3, [PATH_INCOMPLETE] = 0, [PATH_UNTRUSTED] = 1, [PATH_INVALID] = 2
	};

	return ranks[end];
}

static bool better(const struct search *search, const struct path *path, bool rooted)
{
	int rank = rank_of(path->end), best = rank_of(search->best->end);

	if (!search->best->count || rank != best)
		return !search->best->count || rank > best;
	if (rooted != search->best_rooted)
		return rooted;
	return search->depth > search->best_depth;
}

/* The trail is a path that ends here; keep it if it is better than what we have. */
static void offer(struct search *search, enum path_end end, const struct cert *anchor,
		  enum anchor_source source)
{
	bool rooted = at(search, search->depth - 1)->self_signed;
	struct path path = { .end = end, .anchor = anchor, .source = source };

	for (size_t i = 0; i < search->depth; i++)
		path.certs[path.count++] = at(search, i);
	if (anchor && anchor != path.certs[path.count - 1])
		path.certs[path.count++] = anchor;
	path.shortest_not_after = shortest(&path);
	if (anchor && search->verdicts++ < MOST_VERDICTS)
		path_judge(&path, chains_now(search->pool));
	else if (anchor)
		return;
	if (!better(search, &path, rooted))
		return;
	*search->best = path;
	search->best_rooted = rooted;
	search->best_depth = search->depth;
}

static bool given(const struct links *links, const struct cert *cert)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->certs[i] == cert)
			return true;
	return false;
}

/* Where the anchor was given too, the trail will get there and be the better path. */
static bool offer_anchor(struct search *search, const struct cert *anchor,
			 enum anchor_source source)
{
	if (!anchor || given(search->links, anchor))
		return false;
	offer(search, PATH_ANCHORED, anchor, source);
	return true;
}

/* As below, with the anchors of the pool itself. */
static bool offer_trusted(struct search *search)
{
	const struct cert *last = at(search, search->depth - 1), *anchor;
	bool found = false;

	for (size_t i = 0; (anchor = chains_trusted(search->pool, i)); i++)
		if (cert_signed_by(last, anchor))
			found |= offer_anchor(search, anchor, ANCHOR_BUNDLE);
	return found;
}

/* End the trail at each anchor of a store that signed its last certificate. */
static bool offer_store(struct search *search, enum anchor_source source)
{
	X509 *last = at(search, search->depth - 1)->x509;
	auto_x509_stack issuers =
		anchors_named(chains_anchors(search->pool), source, X509_get_issuer_name(last));
	bool found = false;

	for (int i = 0; issuers && i < sk_X509_num(issuers); i++) {
		X509 *issuer = sk_X509_value(issuers, i);

		if (x509_signed_by(last, issuer))
			found |= offer_anchor(search, chains_adopt(search->pool, issuer, NULL),
					      source);
	}
	return found;
}

/* RFC 4158 2.4.2: a path through the same name and key twice goes in a circle. */
static bool on_trail(const struct search *search, const struct cert *cert)
{
	for (size_t i = 0; i < search->depth; i++)
		if (memcmp(at(search, i)->key_sha256, cert->key_sha256, CERT_HASH) == 0 &&
		    strcmp(at(search, i)->subject, cert->subject) == 0)
			return true;
	return false;
}

static bool is_copy(const struct links *links, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (links->certs[i] == links->certs[index])
			return true;
	return false;
}

static void walk(struct search *search, size_t index);

static bool walk_issuers(struct search *search, size_t index)
{
	bool found = false;

	for (size_t i = 0; i < search->links->count; i++) {
		if (on_trail(search, search->links->certs[i]) || is_copy(search->links, i) ||
		    !links_signed(search->links, index, i))
			continue;
		walk(search, i);
		found = true;
	}
	return found;
}

static void walk_on(struct search *search, size_t index)
{
	const struct cert *cert = search->links->certs[index];
	enum anchor_source source = chains_source(search->pool, cert);
	bool found;

	if (source != ANCHOR_NONE) {
		offer(search, PATH_ANCHORED, cert, source);
		return;
	}
	if (cert->self_signed) {
		offer(search, PATH_UNTRUSTED, NULL, ANCHOR_NONE);
		return;
	}
	found = offer_store(search, ANCHOR_SYSTEM);
	found |= offer_store(search, ANCHOR_FILE);
	found |= offer_trusted(search);
	found |= walk_issuers(search, index);
	if (!found)
		offer(search, PATH_INCOMPLETE, NULL, ANCHOR_NONE);
}

static void walk(struct search *search, size_t index)
{
	search->trail[search->depth++] = index;
	if (search->steps++ < MOST_STEPS)
		walk_on(search, index);
	search->depth--;
}

void path_find(struct chains *pool, struct links *links, int leaf, struct path *path)
{
	struct search search = { .pool = pool, .links = links, .best = path };

	*path = (struct path){ 0 };
	walk(&search, (size_t)leaf);
}
