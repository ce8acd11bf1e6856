/**
 * @file
 * device: one entry of the inventory, after inheritance.
 *
 * Layer: contract between inventory, job, drivers and everything above.  Constant once loaded.
 */
#ifndef CERTROLL_DEVICE_H
#define CERTROLL_DEVICE_H

#include "certroll/life.h"
#include "certroll/schema.h"
#include <stdint.h>

struct driver;
struct secret_ref;

enum role {
	ROLE_PBX_MASTER,
	ROLE_PBX_SLAVE,
	ROLE_PBX_STANDBY,
	ROLE_AP,
	ROLE_RP,
	ROLE_IP_OFFICE,
	ROLE_OTHER,
};

/** How the other end is recognised before it gets a password. */
enum trust {
	TRUST_PIN,     /**< its public key is known, as ssh knows hosts */
	TRUST_CA,      /**< ordinary verification against the trust anchors, and its name */
	TRUST_FACTORY, /**< certificate of the vendor's CA with the device's MAC in its CN */
	TRUST_NONE,    /**< not at all; shown in every plan and report */
};

enum device_state { DEVICE_UP, DEVICE_HOLD };

enum { DEVICE_MAX_SERVICES = 16, DEVICE_MAX_NAMES = 256 };

/** One TLS port. */
struct service {
	char name[32]; /**< https, sips, h323s, ldaps, or the user's word */
	uint16_t port;
};

struct device {
	char *name;
	char *group; /**< innermost group that lists it; NULL: none */
	char *site;  /**< "" when not given */
	enum role role;
	const struct driver *driver; /**< borrowed: static */
	char *host;                  /**< DNS name or address literal without brackets */
	uint16_t port;               /**< of the admin interface */
	struct text_list names;      /**< client names, lower case, of this device */
	struct text_list all_names;  /**< names, then those of fronts: what endpoints must cover */
	struct service *services;    /**< at most DEVICE_MAX_SERVICES */
	size_t service_count;
	const struct device **fronts;      /**< an RP answers for these; NULL-terminated or NULL */
	char *user;                        /**< "" when not given */
	const struct secret_ref *password; /**< NULL: not given; resolved by secrets_resolve() */
	enum trust trust;
	char *factory_ca; /**< trust: factory; PEM file */
	char *firmware;   /**< hint; "" when not given */
	char *mac;        /**< 12 hex digits, lower case; "" when not given */
	enum device_state state;
	struct text_list clients;     /**< apple, android, phones, browsers */
	struct window window;         /**< when it may be changed and reset; not set: any time */
	struct life_limit warn, fail; /**< of the life left; not said: those of rule V4 */
	void *options;                /**< the driver's options struct; its rows describe it */
	bool options_shared;          /**< they are those of an earlier device that says the same */
	int line, column;             /**< of its entry in the inventory */
};

/** "pbx-master" ... "other". */
const char *role_name(enum role role);

/** "pin", "ca", "factory", "none". */
const char *trust_name(enum trust trust);

/** NULL-terminated words in the order of the enums, for schema rows. */
extern const char *const role_words[], *const trust_words[];

#endif
