/* Writing keys and assemblies. */
#include "certroll/assemble.h"
#include "gathering.h"
#include "keys.h"
#include "pem.h"
#include <openssl/err.h>
#include <string.h>

void assembly_pem(const struct assembly *assembly, struct secret *out)
{
	auto_secret key = { 0 };
	size_t room = 0;

	if (assembly->key)
		key_pem(assembly->key->key, &key);
	for (size_t i = 0; i < assembly->count; i++)
		room += pem_text_room("CERTIFICATE", assembly->certs[i]->der_len);
	secret_init(out, room + key.len);
	for (size_t i = 0; i < assembly->count; i++)
		pem_append(out, "CERTIFICATE", assembly->certs[i]->der,
			   assembly->certs[i]->der_len);
	if (key.len)
		memcpy(out->bytes + out->len, key.bytes, key.len);
	out->len += key.len;
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
