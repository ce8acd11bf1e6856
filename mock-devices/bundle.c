/* bundle: an uploaded file, judged as a box would. */
#include "bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h> /* PKCS8_decrypt() lives there */
#include <string.h>

/* The blocks of a PEM file, in the order they came. */
struct blocks {
	STACK_OF(X509) * chain;
	EVP_PKEY *key;
	const char *password; /* for the key, borrowed; NULL: none */
	bool key_is_last;     /* and the only one */
	bool key_unreadable;
	bool broken;
	bool too_many;
};

static void blocks_clear(struct blocks *blocks)
{
	cleanup_chain(&blocks->chain);
	EVP_PKEY_free(blocks->key);
}

#define auto_blocks CLEANUP_BY(blocks_clear)

static void take_certificate(struct blocks *blocks, const unsigned char *der, long length)
{
	X509 *certificate = d2i_X509(NULL, &der, length);

	/* whatever follows the key makes it a key that is not last */
	blocks->key_is_last = false;
	if (!certificate) {
		blocks->broken = true;
	} else if (sk_X509_num(blocks->chain) == IDENTITY_CHAIN_MAX) {
		blocks->too_many = true;
		X509_free(certificate);
	} else {
		mem_must(sk_X509_push(blocks->chain, certificate) ? blocks : NULL);
	}
}

/* PKCS #8 with a password (RFC 5958 3); NULL: not that, or not this password. */
static EVP_PKEY *decrypt_key(const unsigned char *der, long length, const char *password)
{
	X509_SIG *encrypted = d2i_X509_SIG(NULL, &der, length);
	PKCS8_PRIV_KEY_INFO *plain =
		encrypted ? PKCS8_decrypt(encrypted, password, (int)strlen(password)) : NULL;
	EVP_PKEY *key = plain ? EVP_PKCS82PKEY(plain) : NULL;

	X509_SIG_free(encrypted);
	PKCS8_PRIV_KEY_INFO_free(plain);
	return key;
}

/* With a password the key may be encrypted; it need not be. */
static EVP_PKEY *read_key(const unsigned char *der, long length, const char *password)
{
	EVP_PKEY *key = password ? decrypt_key(der, length, password) : NULL;

	return key ? key : d2i_AutoPrivateKey(NULL, &der, length);
}

static void take_key(struct blocks *blocks, const char *header, const unsigned char *der,
		     long length)
{
	bool first = !blocks->key && !blocks->key_unreadable;

	blocks->key_is_last = first;
	if (!first)
		return;
	/* a header is the old way to say "encrypted" (RFC 1421 4.6.1.1), which no box takes */
	if (!*header)
		blocks->key = read_key(der, length, blocks->password);
	blocks->key_unreadable = !blocks->key;
}

static bool ends_with(const char *text, const char *end)
{
	size_t text_length = strlen(text), end_length = strlen(end);

	return text_length >= end_length && strcmp(text + text_length - end_length, end) == 0;
}

/* Read one block; false at the end of the file. */
static bool read_block(BIO *in, struct blocks *blocks)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long length = 0;

	if (PEM_read_bio(in, &name, &header, &der, &length) != 1) {
		unsigned long reason = ERR_peek_last_error();
		if (ERR_GET_REASON(reason) != PEM_R_NO_START_LINE)
			blocks->broken = true;
		return false;
	}
	if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0)
		take_certificate(blocks, der, length);
	else if (ends_with(name, PEM_STRING_PKCS8INF))
		take_key(blocks, header, der, length);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(der, (size_t)length);
	return true;
}

static void read_blocks(const char *bytes, size_t length, struct blocks *blocks)
{
	auto_bio BIO *in = mem_must(BIO_new_mem_buf(bytes, (int)length));

	blocks->chain = mem_must(sk_X509_new_null());
	while (!blocks->broken && !blocks->too_many && read_block(in, blocks))
		;
	ERR_clear_error();
}

static bool is_signed_by(X509 *certificate, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool right = key && X509_verify(certificate, key) == 1;

	ERR_clear_error();
	return right;
}

static bool is_root(X509 *certificate)
{
	return is_signed_by(certificate, certificate);
}

/* Whether the file holds the signer of a certificate at any other place. */
static bool has_signer(const STACK_OF(X509) * chain, int of)
{
	for (int i = 0; i < sk_X509_num(chain); i++)
		if (i != of && is_signed_by(sk_X509_value(chain, of), sk_X509_value(chain, i)))
			return true;
	return false;
}

/* Each certificate signed by the next one, the last one by itself unless the root may be missing. */
static enum bundle_verdict judge_order(const STACK_OF(X509) * chain, bool allow_incomplete)
{
	int last = sk_X509_num(chain) - 1;

