/**
 * @file
 * digest: a map from SHA-256 to things that carry their digest.
 *
 * Layer: cert, private.
 */
#ifndef CERTROLL_CERT_DIGEST_H
#define CERTROLL_CERT_DIGEST_H

#include "certroll/cert.h"

struct digest_slot {
	const unsigned char *digest; /**< inside of the value; NULL: free */
	void *value;
};

/** Usable when zeroed.  Walk over slots[0 .. room) to visit every value. */
struct digest_map {
	struct digest_slot *slots;
	size_t count, room;
};

/** Borrowed, or NULL. */
void *digest_find(const struct digest_map *map, const unsigned char digest[CERT_HASH]);

/** @p digest must live as long as the map and not be in it. */
void digest_add(struct digest_map *map, const unsigned char *digest, void *value);

/** Frees the slots, not the values. */
void digest_free(struct digest_map *map);

#endif
