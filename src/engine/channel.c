#include "channel.h"
#include "certroll/clock.h"
#include "certroll/inventory.h"
#include "certroll/prove.h"
#include "certroll/text.h"
#include "dial.h"
#include "frames.h"
#include "upgrade.h"
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READ_STEP = 4096 };

enum phase { CLOSED, DIALLING, SHAKING, ASKING, OPEN };

struct channel {
	const struct channels *channels;
	const struct device *device;
	enum phase phase;
	struct dial dial;
	struct watch watch;
	struct timer timer;
	SSL *ssl;
	struct capture capture;
	bool shown;                                /* the chain was handed out already */
	struct buf out, in;                        /* of the upgrade; what follows it in `in` */
	size_t sent, taken;                        /* of out, of in */
	char accept[UPGRADE_ACCEPT];               /* what the box must answer */
	struct frames *frames;                     /* NULL until open */
	char text[EXCHANGE_MAX_TEXT + PROVE_TEXT]; /* to be said when open; "": nothing */
	char path[EXCHANGE_MAX_PATH];
	int within_ms;
	bool waiting; /* somebody wants a message */
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

static void hang_up(struct channel *channel)
{
	struct loop *loop = channel->channels->loop;

	dial_stop(&channel->dial);
	timer_stop(loop, &channel->timer);
	loop_watch(loop, &channel->watch, 0);
	frames_free(channel->frames);
	channel->frames = NULL;
	SSL_free(channel->ssl);
	channel->ssl = NULL;
	if (channel->watch.fd >= 0)
		close(channel->watch.fd);
	channel->watch.fd = -1;
	buf_clear(&channel->in);
	buf_clear(&channel->out);
	explicit_bzero(channel->text, sizeof channel->text);
	channel->phase = CLOSED;
}

static void answer(struct channel *channel, struct reply *reply)
{
	struct timer *timer = &channel->timer;

	if (!channel->waiting)
		return;
	channel->waiting = false;
	timer_stop(channel->channels->loop, timer);
	reply->kind = EXCHANGE_CHANNEL;
	if (!channel->shown && !channel->capture.refused) {
		reply->chain = channel->capture.chain;
		reply->completed = reply->chain && reply->net == NET_OK;
		reply->tls_version = channel->ssl ? SSL_get_version(channel->ssl) : NULL;
		channel->shown = reply->chain;
	}
	channel->done(channel->arg, reply);
}

static void fail(struct channel *channel, enum net net, const char *detail)
{
	bool demanded = channel->capture.asked && channel->phase != OPEN &&
			(net == NET_RESET || net == NET_TLS);
	struct reply reply = { .net = net };

	snprintf(reply.detail, sizeof reply.detail, "%s", demanded ? TLS_WANTS_CLIENT : detail);
	answer(channel, &reply);
	hang_up(channel);
}

static void deliver(struct channel *channel)
{
	auto_free char *text = channel->waiting ? frames_take(channel->frames) : NULL;
	struct reply reply = { .status = 101, .head = "", .body = text };

	if (text)
		answer(channel, &reply);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static int tls_error(struct channel *channel, int got)
{
	int error = SSL_get_error(channel->ssl, got);

	ERR_clear_error();
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
}

/* As read(2): what was read, 0 at the end, -1 with errno. */
static ssize_t receive(struct channel *channel, void *bytes, size_t size)
{
	int got;

	ERR_clear_error();
	got = SSL_read(channel->ssl, bytes, (int)size);
	if (got > 0)
		return got;
	errno = tls_error(channel, got);
	return -1;
}

static ssize_t transmit(struct channel *channel, const void *bytes, size_t size)
{
	int got;

	ERR_clear_error();
	got = SSL_write(channel->ssl, bytes, (int)size);
	if (got > 0)
		return got;
	errno = tls_error(channel, got);
	return -1;
}

/* What came in one piece with the answer to the upgrade is read first. */
static ssize_t on_receive(void *arg, void *bytes, size_t size)
{
	struct channel *channel = arg;
	size_t left = channel->in.len - channel->taken;

	if (!left)
		return receive(channel, bytes, size);
	size = size < left ? size : left;
	memcpy(bytes, channel->in.data + channel->taken, size);
	channel->taken += size;
	return (ssize_t)size;
}

static ssize_t on_transmit(void *arg, const void *bytes, size_t size)
{
	return transmit(arg, bytes, size);
}

/* --- phases ----------------------------------------------------------------------------------- */

static void want(struct channel *channel, bool writing)
{
	uint32_t events = (uint32_t)EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0);

	loop_watch(channel->channels->loop, &channel->watch, events);
}

static void converse(struct channel *channel)
{
	bool goes_on;

	if (*channel->text)
		frames_say(channel->frames, channel->text);
	explicit_bzero(channel->text, sizeof channel->text);
	goes_on = frames_move(channel->frames);
	deliver(channel);
	if (goes_on)
		want(channel, frames_wait_to_send(channel->frames));
	else
		fail(channel, NET_RESET, "the box closed its WebSocket");
}

static void open_frames(struct channel *channel)
{
	struct frames_io io = { on_receive, on_transmit, channel };

	channel->frames = frames_new(&io, REPLY_MAX_BODY - 1);
	channel->phase = OPEN;
	timer_set(channel->channels->loop, &channel->timer, clock_mono_ms() + channel->within_ms);
	converse(channel);
}

/* The box answers, but not with a WebSocket: the job says what that means. */
static void refused(struct channel *channel, int status)
{
	struct reply reply = { .status = status, .head = "", .body = "" };

	answer(channel, &reply);
	hang_up(channel);
}

static void read_answer(struct channel *channel)
{
	char bytes[READ_STEP];
	ssize_t got;
	int status;

	while (channel->phase == ASKING && (got = receive(channel, bytes, sizeof bytes)) > 0) {
		if (buf_add(&channel->in, bytes, (size_t)got)) {
			fail(channel, NET_LIMIT, "the answer is too large");
			return;
		}
		status = upgrade_answer(&channel->in, channel->accept, &channel->taken);
		if (status == 101)
			open_frames(channel);
		else if (status)
			refused(channel, status);
	}
	if (channel->phase == ASKING && errno != EAGAIN)
		fail(channel, NET_RESET,
		     "the box cut the connection before its answer was complete");
	else if (channel->phase == ASKING)
		want(channel, false);
}

static void ask(struct channel *channel)
{
	while (channel->sent < channel->out.len) {
		ssize_t got = transmit(channel, channel->out.data + channel->sent,
				       channel->out.len - channel->sent);

		if (got < 0 && errno == EAGAIN) {
			want(channel, true);
			return;
		}
		if (got < 0) {
			fail(channel, NET_RESET, "the box cut the connection");
			return;
		}
		channel->sent += (size_t)got;
	}
	read_answer(channel);
}

static void shake_failed(struct channel *channel)
{
	char detail[200];
	bool demanded;
	enum net net = tls_failure(detail, sizeof detail, &demanded);

	if (channel->capture.refused)
		fail(channel, NET_UNTRUSTED, channel->capture.detail);
	else
		fail(channel, net, detail);
}

static void shake(struct channel *channel)
{
	int got, error;

	ERR_clear_error();
	got = SSL_do_handshake(channel->ssl);
	error = SSL_get_error(channel->ssl, got);
	if (got == 1) {
		channel->phase = ASKING;
		ask(channel);
	} else if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		want(channel, error == SSL_ERROR_WANT_WRITE);
	} else if (error == SSL_ERROR_SYSCALL) {
		fail(channel, NET_RESET, "the connection was cut during the handshake");
	} else {
		shake_failed(channel);
	}
}

