/* chain: certificates made on demand. */
#include "chain.h"

#include "cleanup.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#define KEY_BITS 2048
#define DAY_S    86400
#define ENTITIES 5

struct entity {
	const char *name;
	EVP_PKEY *key;
	X509 *certificate;
};

static struct entity entities[ENTITIES] = {
	{ .name = "root" },    { .name = "intermediate" }, { .name = "leaf" },
	{ .name = "foreign" }, { .name = "elliptic" },
};

static void make_entity(struct entity *entity, const struct entity *issuer)
{
	entity->certificate = mem_must(X509_new());
	X509_NAME *name = X509_get_subject_name(entity->certificate);

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)entity->name,
				   -1, -1, 0);
	X509_set_issuer_name(entity->certificate, X509_get_subject_name(issuer->certificate));
	X509_set_version(entity->certificate, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(entity->certificate), -DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(entity->certificate), DAY_S);
	X509_set_pubkey(entity->certificate, entity->key);
	X509_sign(entity->certificate, issuer->key, EVP_sha256());
}

static void add_block(BIO *out, char letter)
{
	static const char letters[] = "RILXE", keys[] = "SJKxF";
	static const char broken[] =
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	const char *certificate = strchr(letters, letter), *key = strchr(keys, letter);

	if (letter == 'B')
		BIO_puts(out, broken);
	else if (letter == 'P')
		PEM_write_bio_PKCS8PrivateKey(out, entities[2].key, EVP_aes_128_cbc(), "secret", 6,
					      NULL, NULL);
	else if (letter == 'X')
		PEM_write_bio_PrivateKey(out, entities[3].key, NULL, NULL, 0, NULL, NULL);
	else if (certificate)
		PEM_write_bio_X509(out, entities[certificate - letters].certificate);
	else if (key)
		PEM_write_bio_PrivateKey(out, entities[key - keys].key, NULL, NULL, 0, NULL, NULL);
}

void chain_setup(void)
{
	static const int issuers[ENTITIES] = { 0, 0, 1, 3, 1 };

	for (int i = 0; i < ENTITIES; i++) {
		entities[i].key = mem_must(i == 4 ? EVP_EC_gen("P-256") : EVP_RSA_gen(KEY_BITS));
		make_entity(&entities[i], &entities[issuers[i]]);
	}
}

void chain_teardown(void)
{
	for (int i = 0; i < ENTITIES; i++) {
		X509_free(entities[i].certificate);
		EVP_PKEY_free(entities[i].key);
	}
}

char *chain_make(const char *recipe)
{
	auto_bio BIO *out = mem_must(BIO_new(BIO_s_mem()));
	char *bytes = NULL;

	for (; *recipe; recipe++)
		add_block(out, *recipe);
	long length = BIO_get_mem_data(out, &bytes);
	return mem_copy(bytes, (size_t)length);
}
