/* PKCS#12 (RFC 7292) and private keys under a password (RFC 5208 6), of any age. */
#include "gathering.h"
#include "vault.h"
#include <openssl/err.h>

/* Bags may hold bags; real files do not. */
enum { MOST_DEPTH = 3 };

struct safe {
	struct gathering *file;
	const char *place;
	struct vault vault;
	PKCS12 *pkcs12;
	const char *pass; /* may be NULL, which is not the empty one (RFC 7292 B.1) */
	int pass_len;
	size_t certs, keys;
};

static void safe_cleanup(struct safe *safe)
{
	PKCS12_free(safe->pkcs12);
	vault_close(&safe->vault);
}

/* The password was right, so this is about the algorithm. */
static int cannot_decrypt(const struct vault *vault, struct err *err)
{
	ERR_clear_error();
	if (!vault->legacy)
		return err_set(
			err, ERR_BUNDLE,
			"it is encrypted by an old method, for which OpenSSL needs its module "
			"'legacy'; install that, or export the file again with AES");
	return err_set(err, ERR_BUNDLE,
		       "a part of it cannot be decrypted: it is damaged, or encrypted by a method "
		       "that OpenSSL does not know; export it again with AES");
}

static int take_plain(struct gathering *file, const PKCS8_PRIV_KEY_INFO *info, const char *place,
		      struct err *err)
{
	EVP_PKEY *key = key_unpack(info, err);

	return key ? gathering_key(file, key, place, err) : -1;
}

int gather_locked_key(struct gathering *file, const struct secret *der, const char *place,
		      struct err *err)
{
	struct err why = { 0 };
	EVP_PKEY *key;

	if (file->all->skip_keys)
		return 0;
	key = key_unlock(der, file->password, &why);
	if (key)
		return gathering_key(file, key, place, err);
	if (why.code == ERR_SECRET)
		return gathering_locked(file, err);
	return err_set(err, why.code, "%s", why.text);
}

static int take_key_bag(struct safe *safe, const PKCS12_SAFEBAG *bag, struct err *err)
{
	auto_free char *place = text_format("%s: key %zu", safe->place, ++safe->keys);
	auto_of(PKCS8_PRIV_KEY_INFO_free) PKCS8_PRIV_KEY_INFO *opened = NULL;
	const X509_ALGOR *algorithm;

	if (safe->file->all->skip_keys)
		return 0;
	if (PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag)
		return take_plain(safe->file, PKCS12_SAFEBAG_get0_p8inf(bag), place, err);
	X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
	if (vault_iterations(algorithm, err))
		return -1;
	opened = PKCS12_decrypt_skey_ex(bag, safe->pass, safe->pass_len, safe->vault.context, NULL);
	if (!opened)
		return cannot_decrypt(&safe->vault, err);
	return take_plain(safe->file, opened, place, err);
}

static int take_cert_bag(struct safe *safe, const PKCS12_SAFEBAG *bag, struct err *err)
{
	auto_free char *place = text_format("%s: certificate %zu", safe->place, ++safe->certs);
	auto_of(X509_free) X509 *x509 = NULL;

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return 0;
	x509 = PKCS12_SAFEBAG_get1_cert(bag);
	ERR_clear_error();
	if (!x509)
		return err_set(err, ERR_BUNDLE, "certificate %zu in it cannot be read",
			       safe->certs);
	return gathering_cert(safe->file, x509, place, err);
}

static int take_bags(struct safe *safe, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth,
		     struct err *err)
{
	int status = 0;

	for (int i = 0; bags && !status && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_keyBag:
		case NID_pkcs8ShroudedKeyBag:
			status = take_key_bag(safe, bag, err);
			break;
		case NID_certBag:
			status = take_cert_bag(safe, bag, err);
			break;
		case NID_safeContentsBag:
			status = depth < MOST_DEPTH
					 ? take_bags(safe, PKCS12_SAFEBAG_get0_safes(bag),
						     depth + 1, err)
					 : err_set(err, ERR_LIMIT,
						   "bags within bags within bags in it");
			break;
		default: /* CRLs and secrets */
			break;
		}
	}
	return status;
}

