/* factory: the device authority and its leaves. */
#include "factory.h"

#include "cleanup.h"
#include "text.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define AUTHORITY_NAME   "innovaphone Device Certification Authority 2"
#define KEY_BITS         2048
#define LIFETIME         (10L * 365 * 24 * 3600)
#define AGE              (24L * 3600) /* made yesterday: no box is younger than its first test */
#define AUTHORITY_SERIAL 1

struct factory {
	EVP_PKEY *authority_key, *leaf_key;
	X509 *authority;
};

/* A certificate with everything but its issuer, extensions and signature. */
static X509 *begin_certificate(const char *common_name, EVP_PKEY *key, uint32_t serial)
{
	X509 *certificate = mem_must(X509_new());
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -AGE);
	X509_gmtime_adj(X509_getm_notAfter(certificate), LIFETIME);
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
				   (const unsigned char *)common_name, -1, -1, 0);
	X509_set_pubkey(certificate, key);
	return certificate;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = mem_must(X509V3_EXT_conf_nid(NULL, &context, nid, value));
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make_authority(EVP_PKEY *key)
{
	X509 *authority = begin_certificate(AUTHORITY_NAME, key, AUTHORITY_SERIAL);

	X509_set_issuer_name(authority, X509_get_subject_name(authority));
	add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_extension(authority, authority, NID_subject_key_identifier, "hash");
	X509_sign(authority, key, EVP_sha256());
	return authority;
}

X509 *factory_sign(const struct factory *factory, const char *hardware_id, uint32_t serial)
{
	X509 *leaf = begin_certificate(hardware_id, factory->leaf_key, serial);

	X509_set_issuer_name(leaf, X509_get_subject_name(factory->authority));
	/* the same box has the same certificate however often it is asked for */
	X509_set1_notBefore(leaf, X509_get0_notBefore(factory->authority));
	X509_set1_notAfter(leaf, X509_get0_notAfter(factory->authority));
	add_extension(leaf, factory->authority, NID_basic_constraints, "CA:FALSE");
	add_extension(leaf, factory->authority, NID_key_usage, "digitalSignature,keyEncipherment");
	X509_sign(leaf, factory->authority_key, EVP_sha256());
	return leaf;
}

struct factory *factory_new(struct err *err)
{
	struct factory *factory = mem_alloc(sizeof(*factory));

	factory->authority_key = EVP_RSA_gen(KEY_BITS);
	factory->leaf_key = EVP_RSA_gen(KEY_BITS);
	if (!factory->authority_key || !factory->leaf_key) {
		factory_free(factory);
		(void)err_set(err, "cannot make the factory keys");
		return NULL;
	}
	factory->authority = make_authority(factory->authority_key);
	return factory;
}

void factory_free(struct factory *factory)
{
	if (!factory)
		return;
	X509_free(factory->authority);
	EVP_PKEY_free(factory->authority_key);
	EVP_PKEY_free(factory->leaf_key);
	free(factory);
}

X509 *factory_authority(const struct factory *factory)
{
	return factory->authority;
}

EVP_PKEY *factory_leaf_key(const struct factory *factory)
{
	return factory->leaf_key;
}

int factory_write(const struct factory *factory, const char *path, struct err *err)
{
	auto_bio BIO *file = BIO_new_file(path, "w");

	if (!file || !PEM_write_bio_X509(file, factory->authority) || BIO_flush(file) != 1)
		return err_set(err, "cannot write %.128s: %s", path, strerror(errno));
	return 0;
}
