/* O: what stands where. */
#include "certroll/text.h"
#include "rule.h"
#include <string.h>

enum { MOST_STRAYS = 5 };

static void leaf_first(const struct view *view)
{
	auto_free char *leaf = NULL, *first = NULL, *remedy = NULL;

	if (view->given->certs[0] == view->leaf)
		return;
	leaf = view_name(view, view->leaf);
	first = view_name(view, view->given->certs[0]);
	remedy = view_order(view);
	complain_index(view, 0, remedy,
		       "the first certificate is that of %s, not the leaf's, %s; a server presents "
		       "the first one as its own",
		       first, leaf);
}

const struct rule_test test_leaf_first = { leaf_first, false };

/* The first certificate of the path that stands before the one it signed; NULL: all in order. */
static const struct cert *early_issuer(const struct view *view, const struct cert **signed_one)
{
	const struct cert *below = NULL;

	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];

		if (view_index(view, cert) < 0)
			continue;
		if (below && view_index(view, cert) < view_index(view, below)) {
			*signed_one = below;
			return cert;
		}
		below = cert;
	}
	return NULL;
}

/* Says nothing when the leaf is not first: O1 has then given the whole order. */
static void order(const struct view *view)
{
	const struct cert *below = NULL;
	const struct cert *early = early_issuer(view, &below);
	auto_free char *issuer = NULL, *issued = NULL, *remedy = NULL;

	if (!early || view->given->certs[0] != view->leaf)
		return;
	issuer = view_name(view, early);
	issued = view_name(view, below);
	remedy = view_order(view);
	complain(view, early, remedy,
		 "the certificate of %s stands before that of %s, which it signed; each "
		 "certificate must be followed by that of its issuer",
		 issuer, issued);
}

const struct rule_test test_order = { order, false };

/* Where the root goes, what it is called, and where it is found. */
static char *append_root(const struct view *view, const struct cert *last,
			 const struct cert *anchor)
{
	auto_free char *after = view_span(view, (size_t)view_index(view, last));
	bool system = view->path->source == ANCHOR_SYSTEM;
	const char *url = last->issuer_url;

	return text_format("Put the certificate of '%s' behind %s: it is in the %s, and %s%s.",
			   anchor->subject, after,
			   system ? "certificate store of this machine" : "file of --ca-file",
			   *url ? "the CA publishes it at " : "any CA publishes its roots", url);
}

/* A gap below the root is P1's, which names what is missing. */
static void root_present(const struct view *view)
{
	const struct chain *chain = view->bundle->chain;
	const struct cert *last = chain->certs[chain->count - 1];
	const struct cert *anchor = view->path->anchor;
	auto_free char *name = NULL, *remedy = NULL;

	if (view->bundle->has_root || !anchor || view->judgement->profile->root_optional)
		return;
	name = view_name(view, last);
	remedy = append_root(view, last, anchor);
	complain(view, last, remedy,
		 "the chain ends with %s, the self-signed root '%s' above it is missing", name,
		 anchor->display);
}

const struct rule_test test_root_present = { root_present, false };

static bool on_path(const struct view *view, const struct cert *cert)
{
	for (size_t i = 0; i < view->path->count; i++)
		if (view->path->certs[i] == cert)
			return true;
	return false;
}

/* One of the path with the same name and key, but another certificate: a cross-signed copy. */
static const struct cert *twin_of(const struct view *view, const struct cert *cert)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *other = view->path->certs[i];

		if (strcmp(other->subject, cert->subject) == 0 &&
		    memcmp(other->key_sha256, cert->key_sha256, CERT_HASH) == 0)
			return other;
	}
	return NULL;
}

/* With a gap in the chain, CA certificates may be those above it: P1 names the gap, that is all. */
static bool excused(const struct view *view, const struct cert *cert)
{
	return view->path->end == PATH_INCOMPLETE && cert->is_ca && !twin_of(view, cert);
}

static bool is_stray(const struct view *view, size_t index)
{
	const struct cert *cert = view->given->certs[index];

	if (view->given->same_as[index] != CHAIN_NONE)
		return true;
	return !on_path(view, cert) && !excused(view, cert);
}

static void complain_stray(const struct view *view, size_t index, const char *remedy)
{
	const struct cert *cert = view->given->certs[index];
	const struct cert *twin = twin_of(view, cert);
	auto_free char *name = view_name(view, cert);
	auto_free char *other = twin ? view_name(view, twin) : NULL;
	auto_free char *leaf = view_name(view, view->leaf);
	char until[32];

	if (view->given->same_as[index] != CHAIN_NONE)
		complain_index(view, index, remedy, "%s %zu repeats the certificate of %s",
			       view_noun(view), view_number(view, index), name);
	else if (twin)
		complain_index(view, index, remedy,
			       "%s is another certificate for the name and key of %s, signed by "
			       "'%s'; a chain has room for one of them",
			       name, other, cert->issuer_cn);
	else if (!cert->is_ca)
		complain_index(view, index, remedy,
			       "%s is a second leaf, valid until %s, beside that of the chain, %s",
			       name, text_time(cert->not_after, until), leaf);
	else
		complain_index(view, index, remedy,
			       "the certificate of %s has no part in the chain of '%s'", name,
			       view->leaf->display);
}

static void no_strays(const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->given->count; i++) {
		auto_free char *span = NULL, *remedy = NULL;

		if (!is_stray(view, i) || count++ >= MOST_STRAYS)
			continue;
		span = view_span(view, i);
		remedy = text_format("Remove %s.", span);
		complain_stray(view, i, remedy);
	}
	if (count > MOST_STRAYS)
		complain(view, NULL, "Keep only the certificates of the chain.",
			 "and %zu more certificates that have no place in the chain",
			 count - MOST_STRAYS);
}

const struct rule_test test_no_strays = { no_strays, false };

static void key_last(const struct view *view)
{
	const struct bundle *bundle = view->bundle;
	int key = bundle->key_block;
	auto_free char *remedy = view_order(view);

	for (size_t i = bundle->block_count; key >= 0 && i-- > (size_t)key + 1;) {
		if (bundle->blocks[i].kind != BLOCK_CERT)
			continue;
		complain_block(view, (size_t)key, remedy,
			       "the private key (block %d) stands before a certificate (block "
			       "%zu); it must be the last block",
			       key + 1, i + 1);
		return;
	}
}

const struct rule_test test_key_last = { key_last, false };

/* Roots may go before: clients trust an anchor for being one (RFC 5280 6.1.1 d). */
static void outlived(const struct view *view)
{
	for (size_t i = 1; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = NULL;
		char end[32], leaf_end[32];

		if (cert->self_signed || cert == view->path->anchor ||
		    cert->not_after >= view->leaf->not_after ||
		    cert->not_after < view->judgement->now)
			continue;
		name = view_name(view, cert);
		complain(view, cert,
			 "Ask the CA for its current intermediate certificate, and note the "
			 "earlier date for the renewal.",
			 "the certificate of %s ends on %s, before the leaf (%s); the chain fails "
			 "from then on",
			 name, text_time(cert->not_after, end),
			 text_time(view->leaf->not_after, leaf_end));
	}
}

const struct rule_test test_outlived = { outlived, false };
