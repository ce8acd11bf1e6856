/*
 * session: the life of a connection.
 *
 *   accept ─► handshake ─► read head and body ─► serve ─► (delay) ─► write ─┐
 *     │           │              ▲                                          │
 *     └ reset,    └ failed       └──────────── keep-alive ──────────────────┤
 *       silence                                                  linger ◄───┘
 *
 * After an upgrade the connection belongs to a channel: bytes in, frames out when it wakes us.
 */
#include "session.h"

#include "channel.h"
#include "cleanup.h"
#include "fleet.h"
#include "http.h"
#include "journal.h"
#include "network.h"
#include "options.h"
#include "serve.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	LIST_ENTRY(session) link;
	struct network *network;
	struct device *device;
	enum service service;
	int fd;                  /* owned until there is a bufferevent */
	struct bufferevent *bev; /* owns the descriptor and the SSL; NULL: slow to begin */
	SSL *ssl;                /* borrowed from it; NULL: no handshake will come */
	struct event *timer;     /* a reply, or a handshake, that waits for its time */
	struct channel *channel; /* owned; NULL: HTTP */
	struct event *waker;     /* the channel has something to say */
	struct evbuffer *reply;
	bool answering, connected, continued;
	enum {
		AFTER_READ,
		AFTER_LINGER,
		AFTER_CUT,
		AFTER_UPGRADE
	} after; /* what follows the reply */
	char leaf[IDENTITY_HEX];
};

static void read_requests(struct bufferevent *bev, void *argument);
static void finish_reply(struct bufferevent *bev, void *argument);

static void set_timeout(struct session *session, time_t seconds)
{
	struct timeval limit = { .tv_sec = seconds };

	bufferevent_set_timeouts(session->bev, &limit, &limit);
}

void session_free(struct session *session)
{
	struct network *network = session->network;

	LIST_REMOVE(session, link);
	network->session_count--;
	network->active_ms = fleet_now_ms();
	network_recount(network);
	channel_close(session->channel);
	if (session->waker)
		event_free(session->waker);
	if (session->timer)
		event_free(session->timer);
	if (session->reply)
		evbuffer_free(session->reply);
	if (session->bev)
		bufferevent_free(session->bev);
	else
		(void)close(session->fd);
	free(session);
}

static void reset_session(struct session *session)
{
	network_prepare_reset(bufferevent_getfd(session->bev));
	session_free(session);
}

static const char *drawn_fault(const struct device *device, enum step step)
{
	const struct fault *drawn = fault_draw(&device->fleet->options->lot, device->address, step);

	return drawn ? fault_name(drawn->kind) : NULL;
}

static void note(const struct session *session, const char *event, const char *detail)
{
	bool tls = session->connected;

	journal_write(
		session->network->fleet->journal,
		&(struct journal_event){
			.event = event,
			.address = session->device->address,
			.service = service_name(session->service),
			.tls = tls ? SSL_get_version(session->ssl) : NULL,
			.sni = tls ? SSL_get_servername(session->ssl, TLSEXT_NAMETYPE_host_name)
				   : NULL,
			.leaf_sha256 = tls ? session->leaf : NULL,
			.detail = detail,
		});
}

static void note_request(const struct session *session, const struct http_request *request,
			 const struct reply *reply)
{
	journal_write(session->network->fleet->journal,
		      &(struct journal_event){
			      .event = "request",
			      .address = session->device->address,
			      .service = service_name(session->service),
			      .method = request->method,
			      .path = request->path,
			      .step = step_name(reply->step),
			      .auth = auth_scheme_name(reply->auth),
			      .status = reply->silent ? 0 : reply->status,
			      .fault = drawn_fault(session->device, reply->fault_step),
		      });
	if (reply->detail)
		note(session, step_name(reply->step), reply->detail);
}

/* Say goodbye, but take in what still comes: closing with unread bytes would destroy the reply. */
static void linger(struct session *session)
{
	(void)SSL_shutdown(session->ssl);
	(void)shutdown(bufferevent_getfd(session->bev), SHUT_WR);
	set_timeout(session, SESSION_LINGER_S);
	(void)bufferevent_enable(session->bev, EV_READ);
}

/* Bring about what the channel wants once its frames are on their way. */
static void end_channel(struct session *session, enum channel_end end)
{
	switch (end) {
	case CHANNEL_OPEN:
		break;
	case CHANNEL_RESET:
		reset_session(session);
		break;
	case CHANNEL_HANG:
		set_timeout(session, SESSION_HANG_S);
		break;
	default:
		session->answering = true;
		session->after = end == CHANNEL_CUT ? AFTER_CUT : AFTER_LINGER;
		finish_reply(session->bev, session);
	}
}

static void flush_channel(evutil_socket_t fd, short what, void *argument)
{
	struct session *session = argument;
	struct channel *channel = session->channel;

	(void)fd;
	(void)what;
	channel->delay_ms = 0;
	if (channel->end != CHANNEL_RESET)
		(void)bufferevent_write_buffer(session->bev, channel->out);
	end_channel(session, channel->end);
}

