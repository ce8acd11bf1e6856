#include "resolve.h"
#include "certroll/clock.h"
#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum { TRIES = 3, TRY_MS = 2000 };

/* One socket of c-ares in our loop. */
struct wire {
	struct resolver *resolver;
	struct watch watch;
	struct wire *next;
};

struct resolver {
	struct loop *loop;
	ares_channel channel;
	struct wire *wires;
	struct timer timer;
};

struct question {
	void (*done)(void *arg, const struct addresses *, const char *reason);
	void *arg;
};

static void wire_ready(void *arg, uint32_t events)
{
	const struct wire *wire = arg;
	ares_socket_t fd = wire->watch.fd, none = ARES_SOCKET_BAD;
	struct resolver *resolver = wire->resolver; /* the wire may go while c-ares works */

	ares_process_fd(resolver->channel, events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? fd : none,
			events & EPOLLOUT ? fd : none);
}

static void wires_tick(void *arg)
{
	struct resolver *resolver = arg;

	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	if (resolver->wires)
		timer_set(resolver->loop, &resolver->timer, clock_mono_ms() + TRY_MS / 4);
}

static struct wire *wire_find(struct resolver *resolver, int fd)
{
	struct wire *wire = resolver->wires;

	while (wire && wire->watch.fd != fd)
		wire = wire->next;
	return wire;
}

static struct wire *wire_add(struct resolver *resolver, int fd)
{
	struct wire *wire = mem_alloc(sizeof *wire);

	wire->resolver = resolver;
	wire->watch = (struct watch){ .fd = fd, .ready = wire_ready, .arg = wire };
	wire->next = resolver->wires;
	resolver->wires = wire;
	return wire;
}

static void wire_drop(struct resolver *resolver, struct wire *wire)
{
	struct wire **at = &resolver->wires;

	while (*at != wire)
		at = &(*at)->next;
	*at = wire->next;
	loop_watch(resolver->loop, &wire->watch, 0);
	mem_free(wire);
}

/* c-ares tells what it wants to know about a socket; nothing at all means it is closing it. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct resolver *resolver = arg;
	struct wire *wire = wire_find(resolver, fd);
	uint32_t events = (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0);

	if (!events && wire)
		wire_drop(resolver, wire);
	if (!events)
		return;
	loop_watch(resolver->loop, &(wire ? wire : wire_add(resolver, fd))->watch, events);
	if (!resolver->timer.at_ms)
		timer_set(resolver->loop, &resolver->timer, clock_mono_ms() + TRY_MS / 4);
}

struct resolver *resolver_new(struct loop *loop, struct err *err)
{
	auto_free struct resolver *resolver = mem_alloc(sizeof *resolver);
	struct ares_options options = {
		.sock_state_cb = on_socket,
		.sock_state_cb_data = resolver,
		.timeout = TRY_MS,
		.tries = TRIES,
	};
	int status;

	resolver->loop = loop;
	resolver->timer = (struct timer){ .fire = wires_tick, .arg = resolver };
	status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status == ARES_SUCCESS)
		status = ares_init_options(&resolver->channel, &options,
					   ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS |
						   ARES_OPT_TRIES);
	if (status != ARES_SUCCESS)
		return err_set(err, ERR_IO, "resolver: %s", ares_strerror(status)), NULL;
	return take(resolver);
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	timer_stop(resolver->loop, &resolver->timer);
	ares_destroy(resolver->channel); /* calls every open question back */
	ares_library_cleanup();
	mem_free(resolver);
}

static void address_set(struct address *address, const struct sockaddr *socket, socklen_t length)
{
	const void *bytes =
		socket->sa_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)socket)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)socket)->sin_addr;

	memcpy(&address->socket, socket, length);
	address->length = length;
	inet_ntop(socket->sa_family, bytes, address->text, sizeof address->text);
}

bool resolve_literal(const char *host, struct addresses *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	out->count = 1;
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		address_set(&out->items[0], (const struct sockaddr *)&v4, sizeof v4);
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		address_set(&out->items[0], (const struct sockaddr *)&v6, sizeof v6);
		return true;
	}
	out->count = 0;
	return false;
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct question *question = arg;
	struct addresses found = { 0 };

	(void)timeouts;
	for (struct ares_addrinfo_node *node = answer ? answer->nodes : NULL;
	     node && found.count < ADDRESSES_MAX; node = node->ai_next)
		if (node->ai_addrlen <= sizeof found.items[0].socket)
			address_set(&found.items[found.count++], node->ai_addr, node->ai_addrlen);
	question->done(question->arg, &found, found.count ? NULL : ares_strerror(status));
	ares_freeaddrinfo(answer);
	mem_free(question);
}

void resolve_start(struct resolver *resolver, const char *host,
		   void (*done)(void *arg, const struct addresses *, const char *reason), void *arg)
{
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct question *question = mem_alloc(sizeof *question);

	*question = (struct question){ done, arg };
	ares_getaddrinfo(resolver->channel, host, NULL, &hints, on_answer, question);
}
