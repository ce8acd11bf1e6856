#include "certroll/gather.h"
#include "certroll/lineage.h"
#include "certroll/text.h"
#include "gathering.h"
#include "keys.h"
#include "path.h"
#include <openssl/err.h>
#include <string.h>

int gathering_cert(struct gathering *file, X509 *x509, const char *place, struct err *err)
{
	struct gathered *all = file->all;
	const struct cert *cert = chains_adopt(file->pool, x509, err);

	if (!cert)
		return -1;
	if (all->cert_count == GATHER_MAX_CERTS)
		return err_set(err, ERR_LIMIT,
			       "more than %d certificates; this looks like a whole store of CA "
			       "certificates, which belongs behind --ca-file",
			       GATHER_MAX_CERTS);
	all->certs[all->cert_count++] = (struct gathered_cert){ cert, text_copy(place) };
	return 0;
}

int gathering_key(struct gathering *file, EVP_PKEY *key, const char *place, struct err *err)
{
	struct gathered *all = file->all;

	if (all->key_count == GATHER_MAX_KEYS) {
		EVP_PKEY_free(key);
		return err_set(err, ERR_LIMIT,
			       "more than %d private keys; give only the files of one certificate",
			       GATHER_MAX_KEYS);
	}
	all->keys[all->key_count++] = (struct gathered_key){ key, text_copy(place) };
	return 0;
}

int gathering_locked(const struct gathering *file, struct err *err)
{
	if (file->password)
		return err_set(err, ERR_SECRET, "the password does not open it");
	return err_set(err, ERR_SECRET,
		       "a password protects it; say where that is, for example with --password "
		       "prompt or --password file:NAME");
}

static int take_cert(struct gathering *file, const struct secret *der, const char *place,
		     struct err *err)
{
	const struct cert *cert =
		chains_cert(file->pool, (const unsigned char *)der->bytes, der->len, err);

	return cert ? gathering_cert(file, cert->x509, place, err) : -1;
}

static STACK_OF(X509) * pkcs7_certs(const PKCS7 *pkcs7)
{
	int type = OBJ_obj2nid(pkcs7->type);

	if (type == NID_pkcs7_signed && pkcs7->d.sign)
		return pkcs7->d.sign->cert;
	if (type == NID_pkcs7_signedAndEnveloped && pkcs7->d.signed_and_enveloped)
		return pkcs7->d.signed_and_enveloped->cert;
	return NULL;
}

static int take_pkcs7(struct gathering *file, const struct secret *der, const char *place,
		      struct err *err)
{
	const unsigned char *at = (const unsigned char *)der->bytes;
	auto_of(PKCS7_free) PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)der->len);
	const STACK_OF(X509) *certs = pkcs7 ? pkcs7_certs(pkcs7) : NULL;

	ERR_clear_error();
	if (!pkcs7)
		return err_set(err, ERR_BUNDLE,
			       "it begins as a PKCS#7 container and is damaged or cut off behind "
			       "that; fetch or export it again");
	if (!certs || !sk_X509_num(certs))
		return err_set(err, ERR_BUNDLE, "it is a PKCS#7 container without certificates");
	for (int i = 0; i < sk_X509_num(certs); i++) {
		auto_free char *one = text_format("%s: certificate %d", place, i + 1);

		if (gathering_cert(file, sk_X509_value(certs, i), one, err))
			return -1;
	}
	return 0;
}

static int take_key(struct gathering *file, const struct secret *der, const char *place,
		    struct err *err)
{
	EVP_PKEY *key;

	if (file->all->skip_keys)
		return 0;
	key = key_parse(der);
	if (!key)
		return err_set(err, ERR_BUNDLE, "its bytes are not those of a private key");
	file->plain_key = true;
	return gathering_key(file, key, place, err);
}

/* Where the value of a SEQUENCE begins (also one of BER's, of unsaid length); 0: it is none. */
static size_t inside(const unsigned char *bytes, size_t len, size_t at)
{
	size_t more;

	if (at + 2 > len || bytes[at] != 0x30)
		return 0;
	more = bytes[at + 1] > 0x80 ? bytes[at + 1] & 0x7fU : 0;
	return more <= 4 && at + 2 + more < len ? at + 2 + more : 0;
}

