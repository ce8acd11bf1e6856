#include "dial.h"
#include "certroll/clock.h"
#include "fence.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

void dial_stop(struct dial *dial)
{
	if (!dial->loop)
		return;
	timer_stop(dial->loop, &dial->timer);
	loop_watch(dial->loop, &dial->watch, 0);
	if (dial->watch.fd >= 0)
		close(dial->watch.fd);
	dial->watch.fd = -1;
}

static void fail(struct dial *dial, int cause)
{
	enum net net = NET_CLOSED;
	const char *detail = strerror(cause);

	if (cause == ETIMEDOUT) {
		net = NET_TIMEOUT;
		detail = "no answer to the connection attempt";
	} else if (cause == ECONNREFUSED) {
		detail = "the port is closed (connection refused)";
	} else if (fence_words(cause)) {
		detail = fence_words(cause);
	} else if (cause == ECONNRESET) {
		net = NET_RESET;
	} else if (cause == EPERM) {
		detail = "another machine, and without TLS: refused (option plain)";
	}
	dial->done(dial->arg, -1, net, detail);
}

static void try_address(struct dial *dial);

static void next_address(struct dial *dial, int cause)
{
	dial_stop(dial);
	if (++dial->at < dial->addresses.count)
		try_address(dial);
	else
		fail(dial, cause);
}

static void on_ready(void *arg, uint32_t events)
{
	struct dial *dial = arg;
	int cause = 0, fd = dial->watch.fd;
	socklen_t length = sizeof cause;

	(void)events;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &length);
	if (cause) {
		next_address(dial, cause);
		return;
	}
	timer_stop(dial->loop, &dial->timer);
	loop_watch(dial->loop, &dial->watch, 0);
	dial->watch.fd = -1;
	dial->done(dial->arg, fd, NET_OK, "");
}

static void on_timeout(void *arg)
{
	struct dial *dial = arg;

	next_address(dial, dial->cause);
}

static void set_port(struct sockaddr_storage *socket, uint16_t port)
{
	if (socket->ss_family == AF_INET6)
		((struct sockaddr_in6 *)socket)->sin6_port = htons(port);
	else if (socket->ss_family == AF_INET)
		((struct sockaddr_in *)socket)->sin_port = htons(port);
}

/* The outcome always comes through the loop, so that starting never calls back. */
static void try_address(struct dial *dial)
{
	struct address *address = &dial->addresses.items[dial->at];
	enum fence fence = dial->loopback_only ? FENCE_LOOPBACK
			   : dial->local_only  ? FENCE_LOCAL
					       : FENCE_NONE;
	int fd = fence_socket(fence, (struct sockaddr *)&address->socket);

	dial->watch = (struct watch){ .fd = fd, .ready = on_ready, .arg = dial };
	dial->timer = (struct timer){ .fire = on_timeout, .arg = dial };
	dial->cause = fd < 0 ? errno : ETIMEDOUT;
	set_port(&address->socket, dial->port);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address->socket, address->length) &&
	    errno != EINPROGRESS) {
		dial->cause = errno; /* no route, say */
		timer_set(dial->loop, &dial->timer, clock_mono_ms());
		return;
	}
	timer_set(dial->loop, &dial->timer, clock_mono_ms() + (fd < 0 ? 0 : dial->connect_ms));
	if (fd >= 0)
		loop_watch(dial->loop, &dial->watch, EPOLLOUT);
}

bool dial_socket(const char *path, struct addresses *out)
{
	struct sockaddr_un *name = (struct sockaddr_un *)(void *)&out->items[0].socket;

	if (!path || path[0] != '/' || strlen(path) >= sizeof name->sun_path)
		return false;
	*out = (struct addresses){ .count = 1 };
	name->sun_family = AF_UNIX;
	strcpy(name->sun_path, path);
	out->items[0].length = sizeof *name;
	return true;
}

void dial_start(struct dial *dial, const struct addresses *addresses)
{
	dial->addresses = *addresses;
	dial->at = 0;
	try_address(dial);
}
