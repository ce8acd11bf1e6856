/**
 * @file
 * pins: the public keys devices were seen with, as ssh knows hosts, and what each calls itself.
 *
 * A text file, one line a device: `name@host:port sha256:<hex of the SubjectPublicKeyInfo> date
 * [id=<identity>]`.  Written atomically, mode 0600; refused when others may write it.  A pin says
 * "the same box as last time"; after a proved installation the new key is learnt.  One wildcard
 * means one key on every box: the identity, where a box tells it before the log-on, then still tells
 * one of them from another (docs/security.md).
 *
 * Two processes may write at once: each saves only what it set itself, into what the file holds by
 * then, under a lock (`<path>.lock`).
 *
 * Layer: store.
 */
#ifndef CERTROLL_PINS_H
#define CERTROLL_PINS_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stdint.h>

enum {
	PIN_HASH = 32,
	PINS_MAX_BYTES = 16 << 20,
	PIN_MAX_IDENTITY = 120, /**< bytes; a longer one is cut and ends in "..." */
	PINS_LOCK_MS = 10000,   /**< how long saving waits for another process */
};

/** Behind the name of a device: the key it will have when what was begun has worked. */
#define PIN_NEXT "+next"

struct pins;

/**
 * Read the file; one that does not exist is empty.  NULL: pins that are never written.
 *
 * @return the caller frees, or NULL with ERR_CONFIG (place and remedy) or ERR_IO
 */
struct pins *pins_load(const char *path, struct err *err) MUST_CHECK;
void pins_free(struct pins *pins);

/** The key of a device, PIN_HASH bytes, borrowed until the next change; NULL: not known. */
const unsigned char *pins_find(const struct pins *pins, const char *device);

/** What the device called itself, borrowed until the next change; NULL: never read. */
const char *pins_identity(const struct pins *pins, const char *device);

/** Since when the key is known, seconds since 1970; 0: not known. */
int64_t pins_since(const struct pins *pins, const char *device);

/** Know (or re-learn) a device by its key; its identity stays. */
void pins_set(struct pins *pins, const char *device, const unsigned char key[PIN_HASH],
	      int64_t now);

/** Note what a known device calls itself; NULL: forget that. */
void pins_identify(struct pins *pins, const char *device, const char *identity);

/**
 * Forget every pin of the device of this name, whatever its address, the expected one included.
 *
 * @return how many there were
 */
size_t pins_forget(struct pins *pins, const char *name);

/** Forget this one pin, `name@host:port` or that with PIN_NEXT.  False: there was none. */
bool pins_drop(struct pins *pins, const char *device);

/**
 * Write what was set or forgotten since the last time; the folder is made when missing.
 *
 * @return 0, or -1 with ERR_IO, ERR_LIMIT, or as pins_load() when the file has become unusable
 */
int pins_save(struct pins *pins, struct err *err) MUST_CHECK;

#endif