static int take_content(struct safe *safe, PKCS7 *content, struct err *err)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int type = OBJ_obj2nid(content->type), status;

	/* The content is optional in RFC 2315 7. */
	if (!content->d.ptr)
		return err_set(err, ERR_BUNDLE, "a part of it is missing; export it again");
	if (type == NID_pkcs7_data) {
		bags = PKCS12_unpack_p7data(content);
	} else if (type == NID_pkcs7_encrypted) {
		if (vault_iterations(content->d.encrypted->enc_data->algorithm, err))
			return -1;
		bags = PKCS12_unpack_p7encdata(content, safe->pass, safe->pass_len);
	} else {
		return err_set(err, ERR_BUNDLE,
			       "a part of it is encrypted for a certificate, not by a password; "
			       "export it again with a password");
	}
	if (!bags)
		return cannot_decrypt(&safe->vault, err);
	status = take_bags(safe, bags, 0, err);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return status;
}

static int check_mac_kind(const PKCS12 *pkcs12, struct err *err)
{
	const ASN1_INTEGER *count = NULL;
	const X509_ALGOR *algorithm = NULL;

	PKCS12_get0_mac(NULL, &algorithm, NULL, &count, pkcs12);
	if (algorithm && !EVP_get_digestbyobj(algorithm->algorithm))
		return err_set(err, ERR_BUNDLE,
			       "its MAC is of a kind that OpenSSL does not know; export it again "
			       "with a SHA-256 MAC");
	return count ? vault_count(ASN1_INTEGER_get(count), err) : 0;
}

/* The password given; none; the empty one: whichever the MAC agrees with. */
static int find_pass(struct safe *safe, struct err *err)
{
	const struct secret *given = safe->file->password;
	const char *const tries[] = { given ? given->bytes : NULL, NULL, "" };

	safe->pass = given ? given->bytes : "";
	safe->pass_len = given ? (int)given->len : 0;
	if (!PKCS12_mac_present(safe->pkcs12))
		return 0;
	if (check_mac_kind(safe->pkcs12, err))
		return -1;
	for (size_t i = 0; i < COUNT(tries); i++) {
		safe->pass = tries[i];
		safe->pass_len = i == 0 && given ? (int)given->len : 0;
		if (PKCS12_verify_mac(safe->pkcs12, safe->pass, safe->pass_len))
			return 0;
	}
	ERR_clear_error();
	return gathering_locked(safe->file, err);
}

/* The object is made first, for it brings the context along in which all of it is decrypted. */
static int parse(struct safe *safe, const struct secret *der, struct err *err)
{
	const unsigned char *at = (const unsigned char *)der->bytes;

	vault_open(&safe->vault);
	safe->pkcs12 = PKCS12_init_ex(NID_pkcs7_data, safe->vault.context, NULL);
	if (!safe->pkcs12)
		mem_exhausted();
	if (!d2i_PKCS12(&safe->pkcs12, &at, (long)der->len)) {
		ERR_clear_error();
		return err_set(err, ERR_BUNDLE,
			       "it begins as a PKCS#12 container and is damaged or cut off behind "
			       "that; export it again");
	}
	return find_pass(safe, err);
}

int gather_pkcs12(struct gathering *file, const struct secret *der, const char *place,
		  struct err *err)
{
	__attribute__((cleanup(safe_cleanup))) struct safe safe = { .file = file, .place = place };
	STACK_OF(PKCS7) * contents;
	int status = 0;

	if (parse(&safe, der, err))
		return -1;
	contents = PKCS12_unpack_authsafes(safe.pkcs12);
	if (!contents)
		return cannot_decrypt(&safe.vault, err);
	for (int i = 0; !status && i < sk_PKCS7_num(contents); i++)
		status = take_content(&safe, sk_PKCS7_value(contents, i), err);
	sk_PKCS7_pop_free(contents, PKCS7_free);
	if (!status && !safe.certs && !safe.keys)
		return err_set(err, ERR_BUNDLE, "it is a PKCS#12 container with nothing in it");
	return status;
}
