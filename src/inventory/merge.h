/**
 * @file
 * merge: one mapping out of several, of which earlier ones win, key by key.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_MERGE_H
#define INVENTORY_MERGE_H

#include "certroll/doc.h"
#include "certroll/schema.h"

/** One mapping, and which group it is of. */
struct source {
	const struct node *map; /**< borrowed; anything but a map counts as empty */
	int group;              /**< for the callback; any number */
};

/** Merged maps borrow texts and values from the document. */
struct merged {
	struct node root;
	struct node **blocks;
	size_t block_count;
};

/** Told of each key (dotted) that a later source gives a different value. */
struct merge_watch {
	void (*differ)(const struct source *winner, const struct source *other, const char *key,
		       void *arg);
	void *arg;
};

/**
 * @param own   how many of the sources are the mapping's own: they keep unknown keys, and their
 *              values are not marked as inherited
 * @param rows  from the other sources, only keys with a row are taken; groups are merged inside
 * @param watch NULL: nobody asks
 */
void merge_sources(const struct source *sources, size_t count, size_t own, const struct field *rows,
		   const struct merge_watch *watch, struct merged *out);

/** A copy of the part of a mapping that has rows, nothing marked as inherited. */
void merge_known(const struct source *source, const struct field *rows, struct merged *out);

void merged_free(struct merged *merged);

#define auto_merged __attribute__((cleanup(merged_free))) struct merged

#endif
