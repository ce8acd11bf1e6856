/* control: commands for tests and rehearsals. */
#include "control.h"

#include "cleanup.h"
#include "command.h"
#include "fleet.h"
#include "text.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
	LIST_ENTRY(client) link;
	struct control *control;
	struct bufferevent *bev;
	bool quits;
};

struct control {
	struct event_base *base; /* borrowed, like the fleet */
	struct fleet *fleet;
	struct evconnlistener *listener;
	struct sockaddr_un address;
	LIST_HEAD(, client) clients;
	size_t client_count;
};

static void free_client(struct client *client)
{
	LIST_REMOVE(client, link);
	client->control->client_count--;
	bufferevent_free(client->bev);
	free(client);
}

/* The last answer has gone out. */
static void quit_if_asked(struct bufferevent *bev, void *argument)
{
	struct client *client = argument;

	(void)bev;
	if (client->quits)
		(void)event_base_loopexit(client->control->base, NULL);
}

static void read_lines(struct bufferevent *bev, void *argument)
{
	struct client *client = argument;
	struct control *control = client->control;
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t length = 0;

	for (;;) {
		auto_free char *line = evbuffer_readln(input, &length, EVBUFFER_EOL_CRLF);

		if (!line)
			break;
		if (command_run(control->fleet, line, bufferevent_get_output(bev)) == COMMAND_QUIT)
			client->quits = true;
	}
	if (evbuffer_get_length(input) >= CONTROL_LINE_MAX)
		free_client(client);
}

static void end_client(struct bufferevent *bev, short what, void *argument)
{
	(void)what;
	quit_if_asked(bev, argument);
	free_client(argument);
}

static void accept_client(struct evconnlistener *listener, evutil_socket_t fd,
			  struct sockaddr *peer, int length, void *argument)
{
	struct control *control = argument;

	(void)listener;
	(void)peer;
	(void)length;
	if (control->client_count == CONTROL_CLIENTS_MAX) {
		(void)close(fd);
		return;
	}
	struct client *client = mem_alloc(sizeof(*client));
	client->control = control;
	client->bev = mem_must(bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE));
	LIST_INSERT_HEAD(&control->clients, client, link);
	control->client_count++;
	bufferevent_setcb(client->bev, read_lines, quit_if_asked, end_client, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, CONTROL_LINE_MAX);
	(void)bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

/* Take away a socket of an earlier run, but nothing else that may be there. */
static void remove_socket(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		(void)unlink(path);
}

static int bind_privately(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(077);
	int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	(void)umask(before);
	return result;
}

static struct evconnlistener *open_socket(struct control *control)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	if (bind_privately(fd, &control->address)) {
		(void)close(fd);
		return NULL;
	}
	return evconnlistener_new(control->base, accept_client, control,
				  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1, fd);
}

struct control *control_open(const char *path, struct event_base *base, struct fleet *fleet,
			     struct err *err)
{
	struct control *control = mem_alloc(sizeof(*control));
	size_t length = strlen(path);

	control->base = base;
	control->fleet = fleet;
	control->address.sun_family = AF_UNIX;
	LIST_INIT(&control->clients);
	if (length < sizeof(control->address.sun_path)) {
		memcpy(control->address.sun_path, path, length);
		remove_socket(path);
		control->listener = open_socket(control);
	} else {
		errno = ENAMETOOLONG;
	}
	if (control->listener)
		return control;
	(void)err_set(err, "cannot listen at %.128s: %s", path, strerror(errno));
	free(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	struct client *client = LIST_FIRST(&control->clients);
	while (client) {
		struct client *next = LIST_NEXT(client, link);

		free_client(client);
		client = next;
	}
	evconnlistener_free(control->listener);
	remove_socket(control->address.sun_path);
	free(control);
}
