/*
 * BR 6.1.1.3 and 6.1.6: RSA moduli that can be factored because of how they were made, and exponents
 * out of bounds.  Debian's weak keys (CVE-2008-0166) are not looked for: that takes a list of them.
 */
#include "weak.h"
#include "certroll/mem.h"
#include "x509.h"
#include <openssl/core_names.h>

enum { FERMAT_ROUNDS = 100, MOST_BITS = 16384, EXPONENT_MIN_BITS = 17, EXPONENT_MAX_BITS = 256 };

/* These functions fail for want of memory alone. */
static void must(int done)
{
	if (!done)
		mem_exhausted();
}

/*
 * The whole part of the root of a number above zero: Newton's iteration, begun above the root,
 * falls until it is there.
 */
static void square_root(BIGNUM *root, const BIGNUM *square, BN_CTX *context)
{
	BIGNUM *next;

	BN_CTX_start(context);
	next = BN_CTX_get(context);
	must(next && BN_set_bit(next, (BN_num_bits(square) + 1) / 2));
	do {
		must(BN_copy(root, next) && BN_div(next, NULL, square, root, context) &&
		     BN_add(next, next, root) && BN_rshift1(next, next));
	} while (BN_cmp(next, root) < 0);
	BN_CTX_end(context);
}

static bool is_residue(BN_ULONG value, BN_ULONG modulus)
{
	for (BN_ULONG root = 0; root <= modulus / 2; root++)
		if (root * root % modulus == value % modulus)
			return true;
	return false;
}

/* What remains modulo these tells 118 of 119 numbers without taking a root. */
static bool is_square(const BIGNUM *number, BN_CTX *context)
{
	static const BN_ULONG moduli[] = { 64, 63, 65, 11 };
	BN_ULONG rest = BN_mod_word(number, 64 * 63 * 65 * 11);
	BIGNUM *root;
	bool square;

	if (BN_is_zero(number))
		return true;
	for (size_t i = 0; i < COUNT(moduli); i++)
		if (!is_residue(rest, moduli[i]))
			return false;
	BN_CTX_start(context);
	root = BN_CTX_get(context);
	must(root != NULL);
	square_root(root, number, context);
	must(BN_sqr(root, root, context));
	square = BN_cmp(root, number) == 0;
	BN_CTX_end(context);
	return square;
}

/*
 * Fermat: n = (a - b)(a + b) where a^2 - n is the square b^2.  From the first a with a^2 >= n upwards
 * that is soon so when the primes are near each other (CVE-2022-26320).
 */
static bool close_primes(const BIGNUM *n, BN_CTX *context)
{
	BIGNUM *a, *rest;
	bool found = false;

	BN_CTX_start(context);
	a = BN_CTX_get(context);
	rest = BN_CTX_get(context);
	must(rest != NULL);
	square_root(a, n, context);
	must(BN_sqr(rest, a, context));
	if (BN_cmp(rest, n) < 0)
		must(BN_add_word(a, 1) && BN_sqr(rest, a, context));
	must(BN_sub(rest, rest, n));
	for (int round = 0; round < FERMAT_ROUNDS && !found; round++) {
		found = is_square(rest, context);
		/* (a + 1)^2 = a^2 + 2a + 1 */
		must(BN_add(rest, rest, a) && BN_add_word(a, 1) && BN_add(rest, rest, a));
	}
	BN_CTX_end(context);
	return found;
}

/* exponent: 65537^exponent is the residue; order: where its powers begin again. */
struct logarithm {
	unsigned exponent, order;
};

static bool logarithm_of(BN_ULONG residue, unsigned prime, struct logarithm *log)
{
	unsigned power = 1;
	bool found = false;

	log->order = 0;
	do {
		if (power == residue) {
			log->exponent = log->order;
			found = true;
		}
		power = power * (65537 % prime) % prime;
		log->order++;
	} while (power != 1);
	return found;
}

static unsigned common_divisor(unsigned a, unsigned b)
{
	return b ? common_divisor(b, a % b) : a;
}

/*
 * ROCA (CVE-2017-15361; Nemec and others, "The Return of Coppersmith's Attack", CCS 2017): chips
 * with Infineon's library made primes of the form k * M + (65537^a mod M), M the product of the
 * first primes.  Then the modulus is a power of 65537 modulo M: it has a logarithm modulo each of
 * the primes, and these agree on one exponent (Chinese remainder theorem: any two of them do).
 */
static bool roca(const BIGNUM *n)
{
	/* Keys of 512 bits have all of these in M, longer ones have more. */
	static const unsigned char primes[] = {
		3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
		47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
		107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	};
	struct logarithm logs[COUNT(primes)];

	for (size_t i = 0; i < COUNT(primes); i++) {
		if (!logarithm_of(BN_mod_word(n, primes[i]), primes[i], &logs[i]))
			return false;
		for (size_t j = 0; j < i; j++)
			if (logs[i].exponent % common_divisor(logs[i].order, logs[j].order) !=
			    logs[j].exponent % common_divisor(logs[i].order, logs[j].order))
				return false;
	}
	return true;
}

static enum key_flaw flaw_of(const BIGNUM *n, const BIGNUM *e, BN_CTX *context)
{
	if (roca(n))
		return KEY_ROCA;
	if (close_primes(n, context))
		return KEY_CLOSE_PRIMES;
	if (!BN_is_odd(e) || BN_is_one(e))
		return KEY_BAD_EXPONENT;
	if (BN_num_bits(n) % 8)
		return KEY_ODD_SIZE;
	if (BN_num_bits(e) < EXPONENT_MIN_BITS || BN_num_bits(e) > EXPONENT_MAX_BITS)
		return KEY_UNUSUAL_EXPONENT;
	return KEY_SOUND;
}

enum key_flaw weak_rsa(const EVP_PKEY *key)
{
	auto_of(BN_CTX_free) BN_CTX *context = BN_CTX_new();
	auto_of(BN_free) BIGNUM *n = NULL;
	auto_of(BN_free) BIGNUM *e = NULL;

	must(context != NULL);
	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
		return KEY_SOUND;
	return BN_num_bits(n) > MOST_BITS || BN_is_zero(n) ? KEY_SOUND : flaw_of(n, e, context);
}
