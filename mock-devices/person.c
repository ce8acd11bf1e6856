/* person: certificates that come by hand. */
#include "person.h"

#include "bundle.h"
#include "cleanup.h"
#include "factory.h"
#include "fleet.h"
#include "profile.h"
#include "text.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define WISH_MAX 65536
#define KEY_BITS 2048

CLEANUP_DEFINE(cleanup_pkcs12, PKCS12 *, PKCS12_free)
#define auto_pkcs12 CLEANUP_BY(cleanup_pkcs12)

/* Bytes in hex digits, in place; -1: they are none. */
static int decode(char *text, size_t *length)
{
	size_t digits = strlen(text);

	for (size_t i = 0; i + 1 < digits; i += 2) {
		int high = text_hex_digit(text[i]), low = text_hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		text[i / 2] = (char)(high << 4 | low);
	}
	*length = digits / 2;
	return digits % 2 ? -1 : 0;
}

static char *read_file(const char *path, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	auto_free char *bytes = mem_alloc(BUNDLE_BYTES_MAX + 1);

	if (!file) {
		(void)err_set(err, "%.128s: %s", path, strerror(errno));
		return NULL;
	}
	*length = fread(bytes, 1, BUNDLE_BYTES_MAX, file);
	(void)fclose(file);
	return take(bytes);
}

static char *read_what(const char *what, size_t *length, struct err *err)
{
	if (strncmp(what, "hex:", 4) != 0)
		return read_file(what, length, err);
	auto_free char *bytes = mem_copy(what + 4, strlen(what + 4));
	if (decode(bytes, length)) {
		(void)err_set(err, "no hex digits");
		return NULL;
	}
	return take(bytes);
}

static X509 *issuer_of(X509 *certificate, const STACK_OF(X509) * store)
{
	for (int i = 0; i < sk_X509_num(store); i++) {
		X509 *candidate = sk_X509_value(store, i);

		if (X509_check_issued(candidate, certificate) == X509_V_OK &&
		    X509_verify(certificate, X509_get0_pubkey(candidate)) == 1)
			return candidate;
	}
	ERR_clear_error();
	return NULL;
}

/* The identity and, from the trusted certificates, whoever signed the one before. */
static STACK_OF(X509) * complete(X509 *leaf, const STACK_OF(X509) * store)
{
	STACK_OF(X509) *chain = mem_must(sk_X509_new_null());
	X509 *last = leaf;

	while (last && sk_X509_num(chain) < IDENTITY_CHAIN_MAX) {
		X509_up_ref(last);
		sk_X509_push(chain, last);
		last = X509_self_signed(last, 0) == 1 ? NULL : issuer_of(last, store);
	}
	return chain;
}

static struct identity *read_pkcs12(struct device *device, const char *bytes, size_t length,
				    const char *password, struct err *err)
{
	const unsigned char *der = (const unsigned char *)bytes;
	auto_pkcs12 PKCS12 *pkcs12 = d2i_PKCS12(NULL, &der, (long)length);
	auto_x509 X509 *leaf = NULL;
	auto_pkey EVP_PKEY *key = NULL;
	auto_chain STACK_OF(X509) *store = NULL, *chain = NULL;

	if (!pkcs12 || PKCS12_parse(pkcs12, password ? password : "", &key, &leaf, &store) != 1 ||
	    !leaf || !key) {
		ERR_clear_error();
		(void)err_set(err, pkcs12 ? "wrong password, or no key in it" : "no PKCS#12");
		return NULL;
	}
	chain = complete(leaf, store);
	return identity_share(&device->fleet->identities, chain, key);
}

int person_install(struct device *device, const char *file, const char *password, struct err *err)
{
	const struct bundle_limits *limits = &device->profile->limits;
	auto_identity struct identity *identity = NULL;
	size_t length = 0;
	auto_free char *bytes = read_what(file, &length, err);

	if (!bytes)
		return -1;
	if (length && bytes[0] == 0x30) { /* a DER sequence */
		identity = read_pkcs12(device, bytes, length, password, err);
		if (!identity)
			return -1;
	} else {
		enum bundle_verdict verdict =
			bundle_parse(bytes, length, limits, &device->fleet->identities, &identity);
		if (verdict != BUNDLE_GOOD)
			return err_set(err, "%s", bundle_text(verdict));
	}
	if (!device_can_serve(device, identity))
		return err_set(err, "this key cannot be served");
	device_install(device, take(identity), STEP_UPLOAD);
	return 0;
}

int person_regenerate(struct device *device, const char *wish, struct err *err)
{
	auto_free char *words = mem_copy(wish, strlen(wish));
	char *rest = words;
	const char *days = strsep(&rest, " "), *purposes = strsep(&rest, " ");
	auto_pkey EVP_PKEY *key = NULL;
	auto_chain STACK_OF(X509) *chain = mem_must(sk_X509_new_null());
	int64_t number = 0;

	if (!purposes || !rest || !text_number(days, 1, 36500, &number))
		return err_set(err, "want DAYS PURPOSES NAMES");
	key = mem_must(EVP_RSA_gen(KEY_BITS));
	X509 *leaf = factory_self_sign(
		key, &(struct factory_order){
			     .common_name = "IP Office",
			     .subject_alternates = strcmp(rest, "-") == 0 ? NULL : rest,
			     .purposes = strcmp(purposes, "-") == 0 ? NULL : purposes,
			     .days = (int)number,
			     .self_signed = true,
		     });
	if (!leaf)
		return err_set(err, "such names, or purposes, are none");
	sk_X509_push(chain, leaf);
	device_install(device, identity_share(&device->fleet->identities, chain, key), STEP_UPLOAD);
	return 0;
}
