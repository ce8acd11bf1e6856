/* RSA keys at the edges of what K7 takes, made from numbers: nobody needs to know their factors. */
#include "pki.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

Suite *suite_weak(void);

static void must(long done)
{
	ck_assert(done);
}

static BIGNUM *hex(const char *digits)
{
	BIGNUM *number = NULL;

	must(BN_hex2bn(&number, digits));
	return number;
}

/* An odd number without any structure. */
static BIGNUM *plain(int bits)
{
	unsigned char bytes[2100];
	BIGNUM *number;
	unsigned state = 1;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)((state = state * 1103515245u + 12345u) >> 16);
	number = BN_bin2bn(bytes, sizeof bytes, NULL);
	must(BN_mask_bits(number, bits) && BN_set_bit(number, bits - 1) && BN_set_bit(number, 0));
	return number;
}

static EVP_PKEY *rsa_key(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *numbers;
	EVP_PKEY *key = NULL;

	must(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
	     OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e));
	numbers = OSSL_PARAM_BLD_to_param(builder);
	must(EVP_PKEY_fromdata_init(context) == 1 &&
	     EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, numbers) == 1);
	OSSL_PARAM_free(numbers);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	return key;
}

/* What cert_parse() says of a certificate for these numbers, which are freed. */
static enum key_flaw flaw_of(BIGNUM *n, BIGNUM *e)
{
	EVP_PKEY *key = rsa_key(n, e);
	EVP_PKEY *signer = EVP_EC_gen("P-256");
	X509 *x509 = X509_new();
	unsigned char *der = NULL;
	struct err err = { 0 };
	struct cert *cert;
	enum key_flaw flaw;
	int len;

	must(X509_set_version(x509, 2) && X509_set_pubkey(x509, key) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) &&
	     X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
	     X509_gmtime_adj(X509_getm_notAfter(x509), 1) && X509_sign(x509, signer, EVP_sha256()));
	len = i2d_X509(x509, &der);
	cert = cert_parse(der, (size_t)len, &err);
	ck_assert_msg(cert, "%s", err.text);
	ck_assert_int_eq(cert->key_kind, KEY_RSA);
	flaw = cert->key_flaw;
	cert_free(cert);
	OPENSSL_free(der);
	X509_free(x509);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	BN_free(n);
	BN_free(e);
	return flaw;
}

#define F16 "FFFFFFFFFFFFFFFF"

static const struct {
	int bits;
	const char *exponent;
	enum key_flaw flaw;
} sizes[] = {
	{ 2048, "010001", KEY_SOUND },
	{ 2048, "01", KEY_BAD_EXPONENT },
	{ 2048, "02", KEY_BAD_EXPONENT },
	{ 2048, "03", KEY_UNUSUAL_EXPONENT },
	{ 2048, "FFFF", KEY_UNUSUAL_EXPONENT },
	{ 2048, "010000", KEY_BAD_EXPONENT },
	{ 2048, F16 F16 F16 F16, KEY_SOUND },
	{ 2048, "01000000000000000000000000000000000000000000000000000000000000000001",
	  KEY_UNUSUAL_EXPONENT },
	{ 2047, "010001", KEY_ODD_SIZE },
	{ 2049, "010001", KEY_ODD_SIZE },
	{ 2056, "010001", KEY_SOUND },
	{ 16384, "010001", KEY_SOUND },
};

START_TEST(test_weak_size_and_exponent)
{
	ck_assert_int_eq(flaw_of(plain(sizes[_i].bits), hex(sizes[_i].exponent)), sizes[_i].flaw);
}
END_TEST

/*
 * n = a^2 - b^2 for a = factor << bits and b = factor << bits / 2.  The root of n is about b^2 / 2a =
 * factor / 2 below a: that many rounds are needed.
 */
