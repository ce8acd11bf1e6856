/* network: listeners on lo. */
#include "network.h"

#include "fleet.h"
#include "options.h"
#include "session.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG          4096
#define DESCRIPTORS_KEPT 64 /* for files, listeners and control connections */

static int bind_to_loopback(int fd, uint16_t port)
{
	static const char interface[] = "lo";
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int on = 1;

	/* the order matters: never bound, not even for a moment, to more than lo */
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, sizeof(interface)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		return -1;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any));
}

static int local_address(int fd, struct sockaddr_in *local)
{
	socklen_t length = sizeof(*local);

	return getsockname(fd, (struct sockaddr *)local, &length);
}

static void accept_session(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer,
			   int length, void *argument)
{
	struct listener *listener = argument;
	struct sockaddr_in local = { 0 };

	(void)socket;
	(void)peer;
	(void)length;
	listener->network->active_ms = fleet_now_ms();
	struct device *device =
		local_address(fd, &local)
			? NULL
			: fleet_device(listener->network->fleet, ntohl(local.sin_addr.s_addr));
	if (!device) {
		(void)close(fd);
		return;
	}
	session_start(listener, device, fd);
}

static int open_listener(struct listener *listener, uint16_t port, struct err *err)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in local = { 0 };

	if (fd < 0 || bind_to_loopback(fd, port) || local_address(fd, &local)) {
		(void)err_set(err, "cannot listen for %s on lo, port %u: %s",
			      service_name(listener->service), port, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	listener->port = ntohs(local.sin_port);
	listener->socket =
		evconnlistener_new(listener->network->base, accept_session, listener,
				   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (listener->socket)
		return 0;
	(void)close(fd);
	return err_set(err, "cannot listen for %s: %s", service_name(listener->service),
		       strerror(errno));
}

/* As many descriptors as we may have; accepting beyond them would spin. */
static size_t count_room(void)
{
	struct rlimit limit = { 0 };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= NETWORK_SESSIONS_MAX + DESCRIPTORS_KEPT)
		return NETWORK_SESSIONS_MAX;
	return limit.rlim_cur > DESCRIPTORS_KEPT ? (size_t)limit.rlim_cur - DESCRIPTORS_KEPT : 1;
}

int network_open(struct network *network, struct event_base *base, struct fleet *fleet,
		 struct err *err)
{
	*network = (struct network){
		.base = base,
		.fleet = fleet,
		.sessions_max = count_room(),
		.active_ms = fleet_now_ms(),
	};
	LIST_INIT(&network->sessions);
	for (int i = 0; i < SERVICE_COUNT; i++) {
		struct listener *listener = &network->listeners[i];

		listener->network = network;
		listener->service = (enum service)i;
		if (open_listener(listener, fleet->options->ports[i], err))
			return -1;
	}
	return 0;
}

void network_recount(struct network *network)
{
	for (int i = 0; i < SERVICE_COUNT; i++) {
		struct evconnlistener *socket = network->listeners[i].socket;

		if (!socket)
			continue;
		if (network->session_count < network->sessions_max)
			(void)evconnlistener_enable(socket);
		else
			(void)evconnlistener_disable(socket);
	}
}

void network_close(struct network *network)
{
	while (!LIST_EMPTY(&network->sessions))
		session_free(LIST_FIRST(&network->sessions));
	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (network->listeners[i].socket)
			evconnlistener_free(network->listeners[i].socket);
		network->listeners[i].socket = NULL;
	}
}
