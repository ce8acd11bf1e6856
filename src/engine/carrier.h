/*
 * carrier: how the exchanges of one job travel: HTTP, WebSocket, handshake, command, local files.
 * Private to the engine.
 */
#ifndef ENGINE_CARRIER_H
#define ENGINE_CARRIER_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"

struct chains;
struct carriers;
struct carrier;

struct carriers_config {
	struct loop *loop;
	struct chains *chains;
	int connect_ms, exchange_ms;
	unsigned connections; /* kept at most; a job in flight must keep its own */
	bool loopback_only;   /* a rehearsal: nothing leaves this machine, nothing on it changes */
};

/* What all carriers of an engine share. */
struct carriers *carriers_new(const struct carriers_config *config, struct err *err) MUST_CHECK;

/* Free the carriers before. */
void carriers_free(struct carriers *carriers);

/* accept judges who is at the other end, inside the handshake and before anything is sent. */
struct carrier *carrier_new(struct carriers *carriers, const struct device *device,
			    bool (*accept)(void *arg, const struct chain *, char reason[200]),
			    void *arg) MUST_CHECK;
void carrier_free(struct carrier *carrier);

/* The name or address to look up for this exchange; NULL: none is needed. */
const char *carrier_host(const struct carrier *carrier, const struct exchange *exchange,
			 char host[256]);

/* The port it goes to. */
uint16_t carrier_port(const struct carrier *carrier, const struct exchange *exchange);

/*
 * Carry one exchange to this port; one at a time.  The exchange is borrowed until then.  done is
 * called exactly once, perhaps before this returns, unless carrier_stop() comes first.  The reply is
 * valid during the call.
 */
void carrier_send(struct carrier *carrier, const struct exchange *exchange,
		  const struct addresses *addresses, uint16_t port,
		  void (*done)(void *arg, const struct reply *), void *arg);

/* Give up what is under way. */
void carrier_stop(struct carrier *carrier);

/* Is its WebSocket open? */
bool carrier_connected(const struct carrier *carrier);

#endif
