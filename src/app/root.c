#include "certroll/root.h"
#include "certroll/gather.h"
#include "certroll/text.h"
#include <ctype.h>
#include <string.h>

enum { RSA_LEAST = 2048, EC_LEAST = 256, YEAR = 365 * 86400 };

/* The last certificate on the way up from the leaf, be it in the chain or in the system's store. */
static const struct cert *end_of(const struct chain *chain)
{
	return chain->path.certs[chain->path.count - 1];
}

static const char *issuer_of(const struct cert *cert)
{
	return *cert->issuer_cn ? cert->issuer_cn : cert->issuer;
}

static bool is_on_path(const struct chain *chain, const struct cert *cert)
{
	for (size_t i = 0; i < chain->path.count; i++)
		if (chain->path.certs[i] == cert)
			return true;
	return false;
}

/* A self-signed certificate that has nothing to do with the way from the leaf. */
static const struct cert *stray_root(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->certs[i]->self_signed && !is_on_path(chain, chain->certs[i]))
			return chain->certs[i];
	return NULL;
}

/* A leaf that is none itself says which root is meant; a heap of CA certificates does not. */
static const struct cert *root_of_file(const struct chain *chain, const char *path, struct err *err)
{
	const struct cert *end = end_of(chain), *stray = stray_root(chain);

	if (stray && chain_leaf(chain)->is_ca)
		err_set(err, ERR_BUNDLE,
			"%s: holds roots that do not belong together ('%s' and '%s'); name a file "
			"with the one that is to be trusted",
			path, end->display, stray->display);
	else if (!end->self_signed)
		err_set(err, ERR_BUNDLE,
			"%s: holds no self-signed certificate (root): '%s' was issued by '%s'; ask "
			"whoever runs that CA for the certificate of '%s', or download it from the "
			"box",
			path, end->display, issuer_of(end), issuer_of(end));
	else
		return end;
	return NULL;
}

static const struct chain *chain_of(const struct gathered *all, struct chains *chains,
				    struct err *err)
{
	const unsigned char *der[GATHER_MAX_CERTS];
	size_t len[GATHER_MAX_CERTS];

	for (size_t i = 0; i < all->cert_count; i++) {
		der[i] = all->certs[i].cert->der;
		len[i] = all->certs[i].cert->der_len;
	}
	if (all->cert_count)
		return chains_parse(chains, der, len, all->cert_count, err);
	err_set(err, ERR_BUNDLE, "holds no certificate; name the file with the root");
	return NULL;
}

/* What needs no secrecy needs no password either. */
static void explain_locked(const char *path, struct err *err)
{
	auto_free char *quoted = text_shell(path);

	if (err->code == ERR_SECRET)
		err_set(err, ERR_SECRET,
			"%s: a password protects it; a root needs none, so take it out into a file "
			"of its own: openssl pkcs12 -in %s -nokeys -cacerts -out root.pem",
			path, quoted);
}

const struct cert *root_in_file(struct site *site, const char *path, struct err *err)
{
	auto_gathered all = { .skip_keys = true };
	const struct chain *chain;

	if (gather_file(&all, path, NULL, site->chains, &site->findings, err)) {
		explain_locked(path, err);
		return NULL;
	}
	chain = chain_of(&all, site->chains, err);
	if (chain)
		return root_of_file(chain, path, err);
	err_wrap(err, "%s", path);
	return NULL;
}

const struct cert *root_served(struct site *site, struct err *err)
{
	const char *target = site->request->targets[0];
	const struct served *served;

	if (audit_run(site, false, err))
		return NULL;
	served = &site->results[0].endpoints[0].before;
	if (site->interrupted)
		err_set(err, ERR_INTERRUPT, "%s: interrupted", target);
	else if (!served->chain)
		err_set(err, ERR_NET, "%s: %s", target, served_failure(served));
	else if (!end_of(served->chain)->self_signed)
		err_set(err, ERR_DEVICE,
			"%s does not send its root ('%s'), as servers may; download it from the "
			"box (innovaphone: General > Certificates; IP Office: its certificate "
			"page, "
			"Download Root Certificate) or get it from whoever runs the CA, then name "
			"the file: certroll root -o DIR FILE",
			target, issuer_of(end_of(served->chain)));
	else
		return end_of(served->chain);
	return NULL;
}

bool root_is_public(const struct site *site, const struct cert *root)
{
	if (site->request->root_kind != ROOT_DETECT)
		return site->request->root_kind == ROOT_PUBLIC;
	return anchors_hold(site->anchors, root);
}

