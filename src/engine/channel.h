/*
 * channel: one WebSocket (RFC 6455) to the admin interface of a box, over TLS.  Private to the
 * engine.
 *
 * It is opened with the first message and stays open until it is freed or the box closes it.
 * Messages that come in between exchanges wait in a queue of limited length.  Framing is wslay's.
 */
#ifndef ENGINE_CHANNEL_H
#define ENGINE_CHANNEL_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"
#include "tls.h"

struct channel;

/* What all channels of an engine share. */
struct channels {
	struct loop *loop;
	SSL_CTX *context;
	struct chains *chains;
	int connect_ms, exchange_ms;
	bool loopback_only;
};

/* accept judges the other end inside the handshake, before anything is sent. */
struct channel *channel_new(const struct channels *channels, const struct device *device,
			    bool (*accept)(void *arg, const struct chain *, char reason[200]),
			    void *arg) MUST_CHECK;
void channel_free(struct channel *channel);

/* Is it open?  Takes in what has come since.  NULL: no. */
bool channel_open(struct channel *channel);

/*
 * Carry one exchange; one at a time.  done is called exactly once, perhaps before this returns,
 * unless channel_stop() comes first.  The reply is valid during the call.
 */
void channel_send(struct channel *channel, const struct exchange *exchange,
		  const struct addresses *addresses, uint16_t port,
		  void (*done)(void *arg, const struct reply *), void *arg);

/* Give the exchange up, and the connection with it.  NULL is fine. */
void channel_stop(struct channel *channel);

#endif
