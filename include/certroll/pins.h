/**
 * @file
 * pins: the public keys devices were seen with, as ssh knows hosts.
 *
 * A text file, one line a device: `name@host:port sha256:<hex of the SubjectPublicKeyInfo> date`.
 * Written atomically, mode 0600; refused when others may write it.  A pin says "the same box as
 * last time"; after a proved installation the new key is learnt.  One wildcard means one key on
 * every box, so a pin tells a stranger from the site's boxes, not one of them from another
 * (docs/security.md).
 *
 * Layer: store.
 */
#ifndef CERTROLL_PINS_H
#define CERTROLL_PINS_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stdint.h>

enum { PIN_HASH = 32, PINS_MAX_BYTES = 16 << 20 };

struct pins;

/**
 * Read the file; one that does not exist is empty.  NULL: pins that are never written.
 *
 * @return the caller frees, or NULL with ERR_CONFIG (place and remedy) or ERR_IO
 */
struct pins *pins_load(const char *path, struct err *err) MUST_CHECK;
void pins_free(struct pins *pins);

/** The key of a device, PIN_HASH bytes, borrowed; NULL: not known. */
const unsigned char *pins_find(const struct pins *pins, const char *device);

/** Know (or re-learn) a device. */
void pins_set(struct pins *pins, const char *device, const unsigned char key[PIN_HASH],
	      int64_t now);

/** Write the file if anything was set since; its folder is made when missing. */
int pins_save(struct pins *pins, struct err *err) MUST_CHECK;

#endif
