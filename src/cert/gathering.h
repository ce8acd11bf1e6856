/**
 * @file
 * gathering: one file while gather.h reads it, shared by the readers of the forms.
 *
 * Readers return 0, or -1: ERR_BUNDLE says what is wrong with these bytes, anything else (a limit,
 * a password) ends the whole reading.  Sentences come without the place, which the caller adds.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_GATHERING_H
#define CERTROLL_CERT_GATHERING_H

#include "certroll/gather.h"
#include "x509.h"
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

AUTO_OF(PKCS12, PKCS12_free)
AUTO_OF(PKCS7, PKCS7_free)

struct gathering {
	struct gathered *all;
	struct chains *pool;
	const struct secret *password; /* NULL: none */
	struct findings *findings;
	const char *name; /* of the file */
	bool plain_key;   /* one without a password was among it */
};

/** Note a certificate (its own reference is taken) or a key (taken over). */
int gathering_cert(struct gathering *file, X509 *x509, const char *place,
		   struct err *err) MUST_CHECK;
int gathering_key(struct gathering *file, EVP_PKEY *key, const char *place,
		  struct err *err) MUST_CHECK;

/**
 * Read one whole file, whatever its form; sentences get its name in front.
 *
 * @param open  others may read it: "bundle-open" if a plain key is in it
 */
int gather_read(struct gathering *file, const struct secret *bytes, bool open,
		struct err *err) MUST_CHECK;

/** No password, or a wrong one: ERR_SECRET. */
int gathering_locked(const struct gathering *file, struct err *err);

/** @name Readers by form; gather_der() finds out which
 * @{ */
int gather_der(struct gathering *file, const struct secret *der, const char *place,
	       struct err *err) MUST_CHECK;
int gather_pem(struct gathering *file, const struct secret *text, struct err *err) MUST_CHECK;
int gather_pkcs12(struct gathering *file, const struct secret *der, const char *place,
		  struct err *err) MUST_CHECK;
int gather_locked_key(struct gathering *file, const struct secret *der, const char *place,
		      struct err *err) MUST_CHECK;
/** @} */

#endif
