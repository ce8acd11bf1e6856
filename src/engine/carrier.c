#include "carrier.h"
#include "channel.h"
#include "http.h"
#include "local.h"
#include "object.h"
#include "probe.h"
#include "stream.h"
#include <stdio.h>
#include <string.h>

struct carriers {
	struct carriers_config config;
	struct http *http;
	struct prober prober;
	struct channels channels;
	struct streams streams;
};

struct carrier {
	struct carriers *carriers;
	const struct device *device;
	bool (*accept)(void *arg, const struct chain *, char reason[200]);
	void *accept_arg;
	/* kept from one exchange to the next, once in use */
	struct http_client *http;
	struct channel *channel;
	/* of the present exchange */
	struct exchange *filled; /* HTTP with a text: as it is sent */
	struct secret pages;     /* what must not be seen of that */
	struct probe *probe;
	struct stream *stream;
	struct local *local;
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

struct carriers *carriers_new(const struct carriers_config *config, struct err *err)
{
	struct carriers *all = mem_alloc(sizeof *all);
	struct http_config http = {
		.loop = config->loop,
		.chains = config->chains,
		.connect_ms = config->connect_ms,
		.exchange_ms = config->exchange_ms,
		.connections = config->connections,
		.loopback_only = config->loopback_only,
	};
	SSL_CTX *probes, *admin;

