/*
 * http: one request to the admin interface of a box, through libcurl.  Private to the engine.
 *
 * A client is one box: it keeps its connection, its log-on state and the identity that was judged
 * when the connection was made.  No redirects, no proxies, no netrc: credentials and the private key
 * go to the device of the inventory or nowhere.
 */
#ifndef ENGINE_HTTP_H
#define ENGINE_HTTP_H

#include "certroll/device.h"
#include "certroll/exchange.h"
#include "loop.h"
#include "resolve.h"
#include "tls.h"

struct http;
struct http_client;

struct http_config {
	struct loop *loop;
	struct chains *chains;
	int connect_ms, exchange_ms;
	bool loopback_only;
	unsigned connections; /* kept at most; a job in flight must keep its own */
};

/* See engine_global_init(). */
int http_global_init(struct err *err) MUST_CHECK;

struct http *http_new(const struct http_config *config, struct err *err) MUST_CHECK;

/* Free the clients before. */
void http_free(struct http *http);

struct http_client *http_client_new(struct http *http, const struct device *device,
				    bool (*accept)(void *arg, const struct chain *,
						   char reason[200]),
				    void *arg) MUST_CHECK;
void http_client_free(struct http_client *client);

/*
 * Carry one exchange to this port (the device's own, or where a rehearsal has it); one at a time per
 * client.  done is called exactly once, from the loop, unless
 * http_stop() comes first.  The reply is valid during the call.
 */
void http_send(struct http_client *client, const struct exchange *exchange,
	       const struct addresses *addresses, uint16_t port,
	       void (*done)(void *arg, const struct reply *), void *arg);
void http_stop(struct http_client *client);

#endif
