/* factory: the device authority and its leaves. */
#include "factory.h"

#include "cleanup.h"
#include "text.h"

#include <errno.h>
#include <openssl/err.h>
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
	time_t opened; /* all its certificates begin and end alike */
	EVP_PKEY *authority_key, *leaf_key;
	X509 *authority;
};

/* A certificate with everything but its issuer, extensions and signature. */
static X509 *begin_certificate(const char *common_name, EVP_PKEY *key, uint32_t serial,
			       time_t opened)
{
	X509 *certificate = mem_must(X509_new());
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial);
	X509_time_adj(X509_getm_notBefore(certificate), -AGE, &opened);
	X509_time_adj(X509_getm_notAfter(certificate), LIFETIME, &opened);
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
				   (const unsigned char *)common_name, -1, -1, 0);
	X509_set_pubkey(certificate, key);
	return certificate;
}

static int try_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (!extension)
		return -1;
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	return 0;
}

/* Of values that are ours. */
static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	if (try_extension(certificate, issuer, nid, value))
		abort();
}

static X509 *make_authority(EVP_PKEY *key, time_t opened)
{
	X509 *authority = begin_certificate(AUTHORITY_NAME, key, AUTHORITY_SERIAL, opened);

	X509_set_issuer_name(authority, X509_get_subject_name(authority));
	add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_extension(authority, authority, NID_subject_key_identifier, "hash");
	X509_sign(authority, key, EVP_sha256());
	return authority;
}

/* Made once; OpenSSL without randomness is no place to go on. */
static EVP_PKEY *key_of(EVP_PKEY **slot)
{
	if (!*slot)
		*slot = mem_must(EVP_RSA_gen(KEY_BITS));
	return *slot;
}

struct factory *factory_new(void)
{
	struct factory *factory = mem_alloc(sizeof(*factory));

	factory->opened = time(NULL);
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

X509 *factory_authority(struct factory *factory)
{
	if (!factory->authority)
		factory->authority =
			make_authority(key_of(&factory->authority_key), factory->opened);
	return factory->authority;
}

EVP_PKEY *factory_leaf_key(struct factory *factory)
{
	return key_of(&factory->leaf_key);
}

/* What a leaf says beside its name; -1: the order holds names or purposes that are none. */
static int describe(X509 *leaf, X509 *issuer, const struct factory_order *order, time_t opened)
{
	if (order->days) /* inclusive to the second */
		X509_time_adj(X509_getm_notAfter(leaf), order->days * 86400L - AGE - 1, &opened);
	add_extension(leaf, issuer, NID_basic_constraints,
		      order->is_ca ? "critical,CA:TRUE,pathlen:0" : "CA:FALSE");
	add_extension(leaf, issuer, NID_key_usage,
		      order->is_ca ? "digitalSignature,keyEncipherment,keyCertSign"
				   : "digitalSignature,keyEncipherment");
	if (order->purposes && try_extension(leaf, issuer, NID_ext_key_usage, order->purposes))
		return -1;
	return order->subject_alternates ? try_extension(leaf, issuer, NID_subject_alt_name,
							 order->subject_alternates)
					 : 0;
}

X509 *factory_self_sign(EVP_PKEY *key, const struct factory_order *order)
{
	time_t now = time(NULL);
	auto_x509 X509 *leaf = begin_certificate(order->common_name, key, (uint32_t)now, now);

	X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
	if (describe(leaf, leaf, order, now))
		return NULL;
	X509_sign(leaf, key, EVP_sha256());
	return take(leaf);
}

X509 *factory_sign(struct factory *factory, const struct factory_order *order)
{
	EVP_PKEY *own = order->key ? order->key : factory_leaf_key(factory);
	/* the same box has the same certificate however often it is asked for */
	X509 *leaf = begin_certificate(order->common_name, own, order->serial, factory->opened);
	X509 *issuer = order->self_signed ? leaf : factory_authority(factory);

	X509_set_issuer_name(leaf, X509_get_subject_name(issuer));
	if (describe(leaf, issuer, order, factory->opened))
		abort();
	X509_sign(leaf, order->self_signed ? own : key_of(&factory->authority_key), EVP_sha256());
	return leaf;
}

int factory_read_keys(struct factory *factory, const char *path, struct err *err)
{
	auto_bio BIO *file = BIO_new_file(path, "r");

	if (!file)
		return err_set(err, "cannot read %.128s: %s", path, strerror(errno));
	factory->authority_key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
	factory->leaf_key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
	ERR_clear_error();
	if (!factory->leaf_key || !EVP_PKEY_is_a(factory->authority_key, "RSA") ||
	    !EVP_PKEY_is_a(factory->leaf_key, "RSA"))
		return err_set(err, "%.128s does not hold two RSA keys", path);
	return 0;
}

int factory_write(struct factory *factory, const char *path, struct err *err)
{
	auto_bio BIO *file = BIO_new_file(path, "w");

	if (!file || !PEM_write_bio_X509(file, factory_authority(factory)) || BIO_flush(file) != 1)
		return err_set(err, "cannot write %.128s: %s", path, strerror(errno));
	return 0;
}