	all->config = *config;
	all->http = http_new(&http, err);
	all->prober.context = probes = all->http ? tls_probe_context(err) : NULL;
	all->channels.context = admin = probes ? tls_admin_context(err) : NULL;
	if (!admin) {
		carriers_free(all);
		return NULL;
	}
	all->prober = (struct prober){ .loop = config->loop,
				       .context = probes,
				       .chains = config->chains,
				       .connect_ms = config->connect_ms,
				       .exchange_ms = config->exchange_ms,
				       .loopback_only = config->loopback_only };
	all->channels = (struct channels){ .loop = config->loop,
					   .context = admin,
					   .chains = config->chains,
					   .connect_ms = config->connect_ms,
					   .exchange_ms = config->exchange_ms,
					   .loopback_only = config->loopback_only };
	all->streams = (struct streams){ .loop = config->loop,
					 .context = admin,
					 .chains = config->chains,
					 .connect_ms = config->connect_ms,
					 .exchange_ms = config->exchange_ms };
	return all;
}

void carriers_free(struct carriers *all)
{
	if (!all)
		return;
	http_free(all->http);
	SSL_CTX_free(all->prober.context);
	SSL_CTX_free(all->channels.context);
	mem_free(all);
}

struct carrier *carrier_new(struct carriers *carriers, const struct device *device,
			    bool (*accept)(void *arg, const struct chain *, char reason[200]),
			    void *arg)
{
	struct carrier *carrier = mem_alloc(sizeof *carrier);

	*carrier = (struct carrier){
		.carriers = carriers, .device = device, .accept = accept, .accept_arg = arg
	};
	return carrier;
}

/* What lives for one exchange only. */
static void drop(struct carrier *carrier)
{
	probe_stop(carrier->probe);
	stream_stop(carrier->stream);
	local_stop(carrier->local);
	carrier->probe = NULL;
	carrier->stream = NULL;
	carrier->local = NULL;
	secret_free(&carrier->pages);
	mem_free(carrier->filled);
	carrier->filled = NULL;
}

void carrier_stop(struct carrier *carrier)
{
	http_stop(carrier->http);
	channel_stop(carrier->channel);
	drop(carrier);
}

void carrier_free(struct carrier *carrier)
{
	if (!carrier)
		return;
	http_client_free(carrier->http);
	channel_free(carrier->channel);
	drop(carrier);
	mem_free(carrier);
}

bool carrier_connected(const struct carrier *carrier)
{
	return channel_open(carrier->channel);
}

const char *carrier_host(const struct carrier *carrier, const struct exchange *exchange,
			 char host[256])
{
	uint16_t port;

	if (exchange->kind == EXCHANGE_FILES)
		return NULL;
	if (!exchange->at)
		return carrier->device->host;
	return exchange_split_at(exchange->at, host, &port) ? host : NULL;
}

uint16_t carrier_port(const struct carrier *carrier, const struct exchange *exchange)
{
	char host[256];
	uint16_t port;

	if (exchange->kind == EXCHANGE_HANDSHAKE)
		return exchange->port;
	if (exchange->at && exchange_split_at(exchange->at, host, &port))
		return port;
	return carrier->device->port;
}

static void on_done(void *arg, const struct reply *reply)
{
	struct carrier *carrier = arg;

	carrier->done(carrier->arg, reply);
	drop(carrier);
}

/* It never went out. */
static void refuse(struct carrier *carrier, enum exchange_kind kind, enum net net,
		   const char *reason)
{
	struct reply refused = { .kind = kind, .net = net };

	snprintf(refused.detail, sizeof refused.detail, "%s", reason);
	drop(carrier);
	carrier->done(carrier->arg, &refused);
}

static void send_http(struct carrier *carrier, const struct exchange *exchange,
		      const struct addresses *addresses, uint16_t port)
{
	const char *reason = NULL;

	if (*exchange->text) {
		exchange = carrier->filled = mem_copy(exchange, sizeof *exchange);
		reason = object_fill(carrier->filled, carrier->device, &carrier->pages);
	}
	if (reason) {
		refuse(carrier, EXCHANGE_HTTP, NET_TLS, reason);
		return;
	}
	if (!carrier->http)
		carrier->http = http_client_new(carrier->carriers->http, carrier->device,
						carrier->accept, carrier->accept_arg);
	http_send(carrier->http, exchange, addresses, port, on_done, carrier);
}

static void send_message(struct carrier *carrier, const struct exchange *exchange,
			 const struct addresses *addresses, uint16_t port)
{
	if (!carrier->channel)
		carrier->channel = channel_new(&carrier->carriers->channels, carrier->device,
					       carrier->accept, carrier->accept_arg);
	channel_send(carrier->channel, exchange, addresses, port, on_done, carrier);
}

/* A rehearsal has stand-ins for boxes, not for programs and files of this machine. */
static bool rehearsed(const struct carrier *carrier, const struct exchange *exchange)
{
	return !carrier->carriers->config.loopback_only ||
	       (!exchange->at && exchange->kind != EXCHANGE_LINE &&
		exchange->kind != EXCHANGE_FILES);
}

void carrier_send(struct carrier *carrier, const struct exchange *exchange,
		  const struct addresses *addresses, uint16_t port,
		  void (*done)(void *arg, const struct reply *), void *arg)
{
	const struct carriers *all = carrier->carriers;

	carrier->done = done;
	carrier->arg = arg;
	if (!rehearsed(carrier, exchange)) {
		refuse(carrier, exchange->kind, NET_CLOSED, "nothing stands for it in a rehearsal");
		return;
	}
	switch (exchange->kind) {
	case EXCHANGE_HTTP:
		send_http(carrier, exchange, addresses, port);
		break;
	case EXCHANGE_CHANNEL:
		send_message(carrier, exchange, addresses, port);
		break;
	case EXCHANGE_HANDSHAKE:
		carrier->probe =
			probe_start(&all->prober, addresses, port, exchange->sni, on_done, carrier);
		break;
	case EXCHANGE_LINE:
		carrier->stream =
			stream_start(&all->streams, carrier->device, exchange, addresses, port,
				     (struct acceptor){ carrier->accept, carrier->accept_arg },
				     on_done, carrier);
		break;
	case EXCHANGE_FILES:
		carrier->local = local_start(all->config.loop, exchange, all->config.exchange_ms,
					     on_done, carrier);
		break;
	}
}
