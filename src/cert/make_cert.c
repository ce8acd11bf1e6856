/* Certificates of a CA of one's own: RFC 5280, and what phones demand of private CAs too. */
#include "make_ext.h"
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

enum { SERIAL_BYTES = 16, KEY_ID_BYTES = 20 };

/* RFC 5280 4.1.2.2: positive; BR 7.1: 64 bits of it from a random source. */
static int set_serial(X509 *x509, struct err *err)
{
	auto_of(BN_free) BIGNUM *number = NULL;
	unsigned char bytes[SERIAL_BYTES];

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return err_set(err, ERR_IO, "there are no random numbers for a serial number");
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof bytes, NULL);
	must(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)));
	return 0;
}

/* RFC 7093 2, method 1: 160 bits of the key's SHA-256. */
static void add_key_id(STACK_OF(X509_EXTENSION) * *list, const X509 *x509)
{
	auto_of(ASN1_OCTET_STRING_free) ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	must(X509_pubkey_digest(x509, EVP_sha256(), digest, &len));
	must(id && ASN1_OCTET_STRING_set(id, digest, KEY_ID_BYTES));
	must(X509V3_add1_i2d(list, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT));
}

/* What the issuer calls its key; a root calls it as itself does. */
static void add_issuer_key_id(STACK_OF(X509_EXTENSION) * *list, const struct issuer *issuer)
{
	auto_of(AUTHORITY_KEYID_free) AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *theirs =
		issuer ? X509_get0_subject_key_id(issuer->cert->x509) : NULL;
	ASN1_OCTET_STRING *own =
		issuer ? NULL : X509V3_get_d2i(*list, NID_subject_key_identifier, NULL, NULL);

	must(id != NULL);
	id->keyid = own ? own : ASN1_OCTET_STRING_dup(theirs);
	if (id->keyid)
		must(X509V3_add1_i2d(list, NID_authority_key_identifier, id, 0,
				     X509V3_ADD_DEFAULT));
}

static X509 *draft(EVP_PKEY *key, const char *common_name, const struct span *span)
{
	X509 *x509 = X509_new();

	must(x509 && X509_set_version(x509, X509_VERSION_3) && X509_set_pubkey(x509, key));
	must(ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)span->from) != NULL);
	must(ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)span->until) != NULL);
	subject_set(X509_get_subject_name(x509), common_name);
	return x509;
}

static void attach(X509 *x509, STACK_OF(X509_EXTENSION) * list)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(list); i++)
		must(X509_add_ext(x509, sk_X509_EXTENSION_value(list, i), -1));
}

/* The facts are read from the bytes: what was made passes our own reading, too. */
static struct cert *finish(X509 *x509, const struct issuer *issuer, EVP_PKEY *own, struct err *err)
{
	const X509_NAME *name = X509_get_subject_name(issuer ? issuer->cert->x509 : x509);
	EVP_PKEY *key = issuer ? issuer->key : own;
	auto_der der = { 0 };

	must(X509_set_issuer_name(x509, name));
	if (set_serial(x509, err))
		return NULL;
	if (X509_sign(x509, key, EVP_sha256()) <= 0) {
		ERR_clear_error();
		err_set(err, ERR_IO, "the certificate could not be signed");
		return NULL;
	}
	der = der_of(x509);
	return cert_parse(der.bytes, der.len, err);
}

struct cert *cert_make_ca(const struct issuer *issuer, struct evp_pkey_st *key, const char *name,
			  const struct span *span, struct err *err)
{
	auto_of(X509_free) X509 *x509 = draft(key, name, span);
	auto_extensions list = NULL;

	ext_constraints(&list, true, issuer ? 0 : -1);
	ext_key_usage(&list, USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN);
	add_key_id(&list, x509);
	add_issuer_key_id(&list, issuer);
	attach(x509, list);
	return finish(x509, issuer, key, err);
}

struct cert *cert_make_leaf(const struct issuer *issuer, struct evp_pkey_st *key,
			    const struct name_list *names, const struct span *span, struct err *err)
{
	const char *common_name = name_common(names);
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	auto_of(X509_free) X509 *x509 = draft(key, common_name, span);
	auto_extensions list = NULL;

	ext_constraints(&list, false, -1);
	/* RFC 5480 3: an EC key enciphers no keys. */
	ext_key_usage(&list, USAGE_DIGITAL_SIGNATURE | (rsa ? USAGE_KEY_ENCIPHERMENT : 0u));
	ext_server_and_client(&list);
	ext_names(&list, names, !common_name);
	add_key_id(&list, x509);
	add_issuer_key_id(&list, issuer);
	attach(x509, list);
	return finish(x509, issuer, NULL, err);
}

struct cert *cert_load(const char *path, struct err *err)
{
	auto_free struct pem *pem = mem_alloc(sizeof *pem);
	auto_secret text = { 0 }, der = { 0 };
	struct cert *cert;

	if (pem_load(path, NULL, &text, pem, err))
		return NULL;
	if (pem->count != 1 || strcmp(pem->blocks[0].label, "CERTIFICATE") != 0) {
		err_set(err, ERR_BUNDLE, "%s: holds not exactly one certificate in PEM form", path);
		return NULL;
	}
	if (pem_block_der(&pem->blocks[0], path, &der, err))
		return NULL;
	cert = cert_parse((const unsigned char *)der.bytes, der.len, err);
	if (!cert)
		err_wrap(err, "%s", path);
	return cert;
}
