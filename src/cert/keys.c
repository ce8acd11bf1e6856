#include "keys.h"
#include "x509.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

enum { TRIAL_MAX_BITS = 16384 }; /* OpenSSL verifies no longer RSA signatures */

AUTO_OF(BIGNUM, BN_clear_free)

/* DER needs no pass phrase, so nobody is ever asked for one; and it never leaves secret pages. */
EVP_PKEY *key_parse(const struct secret *der)
{
	const unsigned char *at = (const unsigned char *)der->bytes;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der->len);

	ERR_clear_error();
	return key;
}

bool key_of(const EVP_PKEY *key, const struct cert *cert)
{
	EVP_PKEY *public = X509_get0_pubkey(cert->x509);
	bool same = key && public && EVP_PKEY_eq(public, key) == 1;

	ERR_clear_error();
	return same;
}

/* The numbers of an RSA key, in the order of RFC 8017 A.1.2. */
enum { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_NUMBERS };

struct rsa_numbers {
	BIGNUM *of[RSA_NUMBERS];
};

static void rsa_numbers_cleanup(struct rsa_numbers *numbers)
{
	for (size_t i = 0; i < RSA_NUMBERS; i++)
		BN_clear_free(numbers->of[i]);
}

/* d e = 1 and d = dp, both modulo p - 1. */
static bool exponent_fits(const struct rsa_numbers *rsa, const BIGNUM *prime, const BIGNUM *reduced,
			  BN_CTX *ctx)
{
	BIGNUM *less = BN_CTX_get(ctx), *result = BN_CTX_get(ctx);

	return result && BN_sub(less, prime, BN_value_one()) && !BN_is_zero(less) &&
	       BN_mod_mul(result, rsa->of[RSA_D], rsa->of[RSA_E], less, ctx) && BN_is_one(result) &&
	       BN_nnmod(result, rsa->of[RSA_D], less, ctx) && BN_cmp(result, reduced) == 0;
}

static bool numbers_agree(const struct rsa_numbers *rsa, BN_CTX *ctx)
{
	BIGNUM *const *of = rsa->of;
	BIGNUM *result = BN_CTX_get(ctx);

	return result && BN_mul(result, of[RSA_P], of[RSA_Q], ctx) &&
	       BN_cmp(result, of[RSA_N]) == 0 && exponent_fits(rsa, of[RSA_P], of[RSA_DP], ctx) &&
	       exponent_fits(rsa, of[RSA_Q], of[RSA_DQ], ctx) &&
	       BN_mod_mul(result, of[RSA_QI], of[RSA_Q], of[RSA_P], ctx) && BN_is_one(result);
}

/*
 * Where the short way by p and q fails, OpenSSL signs by the plain exponent: a damage of either
 * does not show in a trial signature.  Other libraries have no such second way.
 */
static bool rsa_agrees(const EVP_PKEY *key)
{
	static const char *const names[RSA_NUMBERS] = {
		OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	};
	__attribute__((cleanup(rsa_numbers_cleanup))) struct rsa_numbers numbers = { 0 };
	auto_of(BN_clear_free) BIGNUM *third = NULL;
	auto_of(BN_CTX_free) BN_CTX *ctx = BN_CTX_secure_new();
	bool agrees;

	/* More than two primes, or none: RFC 8017 allows both, the trial signature must do. */
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third))
		return true;
	for (size_t i = 0; i < RSA_NUMBERS; i++)
		if (!EVP_PKEY_get_bn_param(key, names[i], &numbers.of[i]))
			return true;
	if (!ctx)
		mem_exhausted();
	BN_CTX_start(ctx);
	agrees = numbers_agree(&numbers, ctx);
	BN_CTX_end(ctx);
	return agrees;
}

static bool signs(EVP_PKEY *key, EVP_PKEY *public)
{
	static const unsigned char text[] = "a trial";
	int kind = EVP_PKEY_get_base_id(key);
	bool hashes_itself = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
	const EVP_MD *hash = hashes_itself ? NULL : EVP_sha256();
	size_t len = (size_t)EVP_PKEY_get_size(key);
	auto_free unsigned char *signature = mem_alloc(len);
	auto_of(EVP_MD_CTX_free) EVP_MD_CTX *make = EVP_MD_CTX_new();
	auto_of(EVP_MD_CTX_free) EVP_MD_CTX *check = EVP_MD_CTX_new();

	if (!make || !check)
		mem_exhausted();
	return EVP_DigestSignInit(make, NULL, hash, NULL, key) == 1 &&
	       EVP_DigestSign(make, signature, &len, text, sizeof text) == 1 &&
	       EVP_DigestVerifyInit(check, NULL, hash, NULL, public) == 1 &&
	       EVP_DigestVerify(check, signature, len, text, sizeof text) == 1;
}

bool key_works(EVP_PKEY *key, const struct cert *cert)
{
	bool works;

	/* Nothing to try: the rules about the kinds and sizes of keys refuse these. */
	if (!EVP_PKEY_can_sign(key) || EVP_PKEY_get_bits(key) > TRIAL_MAX_BITS)
		return true;
	works = signs(key, X509_get0_pubkey(cert->x509)) &&
		(EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || rsa_agrees(key));
	ERR_clear_error();
	return works;
}