static void on_ready(void *arg, uint32_t events)
{
	struct channel *channel = arg;

	(void)events;
	if (channel->phase == SHAKING)
		shake(channel);
	else if (channel->phase == ASKING)
		ask(channel);
	else
		converse(channel);
}

static void on_timeout(void *arg)
{
	struct channel *channel = arg;
	struct reply reply = { .net = NET_TIMEOUT, .detail = "no answer in time" };

	/* An open one stays so: silence may be an answer, too. */
	answer(channel, &reply);
	if (channel->phase != OPEN)
		hang_up(channel);
}

static void on_dialled(void *arg, int fd, enum net net, const char *detail)
{
	struct channel *channel = arg;

	channel->watch.fd = fd;
	if (fd < 0) {
		fail(channel, net, detail);
		return;
	}
	channel->phase = SHAKING;
	timer_set(channel->channels->loop, &channel->timer,
		  clock_mono_ms() + channel->channels->exchange_ms);
	channel->ssl = tls_client(channel->channels->context, fd, channel->device->host,
				  &channel->capture);
	if (channel->ssl)
		shake(channel);
	else
		fail(channel, NET_TLS, "TLS cannot be set up for this name");
}

/* --- what others call ------------------------------------------------------------------------- */

struct channel *channel_new(const struct channels *channels, const struct device *device,
			    bool (*accept)(void *arg, const struct chain *, char reason[200]),
			    void *arg)
{
	struct channel *channel = mem_alloc(sizeof *channel);

	channel->channels = channels;
	channel->device = device;
	channel->capture =
		(struct capture){ .chains = channels->chains, .accept = accept, .arg = arg };
	channel->watch = (struct watch){ .fd = -1, .ready = on_ready, .arg = channel };
	channel->timer = (struct timer){ .fire = on_timeout, .arg = channel };
	channel->in = BUF_MAX(REPLY_MAX_HEAD);
	channel->out = BUF_MAX(2 * EXCHANGE_MAX_PATH);
	return channel;
}

