/* K: the private key, and what kind of keys the certificates hold. */
#include "certroll/text.h"
#include "places.h"
#include "rule.h"
#include <string.h>

static const char ask_rsa[] =
	"Make a new RSA key of 2048 bits and have the certificate issued for it.";

static size_t next_block(const struct bundle *bundle, enum block_kind kind, size_t from)
{
	while (from < bundle->block_count && bundle->blocks[from].kind != kind)
		from++;
	return from;
}

static bool key_block_broken(const struct bundle *bundle)
{
	for (size_t i = 0; i < bundle->block_count; i++)
		if (bundle->blocks[i].kind == BLOCK_BROKEN &&
		    strstr(bundle->blocks[i].label, "PRIVATE KEY"))
			return true;
	return false;
}

/* Broken and encrypted keys have findings of their own. */
static void complain_missing(const struct view *view)
{
	const struct bundle *bundle = view->bundle;

	if (key_block_broken(bundle) ||
	    next_block(bundle, BLOCK_KEY_ENCRYPTED, 0) < bundle->block_count)
		return;
	complain(view, NULL,
		 "Append the private key the certificate was requested with, as the last block.",
		 "there is no private key in the file");
}

/* One that must go: a second readable key, or a protected copy beside the leaf's. */
static bool is_surplus(const struct bundle *bundle, size_t block)
{
	enum block_kind kind = bundle->blocks[block].kind;

	return (kind == BLOCK_KEY && (int)block != bundle->key_block) ||
	       (kind == BLOCK_KEY_ENCRYPTED && bundle->key_matches);
}

static void complain_surplus(const struct view *view, size_t surplus)
{
	const struct bundle *bundle = view->bundle;
	size_t key = (size_t)bundle->key_block;
	size_t first = key < surplus ? key : surplus, second = key < surplus ? surplus : key;
	auto_free char *span = place_span(bundle, surplus);
	auto_free char *remedy =
		bundle->key_matches
			? text_format("Remove %s; the leaf's key is block %zu.", span, key + 1)
			: text_copy("Keep only the key of the leaf; it is none of these.");

	complain_block(view, surplus, remedy,
		       "there is more than one private key: block %zu, line %d and block %zu, line "
		       "%d",
		       first + 1, bundle->blocks[first].line, second + 1,
		       bundle->blocks[second].line);
}

static bool complain_all_surplus(const struct view *view)
{
	const struct bundle *bundle = view->bundle;
	bool any = false;

	for (size_t i = 0; i < bundle->block_count; i++) {
		if (!is_surplus(bundle, i))
			continue;
		complain_surplus(view, i);
		any = true;
	}
	return any;
}

static void complain_damaged(const struct view *view, size_t key)
{
	auto_free char *leaf = view_name(view, view->leaf);
	auto_free char *span = place_span(view->bundle, key);
	auto_free char *remedy =
		text_format("Copy %s again from the file your key tool gave you; if that is the "
			    "same, make a new key and have the certificate issued for it.",
			    span);

	complain_block(view, key, remedy,
		       "the private key (block %zu) is damaged: its public half is that of the "
		       "leaf %s, but its private half does not fit",
		       key + 1, leaf);
}

static void complain_mismatch(const struct view *view, size_t key)
{
	const struct bundle *bundle = view->bundle;
	auto_free char *leaf = view_name(view, view->leaf);
	const struct cert *owner =
		bundle->key_owner >= 0 ? bundle->blocks[bundle->key_owner].cert : NULL;
	auto_free char *other = owner ? view_name(view, owner) : NULL;
	auto_free char *span = place_span(bundle, key);
	auto_free char *remedy =
		text_format("Put the private key the certificate was requested with in the place "
			    "of %s, or have the certificate issued again for this key.",
			    span);

	complain_block(view, key, remedy,
		       "the private key (block %zu) does not belong to the leaf %s%s%s", key + 1,
		       leaf, other ? " but to " : "", other ? other : "");
}

static void key_present(const struct view *view)
{
	const struct bundle *bundle = view->bundle;

	if (bundle->key_block < 0) {
		complain_missing(view);
		return;
	}
	if (bundle->key_damaged)
		complain_damaged(view, (size_t)bundle->key_block);
	if (complain_all_surplus(view))
		return;
	if (view->leaf && !bundle->key_matches && !bundle->key_damaged)
		complain_mismatch(view, (size_t)bundle->key_block);
}

const struct rule_test test_key_present = { key_present, true };