	for (int i = 0; i < last; i++) {
		X509 *certificate = sk_X509_value(chain, i);

		if (is_root(certificate))
			return BUNDLE_WRONG_ORDER;
		if (!is_signed_by(certificate, sk_X509_value(chain, i + 1)))
			return has_signer(chain, i) ? BUNDLE_WRONG_ORDER : BUNDLE_INCOMPLETE;
	}
	if (is_root(sk_X509_value(chain, last)))
		return BUNDLE_GOOD;
	if (has_signer(chain, last))
		return BUNDLE_WRONG_ORDER;
	return allow_incomplete ? BUNDLE_GOOD : BUNDLE_INCOMPLETE;
}

/* A key of another certificate in the file means that the leaf is not first. */
static enum bundle_verdict judge_key_match(const struct blocks *blocks)
{
	int match = 0, certificates = sk_X509_num(blocks->chain);

	while (match < certificates &&
	       X509_check_private_key(sk_X509_value(blocks->chain, match), blocks->key) != 1)
		match++;
	ERR_clear_error();
	if (match == certificates)
		return BUNDLE_KEY_MISMATCH;
	return match ? BUNDLE_WRONG_ORDER : BUNDLE_GOOD;
}

static enum bundle_verdict judge_key_kind(EVP_PKEY *key, const struct bundle_limits *limits)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(key) > limits->max_rsa_bits ? BUNDLE_KEY_TOO_LONG
								     : BUNDLE_GOOD;
	case EVP_PKEY_EC:
		return limits->allow_ec ? BUNDLE_GOOD : BUNDLE_KEY_UNSUPPORTED;
	default:
		return BUNDLE_KEY_UNSUPPORTED;
	}
}

static enum bundle_verdict judge_blocks(const struct blocks *blocks,
					const struct bundle_limits *limits)
{
	if (blocks->too_many)
		return BUNDLE_TOO_LARGE;
	if (blocks->broken || sk_X509_num(blocks->chain) < 1)
		return BUNDLE_NO_CERTIFICATE;
	if (!blocks->key)
		return blocks->key_unreadable ? BUNDLE_KEY_UNSUPPORTED : BUNDLE_NO_KEY;
	if (!blocks->key_is_last)
		return BUNDLE_WRONG_ORDER;
	enum bundle_verdict refusal = judge_key_match(blocks);
	if (refusal == BUNDLE_GOOD)
		refusal = judge_key_kind(blocks->key, limits);
	return refusal ? refusal : judge_order(blocks->chain, limits->allow_incomplete);
}

enum bundle_verdict bundle_parse(const char *bytes, size_t length,
				 const struct bundle_limits *limits, struct identity_table *table,
				 struct identity **identity)
{
	auto_blocks struct blocks blocks = { 0 };

	if (length > BUNDLE_BYTES_MAX)
		return BUNDLE_TOO_LARGE;
	blocks.password = limits->password;
	read_blocks(bytes, length, &blocks);
	enum bundle_verdict refusal = judge_blocks(&blocks, limits);
	if (refusal == BUNDLE_GOOD)
		*identity = identity_share(table, blocks.chain, blocks.key);
	return refusal;
}

const char *bundle_text(enum bundle_verdict verdict)
{
	/* docs/devices/innovaphone.md F5 */
	static const char *const texts[BUNDLE_VERDICTS] = {
		[BUNDLE_NO_CERTIFICATE] = "no certificate found",
		[BUNDLE_NO_KEY] = "no private key",
		[BUNDLE_KEY_MISMATCH] = "key does not match",
		[BUNDLE_WRONG_ORDER] = "invalid certificate order",
		[BUNDLE_INCOMPLETE] = "incomplete chain",
		[BUNDLE_KEY_TOO_LONG] = "key too long",
		[BUNDLE_KEY_UNSUPPORTED] = "unsupported key",
		[BUNDLE_TOO_LARGE] = "file too large",
	};

	return texts[verdict];
}

STACK_OF(X509) * bundle_parse_trusted(const char *bytes, size_t length)
{
	auto_blocks struct blocks blocks = { 0 };
	const unsigned char *der = (const unsigned char *)bytes;

	if (length > BUNDLE_BYTES_MAX)
		return NULL;
	read_blocks(bytes, length, &blocks);
	if (!blocks.broken && !blocks.too_many && !sk_X509_num(blocks.chain) && length)
		take_certificate(&blocks, der, (long)length);
	ERR_clear_error();
	if (blocks.broken || blocks.too_many || !sk_X509_num(blocks.chain))
		return NULL;
	return take(blocks.chain);
}
