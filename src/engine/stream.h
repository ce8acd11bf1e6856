/*
 * stream: one command over a connection of its own, and all that comes back until the other end
 * closes it.  Private to the engine.
 *
 * The connection is a socket of this machine, TCP, or TLS to the device.  Without TLS it leads to
 * this machine's own addresses unless the exchange says otherwise.
 */
#ifndef ENGINE_STREAM_H
#define ENGINE_STREAM_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"
#include "tls.h"

struct stream;

/* What all streams of an engine share. */
struct streams {
	struct loop *loop;
	SSL_CTX *context; /* borrowed: tls_admin_context() */
	struct chains *chains;
	int connect_ms, exchange_ms;
};

/* Who judges the other end of a TLS connection, before anything is sent. */
struct acceptor {
	bool (*accept)(void *arg, const struct chain *, char reason[200]);
	void *arg;
};

/*
 * Start; done is called exactly once, from the loop, unless the stream is stopped before.  The reply
 * is valid during the call.  addresses is not looked at for a socket of this machine.
 */
struct stream *stream_start(const struct streams *streams, const struct device *device,
			    const struct exchange *exchange, const struct addresses *addresses,
			    uint16_t port, struct acceptor acceptor,
			    void (*done)(void *arg, const struct reply *), void *arg) MUST_CHECK;

/* Close and free; done is not called (any more).  NULL is fine. */
void stream_stop(struct stream *stream);

#endif
