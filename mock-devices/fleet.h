/**
 * @file
 * fleet: all boxes, each made when somebody first speaks to its address.
 *
 * A box distinguishes what is stored (what its pages show and list) from what is served (what a
 * handshake shows).  They differ only when a fault wants it, which is the point of the mock: a
 * page that says "installed" proves nothing.
 */
#ifndef MOCK_FLEET_H
#define MOCK_FLEET_H

#include "auth.h"
#include "family.h"
#include "fault.h"
#include "identity.h"
#include "range.h"
#include "service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct err;
struct factory;
struct fleet;
struct journal;
struct options;
struct profile;
struct rejected;
struct roster;

#define FLEET_NAME_MAX 64
#define GENERIC_WORD   33 /**< a cookie or token of random hex, with its end */

/** What was counted; of one device or of all. */
struct counts {
	uint64_t connections, handshakes[SERVICE_COUNT], handshakes_failed;
	uint64_t requests, messages, uploads, logins_refused, bytes_received;
};

struct device {
	struct fleet *fleet;           /**< borrowed */
	const struct profile *profile; /**< borrowed */
	uint32_t address;
	unsigned services;                /**< it has, as bits */
	struct faults faults;             /**< its own, looked at before the fleet's */
	struct identity *stored, *served; /**< owned; NULL: factory */
	struct identity *fallback;        /**< owned; comes back at revert_ms */
	STACK_OF(X509) * trusted;         /**< owned */
	struct rejected *rejected;        /**< owned; chains it refused, newest first */
	LIST_HEAD(, channel) channels;    /**< open WebSockets; they own themselves */
	unsigned char *factory_der;       /**< owned; made once, 10,000 are 8 MB */
	int factory_length;
	void *memory; /**< owned; of its family, made when first wanted */
	struct auth_nonces nonces;
	struct {
		char cookie[GENERIC_WORD], token[GENERIC_WORD];
		int left; /**< requests until the session ends */
	} session;        /**< of a log-on by form; "": nobody is */
	struct counts counts;
	const char *name;               /**< given name, borrowed; NULL: made from the address */
	const char *subject_alternates; /**< of its first certificate, borrowed; NULL: none */
	int64_t revert_ms, boot_until_ms, bad_since_ms;
	int64_t busy_shown, bad_requests;
	int64_t tokens_ended;
	bool reset_required, was_reset;
	bool torn; /**< key and certificate do not belong together: no handshake succeeds */
};

struct fleet {
	const struct options *options; /**< borrowed */
	struct roster *roster;         /**< owned; NULL: all boxes are alike */
	struct range range;
	STACK_OF(X509) * rejected;  /**< owned; the chain every box starts with, or NULL */
	struct identity *installed; /**< owned; what every box serves from the start, or NULL */
	struct factory *factory;
	struct journal *journal;
	struct faults faults;
	struct counts counts;
	struct identity_table identities;
	SSL_CTX *tls;            /**< the one context; identities are put on each SSL */
	struct device **devices; /**< by place in the range; NULL: not spoken to yet */
};

/** Make the fleet; NULL with the reason.  Caller owns; options are borrowed. */
struct fleet *fleet_new(const struct options *options, struct err *err);

/** Accepts NULL. */
void fleet_free(struct fleet *fleet);

/** The device at an address, made if need be; NULL: none of ours.  Borrowed. */
struct device *fleet_device(struct fleet *fleet, uint32_t address);

/** The port a device wants for a service, 0 for any; -1: it has no such service, or is not ours. */
int fleet_port(const struct fleet *fleet, size_t index, enum service service);

/** The name a device was given, or the one made from its address. */
void fleet_name(const struct fleet *fleet, size_t index, char text[FLEET_NAME_MAX]);

/** Milliseconds that only ever grow. */
int64_t fleet_now_ms(void);

/** The fault of this kind that applies now, its own first, or NULL. */
const struct fault *device_fault(const struct device *device, enum fault_kind kind, enum step step);

/** Whether it says busy once more at this step. */
bool device_is_busy(struct device *device, enum step step);

/** What its family wants it to remember; borrowed. */
void *device_memory(struct device *device);

/** Switch it off and on. */
void device_restart(struct device *device);

/** Whether its token ends early once more at this step. */
bool device_ends_token(struct device *device, enum step step);

/** Value of one of its family's settings; borrowed. */
const char *device_setting(const struct device *device, size_t setting);

/** Put the faults of its TLS on a connection. */
void device_spoil_tls(const struct device *device, SSL *ssl);

/** What the box thinks the time is, in seconds. */
int64_t device_clock(const struct device *device);

/** Its name and hardware id, which swap-identity exchanges for another box's. */
void device_name(const struct device *device, char text[FLEET_NAME_MAX]);
void device_hardware_id(const struct device *device, char text[FAMILY_HWID_MAX]);

/** What a handshake shows now, and what its pages show now.  Caller owns. */
struct identity *device_served(struct device *device);
struct identity *device_stored(struct device *device);

/** Whether OpenSSL can serve it at all; a box with a strange leaf would be a box without TLS. */
bool device_can_serve(const struct device *device, const struct identity *identity);

/** Install an identity (consumed; NULL: back to factory), as far as the faults let it. */
void device_install(struct device *device, struct identity *identity, enum step step);

/** Whether the box wants a reset. */
bool device_wants_reset(const struct device *device);

/** Reset: serve what is stored if that was waiting, and be away for the boot time. */
void device_reset(struct device *device);

/** Whether it is still booting, or refuses to talk after too many bad requests. */
bool device_is_away(const struct device *device);

/** Count a bad request for the blacklist; true: the connection should be dropped. */
bool device_blame(struct device *device);

/** Forget everything that was ever done to it, except counts and faults. */
void device_to_factory(struct device *device);

#endif
