/**
 * @file
 * cert: the facts of one certificate, read once and never changed.
 *
 * Everything textual in here came from a certificate and has been made printable.
 *
 * Layer: cert (with chain, rules, bundle and anchors the only user of X.509 and key functions).
 */
#ifndef CERTROLL_CERT_H
#define CERTROLL_CERT_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CERT_MAX_BYTES = 65536, /**< DER of one certificate */
	CERT_MAX_NAMES = 1000,  /**< SAN entries looked at; more are an error */
	CERT_HASH = 32,         /**< bytes of a SHA-256 */
};

enum key_kind { KEY_RSA, KEY_EC, KEY_OTHER };

/** What makes an RSA key unfit (BR 6.1.1.3, 6.1.5, 6.1.6); the worst one counts. */
enum key_flaw {
	KEY_SOUND,
	KEY_ROCA,             /**< made by the method of CVE-2017-15361: can be factored */
	KEY_CLOSE_PRIMES,     /**< factored by 100 rounds of Fermat's method */
	KEY_BAD_EXPONENT,     /**< even, or 1 */
	KEY_ODD_SIZE,         /**< a length in bits that 8 does not divide */
	KEY_UNUSUAL_EXPONENT, /**< not in 2^16+1 ... 2^256-1, where it should be */
};

/** Hash of a signature. */
enum sig_hash {
	HASH_OTHER,
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA224,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512
};

/** RFC 5280 4.2.1.3, the bits in use here.  (KU_ belongs to OpenSSL's macros.) */
enum key_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_KEY_ENCIPHERMENT = 1 << 1,
	USAGE_KEY_AGREEMENT = 1 << 2,
	USAGE_KEY_CERT_SIGN = 1 << 3,
	USAGE_CRL_SIGN = 1 << 4,
	USAGE_OTHER = 1 << 5,
	USAGE_ABSENT = 1 << 15, /**< no extension: everything is allowed */
};

/** RFC 5280 4.2.1.12. */
enum ext_key_usage {
	EKU_SERVER_AUTH = 1 << 0,
	EKU_CLIENT_AUTH = 1 << 1,
	EKU_CODE_SIGNING = 1 << 2,
	EKU_EMAIL = 1 << 3,
	EKU_TIME_STAMPING = 1 << 4,
	EKU_OCSP_SIGNING = 1 << 5,
	EKU_ANY = 1 << 6,
	EKU_OTHER = 1 << 7,
	EKU_PRECERT = 1 << 8, /**< RFC 6962 3.1: signs precertificates */
	EKU_ABSENT = 1 << 15,
};

/** The extensions of RFC 5280 4.2, as bits of a set. */
enum extension {
	EXT_AUTHORITY_KEY_ID = 1 << 0,
	EXT_SUBJECT_KEY_ID = 1 << 1,
	EXT_KEY_USAGE = 1 << 2,
	EXT_POLICIES = 1 << 3,
	EXT_POLICY_MAPPINGS = 1 << 4,
	EXT_SUBJECT_NAMES = 1 << 5, /**< subjectAltName */
	EXT_ISSUER_NAMES = 1 << 6,  /**< issuerAltName */
	EXT_DIRECTORY = 1 << 7,     /**< subjectDirectoryAttributes */
	EXT_BASIC_CONSTRAINTS = 1 << 8,
	EXT_NAME_CONSTRAINTS = 1 << 9,
	EXT_POLICY_CONSTRAINTS = 1 << 10,
	EXT_EXT_KEY_USAGE = 1 << 11,
	EXT_CRL_POINTS = 1 << 12,
	EXT_ANY_POLICY = 1 << 13, /**< inhibitAnyPolicy */
	EXT_FRESHEST_CRL = 1 << 14,
	EXT_AUTHORITY_INFO = 1 << 15,
	EXT_SUBJECT_INFO = 1 << 16,
	EXT_OTHER = 1 << 17, /**< any that RFC 5280 does not define */
};

/** The fields of an authority key identifier, RFC 5280 4.2.1.1. */
enum key_id_field { KEY_ID_KEY = 1 << 0, KEY_ID_ISSUER = 1 << 1, KEY_ID_SERIAL = 1 << 2 };

