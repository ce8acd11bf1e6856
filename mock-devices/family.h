/**
 * @file
 * family: what a kind of box answers; one const struct and one file under devices/ each.
 *
 * A family is a table of routes, and of what it says over a WebSocket if it has any.  What the fact sheet could only assume (paths, form fields) are
 * settings, named and replaceable on the command line, so that a test can put a box of unknown
 * habits in front of a client that has learnt them.
 */
#ifndef MOCK_FAMILY_H
#define MOCK_FAMILY_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct device;
struct evbuffer;
struct http_request;
struct reply;

#define FAMILY_SETTINGS_MAX 32
#define FAMILY_HWID_MAX     40

/** A replaceable habit; the value of an instance is in profile_setting(). */
struct setting {
	const char *name, *preset;
};

/** One request being answered. */
struct exchange {
	struct device *device;
	const struct http_request *request;
	struct reply *reply;
};

/** A request the box knows.  The table ends with a row without a method. */
struct route {
	enum step step;
	const char *method;
	size_t target; /**< the setting with the path and the arguments that must be there */
	enum { ROUTE_LOCKED, ROUTE_OPEN, ROUTE_OPEN_UNLESS_PROTECTED } access;
	void (*answer)(struct exchange *exchange);
	const char *below; /**< how the path goes on, * for one part of it; NULL: it ends */
};

/** What the certificate says that a box leaves the works with; zero: as the factory makes it. */
struct first_certificate {
	int days;
	const char *purposes; /**< extended key usage in OpenSSL's notation; NULL: none */
	bool own_name;        /**< its SAN is its hardware id, whatever names it was given */
	bool is_ca;
};

struct family {
	const char *name, *summary;
	const char *password;                /**< factory password of user admin */
	const char *firmware;                /**< label of the present firmware */
	const struct setting *settings;      /**< up to a nameless row */
	size_t login_page, digest_algorithm; /**< settings the core needs; 0: nothing is locked */
	const struct route *routes;
	unsigned services; /**< bits, 1 << enum service */
	bool self_signed;  /**< leaves the works with a certificate of its own, not the maker's */
	struct first_certificate first;
	/** Answer a text message (well-formed UTF-8, terminated); NULL: no WebSockets. */
	void (*hear)(struct channel *channel, const char *text);
	/** What each box remembers beyond its certificate, zeroed; device_memory() gives it. */
	size_t memory_size;
	void (*forget)(void *memory); /**< release what is in it; NULL: nothing is */
	void (*restart)(
		struct device *device); /**< before it comes up again; NULL: nothing is lost */
	/** Say no to whatever is asked, for the fault refuse; NULL: HTTP 500. */
	void (*refuse)(struct exchange *exchange);
	/** Write the hardware id of the box with this address. */
	void (*hardware_id)(uint32_t address, char text[FAMILY_HWID_MAX]);
};

/** One per file in devices/. */
extern const struct family family_innovaphone;
extern const struct family family_innovaphone_ap;
extern const struct family family_audiocodes;
extern const struct family family_yeastar;
extern const struct family family_generic;
extern const struct family family_ip_office;
extern const struct family family_manual;

/** A family by name, or NULL; borrowed. */
const struct family *family_find(const char *name);

/** A family by place, NULL after the last one. */
const struct family *family_at(size_t index);

#endif
