/**
 * @file
 * owned: what a device and an inventory own, and how it is given back.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_OWNED_H
#define INVENTORY_OWNED_H

#include "certroll/inventory.h"

enum { GROUP_NONE = -1 };

/** One group; the nodes are those of the file and gone after loading. */
struct group {
	char *name;
	char *path; /**< "groups.berlin.groups.floor2" */
	int outer;  /**< index, or GROUP_NONE */
	int depth;  /**< 0: outermost */
	int line;
	size_t *members; /**< indices of the devices it lists itself */
	size_t member_count;
};

/** A text of a device: @p text, taken; "" for NULL.  owned_device_free() frees it. */
char *owned_text(char *text) MUST_CHECK;

void owned_list_free(struct text_list *list);

/** Takes @p text. */
void owned_list_add(struct text_list *list, char *text);

/** Visit every reference to a secret of a device: password, and what its options hold. */
void owned_each_secret(struct device *device,
		       void (*visit)(const char *key, struct secret_ref **slot, void *arg),
		       void *arg);

/** Free what a device owns, not the device itself. */
void owned_device_free(struct device *device);

#endif
