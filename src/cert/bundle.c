#include "certroll/bundle.h"
#include "certroll/make.h"
#include "certroll/text.h"
#include "forms.h"
#include "keys.h"
#include "path.h"
#include "places.h"
#include <stdio.h>
#include <string.h>

struct loading {
	struct bundle *bundle;
	struct chains *pool;
	struct findings *findings;
	struct pem *pem;
	EVP_PKEY *keys[BUNDLE_MAX_BLOCKS]; /* of the readable key blocks; else NULL */
};

/* What a label means, and what to say when it is of no use here. */
/* clang-format off */
static const struct label {
	const char *name;
	enum block_kind kind;
	enum severity severity;
	const char *complaint, *remedy;
} labels[] = {
	{ "CERTIFICATE", BLOCK_CERT, SEVERITY_NONE, "", "" },
	{ "X509 CERTIFICATE", BLOCK_CERT, SEVERITY_NONE, "", "" },
	{ "PRIVATE KEY", BLOCK_KEY, SEVERITY_NONE, "", "" },
	{ "RSA PRIVATE KEY", BLOCK_KEY, SEVERITY_NONE, "", "" },
	{ "EC PRIVATE KEY", BLOCK_KEY, SEVERITY_NONE, "", "" },
	{ "DSA PRIVATE KEY", BLOCK_KEY, SEVERITY_NONE, "", "" },
	{ "ENCRYPTED PRIVATE KEY", BLOCK_KEY_ENCRYPTED, SEVERITY_NONE, "", "" },
	{ "TRUSTED CERTIFICATE", BLOCK_OTHER, SEVERITY_ERROR,
	  "a certificate in a form that only OpenSSL reads (TRUSTED CERTIFICATE)",
	  "Convert it: certroll bundle -o bundle.pem FILE" },
	{ "CERTIFICATE REQUEST", BLOCK_OTHER, SEVERITY_WARNING,
	  "a certificate request, not the certificate the CA made of it; left out",
	  "Put the certificate in its place if that is missing, else remove the block." },
	{ "NEW CERTIFICATE REQUEST", BLOCK_OTHER, SEVERITY_WARNING,
	  "a certificate request, not the certificate the CA made of it; left out",
	  "Put the certificate in its place if that is missing, else remove the block." },
	{ "PKCS7", BLOCK_OTHER, SEVERITY_ERROR, "a PKCS#7 container, which is not read",
	  "Convert it: certroll bundle -o bundle.pem FILE" },
	{ "CMS", BLOCK_OTHER, SEVERITY_ERROR, "a CMS container, which is not read",
	  "Convert it: certroll bundle -o bundle.pem FILE" },
	{ "OPENSSH PRIVATE KEY", BLOCK_OTHER, SEVERITY_ERROR, "a private key for SSH",
	  "Put the key in its place that the certificate was requested with." },
	{ "PUBLIC KEY", BLOCK_OTHER, SEVERITY_WARNING, "a bare public key; left out",
	  "Remove the block; if it stands where the private key should be, put that there." },
	{ "X509 CRL", BLOCK_OTHER, SEVERITY_WARNING, "a revocation list; left out",
	  "Remove the block." },
	{ "EC PARAMETERS", BLOCK_OTHER, SEVERITY_NOTE,
	  "parameters of an elliptic curve, which the key holds itself; left out", "" },
	{ "DH PARAMETERS", BLOCK_OTHER, SEVERITY_NOTE,
	  "Diffie-Hellman parameters, which no box takes from here; left out", "" },
};
/* clang-format on */

static const struct label *label_find(const char *name)
{
	for (size_t i = 0; i < COUNT(labels); i++)
		if (strcmp(labels[i].name, name) == 0)
			return &labels[i];
	return NULL;
}

static void say(struct loading *loading, size_t index, int line, enum severity severity,
		const char *remedy, const char *sentence)
{
	auto_free char *place = place_at(loading->bundle, (int)index, line);

	findings_add(loading->findings, pem_id, severity, place, remedy, "%s", sentence);
}

static void break_block(struct loading *loading, size_t index, int line, const char *why)
{
	auto_free char *sentence =
		text_format("%s cannot be read: %s", loading->bundle->blocks[index].label, why);
	auto_free char *span = place_span(loading->bundle, index);
	auto_free char *remedy = text_format(
		"Copy %s again from the file the CA (or your key tool) gave you.", span);

	say(loading, index, line, SEVERITY_ERROR, remedy, sentence);
	loading->bundle->blocks[index].kind = BLOCK_BROKEN;
}

