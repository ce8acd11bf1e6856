#include "vault.h"
#include "certroll/gather.h"
#include "keys.h"
#include <openssl/err.h>
#include <openssl/pkcs12.h>

void vault_open(struct vault *vault)
{
	*vault = (struct vault){ .context = OSSL_LIB_CTX_new() };
	if (!vault->context)
		mem_exhausted();
	vault->standard = OSSL_PROVIDER_load(vault->context, "default");
	vault->legacy = OSSL_PROVIDER_load(vault->context, "legacy");
	ERR_clear_error();
}

void vault_close(struct vault *vault)
{
	OSSL_PROVIDER_unload(vault->legacy);
	OSSL_PROVIDER_unload(vault->standard);
	OSSL_LIB_CTX_free(vault->context);
}

int vault_count(long count, struct err *err)
{
	if (count >= 0 && count <= GATHER_MAX_ITERATIONS)
		return 0;
	return err_set(err, ERR_LIMIT,
		       "it wants its password hashed more than %d times, which no usual program "
		       "writes; export it again with less",
		       GATHER_MAX_ITERATIONS);
}

static int pbkdf2_iterations(const X509_ALGOR *algorithm, struct err *err)
{
	PBE2PARAM *scheme =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	PBKDF2PARAM *param = NULL;
	long count = 0;

	if (scheme && OBJ_obj2nid(scheme->keyfunc->algorithm) == NID_id_pbkdf2)
		param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						  scheme->keyfunc->parameter);
	if (param)
		count = ASN1_INTEGER_get(param->iter);
	PBKDF2PARAM_free(param);
	PBE2PARAM_free(scheme);
	return vault_count(count, err);
}

int vault_iterations(const X509_ALGOR *algorithm, struct err *err)
{
	PBEPARAM *param;
	long count;

	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
		return pbkdf2_iterations(algorithm, err);
	param = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
	count = param ? ASN1_INTEGER_get(param->iter) : 0;
	PBEPARAM_free(param);
	return vault_count(count, err);
}

EVP_PKEY *key_unpack(const PKCS8_PRIV_KEY_INFO *info, struct err *err)
{
	EVP_PKEY *key = EVP_PKCS82PKEY(info);

	ERR_clear_error();
	if (!key)
		err_set(err, ERR_BUNDLE, "it holds a private key of a kind not known here");
	return key;
}

static PKCS8_PRIV_KEY_INFO *decrypt(const X509_SIG *locked, const struct secret *password)
{
	PKCS8_PRIV_KEY_INFO *info;
	auto_vault vault = { 0 };

	vault_open(&vault);
	info = PKCS8_decrypt_ex(locked, password->bytes, (int)password->len, vault.context, NULL);
	ERR_clear_error();
	return info;
}

EVP_PKEY *key_unlock(const struct secret *der, const struct secret *password, struct err *err)
{
	const unsigned char *at = (const unsigned char *)der->bytes;
	auto_of(X509_SIG_free) X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)der->len);
	auto_of(PKCS8_PRIV_KEY_INFO_free) PKCS8_PRIV_KEY_INFO *info = NULL;
	const X509_ALGOR *algorithm;

	ERR_clear_error();
	if (!locked) {
		err_set(err, ERR_BUNDLE, "its bytes are not those of a private key");
		return NULL;
	}
	X509_SIG_get0(locked, &algorithm, NULL);
	if (vault_iterations(algorithm, err))
		return NULL;
	info = password ? decrypt(locked, password) : NULL;
	if (info)
		return key_unpack(info, err);
	err_set(err, ERR_SECRET, "the password does not open this key");
	return NULL;
}
