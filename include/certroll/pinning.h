/**
 * @file
 * pinning: each device's public key, to be compared by somebody and then noted, as ssh-keyscan does.
 *
 * Devices are contacted without credentials: what is sent is a handshake and the driver's open
 * steps, which ask a box what it calls itself.  Nothing is noted here without being told to.
 *
 * Layer: app.
 */
#ifndef CERTROLL_PINNING_H
#define CERTROLL_PINNING_H

#include "certroll/site.h"

enum pin_state {
	PIN_UNSEEN,  /**< no answer, or it did not prove that it has its key */
	PIN_KNOWN,   /**< key and identity are the noted ones */
	PIN_COMING,  /**< the key of an installation that was begun */
	PIN_NEW,     /**< nothing was noted */
	PIN_CHANGED, /**< another key than the noted one */
	PIN_OTHER,   /**< the noted key, but the box calls itself something else */
	PIN_STATES
};

/** One device. */
struct pinning {
	const struct device *device;
	struct job *job;
	struct service service; /**< the admin port */
	struct endpoint endpoint;
	enum pin_state state;
	char *pin;                     /**< its name in the pins */
	unsigned char known[PIN_HASH]; /**< as it was noted; zeros: it was not */
	char *known_identity;          /**< NULL: none was noted */
	int64_t since;                 /**< seconds since 1970; 0: was not noted */
	bool noted;                    /**< pinning_note() was called */
};

struct pinnings {
	struct pinning *items;
	size_t count;
	bool interrupted;
};

enum { PINNING_BASE64 = 52 /**< "SHA256:", 43 characters and a NUL */, PINNING_GROUPS = 80 };

/**
 * Look at the chosen devices of a site that was loaded without SITE_SECRETS.
 *
 * @param[out] out  pinnings_free() also when it fails
 * @return 0, or -1 with ERR_IO
 */
int pinnings_look(struct site *site, struct pinnings *out, struct err *err) MUST_CHECK;
void pinnings_free(struct pinnings *pinnings);

/** Key and identity as seen are the device's from now on.  False: it was not seen. */
bool pinning_note(struct site *site, struct pinning *pinning);

/** "known", "coming", "new", "changed", "other-box", "unreachable". */
const char *pin_state_name(enum pin_state state);

/** A key as ssh shows one: "SHA256:" and base64 without padding. */
void pinning_base64(const unsigned char key[PIN_HASH], char out[PINNING_BASE64]);

/** A key as 16 groups of 4 hex digits, to be read out. */
void pinning_groups(const unsigned char key[PIN_HASH], char out[PINNING_GROUPS]);

/** For people: quiet leaves out what is known. */
void pinnings_text(const struct pinnings *pinnings, bool quiet);

/** For programs. */
void pinnings_json(const struct pinnings *pinnings);

/** All known or noted: well; a key that changed or was not noted: findings; else unreachable. */
int pinnings_exit_status(const struct pinnings *pinnings);

#endif
