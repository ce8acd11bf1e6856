/**
 * @file
 * x509: what the files of this folder share about OpenSSL's objects.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_X509_H
#define CERTROLL_CERT_X509_H

#include "certroll/cert.h"
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/** The facts of @p x509, whose ownership passes over in any case; NULL as cert_parse(). */
struct cert *cert_adopt(X509 *x509, struct err *err) MUST_CHECK;

/** Fill in the names of subjectAltName; -1 with ERR_BUNDLE when there are too many. */
int names_read(struct cert *cert, struct err *err) MUST_CHECK;

/** Fill in the facts of extensions.c: SCTs, TLS features, critical extensions nobody knows. */
void extensions_read(struct cert *cert);

/** Is a name with a star one that RFC 9525 6.3 lets cover anything? */
bool name_wildcard_valid(const char *name);

/** Fill in version, serial number and extensions as RFC 5280 4.1 and 4.2 look at them. */
void form_read(struct cert *cert);

/** Does the authority key identifier of @p cert, if any, fit @p issuer (RFC 5280 4.2.1.1)? */
bool form_key_id_fits(const struct cert *cert, const struct cert *issuer);

/** Which one of RFC 5280, or EXT_OTHER. */
enum extension extension_kind(X509_EXTENSION *extension);

/** "basic constraints": how people call the extension. */
const char *extension_name(enum extension extension);

/** Letters, digits, '-', '_' in labels of 1 to 63: no leading dot, no empty label. */
bool name_host_valid(const char *name, size_t len);

/** The same for certificates that have no facts yet; see cert_signed_by(). */
bool x509_signed_by(X509 *cert, X509 *issuer);

/** DER of a certificate, or memory runs out. */
struct der {
	unsigned char *bytes;
	size_t len;
};

struct der der_of(X509 *x509);

static inline void der_cleanup(struct der *der)
{
	OPENSSL_free(der->bytes);
}

#define auto_der __attribute__((cleanup(der_cleanup))) struct der

/* Cleanup by scope for OpenSSL's types: AUTO_OF(X509) declares x509_cleanup_(). */
#define AUTO_OF(type, free_function)                                                               \
	static inline void free_function##_cleanup(type **owner)                                   \
	{                                                                                          \
		free_function(*owner);                                                             \
	}

AUTO_OF(X509, X509_free)
AUTO_OF(BIO, BIO_free_all)
AUTO_OF(EVP_PKEY, EVP_PKEY_free)
AUTO_OF(GENERAL_NAMES, GENERAL_NAMES_free)
AUTO_OF(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
AUTO_OF(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
AUTO_OF(TLS_FEATURE, TLS_FEATURE_free)
AUTO_OF(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
AUTO_OF(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
AUTO_OF(BIGNUM, BN_free)
AUTO_OF(BN_CTX, BN_CTX_free)
AUTO_OF(EVP_MD_CTX, EVP_MD_CTX_free)
AUTO_OF(X509_STORE_CTX, X509_STORE_CTX_free)
AUTO_OF(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)

static inline void x509_stack_cleanup(STACK_OF(X509) * *owner)
{
	sk_X509_pop_free(*owner, X509_free);
}

static inline void x509_view_cleanup(STACK_OF(X509) * *owner)
{
	sk_X509_free(*owner);
}

#define auto_of(free_function) __attribute__((cleanup(free_function##_cleanup)))
/** A stack that owns its certificates, and one that borrows them. */
#define auto_x509_stack __attribute__((cleanup(x509_stack_cleanup))) STACK_OF(X509) *
#define auto_x509_view  __attribute__((cleanup(x509_view_cleanup))) STACK_OF(X509) *

#endif
