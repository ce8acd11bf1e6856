/**
 * @file
 * endpoint: service x names of a device: what is looked at and proved by handshake.
 *
 * A device that serves one certificate whatever the name is looked at once per service, with its
 * first name as SNI; all its names are judged on that leaf.  A device that serves by name has one
 * endpoint per service and name.
 *
 * Layer: job.
 */
#ifndef CERTROLL_ENDPOINT_H
#define CERTROLL_ENDPOINT_H

#include "certroll/chain.h"
#include "certroll/device.h"
#include "certroll/exchange.h"

/** One look at an endpoint. */
struct served {
	bool looked; /**< false: nothing is known, the rest is empty */
	enum net net;
	char *failure;             /**< in one sentence; owned; see served_failure() */
	const struct chain *chain; /**< NULL: none seen */
	bool completed, asks_client, requires_client;
	const char *tls_version;
};

/** Where the proof stands. */
enum proof {
	PROOF_NONE,    /**< not asked for, or not possible: see the look */
	PROOF_EXACT,   /**< serves exactly the intended chain and has its key */
	PROOF_OLD,     /**< still what it served before */
	PROOF_PARTIAL, /**< the intended leaf with another chain */
	PROOF_OTHER,   /**< some other certificate */
	PROOF_CLOSED,  /**< nobody listens there, and nobody has to (may_close of the driver) */
};

struct endpoint {
	const struct device *device;
	const struct service *service;
	const char *sni;          /**< "" : none */
	const char *const *names; /**< judged on this endpoint's leaf; borrowed from the device */
	size_t name_count;
	bool after_only; /**< the look without SNI after an installation */
	struct served before, after;
	size_t finding_first, finding_count; /**< in the findings of its result: those about it */
	enum proof proof;
	char *difference; /**< PROOF_PARTIAL, or a certificate of its own: in words; owned; else NULL */
};

/** Is it an address?  No server name then: RFC 6066 3 allows host names only. */
bool host_is_address(const char *host);

/** The endpoints of a device; owned by the caller. */
struct endpoint *endpoints_make(const struct device *device, size_t *count) MUST_CHECK;

/** NULL is fine. */
void endpoints_free(struct endpoint *endpoints, size_t count);

/** Free what the endpoint owns, not the endpoint. */
void endpoint_clear(struct endpoint *endpoint);

/** Copy what a reply shows of a connection; what was known before goes. */
void served_take(struct served *served, const struct reply *reply);

/** Forget it all. */
void served_clear(struct served *served);

/** What differs, in words; "" when there is nothing to say. */
const char *endpoint_difference(const struct endpoint *endpoint);

/** Why no chain was seen, or the connection failed; "" when there is nothing to say. */
const char *served_failure(const struct served *served);

/** Compare a look with the intended chain; @p before may be NULL. */
enum proof served_prove(const struct served *now, const struct served *before,
			const struct chain *intended, char difference[256]);

/**
 * What a look proves of this endpoint.  Where the device makes its certificate itself, @p intended is
 * not looked at: the demands of by_hand.h are.
 */
enum proof endpoint_compare(const struct endpoint *endpoint, const struct served *now,
			    const struct served *before, const struct chain *intended,
			    char difference[256]);

/** The same, kept in endpoint->proof and difference. */
void endpoint_prove(struct endpoint *endpoint, const struct served *now,
		    const struct served *before, const struct chain *intended);

/** Is nothing left to be proved there? */
bool proof_settled(enum proof proof);

/** Is at least one of them exact, and each other one exact or a port that may be closed? */
bool endpoints_proved(const struct endpoint *endpoints, size_t count);

/** "host:port" or "[host]:port"; owned. */
char *endpoint_address(const struct endpoint *endpoint) MUST_CHECK;

#endif
