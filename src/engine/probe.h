/*
 * probe: one fresh TLS connection that takes the chain and closes.  Private to the engine.
 */
#ifndef ENGINE_PROBE_H
#define ENGINE_PROBE_H

#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"
#include "tls.h"

struct probe;

/* What all probes of an engine share. */
struct prober {
	struct loop *loop;
	SSL_CTX *context;
	struct chains *chains;
	int connect_ms, exchange_ms;
	bool loopback_only;
};

/*
 * Start; done is called exactly once, from the loop, unless the probe is stopped before.  The
 * addresses are tried in order until one accepts.  The reply is valid during the call.
 */
struct probe *probe_start(const struct prober *prober, const struct addresses *addresses,
			  uint16_t port, const char *sni,
			  void (*done)(void *arg, const struct reply *), void *arg) MUST_CHECK;

/* Close and free; done is not called (any more).  NULL is fine. */
void probe_stop(struct probe *probe);

#endif
