/**
 * @file
 * network: one listener per service and wanted port, shared by all devices, and the connections
 * they accepted.
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

#define NETWORK_SESSIONS_MAX  8192                        /**< 48 KiB each with TLS */
#define NETWORK_DESCRIPTORS   (NETWORK_SESSIONS_MAX + 64) /**< with files and listeners */
#define NETWORK_LISTENERS_MAX 64 /**< different pairs of a service and a wanted port */

/** For all devices that have the service and want the same port for it. */
struct listener {
	struct network *network;
	struct evconnlistener *socket;
	enum service service;
	int wanted; /**< 0: any */
	uint16_t port;
};

struct network {
	struct event_base *base; /**< borrowed, like the fleet */
	struct fleet *fleet;
	struct listener listeners[NETWORK_LISTENERS_MAX];
	size_t listener_count;
	LIST_HEAD(, session) sessions;
	size_t session_count, sessions_max;
	int64_t active_ms; /**< when something last happened */
};

/** Open all listeners; -1 with the reason.  Close with network_close() in either case. */
int network_open(struct network *network, struct event_base *base, struct fleet *fleet,
		 struct err *err);

/** The port at which a device has a service, 0: it has not. */
uint16_t network_port(const struct network *network, size_t index, enum service service);

/** With this the kernel sends a reset instead of a proper end when the descriptor is closed. */
void network_prepare_reset(int fd);

/** End all sessions and stop listening. */
void network_close(struct network *network);

/** A session has begun or ended: stop accepting while there is no room for another one. */
void network_recount(struct network *network);

#endif
