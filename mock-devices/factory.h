/**
 * @file
 * factory: the certificates boxes leave the works with.
 *
 * A device authority signs one leaf per box: CN = hardware id, usually no SAN, ten years
 * (docs/devices/innovaphone.md 2.2, "what factory looks like").  All boxes share one leaf key;
 * real ones do not, but a key each would cost a minute and teach nothing.  An
 * App Platform has no such authority and signs for itself.
 */
#ifndef MOCK_FACTORY_H
#define MOCK_FACTORY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

struct err;
struct factory;

/** What a box wants to be called; strings are borrowed. */
struct factory_order {
	const char *common_name;
	const char *subject_alternates; /**< in X509V3_EXT_conf_nid()'s notation; NULL: none */
	uint32_t serial;
	const char *purposes; /**< extended key usage; NULL: none */
	int days;             /**< 0: ten years */
	bool is_ca;
	bool self_signed; /**< not by the authority */
	EVP_PKEY *key;    /**< borrowed; NULL: the one all leaves share */
};

/** A factory that makes its keys when first needed: ten thousand boxes stand in no time. */
struct factory *factory_new(void);

/** Accepts NULL. */
void factory_free(struct factory *factory);

/** Make the leaf of a box.  Caller owns. */
X509 *factory_sign(struct factory *factory, const struct factory_order *order);

/** A certificate for a key of its own, signed with it; NULL: names or purposes are none. */
X509 *factory_self_sign(EVP_PKEY *key, const struct factory_order *order);

/** The authority's certificate, and the key all leaves share; both borrowed. */
X509 *factory_authority(struct factory *factory);
EVP_PKEY *factory_leaf_key(struct factory *factory);

/**
 * Take the keys from a PEM file, of the authority first, instead of making them: what starts ten
 * thousand fleets saves an hour.  -1 with the reason.
 */
int factory_read_keys(struct factory *factory, const char *path, struct err *err);

/** Write the authority's certificate as PEM; -1 with the reason. */
int factory_write(struct factory *factory, const char *path, struct err *err);

#endif
