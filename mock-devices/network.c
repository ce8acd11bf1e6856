/* network: listeners on lo. */
#include "network.h"

#include "fleet.h"
#include "session.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG          4096
#define DESCRIPTORS_KEPT (NETWORK_DESCRIPTORS - NETWORK_SESSIONS_MAX)

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

/* The device that was meant, unless it does not listen here: the address is shared by all. */
static struct device *find_device(const struct listener *listener, uint32_t address)
{
	struct fleet *fleet = listener->network->fleet;
	size_t index = 0;

	if (!range_index(&fleet->range, address, &index) ||
	    fleet_port(fleet, index, listener->service) != listener->wanted)
		return NULL;
	return fleet_device(fleet, address);
}

void network_prepare_reset(int fd)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
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
	struct device *device = local_address(fd, &local)
					? NULL
					: find_device(listener, ntohl(local.sin_addr.s_addr));
	if (!device) {
		network_prepare_reset(fd);
		(void)close(fd);
		return;
	}
	/* head and body leave as two records: without this the second waits for the client's ACK */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	session_start(listener, device, fd);
}

static int open_listener(struct listener *listener, struct err *err)
{
	uint16_t port = (uint16_t)listener->wanted;
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
	if (limit.rlim_cur >= NETWORK_DESCRIPTORS)
		return NETWORK_SESSIONS_MAX;
	return limit.rlim_cur > DESCRIPTORS_KEPT ? (size_t)limit.rlim_cur - DESCRIPTORS_KEPT : 1;
}

static const struct listener *find_listener(const struct network *network, enum service service,
					    int wanted)
{
	for (size_t i = 0; i < network->listener_count; i++)
		if (network->listeners[i].service == service &&
		    network->listeners[i].wanted == wanted)
			return &network->listeners[i];
	return NULL;
}

/* Listen for a service of some device, unless another one wanted the same before. */
static int offer(struct network *network, enum service service, int wanted, struct err *err)
{
	if (find_listener(network, service, wanted))
		return 0;
	if (network->listener_count == NETWORK_LISTENERS_MAX)
		return err_set(err, "more than %d different ports are wanted",
			       NETWORK_LISTENERS_MAX);
	struct listener *listener = &network->listeners[network->listener_count++];
	*listener = (struct listener){ .network = network, .service = service, .wanted = wanted };
	return open_listener(listener, err);
}

static int offer_all(struct network *network, bool wishes, struct err *err)
{
	for (size_t i = 0; i < network->fleet->range.count; i++) {
		for (int service = 0; service < SERVICE_COUNT; service++) {
			int wanted = fleet_port(network->fleet, i, (enum service)service);

			if (wanted >= 0 && (wanted > 0) == wishes &&
			    offer(network, (enum service)service, wanted, err))
				return -1;
		}
	}
	return 0;
}

uint16_t network_port(const struct network *network, size_t index, enum service service)
{
	int wanted = fleet_port(network->fleet, index, service);
	const struct listener *listener =
		wanted < 0 ? NULL : find_listener(network, service, wanted);

	return listener ? listener->port : 0;
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
	/* wishes first, or a free port of one box might be what the next one wants */
	if (offer_all(network, true, err))
		return -1;
	return offer_all(network, false, err);
}

void network_recount(struct network *network)
{
	for (size_t i = 0; i < network->listener_count; i++) {
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
	for (size_t i = 0; i < network->listener_count; i++) {
		if (network->listeners[i].socket)
			evconnlistener_free(network->listeners[i].socket);
		network->listeners[i].socket = NULL;
	}
}
