/**
 * @file
 * entry: one entry of `devices:` as the rows read it, and the rows.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_ENTRY_H
#define INVENTORY_ENTRY_H

#include "certroll/device.h"

/** What a role is until one was read: no rule about roles applies to it. */
enum { ROLE_UNREADABLE = 99 };

/** What becomes a struct device. */
struct device_entry {
	char *name, *host, *driver, *site, *user, *factory_ca, *firmware, *mac;
	int role, trust, state;
	int64_t port; /**< 0: not given */
	struct text_list names, services, fronts, clients;
	struct secret_ref *password;
	struct window window;
	char *warn, *fail; /**< life_limit_parse() */
	/* groups only */
	struct text_list devices;
};

extern const struct field entry_rows[];    /**< a device */
extern const struct field defaults_rows[]; /**< what may be shared */
extern const struct field group_rows[];    /**< what may be shared, and its devices and groups */

/** Parse "https", "sips:5062"; false when it is neither. */
bool service_parse(const char *text, struct service *out);

/** 12 hex digits, lower case.  Owned. */
char *mac_normal(const char *text) MUST_CHECK;

#endif