/* Decode into @p out; false when the block is broken, which has then been said. */
static bool decode(struct loading *loading, size_t index, unsigned char *out, size_t *len)
{
	struct err err;
	int line;

	if (pem_decode(&loading->pem->blocks[index], out, len, &line, &err) == 0)
		return true;
	break_block(loading, index, line, err.text);
	return false;
}

static void take_cert(struct loading *loading, size_t index)
{
	const struct pem_block *text = &loading->pem->blocks[index];
	struct block *block = &loading->bundle->blocks[index];
	auto_free unsigned char *der = mem_alloc(pem_room(text));
	size_t len = 0;
	struct err err;

	if (!decode(loading, index, der, &len))
		return;
	block->cert = chains_cert(loading->pool, der, len, &err);
	if (!block->cert)
		break_block(loading, index, pem_suspect(text, block->line), err.text);
}

static void take_key(struct loading *loading, size_t index)
{
	const struct pem_block *text = &loading->pem->blocks[index];
	auto_secret der = { 0 };

	if (text->encrypted) {
		loading->bundle->blocks[index].kind = BLOCK_KEY_ENCRYPTED;
		return;
	}
	secret_init(&der, pem_room(text));
	if (!decode(loading, index, (unsigned char *)der.bytes, &der.len))
		return;
	loading->keys[index] = key_parse(&der);
	if (!loading->keys[index])
		break_block(loading, index, pem_suspect(text, text->line),
			    "its bytes are not those of a private key");
	else if (loading->bundle->key_block < 0)
		loading->bundle->key_block = (int)index;
}

static void take_other(struct loading *loading, size_t index, const struct label *label)
{
	const struct block *block = &loading->bundle->blocks[index];
	auto_free char *unknown = NULL, *span = NULL, *remedy = NULL;

	if (label) {
		say(loading, index, block->line, label->severity, label->remedy, label->complaint);
		return;
	}
	unknown = text_format("a block '%s', which has no meaning here; left out", block->label);
	span = place_span(loading->bundle, index);
	remedy = text_format("Remove %s.", span);
	say(loading, index, block->line, SEVERITY_WARNING, remedy, unknown);
}

static void take_block(struct loading *loading, size_t index)
{
	const struct pem_block *text = &loading->pem->blocks[index];
	const struct label *label = label_find(text->label);
	struct block *block = &loading->bundle->blocks[index];

	block->line = text->line;
	block->end_line = text->end_line;
	snprintf(block->label, sizeof block->label, "%s", text->label);
	block->kind = label ? label->kind : BLOCK_OTHER;
	if (*text->complaint)
		break_block(loading, index, text->complaint_line, text->complaint);
	else if (block->kind == BLOCK_CERT)
		take_cert(loading, index);
	else if (block->kind == BLOCK_KEY)
		take_key(loading, index);
	else if (block->kind == BLOCK_OTHER)
		take_other(loading, index, label);
}

static void say_open(const struct loading *loading)
{
	const struct bundle *bundle = loading->bundle;
	auto_free char *path = text_shell(bundle->path);
	auto_free char *remedy = text_format("chmod 600 %s", path);

	if (bundle->open && bundle->key_block >= 0)
		findings_add(loading->findings, "bundle-open", SEVERITY_WARNING, bundle->path,
			     remedy,
			     "the file holds a private key and others than its owner may read it");
}

/* Unless a broken block, already complained about, was to be one. */
static void say_no_cert(const struct loading *loading)
{
	const struct bundle *bundle = loading->bundle;

	for (size_t i = 0; i < bundle->block_count; i++)
		if (bundle->blocks[i].cert || bundle->blocks[i].kind == BLOCK_BROKEN)
			return;
	findings_add(
		loading->findings, pem_id, SEVERITY_ERROR, bundle->path,
		"Put the leaf's certificate, those of the CAs above it and the key in one file.",
		"the file holds no certificate");
}

static size_t collect(const struct bundle *bundle, const struct cert *certs[BUNDLE_MAX_BLOCKS])
{
	size_t count = 0;

	for (size_t i = 0; i < bundle->block_count; i++)
		if (bundle->blocks[i].cert)
			certs[count++] = bundle->blocks[i].cert;
	return count;
}

