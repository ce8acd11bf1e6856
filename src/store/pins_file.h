/*
 * pins_file: the lines of the pins file, and its lock.  Private to the store.
 */
#ifndef STORE_PINS_FILE_H
#define STORE_PINS_FILE_H

#include "certroll/pins.h"
#include <stddef.h>

struct pin {
	char *device;
	unsigned char key[PIN_HASH];
	char *identity; /* NULL: never read */
	int64_t since;
	bool gone, dirty; /* forgotten; not saved yet */
};

struct pins {
	char *path; /* NULL: never written */
	struct pin *items;
	size_t count;
	bool changed;
};

/* A pin more, without key; the array may move. */
struct pin *pins_add(struct pins *pins, const char *device);

/* Read the file into empty pins; a file that is not there has none. */
int pins_read(struct pins *pins, struct err *err) MUST_CHECK;

/* The whole file anew. */
int pins_write(const struct pins *pins, struct err *err) MUST_CHECK;

/* Wait until no other process saves pins there: a descriptor for pins_unlock(), or -1. */
int pins_lock(const char *path, struct err *err) MUST_CHECK;
void pins_unlock(int lock);

#endif
