/**
 * @file
 * inventory: the devices of a site or of many, read from one YAML file or a folder of them.
 *
 * Values are inherited: device over its group over that group's outer group over `defaults`;
 * `options` key by key.  Groups of which neither contains the other must not disagree about a
 * device.  Options in groups and defaults reach the devices whose driver knows them; one that
 * no driver in reach knows (with no device in reach: no driver at all) is an error.
 * Loading reports every problem of the file at once as `file:line:col: path: sentence`.
 *
 * Layer: inventory.
 */
#ifndef CERTROLL_INVENTORY_H
#define CERTROLL_INVENTORY_H

#include "certroll/device.h"
#include "certroll/err.h"
#include "certroll/finding.h"
#include "certroll/notifier.h"
#include "certroll/secret.h"

enum { INVENTORY_MAX_DEVICES = 20000, INVENTORY_MAX_GROUPS = 2000, INVENTORY_MAX_FILES = 2000 };

struct group;

struct inventory {
	char *path;             /**< as given: a file, or a folder of them */
	struct text_list files; /**< what was read, sorted; of a folder each of its files */
	struct device *devices; /**< in the order of the file */
	size_t count;
	const struct device **by_name; /**< sorted, for inventory_find() */
	struct group *groups;          /**< flat; inner ones know their outer one */
	size_t group_count;
	struct secret_ref *refs; /**< every distinct secret reference, linked */
	bool writable_by_others; /**< then `cmd:` references are refused */
	struct notifiers notify; /**< who is told of what an audit finds */
};

/** The rows of one entry under `devices:`, for manuals; the values land in a private struct. */
const struct field *inventory_device_rows(void);

/** As inventory_device_rows(), of one group. */
const struct field *inventory_group_rows(void);

/** May a key also stand in `defaults:` and in groups? */
bool inventory_key_is_shared(const char *key);

/** Look-up and listing of drivers, handed in so that this layer does not know them. */
struct driver_table {
	const struct driver *(*find)(const char *name);
	const char *const *names; /**< NULL-terminated, for suggestions */
	/** Why there can be no driver of that name, and what to do; NULL: there is no such reason. */
	const struct refusal *(*refusal)(const char *name);
};

/**
 * Load and check.
 *
 * A file that ends in .csv is a table: its first line names the keys, and each further line is a
 * device (sheet.h).
 *
 * Of a folder all files are read whose names end in .yaml, .yml or .csv, in the order of their names.
 * Each is an inventory of its own, with defaults and groups of its own; names of devices are unique
 * in all of them.  A file called defaults.yaml has nothing but `defaults:`, for all the others.
 *
 * @return the inventory (caller frees), or NULL with at least one finding of severity error;
 *         warnings and notes may be there in both cases
 */
struct inventory *inventory_load(const char *path, const struct driver_table *drivers,
				 struct findings *findings) MUST_CHECK;

void inventory_free(struct inventory *inventory);

/** By name, ASCII case ignored.  Borrowed, or NULL. */
const struct device *inventory_find(const struct inventory *inventory, const char *name);

/**
 * Choose devices by patterns: device, group (with the groups inside it), site or role names, globs
 * of them; several joined by ',' or ':' add up, '&' before one intersects, '!' before one takes
 * away ("berlin:&pbx-slave:!pbx7").  NULL, "all" and "*" choose all.  Additions come first, then
 * intersections, then removals, in whatever order they are written; without any addition all
 * devices are there at the start.
 *
 * @param[out] chosen  one flag per device, inventory->count of them
 * @return how many were chosen (0 after an empty intersection), or -1 with ERR_USAGE when a pattern
 *         matches nothing
 */
int inventory_limit(const struct inventory *inventory, const char *patterns, bool *chosen,
		    struct err *err) MUST_CHECK;

/** The text of a reference as written, never the value: "file:/etc/certroll/pbx.pw". */
const char *secret_ref_text(const struct secret_ref *ref);

/** The resolved value, or NULL before secrets_resolve().  Borrowed. */
const struct secret *secret_ref_value(const struct secret_ref *ref);

/**
 * Read the secrets the chosen devices refer to, each distinct reference once.
 *
 * file: refused when group or others may read it; env: the variable is overwritten in place after
 * reading; cred: a file of $CREDENTIALS_DIRECTORY; cmd: run without a shell, 10 s and 4 KiB at
 * most, refused when others may write the inventory; prompt: once per distinct user, only on a
 * terminal.
 *
 * @param chosen  flags as from inventory_limit(); NULL: all devices
 * @return 0, or -1 with ERR_SECRET naming device, reference and remedy
 */
int secrets_resolve(struct inventory *inventory, const bool *chosen, struct err *err) MUST_CHECK;

/**
 * Read the secret that one reference of the command line names; relative paths start at the
 * working folder.
 *
 * @param owner     whose password a prompt asks for: "site.pfx"; "": it does not say
 * @param[out] out  the caller frees it
 * @return 0, or -1 with ERR_SECRET, which repeats no text that might be the password itself, or
 *         ERR_INTERRUPT
 */
int secret_resolve_one(const char *text, const char *owner, struct secret *out,
		       struct err *err) MUST_CHECK;

/**
 * Read the files of a folder, so that `cred:` finds them by name when rights to do so are gone.  Under
 * systemd ($CREDENTIALS_DIRECTORY) nothing is read: its own count.
 *
 * @return 0, or -1 with ERR_IO, ERR_LIMIT or ERR_SECRET (others may read one of them)
 */
int secret_credentials_load(const char *folder, struct err *err) MUST_CHECK;

/** Wipe them. */
void secret_credentials_free(void);

/**
 * As secrets_resolve(), only to see whether it can be done: nobody is asked (prompt: is passed over).
 * Free the inventory then, and what was read is wiped.
 */
int secrets_try(struct inventory *inventory, const bool *chosen, struct err *err) MUST_CHECK;

/** Instead of resolving: a random password for each reference of the chosen devices. */
void secrets_invent(struct inventory *inventory, const bool *chosen);

#endif