/** How a certificate is made, whatever it says. */
struct cert_form {
	int version;            /**< 1 to 3; another as it is in there, plus one */
	int serial_sign;        /**< -1, 0, 1 */
	int serial_octets;      /**< of its value, without the one for the sign */
	bool algorithms_agree;  /**< inside and outside of what is signed, RFC 5280 4.1.1.2 */
	unsigned extensions;    /**< enum extension bits: those that are there */
	unsigned critical;      /**< of these, the critical ones */
	unsigned malformed;     /**< of these, those that are not what RFC 5280 defines */
	unsigned repeated;      /**< of these, those that are there more than once */
	unsigned authority_key; /**< enum key_id_field bits */
	char *bad_name;         /**< first SAN entry that is no DNS name or address; "" if none */
};

struct cert {
	char *subject; /**< one line, RFC 2253 order: "CN=*.example.com,O=Example" */
	char *issuer;
	char *subject_cn; /**< last CN; "" when there is none */
	char *issuer_cn;
	char *display; /**< how people call it: CN, else first DNS name, else subject; short */
	char *serial;  /**< hex, upper case */
	int64_t not_before, not_after; /**< seconds since 1970 */
	enum key_kind key_kind;
	int key_bits;
	enum key_flaw key_flaw; /**< of RSA keys up to 16384 bits */
	char *curve; /**< NIST name of the EC group ("P-256"), else its short name; "" if not EC */
	enum sig_hash sig_hash;
	bool sig_rsa; /**< RSA PKCS#1 or PSS */
	bool has_basic_constraints, is_ca;
	int path_len;           /**< -1: no limit */
	bool self_issued;       /**< subject equals issuer */
	bool self_signed;       /**< and the signature is its own */
	unsigned key_usage;     /**< enum key_usage bits */
	unsigned ext_key_usage; /**< enum ext_key_usage bits */
	char **dns_names;       /**< SAN dNSName, lower case */
	size_t dns_count;
	char **ip_addresses; /**< SAN iPAddress, as text */
	size_t ip_count;
	bool cn_is_san; /**< the CN is a copy of a DNS name or address of the SAN, to the letter */
	size_t other_names;        /**< SAN entries of other kinds */
	bool has_name_constraints; /**< RFC 5280 4.2.1.10: for CA certificates only */
	size_t sct_logs;           /**< distinct logs whose SCTs are embedded (RFC 6962 3.3) */
	bool must_staple;          /**< TLS feature status_request (RFC 7633) */
	char *unknown_critical;    /**< OID of the first critical extension nobody knows; "" */
	char *issuer_url; /**< where the issuer's certificate is published (AIA); "" if unsaid */
	/** What RFC 5280 4.1 and 4.2 have rules for. */
	struct cert_form form;
	unsigned char sha256[CERT_HASH];     /**< of the DER */
	unsigned char key_sha256[CERT_HASH]; /**< of the SubjectPublicKeyInfo: what a pin holds */
	unsigned char *der;
	size_t der_len;
	struct x509_st *x509; /**< owned; for this layer only */
};

/**
 * Read one DER certificate.  Trailing bytes are refused.
 *
 * @return owned by the caller, or NULL with ERR_BUNDLE and what is wrong with the bytes
 */
struct cert *cert_parse(const unsigned char *der, size_t len, struct err *err) MUST_CHECK;

/** NULL is fine. */
void cert_free(struct cert *cert);

/**
 * Did @p issuer sign @p cert?  The names must agree, then the signature decides: it alone tells two
 * keys of one name apart.
 */
bool cert_signed_by(const struct cert *cert, const struct cert *issuer);

/**
 * Does this certificate identify @p name (a DNS name or an IP address)?
 *
 * RFC 9525: only subjectAltName counts, '*' only as the whole left-most label, for exactly one
 * label.  A trailing dot of @p name is ignored, a leading one never matches.
 */
bool cert_covers(const struct cert *cert, const char *name);

/** Whole lifetime, inclusive to the second (BR 6.3.2): notAfter - notBefore + 1. */
int64_t cert_lifetime(const struct cert *cert);

/** The same in days of 86400 seconds; what is over is one more day. */
int64_t cert_days(const struct cert *cert);

/** "RSA 2048", "EC P-256". */
char *cert_key_text(const struct cert *cert) MUST_CHECK;

#endif
