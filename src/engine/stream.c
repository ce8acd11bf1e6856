#include "stream.h"
#include "certroll/clock.h"
#include "client.h"
#include "dial.h"
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READ_STEP = 4096 };

enum phase { DIALLING, SHAKING, SENDING, READING };

struct stream {
	const struct streams *streams;
	const struct device *device;
	const struct exchange *exchange; /* borrowed */
	enum phase phase;
	struct dial dial;
	struct watch watch;
	struct timer timer;
	SSL *ssl; /* NULL: without TLS */
	struct capture capture;
	struct bytes parts[3]; /* command, payload, the empty line behind it: borrowed */
	size_t part, part_count, sent;
	struct buf in;
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

static void stream_close(struct stream *stream)
{
	struct loop *loop = stream->streams->loop;

	dial_stop(&stream->dial);
	timer_stop(loop, &stream->timer);
	loop_watch(loop, &stream->watch, 0);
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	if (stream->watch.fd >= 0)
		close(stream->watch.fd);
	stream->watch.fd = -1;
}

void stream_stop(struct stream *stream)
{
	if (!stream)
		return;
	stream_close(stream);
	buf_free(&stream->in);
	mem_free(stream);
}

/* Tell the owner, who stops (and so frees) the stream. */
static void finish(struct stream *stream, enum net net, const char *detail)
{
	struct reply reply = { .kind = EXCHANGE_LINE, .net = net, .head = "" };

	reply.body = buf_text(&stream->in);
	reply.chain = stream->capture.refused ? NULL : stream->capture.chain;
	reply.completed = reply.chain && stream->phase >= SENDING;
	reply.tls_version = stream->ssl ? SSL_get_version(stream->ssl) : NULL;
	snprintf(reply.detail, sizeof reply.detail, "%s", detail);
	stream_close(stream);
	stream->done(stream->arg, &reply);
}

/* --- bytes ------------------------------------------------------------------------------------ */

/* As read(2) and write(2): how many, 0 at the end, -1 with errno; EAGAIN: watched for that. */
static ssize_t outcome_of(struct stream *stream, int got)
{
	int error = SSL_get_error(stream->ssl, got);
	uint32_t want = error == SSL_ERROR_WANT_WRITE ? EPOLLOUT : EPOLLIN;

	ERR_clear_error();
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = EPIPE;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		loop_watch(stream->streams->loop, &stream->watch, want);
		errno = EAGAIN;
	}
	return -1;
}

static ssize_t plain_outcome(struct stream *stream, ssize_t got, uint32_t want)
{
	if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
		loop_watch(stream->streams->loop, &stream->watch, want);
		errno = EAGAIN;
	}
	return got;
}

static ssize_t receive(struct stream *stream, void *bytes, size_t size)
{
	int got;

	if (!stream->ssl)
		return plain_outcome(stream, recv(stream->watch.fd, bytes, size, 0), EPOLLIN);
	ERR_clear_error();
	got = SSL_read(stream->ssl, bytes, (int)size);
	return got > 0 ? got : outcome_of(stream, got);
}

static ssize_t transmit(struct stream *stream, const void *bytes, size_t size, bool last)
{
	int flags = MSG_NOSIGNAL | (last ? 0 : MSG_MORE), got;

	if (!stream->ssl)
		return plain_outcome(stream, send(stream->watch.fd, bytes, size, flags), EPOLLOUT);
	ERR_clear_error();
	got = SSL_write(stream->ssl, bytes, (int)size);
	return got > 0 ? got : outcome_of(stream, got);
}

/* --- phases ----------------------------------------------------------------------------------- */

/* With TLS 1.3 our side is done before the server has looked at our certificate, or missed it. */
static const char *why_silent(const struct stream *stream)
{
	if (!stream->ssl)
		return "closed without an answer";
	return stream->exchange->client
		       ? "closed without an answer; does it accept our client certificate?"
		       : "closed without an answer; does it want a client certificate?";
}

static void ended(struct stream *stream, bool properly)
{
	if (properly && stream->in.len)
		finish(stream, NET_OK, "");
	else if (stream->in.len)
		finish(stream, NET_RESET, "the connection was cut before the answer was complete");
	else
		finish(stream, NET_RESET, why_silent(stream));
}

static void read_answer(struct stream *stream)
{
	char bytes[READ_STEP];
	ssize_t got;

	while ((got = receive(stream, bytes, sizeof bytes)) > 0)
		if (buf_add(&stream->in, bytes, (size_t)got)) {
			finish(stream, NET_LIMIT, "the answer is too large");
			return;
		}
	if (got == 0 || errno != EAGAIN)
		ended(stream, got == 0);
}

