/**
 * @file
 * factory: the certificates boxes leave the works with.
 *
 * A device authority made at start signs one leaf per box: CN = hardware id, no SAN, ten years
 * (docs/devices/innovaphone.md 2.2, "what factory looks like").  All boxes share one leaf key;
 * real ones do not, but a key each would cost a minute at start and teach nothing.
 */
#ifndef MOCK_FACTORY_H
#define MOCK_FACTORY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

struct err;
struct factory;

/** Make the two keys and the authority.  Caller owns; NULL with the reason on failure. */
struct factory *factory_new(struct err *err);

/** Accepts NULL. */
void factory_free(struct factory *factory);

/** Sign the leaf of the box with this hardware id and serial number.  Caller owns. */
X509 *factory_sign(const struct factory *factory, const char *hardware_id, uint32_t serial);

/** The authority's certificate, and the key all leaves share; both borrowed. */
X509 *factory_authority(const struct factory *factory);
EVP_PKEY *factory_leaf_key(const struct factory *factory);

/** Write the authority's certificate as PEM; -1 with the reason. */
int factory_write(const struct factory *factory, const char *path, struct err *err);

#endif
