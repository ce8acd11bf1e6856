#include "certroll/cert.h"
#include "certroll/text.h"
#include "weak.h"
#include "x509.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

enum { SUBJECT_MAX = 512, SERIAL_MAX = 128, URL_MAX = 512, DISPLAY_MAX = 64 };

struct der der_of(X509 *x509)
{
	struct der der = { 0 };
	int len = i2d_X509(x509, &der.bytes);

	if (len <= 0)
		mem_exhausted();
	der.len = (size_t)len;
	return der;
}

/* One line in RFC 2253 order; letters beyond ASCII stay what they are. */
static char *name_line(const X509_NAME *name)
{
	auto_of(BIO_free_all) BIO *line = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;

	if (!line)
		mem_exhausted();
	X509_NAME_print_ex(line, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	len = BIO_get_mem_data(line, &text);
	return text_printable(text ? text : "", len > 0 ? (size_t)len : 0, SUBJECT_MAX);
}

/* The last CN counts: it is the most specific one (RFC 4514 writes it first). */
static char *name_cn(const X509_NAME *name)
{
	unsigned char *utf8 = NULL;
	char *text;
	int at = -1, len;

	for (int next = -1; (next = X509_NAME_get_index_by_NID(name, NID_commonName, next)) >= 0;)
		at = next;
	if (at < 0)
		return text_copy("");
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	text = text_printable(len > 0 ? (char *)utf8 : "", len > 0 ? (size_t)len : 0, SUBJECT_MAX);
	OPENSSL_free(utf8);
	return text;
}

static char *serial_text(X509 *x509)
{
	auto_of(BN_free) BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;
	char *text = text_printable(hex ? hex : "", hex ? strlen(hex) : 0, SERIAL_MAX);

	OPENSSL_free(hex);
	return text;
}

static void read_names(struct cert *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert->x509);
	const X509_NAME *issuer = X509_get_issuer_name(cert->x509);

	cert->subject = name_line(subject);
	cert->issuer = name_line(issuer);
	cert->subject_cn = name_cn(subject);
	cert->issuer_cn = name_cn(issuer);
	cert->serial = serial_text(cert->x509);
	cert->self_issued = X509_NAME_cmp(subject, issuer) == 0;
	cert->self_signed = cert->self_issued && x509_signed_by(cert->x509, cert->x509);
}

static int time_of(const ASN1_TIME *when, int64_t *out)
{
	struct tm broken = { 0 };

	/* No time at all would mean the current one to OpenSSL. */
	if (!when || !ASN1_TIME_to_tm(when, &broken))
		return -1;
	*out = (int64_t)timegm(&broken);
	return 0;
}

static int read_times(struct cert *cert, struct err *err)
{
	if (time_of(X509_get0_notBefore(cert->x509), &cert->not_before) ||
	    time_of(X509_get0_notAfter(cert->x509), &cert->not_after))
		return err_set(err, ERR_BUNDLE, "its period of validity is not a time");
	return 0;
}

/* "P-256" where NIST has a name for it, else OpenSSL's. */
static char *curve_of(EVP_PKEY *key)
{
	char group[80] = "";
	const char *nist;

	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
	nist = EC_curve_nid2nist(OBJ_sn2nid(group));
	return text_copy(nist ? nist : *group ? group : "unknown curve");
}

static void read_key(struct cert *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert->x509);
	int kind = key ? EVP_PKEY_get_base_id(key) : NID_undef;

	cert->key_kind = KEY_OTHER;
	if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS)
		cert->key_kind = KEY_RSA;
	if (kind == EVP_PKEY_EC)
		cert->key_kind = KEY_EC;
	cert->key_bits = key ? EVP_PKEY_get_bits(key) : 0;
	cert->key_flaw = cert->key_kind == KEY_RSA ? weak_rsa(key) : KEY_SOUND;
	cert->curve = cert->key_kind == KEY_EC ? curve_of(key) : text_copy("");
}

static void read_key_digest(struct cert *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert->x509), &der);

	if (len > 0)
		SHA256(der, (size_t)len, cert->key_sha256);
	OPENSSL_free(der);
}

static void read_signature(struct cert *cert)
{
	static const struct {
		int nid;
		enum sig_hash hash;
	} hashes[] = {
		{ NID_md5, HASH_MD5 },       { NID_sha1, HASH_SHA1 },
		{ NID_sha224, HASH_SHA224 }, { NID_sha256, HASH_SHA256 },
		{ NID_sha384, HASH_SHA384 }, { NID_sha512, HASH_SHA512 },
	};
	int hash = NID_undef, key = NID_undef;

	if (!X509_get_signature_info(cert->x509, &hash, &key, NULL, NULL))
		OBJ_find_sigid_algs(X509_get_signature_nid(cert->x509), &hash, &key);
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (hashes[i].nid == hash)
			cert->sig_hash = hashes[i].hash;
	cert->sig_rsa = key == NID_rsaEncryption || key == NID_rsassaPss;
}

