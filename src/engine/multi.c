#include "multi.h"
#include "certroll/clock.h"
#include <sys/epoll.h>

struct multi {
	struct loop *loop;
	CURLM *curl;
	struct timer timer;
	void (*done)(CURL *, CURLcode);
};

static void collect(struct multi *multi)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi->curl, &left)))
		if (message->msg == CURLMSG_DONE)
			multi->done(message->easy_handle, message->data.result);
}

static void act(struct multi *multi, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(multi->curl, fd, events, &running);
	collect(multi);
}

/* One socket of libcurl in our loop. */
struct socket_watch {
	struct watch watch;
	struct multi *multi;
};

static void on_ready(void *arg, uint32_t events)
{
	const struct socket_watch *socket = arg;
	int action = (events & (uint32_t)EPOLLIN ? CURL_CSELECT_IN : 0) |
		     (events & (uint32_t)EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		     (events & (uint32_t)(EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

	act(socket->multi, socket->watch.fd, action);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct multi *multi = arg;
	struct socket_watch *socket = assigned;
	uint32_t events = what == CURL_POLL_IN      ? (uint32_t)EPOLLIN
			  : what == CURL_POLL_OUT   ? (uint32_t)EPOLLOUT
			  : what == CURL_POLL_INOUT ? (uint32_t)(EPOLLIN | EPOLLOUT)
						    : 0;

	(void)easy;
	if (!socket && events) {
		socket = mem_alloc(sizeof *socket);
		socket->multi = multi;
		socket->watch = (struct watch){ .fd = fd, .ready = on_ready, .arg = socket };
		curl_multi_assign(multi->curl, fd, socket);
	}
	if (socket)
		loop_watch(multi->loop, &socket->watch, events);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(multi->curl, fd, NULL);
		mem_free(socket);
	}
	return 0;
}

static int on_timer(CURLM *curl, long timeout_ms, void *arg)
{
	struct multi *multi = arg;

	(void)curl;
	if (timeout_ms < 0)
		timer_stop(multi->loop, &multi->timer);
	else
		timer_set(multi->loop, &multi->timer, clock_mono_ms() + timeout_ms);
	return 0;
}

static void on_tick(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

struct multi *multi_new(struct loop *loop, unsigned connections, void (*done)(CURL *, CURLcode),
			struct err *err)
{
	auto_free struct multi *multi = mem_alloc(sizeof *multi);

	multi->loop = loop;
	multi->done = done;
	multi->timer = (struct timer){ .fire = on_tick, .arg = multi };
	multi->curl = curl_multi_init();
	if (!multi->curl)
		return err_set(err, ERR_IO, "libcurl cannot be set up"), NULL;
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
	curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)connections);
	return take(multi);
}

void multi_free(struct multi *multi)
{
	if (!multi)
		return;
	curl_multi_cleanup(multi->curl);
	timer_stop(multi->loop, &multi->timer);
	mem_free(multi);
}

int multi_add(struct multi *multi, CURL *easy)
{
	return curl_multi_add_handle(multi->curl, easy) ? -1 : 0;
}

void multi_remove(struct multi *multi, CURL *easy)
{
	curl_multi_remove_handle(multi->curl, easy);
}
