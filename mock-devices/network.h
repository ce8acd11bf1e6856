/**
 * @file
 * network: one listener per service for all devices, and the connections they accepted.
 *
 * A listener is bound to 0.0.0.0 on the interface lo, so nothing outside the machine can reach
 * it, and the local address of an accepted connection says which device was meant.  Without
 * SO_REUSEPORT on purpose: a mock left over from an earlier run would take a silent share of the
 * connections.
 */
#ifndef MOCK_NETWORK_H
#define MOCK_NETWORK_H

#include "service.h"

#include <event2/listener.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct err;
struct event_base;
struct fleet;
struct network;
struct session;

#define NETWORK_SESSIONS_MAX 8192 /**< 48 KiB each with TLS */

struct listener {
	struct network *network;
	struct evconnlistener *socket;
	enum service service;
	uint16_t port;
};

struct network {
	struct event_base *base; /**< borrowed, like the fleet */
	struct fleet *fleet;
	struct listener listeners[SERVICE_COUNT];
	LIST_HEAD(, session) sessions;
	size_t session_count, sessions_max;
	int64_t active_ms; /**< when something last happened */
};

/** Open all listeners; -1 with the reason.  Close with network_close() in either case. */
int network_open(struct network *network, struct event_base *base, struct fleet *fleet,
		 struct err *err);

/** End all sessions and stop listening. */
void network_close(struct network *network);

/** A session has begun or ended: stop accepting while there is no room for another one. */
void network_recount(struct network *network);

#endif