static void read_constraints(struct cert *cert)
{
	auto_of(BASIC_CONSTRAINTS_free) BASIC_CONSTRAINTS *basic =
		X509_get_ext_d2i(cert->x509, NID_basic_constraints, NULL, NULL);

	cert->has_basic_constraints = basic;
	cert->is_ca = basic && basic->ca;
	cert->path_len = -1;
	if (basic && basic->pathlen)
		cert->path_len = (int)ASN1_INTEGER_get(basic->pathlen);
	cert->has_name_constraints = X509_get_ext_by_NID(cert->x509, NID_name_constraints, -1) >= 0;
}

static void read_key_usage(struct cert *cert)
{
	static const struct {
		uint32_t theirs;
		enum key_usage ours;
	} bits[] = {
		{ KU_DIGITAL_SIGNATURE, USAGE_DIGITAL_SIGNATURE },
		{ KU_KEY_ENCIPHERMENT, USAGE_KEY_ENCIPHERMENT },
		{ KU_KEY_AGREEMENT, USAGE_KEY_AGREEMENT },
		{ KU_KEY_CERT_SIGN, USAGE_KEY_CERT_SIGN },
		{ KU_CRL_SIGN, USAGE_CRL_SIGN },
	};
	uint32_t usage = X509_get_key_usage(cert->x509);

	if (usage == UINT32_MAX) {
		cert->key_usage = USAGE_ABSENT;
		return;
	}
	for (size_t i = 0; i < COUNT(bits); i++) {
		if (usage & bits[i].theirs)
			cert->key_usage |= bits[i].ours;
		usage &= ~bits[i].theirs;
	}
	if (usage)
		cert->key_usage |= USAGE_OTHER;
}

static unsigned ext_key_usage_bit(const ASN1_OBJECT *purpose)
{
	static const struct {
		int nid;
		enum ext_key_usage bit;
	} purposes[] = {
		{ NID_server_auth, EKU_SERVER_AUTH },  { NID_client_auth, EKU_CLIENT_AUTH },
		{ NID_code_sign, EKU_CODE_SIGNING },   { NID_email_protect, EKU_EMAIL },
		{ NID_time_stamp, EKU_TIME_STAMPING }, { NID_OCSP_sign, EKU_OCSP_SIGNING },
		{ NID_anyExtendedKeyUsage, EKU_ANY },  { NID_ct_precert_signer, EKU_PRECERT },
	};
	int nid = OBJ_obj2nid(purpose);

	for (size_t i = 0; i < COUNT(purposes); i++)
		if (purposes[i].nid == nid)
			return purposes[i].bit;
	return EKU_OTHER;
}

static void read_ext_key_usage(struct cert *cert)
{
	auto_of(EXTENDED_KEY_USAGE_free) EXTENDED_KEY_USAGE *purposes =
		X509_get_ext_d2i(cert->x509, NID_ext_key_usage, NULL, NULL);

	if (X509_get_ext_by_NID(cert->x509, NID_ext_key_usage, -1) < 0)
		cert->ext_key_usage = EKU_ABSENT;
	for (int i = 0; purposes && i < sk_ASN1_OBJECT_num(purposes); i++)
		cert->ext_key_usage |= ext_key_usage_bit(sk_ASN1_OBJECT_value(purposes, i));
}

static char *url_text(const ACCESS_DESCRIPTION *access)
{
	const ASN1_STRING *url = access->location->d.uniformResourceIdentifier;

	return text_printable((const char *)ASN1_STRING_get0_data(url),
			      (size_t)ASN1_STRING_length(url), URL_MAX);
}

/* Windows CAs name an LDAP directory first, which only their own domain can ask. */
static void read_issuer_url(struct cert *cert)
{
	auto_of(AUTHORITY_INFO_ACCESS_free) AUTHORITY_INFO_ACCESS *access =
		X509_get_ext_d2i(cert->x509, NID_info_access, NULL, NULL);
	char *first = NULL;

	for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access); i++) {
		const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(access, i);
		char *url;

		if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI)
			continue;
		url = url_text(one);
		if (!first || (!text_starts(first, "http") && text_starts(url, "http"))) {
			mem_free(first);
			first = take(url);
		}
		mem_free(url);
	}
	cert->issuer_url = first ? first : text_copy("");
}

static const char *display_of(const struct cert *cert)
{
	if (*cert->subject_cn)
		return cert->subject_cn;
	if (cert->dns_count)
		return cert->dns_names[0];
	return *cert->subject ? cert->subject : "(no name)";
}

static int read_facts(struct cert *cert, struct err *err)
{
	/* Lets OpenSSL decode the extensions once, while nobody else looks at them. */
	X509_check_purpose(cert->x509, -1, 0);
	read_names(cert);
	read_key(cert);
	read_key_digest(cert);
	read_signature(cert);
	form_read(cert);
	read_constraints(cert);
	read_key_usage(cert);
	read_ext_key_usage(cert);
	read_issuer_url(cert);
	extensions_read(cert);
	if (read_times(cert, err) || names_read(cert, err))
		return -1;
	cert->display = text_printable(display_of(cert), strlen(display_of(cert)), DISPLAY_MAX);
	return 0;
}