/* A protected copy beside the leaf's readable key is K1's. */
static void key_readable(const struct view *view)
{
	const struct bundle *bundle = view->bundle;
	size_t at = next_block(bundle, BLOCK_KEY_ENCRYPTED, 0);
	auto_free char *span = NULL, *remedy = NULL, *path = NULL;

	if (at >= bundle->block_count || bundle->key_matches)
		return;
	span = place_span(bundle, at);
	path = text_shell(bundle->path);
	remedy = text_format("Decrypt it into a file that only you can read (umask 077; openssl "
			     "pkey -in %s -out key.pem), and put that in the place of %s.",
			     path, span);
	complain_block(view, at, remedy,
		       "the private key (block %zu) is protected by a pass phrase, which no box "
		       "can ask for",
		       at + 1);
}

const struct rule_test test_key_readable = { key_readable, true };

static void rsa_strong(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);

		if (cert->key_kind == KEY_RSA && cert->key_bits < 2048)
			complain(view, cert,
				 cert == view->leaf ? ask_rsa
						    : "Have the certificate issued by a CA with an "
						      "RSA key of 2048 bits or more.",
				 "the RSA key of %s has %d bits; clients refuse less than 2048",
				 name, cert->key_bits);
	}
}

const struct rule_test test_rsa_strong = { rsa_strong, false };

static void rsa_cheap(const struct view *view)
{
	int most = view->judgement->profile->leaf_rsa_max;
	auto_free char *name = view_name(view, view->leaf);

	if (most && view->leaf->key_kind == KEY_RSA && view->leaf->key_bits > most)
		complain(view, view->leaf,
			 "Have the certificate issued for an RSA key of 2048 bits; if these boxes "
			 "can bear more, raise the limit in their options.",
			 "the RSA key of %s has %d bits, more than the %d these boxes are made "
			 "for: each handshake costs their CPU several times as much (browsers do "
			 "not mind)",
			 name, view->leaf->key_bits, most);
}

const struct rule_test test_rsa_cheap = { rsa_cheap, false };

static bool curve_known(const struct cert *cert)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };

	for (size_t i = 0; i < COUNT(curves); i++)
		if (strcmp(cert->curve, curves[i]) == 0)
			return true;
	return false;
}

/* A curve that nobody takes is K6's. */
static void not_ec(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->leaf->key_kind == KEY_EC && curve_known(view->leaf) &&
	    !view->judgement->profile->ec_allowed)
		complain(view, view->leaf,
			 "Have the certificate issued for an RSA key of 2048 bits (certbot: "
			 "--key-type rsa --rsa-key-size 2048; lego: --key-type rsa2048; acme.sh: "
			 "-k 2048; dehydrated: KEY_ALGO=rsa and KEYSIZE=2048), or allow EC in the "
			 "options of boxes that take it (innovaphone 16r1 and later).",
			 "the key of %s is of the kind EC (%s); these boxes are made for RSA", name,
			 view->leaf->curve);
}

const struct rule_test test_not_ec = { not_ec, false };

static void curve(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);
		auto_free char *kind = cert_key_text(cert);

		if (cert->key_kind == KEY_RSA || (cert->key_kind == KEY_EC && curve_known(cert)))
			continue;
		complain(view, cert, cert == view->leaf ? ask_rsa : "Use a CA with an RSA key.",
			 "the key of %s is of a kind most TLS clients refuse: %s (RSA, or EC on "
			 "P-256, P-384 or P-521, is taken)",
			 name, kind);
	}
}

const struct rule_test test_curve = { curve, false };

/* clang-format off */
static const struct {
	const char *words;
	bool advice; /* the requirements say "should" */
} flaws[] = {
	[KEY_ROCA] = {
		"can be factored: it was made by a chip or card with the flaw ROCA (CVE-2017-15361)", false },
	[KEY_CLOSE_PRIMES] = {
		"can be factored at once: its primes are too near each other (CVE-2022-26320)", false },
	[KEY_BAD_EXPONENT] = { "has an even public exponent, or 1", false },
	[KEY_ODD_SIZE] = { "has a length in bits that 8 does not divide, which public CAs refuse", false },
	[KEY_UNUSUAL_EXPONENT] = {
		"has a public exponent outside of 65537 ... 2^256-1, where it should be", true },
};
/* clang-format on */

/* Roots with exponent 3 are old, not weak, and nobody can replace them. */
static bool excused(const struct cert *cert)
{
	return cert->key_flaw == KEY_SOUND ||
	       (flaws[cert->key_flaw].advice && cert->self_signed && cert->is_ca);
}

static void sound_keys(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);

		if (excused(cert) || view_index(view, cert) < 0)
			continue;
		complain_as(view,
			    flaws[cert->key_flaw].advice ? at_most_warning(view) : view->severity,
			    cert,
			    cert == view->leaf
				    ? "Make a new RSA key of 2048 bits on another machine or with "
				      "other software, and have the certificate issued for it."
				    : "Have the certificate issued by a CA with a sound key.",
			    "the RSA key of %s %s", name, flaws[cert->key_flaw].words);
	}
}

const struct rule_test test_sound_keys = { sound_keys, false };