static void send_command(struct stream *stream)
{
	while (stream->part < stream->part_count) {
		struct bytes part = stream->parts[stream->part];
		ssize_t got = transmit(stream, part.data + stream->sent, part.len - stream->sent,
				       stream->part + 1 == stream->part_count);

		if (got <= 0 && errno == EAGAIN)
			return;
		if (got <= 0)
			break; /* what it said before it closed may tell why */
		stream->sent += (size_t)got;
		if (stream->sent == part.len) {
			stream->part++;
			stream->sent = 0;
		}
	}
	stream->phase = READING;
	loop_watch(stream->streams->loop, &stream->watch, EPOLLIN);
	read_answer(stream);
}

static void shake(struct stream *stream)
{
	char detail[200];
	bool demanded;
	enum net net;
	int got;

	ERR_clear_error();
	got = SSL_do_handshake(stream->ssl);
	if (got == 1) {
		stream->phase = SENDING;
		send_command(stream);
		return;
	}
	switch (SSL_get_error(stream->ssl, got)) {
	case SSL_ERROR_WANT_READ:
		loop_watch(stream->streams->loop, &stream->watch, EPOLLIN);
		return;
	case SSL_ERROR_WANT_WRITE:
		loop_watch(stream->streams->loop, &stream->watch, EPOLLOUT);
		return;
	case SSL_ERROR_SYSCALL:
		finish(stream, NET_RESET, "the connection was cut during the handshake");
		return;
	default:
		net = tls_failure(detail, sizeof detail, &demanded);
		if (stream->capture.refused)
			finish(stream, NET_UNTRUSTED, stream->capture.detail);
		else
			finish(stream, net, detail);
	}
}

static void on_ready(void *arg, uint32_t events)
{
	struct stream *stream = arg;

	(void)events;
	if (stream->phase == SHAKING)
		shake(stream);
	else if (stream->phase == SENDING)
		send_command(stream);
	else
		read_answer(stream);
}

static void on_timeout(void *arg)
{
	finish(arg, NET_TIMEOUT, "no answer in time");
}

static bool set_up_tls(struct stream *stream, struct err *err)
{
	const char *client = stream->exchange->client;

	stream->ssl = tls_client(stream->streams->context, stream->watch.fd, stream->device->host,
				 &stream->capture);
	if (!stream->ssl)
		return err_set(err, ERR_IO, "TLS cannot be set up for this name"), false;
	return !client || client_use(stream->ssl, client, err) == 0;
}

static void on_dialled(void *arg, int fd, enum net net, const char *detail)
{
	struct stream *stream = arg;
	const char *at = stream->exchange->at;
	struct err err = { 0 };
	char words[160];

	stream->watch.fd = fd;
	if (fd < 0) {
		snprintf(words, sizeof words, "%.80s%s%.70s", at ? at : "", at ? ": " : "", detail);
		finish(stream, net, words);
		return;
	}
	timer_set(stream->streams->loop, &stream->timer,
		  clock_mono_ms() + stream->streams->exchange_ms);
	if (at) {
		stream->phase = SENDING;
		send_command(stream);
	} else if (set_up_tls(stream, &err)) {
		stream->phase = SHAKING;
		shake(stream);
	} else {
		finish(stream, NET_TLS, err.text);
	}
}

static void add_part(struct stream *stream, const char *data, size_t len)
{
	if (len)
		stream->parts[stream->part_count++] = (struct bytes){ data, len };
}

struct stream *stream_start(const struct streams *streams, const struct device *device,
			    const struct exchange *exchange, const struct addresses *addresses,
			    uint16_t port, struct acceptor acceptor,
			    void (*done)(void *arg, const struct reply *), void *arg)
{
	struct stream *stream = mem_alloc(sizeof *stream);
	struct addresses socket;

	stream->streams = streams;
	stream->device = device;
	stream->exchange = exchange;
	stream->done = done;
	stream->arg = arg;
	stream->in = BUF_MAX(REPLY_MAX_BODY - 1);
	stream->watch = (struct watch){ .fd = -1, .ready = on_ready, .arg = stream };
	stream->timer = (struct timer){ .fire = on_timeout, .arg = stream };
	stream->capture = (struct capture){ .chains = streams->chains,
					    .accept = acceptor.accept,
					    .arg = acceptor.arg };
	add_part(stream, exchange->text, strlen(exchange->text));
	add_part(stream, exchange->body.data, exchange->body.len);
	add_part(stream, "\n", exchange->body.len != 0);
	stream->dial = (struct dial){ .loop = streams->loop,
				      .port = port,
				      .connect_ms = streams->connect_ms,
				      .local_only = exchange->at && !exchange->plain,
				      .done = on_dialled,
				      .arg = stream };
	dial_start(&stream->dial, dial_socket(exchange->at, &socket) ? &socket : addresses);
	return stream;
}