static void cert_cleanup(struct cert **cert)
{
	cert_free(*cert);
}

struct cert *cert_adopt(X509 *x509, struct err *err)
{
	__attribute__((cleanup(cert_cleanup))) struct cert *cert = mem_alloc(sizeof *cert);
	auto_der der = { 0 };

	cert->x509 = x509;
	der = der_of(x509);
	if (der.len > CERT_MAX_BYTES) {
		err_set(err, ERR_BUNDLE, "it has %zu bytes, more than any certificate needs",
			der.len);
		return NULL;
	}
	cert->der = mem_copy(der.bytes, der.len);
	cert->der_len = der.len;
	SHA256(cert->der, cert->der_len, cert->sha256);
	if (read_facts(cert, err))
		return NULL;
	ERR_clear_error();
	return take(cert);
}

/* How long the outermost element says it is, with its header; 0 when it is no SEQUENCE. */
static size_t der_announced(const unsigned char *der, size_t len)
{
	size_t octets, announced = 0;

	if (len < 2 || der[0] != 0x30)
		return 0;
	if (der[1] < 0x80)
		return 2u + der[1];
	octets = der[1] & 0x7fu;
	if (octets == 0 || octets > 4 || len < 2 + octets)
		return 0;
	for (size_t i = 0; i < octets; i++)
		announced = announced << 8 | der[2 + i];
	return 2 + octets + announced;
}

static int refuse_length(const unsigned char *der, size_t len, struct err *err)
{
	size_t announced = der_announced(der, len);

	if (len > CERT_MAX_BYTES)
		return err_set(err, ERR_BUNDLE, "it has %zu bytes, more than any certificate needs",
			       len);
	if (!announced)
		return err_set(err, ERR_BUNDLE, "its bytes are not DER");
	if (announced > len)
		return err_set(err, ERR_BUNDLE, "it is cut off: %zu of %zu bytes are there", len,
			       announced);
	if (announced < len)
		return err_set(err, ERR_BUNDLE, "%zu more bytes follow behind the certificate",
			       len - announced);
	return 0;
}

struct cert *cert_parse(const unsigned char *der, size_t len, struct err *err)
{
	const unsigned char *at = der;
	auto_of(X509_free) X509 *x509 = NULL;
	auto_der again = { 0 };

	if (refuse_length(der, len, err))
		return NULL;
	x509 = d2i_X509(NULL, &at, (long)len);
	ERR_clear_error();
	if (!x509) {
		err_set(err, ERR_BUNDLE, "its bytes are not those of an X.509 certificate");
		return NULL;
	}
	/* Whoever hashes what he received must come to the same digest as whoever re-encodes. */
	again = der_of(x509);
	if (again.len != len || memcmp(again.bytes, der, len) != 0) {
		err_set(err, ERR_BUNDLE, "it is encoded in BER, not in DER");
		return NULL;
	}
	return cert_adopt(take(x509), err);
}

void cert_free(struct cert *cert)
{
	if (!cert)
		return;
	for (size_t i = 0; i < cert->dns_count; i++)
		mem_free(cert->dns_names[i]);
	for (size_t i = 0; i < cert->ip_count; i++)
		mem_free(cert->ip_addresses[i]);
	mem_free(cert->dns_names);
	mem_free(cert->ip_addresses);
	mem_free(cert->subject);
	mem_free(cert->issuer);
	mem_free(cert->subject_cn);
	mem_free(cert->issuer_cn);
	mem_free(cert->display);
	mem_free(cert->serial);
	mem_free(cert->curve);
	mem_free(cert->issuer_url);
	mem_free(cert->form.bad_name);
	mem_free(cert->unknown_critical);
	mem_free(cert->der);
	X509_free(cert->x509);
	mem_free(cert);
}

bool x509_signed_by(X509 *cert, X509 *issuer)
{
	EVP_PKEY *key;
	bool signed_by;

	if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(issuer)) != 0)
		return false;
	key = X509_get0_pubkey(issuer);
	signed_by = key && X509_verify(cert, key) == 1;
	ERR_clear_error();
	return signed_by;
}

bool cert_signed_by(const struct cert *cert, const struct cert *issuer)
{
	return x509_signed_by(cert->x509, issuer->x509);
}

int64_t cert_lifetime(const struct cert *cert)
{
	return cert->not_after - cert->not_before + 1;
}

int64_t cert_days(const struct cert *cert)
{
	return (cert_lifetime(cert) + 86399) / 86400;
}

char *cert_key_text(const struct cert *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert->x509);
	const char *name = key ? OBJ_nid2sn(EVP_PKEY_get_base_id(key)) : NULL;

	if (cert->key_kind == KEY_RSA)
		return text_format("RSA %d", cert->key_bits);
	if (cert->key_kind == KEY_EC)
		return text_format("EC %s", cert->curve);
	return text_copy(name ? name : "unknown key");
}