/*
 * The first elements tell the forms apart.  INTEGER 3 and a SEQUENCE: PFX (RFC 7292 4).  INTEGER 0
 * or 1: a private key (RFC 5208, 5958, 8017, 5915).  OID: ContentInfo (RFC 2315 7).  SEQUENCE that
 * begins with an OID: EncryptedPrivateKeyInfo (RFC 5208 6).  Else a certificate, if anything.
 */
int gather_der(struct gathering *file, const struct secret *der, const char *place, struct err *err)
{
	static const unsigned char pfx[] = { 0x02, 0x01, 0x03, 0x30 };
	const unsigned char *bytes = (const unsigned char *)der->bytes;
	size_t at = inside(bytes, der->len, 0), deeper = at ? inside(bytes, der->len, at) : 0;

	if (!at)
		return err_set(
			err, ERR_BUNDLE,
			"it is neither PEM text nor DER, PKCS#7 or PKCS#12; or it is damaged");
	if (der->len - at >= sizeof pfx && memcmp(bytes + at, pfx, sizeof pfx) == 0)
		return gather_pkcs12(file, der, place, err);
	if (bytes[at] == 0x02)
		return take_key(file, der, place, err);
	if (bytes[at] == 0x06)
		return take_pkcs7(file, der, place, err);
	if (deeper && bytes[deeper] == 0x06)
		return gather_locked_key(file, der, place, err);
	return take_cert(file, der, place, err);
}

/* Forms that are known and not read. */
static int refuse_form(const struct secret *bytes, struct err *err)
{
	if (!bytes->len)
		return err_set(err, ERR_BUNDLE, "it is empty");
	if (bytes->len >= 2 &&
	    (memcmp(bytes->bytes, "\xff\xfe", 2) == 0 || memcmp(bytes->bytes, "\xfe\xff", 2) == 0))
		return err_set(err, ERR_BUNDLE,
			       "it is UTF-16 text; save it as plain text (ASCII or UTF-8)");
	if (bytes->len >= 4 && memcmp(bytes->bytes, "\xfe\xed\xfe\xed", 4) == 0)
		return err_set(err, ERR_BUNDLE,
			       "it is a Java key store of the old form (JKS); convert it: keytool "
			       "-importkeystore -srckeystore FILE -destkeystore new.p12 "
			       "-deststoretype pkcs12");
	return 0;
}

static int read_bytes(struct gathering *file, const struct secret *bytes, struct err *err)
{
	static const char mark[] = "-----BEGIN ";

	if (refuse_form(bytes, err))
		return -1;
	/* PEM first: text in front of the blocks may begin with anything, "0" included. */
	if (memmem(bytes->bytes, bytes->len, mark, strlen(mark)))
		return gather_pem(file, bytes, err);
	return gather_der(file, bytes, file->name, err);
}

int gather_read(struct gathering *file, const struct secret *bytes, bool open, struct err *err)
{
	auto_free char *path = text_shell(file->name);
	auto_free char *remedy = text_format("chmod 600 %s", path);
	int status = read_bytes(file, bytes, err);

	ERR_clear_error();
	if (status)
		return err_wrap(err, "%s", file->name);
	if (open && file->plain_key)
		findings_add(file->findings, "bundle-open", SEVERITY_WARNING, file->name, remedy,
			     "the file holds a private key and others than its owner may read it");
	return 0;
}

int gather_bytes(struct gathered *all, const struct secret *bytes, const char *place,
		 struct chains *chains, struct findings *findings, struct err *err)
{
	struct gathering file = { all, chains, NULL, findings, place, false };

	return gather_read(&file, bytes, false, err);
}

int gather_file(struct gathered *all, const char *path, const struct secret *password,
		struct chains *chains, struct findings *findings, struct err *err)
{
	auto_lineage lineage = { 0 };

	if (lineage_read(&lineage, path, err))
		return -1;
	return lineage_gather(&lineage, all, password, chains, findings, err);
}

void gather_free(struct gathered *all)
{
	for (size_t i = 0; i < all->cert_count; i++)
		mem_free(all->certs[i].place);
	for (size_t i = 0; i < all->key_count; i++) {
		EVP_PKEY_free(all->keys[i].key);
		mem_free(all->keys[i].place);
	}
	*all = (struct gathered){ 0 };
}
