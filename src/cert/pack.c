/* Writing keys and assemblies. */
#include "certroll/assemble.h"
#include "certroll/make.h"
#include "gathering.h"
#include <openssl/err.h>
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

int assembly_pkcs12(const struct assembly *assembly, const struct secret *password, bool old,
		    struct secret *out, struct err *err)
{
	int cipher = old ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
	const struct cert *leaf = assembly->certs[0];
	auto_x509_view above = sk_X509_new_null();
	auto_of(PKCS12_free) PKCS12 *pkcs12 = NULL;

	for (size_t i = 1; i < assembly->count; i++)
		if (!above || !sk_X509_push(above, assembly->certs[i]->x509))
			mem_exhausted();
	/* mac_iter -1: no MAC yet, for it would be one of SHA-256 in any case. */
	pkcs12 = PKCS12_create(password->bytes, leaf->display,
			       assembly->key ? assembly->key->key : NULL, leaf->x509, above, cipher,
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
