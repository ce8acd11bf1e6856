#include "certroll/sign.h"
#include "certroll/text.h"
#include "path.h"
#include "pem.h"
#include "x509.h"
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <string.h>

AUTO_OF(CMS_ContentInfo, CMS_ContentInfo_free)

char *cert_pem(const struct cert *cert)
{
	auto_secret text = { 0 };

	secret_init(&text, pem_text_room("CERTIFICATE", cert->der_len));
	pem_append(&text, "CERTIFICATE", cert->der, cert->der_len);
	return mem_copy(text.bytes, text.len);
}

static bool has_block(const struct bundle *bundle, enum block_kind kind)
{
	for (size_t i = 0; i < bundle->block_count; i++)
		if (bundle->blocks[i].kind == kind)
			return true;
	return false;
}

static int refuse_key(const struct bundle *bundle, struct err *err)
{
	const char *path = bundle->path;
	auto_free char *shown = text_shell(path);

	if (!bundle->chain)
		return err_set(err, ERR_BUNDLE,
			       "%s: holds no certificate; to sign, put certificate, intermediates "
			       "and private key in one PEM file",
			       path);
	if (bundle->key_block < 0 && has_block(bundle, BLOCK_KEY_ENCRYPTED))
		return err_set(
			err, ERR_BUNDLE,
			"%s: the private key is under a pass phrase; take it off into a file "
			"only you may read: openssl pkey -in %s -out key.pem",
			path, shown);
	if (bundle->key_block < 0)
		return err_set(err, ERR_BUNDLE,
			       "%s: holds no private key to sign with; add that of '%s'", path,
			       chain_leaf(bundle->chain)->display);
	if (bundle->open)
		return err_set(err, ERR_BUNDLE,
			       "%s: others may read this private key; chmod 600 it, then sign",
			       path);
	if (!bundle->key_matches)
		return err_set(err, ERR_BUNDLE,
			       "%s: the private key is not that of '%s'; put the pair in one file",
			       path, chain_leaf(bundle->chain)->display);
	return 0;
}

static int refuse_time(const struct bundle *bundle, int64_t now, struct err *err)
{
	const struct cert *leaf = chain_leaf(bundle->chain);
	char when[32];

	if (now > leaf->not_after)
		return err_set(err, ERR_BUNDLE,
			       "%s: '%s' expired on %s, its signature would count as unverified; "
			       "sign with a certificate that is valid",
			       bundle->path, leaf->display, text_time(leaf->not_after, when));
	if (now < leaf->not_before)
		return err_set(err, ERR_BUNDLE,
			       "%s: '%s' is not valid before %s; look at the clock of this "
			       "computer, or sign later",
			       bundle->path, leaf->display, text_time(leaf->not_before, when));
	return 0;
}

static const struct finding *first_error(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].severity == SEVERITY_ERROR)
			return &findings->items[i];
	return NULL;
}

struct bundle *signer_load(const char *path, struct chains *chains, struct err *err)
{
	auto_findings findings = { 0 };
	struct bundle *signer = bundle_load(path, chains, &findings, err);
	const struct finding *broken = first_error(&findings);

	if (!signer)
		return NULL;
	if (broken)
		err_set(err, ERR_BUNDLE, "%s: %s", broken->place, broken->sentence);
	else if (!refuse_key(signer, err) && !refuse_time(signer, chains_now(chains), err))
		return signer;
	bundle_free(signer);
	return NULL;
}

static EVP_PKEY *key_of(const struct bundle *signer)
{
	auto_of(BIO_free_all) BIO *text =
		BIO_new_mem_buf(signer->key_pem.bytes, (int)signer->key_pem.len);
	EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, NULL, NULL) : NULL;

	if (!key) /* it was read and written by us */
		mem_exhausted();
	return key;
}

static STACK_OF(X509) * intermediates_of(const struct bundle *signer)
{
	const struct cert *leaf = chain_leaf(signer->chain);
	STACK_OF(X509) *view = sk_X509_new_null();

	if (!view)
		mem_exhausted();
	for (size_t i = 0; i < signer->chain->count; i++) {
		const struct cert *cert = signer->chain->certs[i];

		if (cert != leaf && !cert->self_signed && !sk_X509_push(view, cert->x509))
			mem_exhausted();
	}
	return view;
}

static int append_cms(CMS_ContentInfo *cms, struct buf *out, struct err *err)
{
	auto_der der = { 0 };
	int len = i2d_CMS_ContentInfo(cms, &der.bytes);

	if (len <= 0)
		mem_exhausted();
	der.len = (size_t)len;
	if (buf_add(out, der.bytes, der.len))
		return err_set(err, ERR_LIMIT, "the signed file would have over %zu bytes",
			       out->max);
	return 0;
}

int cms_sign(const struct bundle *signer, const void *content, size_t len, struct buf *out,
	     struct err *err)
{
	const struct cert *leaf = chain_leaf(signer->chain);
	auto_of(EVP_PKEY_free) EVP_PKEY *key = key_of(signer);
	auto_x509_view others = intermediates_of(signer);
	auto_of(BIO_free_all) BIO *data = BIO_new_mem_buf(content, (int)len);
	auto_of(CMS_ContentInfo_free) CMS_ContentInfo *cms = NULL;
	auto_free char *kind = NULL;

	if (!data)
		mem_exhausted();
	/* Without CMS_BINARY each LF of the content would become CRLF (RFC 8551 3.1.1). */
	cms = CMS_sign(leaf->x509, key, others, data, CMS_BINARY | CMS_NOSMIMECAP);
	ERR_clear_error();
	if (cms)
		return append_cms(cms, out, err);
	kind = cert_key_text(leaf);
	return err_set(err, ERR_BUNDLE,
		       "%s: a key of this kind (%s) cannot sign profiles; use RSA or EC",
		       signer->path, kind);
}
