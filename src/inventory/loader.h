/**
 * @file
 * loader: what the parts of inventory_load() share.
 *
 * groups.c reads groups and says which of them a device is in; layers.c judges what defaults and
 * groups hand down; devices.c makes devices; relations.c looks at devices beside each other.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_LOADER_H
#define INVENTORY_LOADER_H

#include "certroll/doc.h"
#include "certroll/inventory.h"
#include "entry.h"
#include "merge.h"
#include "owned.h"
#include "report.h"

/** Finding the nearest of 10,000 names takes milliseconds, so not for each of many wrong ones. */
enum { LOADER_MAX_SUGGESTIONS = 20 };

/** defaults, or a group: something that hands values down. */
struct layer {
	const struct node *map;        /**< borrowed; NULL: defaults are not given */
	const char *path;              /**< borrowed: "defaults", "groups.berlin" */
	const struct driver **drivers; /**< of the devices in reach, each once */
	size_t driver_count;
	size_t model; /**< the last device whose options come from layers alone, plus one; 0: none */
};

/** The groups a device is in, those around them too, innermost first. */
struct membership {
	int *groups;
	size_t count;
};

struct named {
	const char *name; /**< borrowed from the document */
	size_t index;
};

struct loader {
	struct inventory *inventory;
	const struct driver_table *drivers;
	struct findings *findings;
	const char *file;
	const struct node *defaults, *groups, *devices; /**< of the document; NULL: not given */
	const struct node *common;                      /**< defaults of a whole folder, or NULL */
	const struct node *notify;
	struct layer *layers;           /**< one per group, then that of defaults */
	struct membership *memberships; /**< one per device */
	struct text_list *fronts;       /**< one per device: names */
	struct named *names;            /**< of devices, sorted */
	size_t name_count;
	void *refs; /**< tree of secret references */
	int suggestions;
};

/** Report at a node. */
#define loader_report(loader, severity, node, path, remedy, ...)                                   \
	report((loader)->findings, severity,                                                       \
	       &(struct spot){ (loader)->file, path, (node)->line, (node)->column }, remedy,       \
	       __VA_ARGS__)

/** Index of a device, or -1. */
int loader_find(const struct loader *loader, const char *name);

/** "did you mean", or NULL.  Owned. */
char *loader_suggest(struct loader *loader, const char *name) MUST_CHECK;

/** "devices[3]" as a place.  Owned. */
char *loader_path(size_t index, const char *key) MUST_CHECK;

/** @p common: defaults beside those of the file, from another one; NULL: none. */
struct inventory *inventory_load_file(const char *path, const struct node *common,
				      const struct driver_table *drivers,
				      struct findings *findings) MUST_CHECK;
struct inventory *inventory_load_folder(const char *path, const struct driver_table *drivers,
					struct findings *findings) MUST_CHECK;

/** Fill by_name. */
void inventory_sort(struct inventory *inventory);

/** Judge a file that has nothing but defaults; NULL when something is wrong with it. */
const struct node *inventory_common(const struct doc *doc, const struct driver_table *drivers,
				    struct findings *findings) MUST_CHECK;

void groups_read(struct loader *loader);
void groups_join(struct loader *loader);

/** Does one group lie inside the other, or is it the same? */
bool groups_contain(const struct inventory *inventory, int outer, int inner);

/** The layer of a group, or of defaults with GROUP_NONE. */
struct layer *loader_layer(const struct loader *loader, int group);

/** Note that a device with this driver is in reach of all layers of the device. */
void layers_note_driver(struct loader *loader, size_t device, const struct driver *driver);

/** Judge defaults and groups; after the devices, whose drivers decide about options. */
void layers_check(struct loader *loader);

/** Judge what schema rows cannot: the driver's name, services twice. */
void layer_check_words(struct loader *loader, const struct node *map, const char *path);

void devices_read(struct loader *loader);
void relations_check(struct loader *loader);

#endif