static const struct {
	BN_ULONG factor;
	int bits;
	enum key_flaw flaw;
} squares[] = {
	{ 0, 1024, KEY_CLOSE_PRIMES },   /* a^2 alone */
	{ 131, 1016, KEY_CLOSE_PRIMES }, /* round 66 */
	{ 199, 1016, KEY_CLOSE_PRIMES }, /* round 100, the last */
	{ 201, 1016, KEY_SOUND },        /* round 101 */
	{ 199, 8184, KEY_CLOSE_PRIMES }, /* 16384 bits */
	{ 199, 8192, KEY_SOUND },        /* more than anybody uses */
};

START_TEST(test_weak_close_primes)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *n = plain(1024), *b = BN_new();

	if (squares[_i].factor) {
		must(BN_set_word(n, squares[_i].factor) && BN_lshift(n, n, squares[_i].bits) &&
		     BN_set_word(b, squares[_i].factor) && BN_lshift(b, b, squares[_i].bits / 2));
	}
	must(BN_sqr(n, n, context) && BN_sqr(b, b, context) && BN_sub(n, n, b));
	BN_free(b);
	BN_CTX_free(context);
	ck_assert_int_eq(flaw_of(n, hex("010001")), squares[_i].flaw);
}
END_TEST

/* The product of the odd primes below 168, without one of them. */
static BIGNUM *primorial(BN_ULONG without)
{
	BIGNUM *product = BN_new();

	must(BN_one(product));
	for (BN_ULONG number = 3; number < 168; number += 2) {
		bool prime = number != without;

		for (BN_ULONG divisor = 3; divisor < number; divisor += 2)
			prime &= number % divisor != 0;
		must(!prime || BN_mul_word(product, number));
	}
	return product;
}

/* Plus a multiple of the modulus that makes it a key of 2048 bits. */
static void lengthen(BIGNUM *n, const BIGNUM *modulus, BN_CTX *context)
{
	BIGNUM *multiple = BN_new();

	must(BN_set_bit(multiple, 2048) && BN_div(multiple, NULL, multiple, modulus, context) &&
	     BN_sub_word(multiple, 1000) && BN_mul(multiple, multiple, modulus, context) &&
	     BN_add(n, n, multiple));
	ck_assert_int_eq(BN_num_bits(n), 2048);
	BN_free(multiple);
}

/* A power of 65537 modulo all primes: what the product of two such primes is, too. */
START_TEST(test_weak_roca)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *modulus = primorial(0), *n = hex("010001"), *power = hex("123456789ABCDEF1");

	must(BN_mod_exp(n, n, power, modulus, context));
	lengthen(n, modulus, context);
	ck_assert_int_eq(flaw_of(n, hex("010001")), KEY_ROCA);
	BN_free(modulus);
	BN_free(power);
	BN_CTX_free(context);
}
END_TEST

/* The same but for 11, where it is another power: each prime alone would be satisfied. */
START_TEST(test_weak_roca_logarithms_must_agree)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *modulus = primorial(11), *n = hex("010001"), *power = hex("123456789ABCDEF0");

	must(BN_mod_exp(n, n, power, modulus, context));
	lengthen(n, modulus, context);
	while (BN_mod_word(n, 11) != 65537 % 11)
		must(BN_add(n, n, modulus));
	ck_assert_int_eq(flaw_of(n, hex("010001")), KEY_SOUND);
	BN_free(modulus);
	BN_free(power);
	BN_CTX_free(context);
}
END_TEST

Suite *suite_weak(void)
{
	Suite *suite = suite_create("weak");
	TCase *rsa = tcase_create("rsa");

	tcase_add_loop_test(rsa, test_weak_size_and_exponent, 0, COUNT(sizes));
	tcase_add_loop_test(rsa, test_weak_close_primes, 0, COUNT(squares));
	tcase_add_test(rsa, test_weak_roca);
	tcase_add_test(rsa, test_weak_roca_logarithms_must_agree);
	suite_add_tcase(suite, rsa);
	return suite;
}
