/* Writing keys and assemblies. */
#include "certroll/assemble.h"
#include "certroll/bundle.h"
#include "certroll/make.h"
#include "gathering.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

int assembly_pem(const struct assembly *assembly, struct secret *out, struct err *err)
{
	EVP_PKEY *key = assembly->key ? assembly->key->key : NULL;

	return make_pem(assembly->certs, assembly->count, key, NULL, out, err);
}

static void write_der(PKCS12 *pkcs12, struct secret *out)
{
	int len = i2d_PKCS12(pkcs12, NULL);
	unsigned char *at;

	if (len <= 0)
		return;
	secret_init(out, (size_t)len);
	at = (unsigned char *)out->bytes;
	out->len = (size_t)i2d_PKCS12(pkcs12, &at);
}

/* The leaf, its key (NULL: none) and those above it. */
static int pack(const struct cert *const *certs, size_t count, EVP_PKEY *key,
		const struct secret *password, bool old, struct secret *out, struct err *err)
{
	int cipher = old ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
	const struct cert *leaf = certs[0];
	auto_x509_view above = sk_X509_new_null();
	auto_of(PKCS12_free) PKCS12 *pkcs12 = NULL;

	for (size_t i = 1; i < count; i++)
		if (!above || !sk_X509_push(above, certs[i]->x509))
			mem_exhausted();
	/* mac_iter -1: no MAC yet, for it would be one of SHA-256 in any case. */
	pkcs12 = PKCS12_create(password->bytes, leaf->display, key, leaf->x509, above, cipher,
			       cipher, PACK_ITERATIONS, -1, 0);
	if (pkcs12 && PKCS12_set_mac(pkcs12, password->bytes, (int)password->len, NULL, 0,
				     PACK_ITERATIONS, old ? EVP_sha1() : EVP_sha256()))
		write_der(pkcs12, out);
	ERR_clear_error();
	if (!out->len)
		return err_set(err, ERR_BUNDLE,
			       "OpenSSL refuses to make a PKCS#12 container of it");
	return 0;
}

int assembly_pkcs12(const struct assembly *assembly, const struct secret *password, bool old,
		    struct secret *out, struct err *err)
{
	return pack(assembly->certs, assembly->count, assembly->key ? assembly->key->key : NULL,
		    password, old, out, err);
}

int bundle_pkcs12(const struct bundle *bundle, const struct secret *password, bool old,
		  struct secret *out, struct err *err)
{
	struct bytes text = bundle_bytes(bundle, BUNDLE_PEM_KEY);
	auto_of(BIO_free_all) BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
	auto_of(EVP_PKEY_free) EVP_PKEY *key = NULL;

	if (!bio)
		mem_exhausted();
	if (!text.len)
		return err_set(err, ERR_BUNDLE, "the bundle has no key of its leaf");
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL); /* ours, without a pass phrase */
	if (!key)
		mem_exhausted();
	return pack(bundle->chain->certs, bundle->chain->count, key, password, old, out, err);
}