/* The first block with the key of this certificate, or -1. */
static int key_block_of(const struct loading *loading, const struct cert *cert)
{
	for (size_t i = 0; i < loading->bundle->block_count; i++)
		if (key_of(loading->keys[i], cert))
			return (int)i;
	return -1;
}

/* The leaf is whom a key belongs to, unless that one issued others: then the key is wrong. */
static int leaf_index(const struct loading *loading, struct links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		bool issuer = false;

		if (key_block_of(loading, links->certs[i]) < 0)
			continue;
		for (size_t j = 0; j < links->count; j++)
			issuer |= links->certs[j] != links->certs[i] && links_signed(links, j, i);
		if (!issuer)
			return (int)i;
	}
	return links_leaf(links);
}

/* Only CAs are left, and a block cannot be read: to call one of them the leaf would mislead. */
static bool leaf_lost(const struct loading *loading, const struct cert *leaf)
{
	const struct bundle *bundle = loading->bundle;

	for (size_t i = 0; i < bundle->block_count; i++) {
		const struct label *label = label_find(bundle->blocks[i].label);

		if (bundle->blocks[i].kind == BLOCK_BROKEN && label && label->kind == BLOCK_CERT)
			return leaf->is_ca && key_block_of(loading, leaf) < 0;
	}
	return false;
}

static bool is_given(const struct links *links, const struct cert *cert)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->certs[i] == cert)
			return true;
	return false;
}

/* Path first, then chains: the bundle's own root must be an anchor before a chain is judged. */
static void sort_chain(struct loading *loading, struct links *links)
{
	struct bundle *bundle = loading->bundle;
	const struct cert *sorted[CHAIN_MAX_CERTS];
	struct path path;
	size_t count = 0;
	int leaf = leaf_index(loading, links);

	if (leaf_lost(loading, links->certs[leaf]))
		return;
	path_find(loading->pool, links, leaf, &path);
	if (path.end == PATH_UNTRUSTED && path.count > 1)
		chains_trust(loading->pool, path.certs[path.count - 1]);
	for (size_t i = 0; i < path.count; i++)
		if (is_given(links, path.certs[i]))
			sorted[count++] = path.certs[i];
	bundle->file = chains_intern(loading->pool, links->certs, links->count);
	bundle->chain = chains_intern(loading->pool, sorted, count);
	bundle->has_root = sorted[count - 1]->self_signed;
}

static void find_key_owner(struct bundle *bundle, const EVP_PKEY *key)
{
	for (size_t i = bundle->block_count; i-- > 0;)
		if (bundle->blocks[i].cert && key_of(key, bundle->blocks[i].cert))
			bundle->key_owner = (int)i;
}

/* Of several keys the leaf's counts, wherever it stands. */
static int choose_key(struct loading *loading, struct err *err)
{
	struct bundle *bundle = loading->bundle;
	const struct cert *leaf = bundle->chain ? chain_leaf(bundle->chain) : NULL;
	int owned = leaf ? key_block_of(loading, leaf) : -1;

	if (owned >= 0)
		bundle->key_block = owned;
	if (bundle->key_block < 0)
		return 0;
	if (owned >= 0) {
		bundle->key_matches = key_works(loading->keys[owned], leaf);
		bundle->key_damaged = !bundle->key_matches;
	}
	find_key_owner(bundle, loading->keys[bundle->key_block]);
	if (make_pem(NULL, 0, loading->keys[bundle->key_block], NULL, &bundle->key_pem, err))
		return err_wrap(err, "%s", bundle->path);
	return 0;
}

static int sort_bundle(struct loading *loading, struct err *err)
{
	const struct cert *certs[BUNDLE_MAX_BLOCKS];
	struct links links = { .certs = certs, .count = collect(loading->bundle, certs) };

	if (links.count > CHAIN_MAX_CERTS)
		return err_set(err, ERR_LIMIT,
			       "%zu certificates, more than the %d a chain may have; this looks "
			       "like a whole store of CA certificates",
			       links.count, CHAIN_MAX_CERTS);
	if (links.count)
		sort_chain(loading, &links);
	return choose_key(loading, err);
}