/* Later and from the event loop: the channel, or a session that uploads, is still at work. */
static void wake_session(struct channel *channel)
{
	struct session *session = channel->owner;
	int64_t delay_ms = channel->delay_ms;
	struct timeval delay = { .tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000 };

	if (!session->waker)
		session->waker =
			mem_must(evtimer_new(session->network->base, flush_channel, session));
	if (!evtimer_pending(session->waker, NULL))
		evtimer_add(session->waker, &delay);
}

static void finish_reply(struct bufferevent *bev, void *argument)
{
	struct session *session = argument;

	/* a late call for a "100 Continue" is not about the reply */
	if (!session->answering || session->reply ||
	    evbuffer_get_length(bufferevent_get_output(bev)))
		return;
	if (session->after == AFTER_CUT) {
		session_free(session);
		return;
	}
	if (session->after == AFTER_LINGER) {
		linger(session);
		return;
	}
	if (session->after == AFTER_UPGRADE)
		session->channel = channel_open(session->device, wake_session, session);
	session->after = AFTER_READ;
	session->answering = false;
	(void)bufferevent_enable(bev, EV_READ);
	read_requests(bev, session);
}

static void send_reply(evutil_socket_t fd, short what, void *argument)
{
	struct session *session = argument;
	auto_buffer struct evbuffer *reply = take(session->reply);

	(void)fd;
	(void)what;
	set_timeout(session, SESSION_IDLE_S);
	(void)bufferevent_write_buffer(session->bev, reply);
}

static void call_later(struct session *session, int64_t delay_ms, event_callback_fn call)
{
	struct timeval delay = { .tv_sec = delay_ms / 1000, .tv_usec = delay_ms % 1000 * 1000 };

	if (session->timer)
		event_free(session->timer);
	session->timer = mem_must(evtimer_new(session->network->base, call, session));
	evtimer_add(session->timer, &delay);
}

static void schedule_reply(struct session *session, int64_t delay_ms)
{
	if (!delay_ms) {
		send_reply(-1, 0, session);
		return;
	}
	/* the peer's silence is our doing now */
	bufferevent_set_timeouts(session->bev, NULL, NULL);
	call_later(session, delay_ms, send_reply);
}

static void deliver(struct session *session, struct reply *reply)
{
	struct device *device = session->device;
	const struct fault *slow = device_fault(device, FAULT_SLOW, reply->fault_step);
	size_t body = evbuffer_get_length(reply->body);

	session->answering = true;
	session->after = reply->upgrade ? AFTER_UPGRADE : reply->close ? AFTER_LINGER : AFTER_READ;
	session->reply = mem_must(evbuffer_new());
	serve_encode(device, reply, session->reply);
	if (device_fault(device, FAULT_CUT_BODY, reply->fault_step)) {
		auto_buffer struct evbuffer *whole = session->reply;
		size_t kept = evbuffer_get_length(whole) - (body + 1) / 2;

		session->reply = mem_must(evbuffer_new());
		(void)evbuffer_remove_buffer(whole, session->reply, kept);
		session->after = AFTER_CUT;
	}
	schedule_reply(session, slow ? slow->argument : 0);
}

static void hang(struct session *session)
{
	session->answering = true;
	session->after = AFTER_READ;
	session->reply = mem_must(evbuffer_new());
	set_timeout(session, SESSION_HANG_S);
}

/* Serve a complete request; false: the session is gone. */
static bool answer(struct session *session, struct http_request *request)
{
	struct device *device = session->device;
	struct reply reply;

	device->counts.requests++;
	session->network->fleet->counts.requests++;
	reply_init(&reply);
	serve_request(device, request, &reply);
	reply.close = reply.close || !request->keep_alive;
	note_request(session, request, &reply);
	bool reset =
		!reply.silent && device_fault(device, FAULT_RESET_CONNECTION, reply.fault_step);
	if (reset)
		reset_session(session);
	else if (reply.silent)
		hang(session);
	else
		deliver(session, &reply);
	reply_clear(&reply);
	return !reset;
}

/* Refuse what is not even a request, and have no more of it. */
static void refuse(struct session *session, int status)
{
	struct reply reply;

	(void)device_blame(session->device);
	reply_init(&reply);
	reply_refuse(&reply, status);
	reply.close = true;
	note(session, "bad-request", http_reason(status));
	deliver(session, &reply);
	reply_clear(&reply);
}

static void count_bytes(struct session *session, size_t bytes)
{
	session->device->counts.bytes_received += bytes;
	session->network->fleet->counts.bytes_received += bytes;
}

/* Ask for the body once, if the client waits for that (RFC 9110 10.1.1). */
static void await_body(struct session *session, const struct http_request *request)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!request->expects_continue || session->continued)
		return;
	session->continued = true;
	(void)bufferevent_write(session->bev, go_on, sizeof(go_on) - 1);
}