void channel_stop(struct channel *channel)
{
	if (!channel)
		return;
	channel->waiting = false;
	hang_up(channel);
}

void channel_free(struct channel *channel)
{
	if (!channel)
		return;
	if (channel->phase == OPEN) {
		frames_close(channel->frames);
		(void)frames_move(channel->frames);
		SSL_shutdown(channel->ssl);
	}
	channel_stop(channel);
	buf_free(&channel->in);
	buf_free(&channel->out);
	mem_free(channel);
}

bool channel_open(struct channel *channel)
{
	if (channel && channel->phase == OPEN && !channel->waiting)
		converse(channel);
	return channel && channel->phase == OPEN;
}

static void connect_channel(struct channel *channel, const struct addresses *addresses,
			    uint16_t port)
{
	channel->phase = DIALLING;
	channel->shown = false;
	channel->sent = channel->taken = 0;
	channel->capture.chain = NULL;
	channel->capture.refused = channel->capture.asked = false;
	channel->capture.detail[0] = '\0';
	upgrade_request(&channel->out, channel->device, channel->path, channel->accept);
	channel->dial = (struct dial){ .loop = channel->channels->loop,
				       .port = port,
				       .connect_ms = channel->channels->connect_ms,
				       .loopback_only = channel->channels->loopback_only,
				       .done = on_dialled,
				       .arg = channel };
	dial_start(&channel->dial, addresses);
}

/* The text with the proof in its place; false: there is no password to prove. */
static bool prepare(struct channel *channel, const struct exchange *exchange)
{
	const struct secret *password = NULL;
	const char *mark = strstr(exchange->text, EXCHANGE_PROOF);
	char hex[PROVE_TEXT];

	snprintf(channel->path, sizeof channel->path, "%s", exchange->path);
	snprintf(channel->text, sizeof channel->text, "%s", exchange->text);
	if (!*exchange->proof || !mark)
		return true;
	if (channel->device->password)
		password = secret_ref_value(channel->device->password);
	if (!password)
		return false;
	prove(exchange->proof, password, hex);
	snprintf(channel->text, sizeof channel->text, "%.*s%s%s", (int)(mark - exchange->text),
		 exchange->text, hex, mark + strlen(EXCHANGE_PROOF));
	return true;
}

void channel_send(struct channel *channel, const struct exchange *exchange,
		  const struct addresses *addresses, uint16_t port,
		  void (*done)(void *arg, const struct reply *), void *arg)
{
	channel->done = done;
	channel->arg = arg;
	channel->waiting = true;
	channel->within_ms =
		exchange->within_ms ? exchange->within_ms : channel->channels->exchange_ms;
	if (!prepare(channel, exchange)) {
		fail(channel, NET_TLS, "the inventory has no password for this device");
		return;
	}
	if (channel->phase != OPEN && !*channel->text) {
		fail(channel, NET_RESET, "the box closed its WebSocket");
		return;
	}
	if (channel->phase != OPEN) {
		connect_channel(channel, addresses, port);
		return;
	}
	timer_set(channel->channels->loop, &channel->timer, clock_mono_ms() + channel->within_ms);
	converse(channel);
}