/* Files that hold no PEM text for a reason that has a name. */
static int refuse_container(const struct secret *text, const char *path, struct err *err)
{
	const unsigned char *bytes = (const unsigned char *)text->bytes;
	auto_free char *shown = text_shell(path);
	static const unsigned char pkcs12[] = { 0x02, 0x01, 0x03, 0x30 }; /* version 3, authSafe */

	if (!text->len)
		return err_set(err, ERR_BUNDLE, "%s: is empty", path);
	if (text->len >= 2 &&
	    (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return err_set(err, ERR_BUNDLE,
			       "%s: is UTF-16 text; save it as plain text (ASCII or UTF-8)", path);
	if (text->len > 8 && bytes[0] == 0x30 && memmem(bytes, 8, pkcs12, sizeof pkcs12))
		return err_set(err, ERR_BUNDLE,
			       "%s: is a PKCS#12 container (.pfx, .p12); convert it: certroll "
			       "bundle -o bundle.pem --password prompt %s",
			       path, shown);
	if (text->len > 4 && bytes[0] == 0x30 && bytes[1] >= 0x80)
		return err_set(err, ERR_BUNDLE,
			       "%s: is binary (DER), PEM is needed; convert it, together with the "
			       "key: certroll bundle -o bundle.pem %s KEYFILE",
			       path, shown);
	return 0;
}

static int take_blocks(struct loading *loading, const struct secret *text, struct err *err)
{
	struct bundle *bundle = loading->bundle;

	if (refuse_container(text, bundle->path, err))
		return -1;
	if (pem_scan(loading->pem, text->bytes, text->len, err))
		return err_wrap(err, "%s", bundle->path);
	if (!loading->pem->count)
		return err_set(err, ERR_BUNDLE,
			       "%s: holds no PEM block; a line like -----BEGIN CERTIFICATE----- "
			       "begins one",
			       bundle->path);
	bundle->block_count = loading->pem->count;
	for (size_t i = 0; i < bundle->block_count; i++)
		take_block(loading, i);
	bundle->foreign_text = loading->pem->odd[PEM_TEXT].count > 0;
	places_say(bundle, loading->pem, loading->findings);
	say_open(loading);
	say_no_cert(loading);
	return 0;
}

static void bundle_cleanup(struct bundle **bundle)
{
	bundle_free(*bundle);
}

static void loading_cleanup(struct loading *loading)
{
	for (size_t i = 0; i < COUNT(loading->keys); i++)
		EVP_PKEY_free(loading->keys[i]);
	mem_free(loading->pem);
}

static struct bundle *bundle_read(const struct secret *text, bool open, const char *path,
				  struct chains *chains, struct findings *findings, struct err *err)
{
	__attribute__((cleanup(bundle_cleanup))) struct bundle *bundle = mem_alloc(sizeof *bundle);
	__attribute__((cleanup(loading_cleanup))) struct loading loading = {
		.bundle = bundle,
		.pool = chains,
		.findings = findings,
		.pem = mem_alloc(sizeof *loading.pem),
	};

	bundle->path = text_copy(path);
	bundle->open = open;
	bundle->key_block = bundle->key_owner = -1;
	if (take_blocks(&loading, text, err))
		return NULL;
	if (sort_bundle(&loading, err)) {
		err_wrap(err, "%s", path);
		return NULL;
	}
	forms_encode(bundle);
	return take(bundle);
}

struct bundle *bundle_parse(const struct secret *text, const char *path, struct chains *chains,
			    struct findings *findings, struct err *err)
{
	return bundle_read(text, false, path, chains, findings, err);
}

struct bundle *bundle_load(const char *path, struct chains *chains, struct findings *findings,
			   struct err *err)
{
	auto_secret text = { 0 };
	bool open = false;

	if (secret_load(&text, path, BUNDLE_MAX_BYTES, &open, err))
		return NULL;
	return bundle_read(&text, open, path, chains, findings, err);
}

void bundle_free(struct bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < COUNT(bundle->forms); i++)
		secret_free(&bundle->forms[i]);
	secret_free(&bundle->key_pem);
	mem_free(bundle->path);
	mem_free(bundle);
}

const struct cert *bundle_root(const struct bundle *bundle)
{
	return bundle->has_root ? bundle->chain->certs[bundle->chain->count - 1] : NULL;
}