static int refuse_ca(const struct cert *root, struct err *err)
{
	if (!root->is_ca)
		return err_set(err, ERR_BUNDLE,
			       "'%s' signed itself, but is no CA (basicConstraints CA:TRUE is "
			       "missing), so phones offer no way to trust it; give the box a "
			       "certificate of a CA, and hand out the CA's root",
			       root->display);
	if (!(root->key_usage & (USAGE_ABSENT | USAGE_KEY_CERT_SIGN)))
		return err_set(err, ERR_BUNDLE,
			       "'%s' may not sign certificates (keyUsage without keyCertSign), so "
			       "nothing it issued is trusted; the CA needs a new root",
			       root->display);
	return 0;
}

static int refuse_time(const struct cert *root, int64_t now, struct err *err)
{
	char when[32];

	if (now > root->not_after)
		return err_set(err, ERR_BUNDLE,
			       "the root '%s' expired on %s, so nothing below it is valid any "
			       "more; get the new root of this CA",
			       root->display, text_time(root->not_after, when));
	if (now < root->not_before)
		return err_set(err, ERR_BUNDLE,
			       "the root '%s' is not valid before %s; look at the clock of this "
			       "computer, or wait",
			       root->display, text_time(root->not_before, when));
	return 0;
}

/* RSA from 2048 bits and the NIST curves are what Apple and the browsers take (BR 6.1.5). */
static void note_weakness(struct findings *findings, const struct cert *root)
{
	auto_free char *key = cert_key_text(root);
	bool weak = (root->key_kind == KEY_RSA && root->key_bits < RSA_LEAST) ||
		    (root->key_kind == KEY_EC && root->key_bits < EC_LEAST);

	if (weak || root->key_kind == KEY_OTHER)
		findings_add(findings, "root-key", SEVERITY_WARNING, "root",
			     "Make a new CA with RSA 2048 or more, or EC P-256.",
			     "its key (%s) is %s, so Apple devices and browsers refuse what it "
			     "signed",
			     key, weak ? "too short" : "of a kind that is not in use");
	if (root->sig_hash == HASH_MD5 || root->sig_hash == HASH_SHA1)
		findings_add(findings, "root-hash", SEVERITY_NOTE, "root", NULL,
			     "signed itself with %s; of a root nobody checks that, but see that it "
			     "signs servers with SHA-256 (certroll check)",
			     root->sig_hash == HASH_MD5 ? "MD5" : "SHA-1");
}

/* An IP500 V2 makes itself such a certificate: CA:TRUE, and the box's names in it. */
static void note_server(struct findings *findings, const struct cert *root)
{
	if (root->dns_count + root->ip_count > 0)
		findings_add(findings, "root-server", SEVERITY_WARNING, "root",
			     "Better: a root that stays, and a certificate of it for the box.",
			     "is the certificate of a server itself (it holds names); after each "
			     "renewal every client has to be told again");
}

int root_judge(struct site *site, const struct cert *root, struct err *err)
{
	auto_free char *left = text_remaining(root->not_after - site->now);

	if (refuse_ca(root, err) || refuse_time(root, site->now, err))
		return -1;
	note_weakness(&site->findings, root);
	note_server(&site->findings, root);
	if (root->not_after - site->now < YEAR)
		findings_add(&site->findings, "root-time", SEVERITY_WARNING, "root",
			     "Ask for the CA's next root, and hand that out early.",
			     "expires in %s, and then on every phone and computer", left);
	return 0;
}

int root_compare(const struct cert *root, const char *hex, struct err *err)
{
	char digits[2 * CERT_HASH + 1], right[2 * CERT_HASH + 1];
	size_t count = 0;

	for (const char *at = hex; *at; at++) {
		bool between = strchr(": -", *at) != NULL;

		if (!between && (!isxdigit((unsigned char)*at) || count == 2 * CERT_HASH))
			return err_set(err, ERR_USAGE,
				       "--fingerprint needs a SHA-256: 64 hex digits");
		if (!between)
			digits[count++] = *at;
	}
	digits[count] = '\0';
	if (count != 2 * CERT_HASH)
		return err_set(err, ERR_USAGE,
			       "--fingerprint needs a SHA-256, 64 hex digits; these are %zu",
			       count);
	text_hex(root->sha256, CERT_HASH, right);
	if (!text_same(digits, right))
		return err_set(err, ERR_DEVICE,
			       "the root '%s' has another fingerprint than --fingerprint says "
			       "(SHA-256 %s); nothing was written. Find out why before anybody "
			       "trusts it",
			       root->display, right);
	return 0;
}
