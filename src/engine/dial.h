/*
 * dial: a TCP connection to the first address that accepts.  Private to the engine.
 */
#ifndef ENGINE_DIAL_H
#define ENGINE_DIAL_H

#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"

struct dial {
	struct loop *loop;
	struct addresses addresses;
	size_t at; /* address being tried */
	int cause; /* errno of an attempt that failed at once; else a time-out */
	uint16_t port;
	int connect_ms;
	bool loopback_only, local_only; /* see enum fence */
	struct watch watch;
	struct timer timer;
	/* The descriptor is the owner's from then on; -1: net and detail say why. */
	void (*done)(void *arg, int fd, enum net net, const char *detail);
	void *arg;
};

/*
 * Try the addresses in order; loop, port, connect_ms, done and arg are set by the owner.  done is
 * called exactly once, from the loop, unless dial_stop() comes first.
 */
void dial_start(struct dial *dial, const struct addresses *addresses);

/* The path of a socket as an address; false: it is none.  NULL is fine. */
bool dial_socket(const char *path, struct addresses *out);

/* Close what is under way; fine at any time, also on a zeroed one. */
void dial_stop(struct dial *dial);

#endif
