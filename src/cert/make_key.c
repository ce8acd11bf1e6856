/* Private keys: made, read and written.  DER and text of them only ever stand in secret pages. */
#include "certroll/text.h"
#include "keys.h"
#include "make_ext.h"
#include "vault.h"
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <string.h>

/* OWASP's number for PBKDF2 with HMAC-SHA256, which is OpenSSL's choice for PKCS#8. */
enum { PBKDF2_ROUNDS = 600000, SALT_BYTES = 16 };

struct evp_pkey_st *key_make(int bits, struct err *err)
{
	EVP_PKEY *key = EVP_RSA_gen((unsigned)bits);
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	if (!key)
		err_set(err, ERR_IO, "no private key could be made: %s", why ? why : "no reason");
	ERR_clear_error();
	return key;
}

void key_free(struct evp_pkey_st *key)
{
	EVP_PKEY_free(key);
}

int key_bits(const struct evp_pkey_st *key)
{
	return EVP_PKEY_get_bits(key);
}

bool key_owns(const struct evp_pkey_st *key, const struct cert *cert)
{
	return key_of(key, cert);
}

static int refuse_kind(const EVP_PKEY *key, const char *path, struct err *err)
{
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return err_set(
			err, ERR_BUNDLE,
			"%s: is no RSA key, and these boxes are made for RSA; leave the file "
			"out to have a new one made, or name another",
			path);
	if (EVP_PKEY_get_bits(key) < MAKE_LEAF_BITS)
		return err_set(
			err, ERR_BUNDLE,
			"%s: is an RSA key of %d bits, and clients refuse less than %d; leave "
			"the file out to have a new one made, or name another",
			path, EVP_PKEY_get_bits(key), MAKE_LEAF_BITS);
	return 0;
}

static bool is_encrypted(const struct pem_block *block)
{
	return strcmp(block->label, "ENCRYPTED PRIVATE KEY") == 0;
}

static int refuse_block(const struct pem_block *block, const char *path,
			const struct secret *password, struct err *err)
{
	auto_free char *shown = text_shell(path);

	if (block->encrypted) /* RFC 1421 */
		return err_set(err, ERR_BUNDLE,
			       "%s: is encrypted in an old form; convert it: openssl pkcs8 -topk8 "
			       "-in %s -out NEW",
			       path, shown);
	if (is_encrypted(block) && !password)
		return err_set(err, ERR_SECRET,
			       "%s: is encrypted, and its password was not given (--password)",
			       path);
	return 0;
}

static EVP_PKEY *open_block(const struct pem_block *block, const char *path,
			    const struct secret *password, struct err *err)
{
	bool encrypted = is_encrypted(block);
	auto_secret der = { 0 };
	EVP_PKEY *key;

	if (refuse_block(block, path, password, err) || pem_block_der(block, path, &der, err))
		return NULL;
	key = encrypted ? key_unlock(&der, password, err) : key_parse(&der);
	if (!key && encrypted)
		err_wrap(err, "%s", path);
	else if (!key)
		err_set(err, ERR_BUNDLE, "%s: line %d: these are not the bytes of a private key",
			path, block->line);
	return key;
}

static const struct pem_block *only_key(const struct pem *pem, const char *path, struct err *err)
{
	const struct pem_block *found = NULL;

	for (size_t i = 0; i < pem->count; i++) {
		if (!text_ends(pem->blocks[i].label, "PRIVATE KEY"))
			continue;
		if (found) {
			err_set(err, ERR_BUNDLE, "%s: holds two private keys; one is needed", path);
			return NULL;
		}
		found = &pem->blocks[i];
	}
	if (!found)
		err_set(err, ERR_BUNDLE, "%s: holds no private key in PEM form; name another file",
			path);
	return found;
}

struct evp_pkey_st *key_load(const char *path, const struct secret *password, struct err *err)
{
	auto_free struct pem *pem = mem_alloc(sizeof *pem);
	auto_of(EVP_PKEY_free) EVP_PKEY *key = NULL;
	const struct pem_block *block;
	bool open_to_others = false;
	auto_secret text = { 0 };

	if (pem_load(path, &open_to_others, &text, pem, err))
		return NULL;
	block = only_key(pem, path, err);
	if (!block)
		return NULL;
	if (open_to_others) {
		err_set(err, ERR_BUNDLE,
			"%s: others may read this private key; chmod 600 it, or use a new one if "
			"somebody may have",
			path);
		return NULL;
	}
	key = open_block(block, path, password, err);
	if (!key || refuse_kind(key, path, err))
		return NULL;
	return take(key);
}

/* Both kinds are written twice: to measure, then into pages of that size. */
static void encode(const PKCS8_PRIV_KEY_INFO *info, const X509_SIG *box, struct secret *der)
{
	int len = box ? i2d_X509_SIG(box, NULL) : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
	unsigned char *at;

	must(len);
	secret_init(der, (size_t)len);
	at = (unsigned char *)der->bytes;
	der->len = (size_t)(box ? i2d_X509_SIG(box, &at) : i2d_PKCS8_PRIV_KEY_INFO(info, &at));
}

static int key_der(EVP_PKEY *key, const struct secret *password, struct secret *der,
		   struct err *err)
{
	auto_of(PKCS8_PRIV_KEY_INFO_free) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	auto_of(X509_SIG_free) X509_SIG *box = NULL;

	if (info && password)
		box = PKCS8_encrypt(-1, EVP_aes_256_cbc(), password->bytes, (int)password->len,
				    NULL, SALT_BYTES, PBKDF2_ROUNDS, info);
	if (!info || (password && !box)) {
		ERR_clear_error();
		return err_set(err, ERR_IO, "the private key could not be written");
	}
	encode(info, box, der);
	return 0;
}

int make_pem(const struct cert *const *certs, size_t count, struct evp_pkey_st *key,
	     const struct secret *password, struct secret *out, struct err *err)
{
	const char *label = password ? "ENCRYPTED PRIVATE KEY" : "PRIVATE KEY";
	auto_secret der = { 0 };
	size_t room = 0;

	if (key && key_der(key, password, &der, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		room += pem_text_room("CERTIFICATE", certs[i]->der_len);
	secret_init(out, room + (key ? pem_text_room(label, der.len) : 0));
	for (size_t i = 0; i < count; i++)
		pem_append(out, "CERTIFICATE", certs[i]->der, certs[i]->der_len);
	if (key)
		pem_append(out, label, der.bytes, der.len);
	return 0;
}