/* Take one request out of the input; false: not complete, refused, or the session is gone. */
static bool read_request(struct session *session, struct evbuffer *input)
{
	size_t available = evbuffer_get_length(input);
	size_t looked_at = available < HTTP_HEAD_MAX ? available : HTTP_HEAD_MAX;
	const char *bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)looked_at);
	size_t head = http_head_length(bytes, looked_at);
	struct http_request request;
	bool alive = false;

	if (!head) {
		if (looked_at == HTTP_HEAD_MAX)
			refuse(session, 431);
		return false;
	}
	int status = http_parse(&request, bytes, head);
	if (status) {
		refuse(session, status);
	} else if (available - head < request.body_length) {
		await_body(session, &request);
	} else {
		size_t whole = head + request.body_length;

		session->continued = false;
		count_bytes(session, whole);
		request.body = (const char *)evbuffer_pullup(input, (ev_ssize_t)whole) + head;
		alive = answer(session, &request);
		if (alive)
			evbuffer_drain(input, whole);
	}
	http_clear(&request);
	return alive;
}

static void read_requests(struct bufferevent *bev, void *argument)
{
	struct session *session = argument;
	struct evbuffer *input = bufferevent_get_input(bev);

	if (session->service != SERVICE_HTTPS || session->after == AFTER_LINGER || !session->ssl) {
		evbuffer_drain(input, evbuffer_get_length(input));
		return;
	}
	if (device_is_away(session->device)) {
		reset_session(session);
		return;
	}
	if (session->answering || !evbuffer_get_length(input))
		return;
	if (session->channel)
		channel_feed(session->channel, input);
	else
		(void)read_request(session, input);
}

static void note_handshake(struct session *session)
{
	session->connected = true;
	session->device->counts.handshakes[session->service]++;
	session->network->fleet->counts.handshakes[session->service]++;
	note(session, "handshake", NULL);
}

static void note_failure(struct session *session)
{
	unsigned long code = bufferevent_get_openssl_error(session->bev);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	session->device->counts.handshakes_failed++;
	session->network->fleet->counts.handshakes_failed++;
	note(session, "handshake-failed", reason ? reason : "closed by the peer");
}

static void handle_event(struct bufferevent *bev, short what, void *argument)
{
	struct session *session = argument;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		note_handshake(session);
		return;
	}
	if (session->ssl && !session->connected)
		note_failure(session);
	ERR_clear_error();
	session_free(session);
}

static SSL *make_ssl(struct session *session)
{
	struct device *device = session->device;
	auto_identity struct identity *served = device_served(device);
	SSL *ssl = mem_must(SSL_new(session->network->fleet->tls));

	/* without a certificate on it a handshake has nothing to go on with */
	if (session->device->torn || identity_apply(served, ssl))
		note(session, "identity-refused", NULL);
	identity_fingerprint(sk_X509_value(served->chain, 0), session->leaf);
	device_spoil_tls(device, ssl);
	return ssl;
}

static void open_bufferevent(struct session *session, int fd)
{
	struct event_base *base = session->network->base;
	/* deferred: otherwise a write calls back, and may end the session, in the middle of us */
	int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;

	if (!device_fault(session->device, FAULT_NEVER_ANSWER, STEP_TLS))
		session->ssl = make_ssl(session);
	session->bev = session->ssl
			       ? bufferevent_openssl_socket_new(base, fd, session->ssl,
								BUFFEREVENT_SSL_ACCEPTING, options)
			       : bufferevent_socket_new(base, fd, options);
	mem_must(session->bev);
	bufferevent_setcb(session->bev, read_requests, finish_reply, handle_event, session);
	/* a request and the beginning of the next: nobody fills our memory */
	bufferevent_setwatermark(session->bev, EV_READ, 0, HTTP_HEAD_MAX + HTTP_BODY_MAX + 1);
	set_timeout(session, session->ssl ? SESSION_IDLE_S : SESSION_HANG_S);
	(void)bufferevent_enable(session->bev, EV_READ | EV_WRITE);
}

static void open_late(evutil_socket_t fd, short what, void *argument)
{
	struct session *session = argument;

	(void)fd;
	(void)what;
	open_bufferevent(session, session->fd);
}

static void note_connect(const struct listener *listener, const struct device *device,
			 bool accepted)
{
	journal_write(device->fleet->journal,
		      &(struct journal_event){
			      .event = accepted ? "connect" : "connect-refused",
			      .address = device->address,
			      .service = service_name(listener->service),
			      .fault = drawn_fault(device, STEP_TLS),
		      });
}

void session_start(struct listener *listener, struct device *device, int fd)
{
	struct network *network = listener->network;

	device->counts.connections++;
	network->fleet->counts.connections++;
	if (device_is_away(device) || device_fault(device, FAULT_RESET_CONNECTION, STEP_TLS)) {
		note_connect(listener, device, false);
		network_prepare_reset(fd);
		(void)close(fd);
		return;
	}
	note_connect(listener, device, true);
	struct session *session = mem_alloc(sizeof(*session));
	session->network = network;
	session->device = device;
	session->service = listener->service;
	session->fd = fd;
	const struct fault *slow = device_fault(device, FAULT_SLOW, STEP_TLS);
	if (slow)
		call_later(session, slow->argument, open_late);
	else
		open_bufferevent(session, fd);
	LIST_INSERT_HEAD(&network->sessions, session, link);
	network->session_count++;
	network_recount(network);
}
