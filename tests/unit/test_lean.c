/* The lean context reads what the usual one reads, and needs nothing of it afterwards. */
#include "../../src/engine/lean.h"
#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>

Suite *suite_lean(void);

static const struct {
	const char *type, *group; /* group: of EC */
	int bits;                 /* of RSA */
} keys[] = {
	{ "RSA", NULL, 2048 }, { "RSA-PSS", NULL, 2048 }, { "EC", "P-256", 0 },
	{ "EC", "P-384", 0 },  { "EC", "secp256k1", 0 },  { "ED25519", NULL, 0 },
	{ "ED448", NULL, 0 },
};

static EVP_PKEY *make_key(int at)
{
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, keys[at].type, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_gt(EVP_PKEY_keygen_init(maker), 0);
	if (keys[at].bits)
		ck_assert_int_gt(EVP_PKEY_CTX_set_rsa_keygen_bits(maker, keys[at].bits), 0);
	if (keys[at].group)
		ck_assert_int_gt(EVP_PKEY_CTX_set_group_name(maker, keys[at].group), 0);
	ck_assert_int_gt(EVP_PKEY_generate(maker, &key), 0);
	EVP_PKEY_CTX_free(maker);
	return key;
}

static X509 *make_cert(EVP_PKEY *key)
{
	bool edwards = EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
	X509 *x509 = X509_new();
	X509_NAME *name = X509_get_subject_name(x509);

	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						    (const unsigned char *)"box", -1, -1, 0),
			 1);
	ck_assert_int_eq(X509_set_issuer_name(x509, name), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	ck_assert_int_eq(X509_set_pubkey(x509, key), 1);
	ck_assert_int_gt(X509_sign(x509, key, edwards ? NULL : EVP_sha256()), 0);
	return x509;
}

static X509 *parse(OSSL_LIB_CTX *context, const unsigned char *der, int len)
{
	X509 *x509 = X509_new_ex(context, NULL);

	ck_assert_ptr_nonnull(d2i_X509(&x509, &der, len));
	return x509;
}

/* The key is read, and proves and is proved by one of the usual context. */
START_TEST(reads_each_kind_of_key)
{
	EVP_PKEY *key = make_key(_i);
	X509 *made = make_cert(key), *lean, *usual;
	unsigned char *der = NULL;
	int len = i2d_X509(made, &der);

	lean = parse(lean_context(), der, len);
	usual = parse(NULL, der, len);
	ck_assert_ptr_nonnull(X509_get0_pubkey(lean));
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(lean), key), 1);
	ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(lean)), EVP_PKEY_get_bits(key));
	ck_assert_int_eq(X509_verify(lean, X509_get0_pubkey(lean)), 1);
	ck_assert_int_eq(X509_verify(lean, X509_get0_pubkey(usual)), 1);
	ck_assert_int_eq(X509_verify(usual, X509_get0_pubkey(lean)), 1);
	der[len - 1] ^= 1; /* of the signature */
	X509_free(lean);
	lean = parse(lean_context(), der, len);
	ck_assert_int_ne(X509_verify(lean, X509_get0_pubkey(usual)), 1);
	X509_free(lean);
	X509_free(usual);
	X509_free(made);
	EVP_PKEY_free(key);
	OPENSSL_free(der);
}
END_TEST

/* Otherwise the test above tests nothing. */
START_TEST(is_there_where_it_helps)
{
	bool slow = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;

	ck_assert_int_eq(lean_context() != NULL, slow);
	ck_assert_ptr_eq(lean_context(), lean_context());
}
END_TEST

/* Having a provider by name must not cost the usual context the rest of its decoders. */
START_TEST(leaves_the_usual_context_whole)
{
	EVP_PKEY *key = make_key(2), *again;
	BIO *text = BIO_new(BIO_s_mem());

	(void)lean_context();
	ck_assert_int_eq(PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL), 1);
	again = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
	ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
	EVP_PKEY_free(again);
	EVP_PKEY_free(key);
	BIO_free(text);
}
END_TEST

/* A client offers in it what it offers in the usual one. */
START_TEST(offers_the_same_ciphers)
{
	SSL_CTX *lean = SSL_CTX_new_ex(lean_context(), NULL, TLS_client_method());
	SSL_CTX *usual = SSL_CTX_new(TLS_client_method());

	ck_assert_ptr_nonnull(lean);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(lean, "ALL:!aNULL:!eNULL:@SECLEVEL=0"), 1);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(usual, "ALL:!aNULL:!eNULL:@SECLEVEL=0"), 1);
	ck_assert_int_eq(SSL_CTX_set1_groups_list(lean, "X25519:P-256:P-384:P-521"), 1);
	ck_assert_int_gt(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(usual)), 60);
	ck_assert_int_eq(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(lean)),
			 sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(usual)));
	SSL_CTX_free(lean);
	SSL_CTX_free(usual);
}
END_TEST

Suite *suite_lean(void)
{
	Suite *suite = suite_create("lean");
	TCase *tests = tcase_create("lean");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, reads_each_kind_of_key, 0, sizeof keys / sizeof *keys);
	tcase_add_test(tests, is_there_where_it_helps);
	tcase_add_test(tests, leaves_the_usual_context_whole);
	tcase_add_test(tests, offers_the_same_ciphers);
	suite_add_tcase(suite, tests);
	return suite;
}
