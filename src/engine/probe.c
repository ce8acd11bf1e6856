#include "probe.h"
#include "certroll/clock.h"
#include "dial.h"
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* How long to listen, after a TLS 1.3 handshake, whether a missing client certificate is a no. */
enum { LISTEN_MS = 1000 };

struct probe {
	const struct prober *prober;
	struct dial dial;
	char sni[256];
	struct watch watch;
	struct timer timer;
	SSL *ssl;
	struct capture capture;
	struct reply reply;
	bool listening;
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

static void probe_close(struct probe *probe)
{
	dial_stop(&probe->dial);
	timer_stop(probe->prober->loop, &probe->timer);
	loop_watch(probe->prober->loop, &probe->watch, 0);
	SSL_free(probe->ssl);
	probe->ssl = NULL;
	if (probe->watch.fd >= 0)
		close(probe->watch.fd);
	probe->watch.fd = -1;
}

void probe_stop(struct probe *probe)
{
	if (!probe)
		return;
	probe_close(probe);
	mem_free(probe);
}

/* Tell the owner, who stops (and so frees) the probe. */
static void finish(struct probe *probe, enum net net, const char *detail)
{
	struct reply *reply = &probe->reply;

	reply->net = net;
	reply->chain = probe->capture.chain;
	reply->asks_client = probe->capture.asked;
	if (probe->ssl)
		reply->tls_version = SSL_get_version(probe->ssl);
	snprintf(reply->detail, sizeof reply->detail, "%s", detail ? detail : "");
	if (net == NET_OK && !reply->chain)
		snprintf(reply->detail, sizeof reply->detail, "%s", probe->capture.detail);
	if (reply->completed && probe->ssl)
		SSL_shutdown(probe->ssl);
	probe_close(probe);
	probe->done(probe->arg, reply);
}

/* With RSA key transport (RFC 5246 7.4.7.1) only the server's Finished proves its key. */
static bool key_was_proved(const struct probe *probe)
{
	const SSL_CIPHER *cipher = SSL_get_pending_cipher(probe->ssl);

	return cipher && SSL_CIPHER_get_kx_nid(cipher) != NID_kx_rsa;
}

static void finish_failed(struct probe *probe)
{
	struct reply *reply = &probe->reply;
	char detail[sizeof reply->detail];
	bool demanded;
	enum net net = tls_failure(detail, sizeof detail, &demanded);

	/* Refused for want of our certificate: the chain was shown and, with the ephemeral key
	 * exchanges, its key proved before (RFC 5246 7.4.3, RFC 8446 4.4.3). */
	reply->requires_client = demanded && probe->capture.asked;
	reply->completed = reply->completed || (reply->requires_client && key_was_proved(probe));
	finish(probe, reply->requires_client ? NET_OK : net,
	       reply->requires_client ? NULL : detail);
}

/* With TLS 1.3 our side is done before the server has looked at our missing certificate. */
static void listen_on(struct probe *probe)
{
	char byte;
	int got = SSL_read(probe->ssl, &byte, 1);
	int error = SSL_get_error(probe->ssl, got);

	if (error == SSL_ERROR_WANT_READ)
		return;
	if (got > 0 || error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SYSCALL)
		finish(probe, NET_OK, NULL);
	else
		finish_failed(probe);
}

static void shaken(struct probe *probe)
{
	struct reply *reply = &probe->reply;

	reply->completed = true;
	if (!probe->capture.asked || SSL_version(probe->ssl) < TLS1_3_VERSION) {
		finish(probe, NET_OK, NULL);
		return;
	}
	probe->listening = true;
	timer_set(probe->prober->loop, &probe->timer, clock_mono_ms() + LISTEN_MS);
	loop_watch(probe->prober->loop, &probe->watch, EPOLLIN);
	listen_on(probe);
}

static void shake(struct probe *probe)
{
	int got, error;

	ERR_clear_error();
	errno = 0;
	got = SSL_do_handshake(probe->ssl);
	error = SSL_get_error(probe->ssl, got);
	if (got == 1)
		shaken(probe);
	else if (error == SSL_ERROR_WANT_READ)
		loop_watch(probe->prober->loop, &probe->watch, EPOLLIN);
	else if (error == SSL_ERROR_WANT_WRITE)
		loop_watch(probe->prober->loop, &probe->watch, EPOLLOUT);
	else if (error == SSL_ERROR_SYSCALL)
		finish(probe, NET_RESET, "the connection was cut during the handshake");
	else
		finish_failed(probe);
}

static void begin_tls(struct probe *probe)
{
	probe->ssl =
		tls_client(probe->prober->context, probe->watch.fd, probe->sni, &probe->capture);
	if (!probe->ssl) {
		finish(probe, NET_TLS, "TLS cannot be set up for this name");
		return;
	}
	timer_set(probe->prober->loop, &probe->timer, clock_mono_ms() + probe->prober->exchange_ms);
	shake(probe);
}

static void on_dialled(void *arg, int fd, enum net net, const char *detail)
{
	struct probe *probe = arg;

	probe->watch.fd = fd;
	if (fd < 0)
		finish(probe, net, detail);
	else
		begin_tls(probe);
}

static void on_ready(void *arg, uint32_t events)
{
	struct probe *probe = arg;

	(void)events;
	if (probe->listening)
		listen_on(probe);
	else
		shake(probe);
}

static void on_timeout(void *arg)
{
	struct probe *probe = arg;

	if (probe->listening)
		finish(probe, NET_OK, NULL); /* it said nothing: it can do without */
	else
		finish(probe, NET_TIMEOUT,
		       "the port accepts but does not finish a TLS handshake in time");
}

struct probe *probe_start(const struct prober *prober, const struct addresses *addresses,
			  uint16_t port, const char *sni,
			  void (*done)(void *arg, const struct reply *), void *arg)
{
	struct probe *probe = mem_alloc(sizeof *probe);

	probe->prober = prober;
	probe->done = done;
	probe->arg = arg;
	probe->reply.kind = EXCHANGE_HANDSHAKE;
	probe->capture = (struct capture){ .chains = prober->chains };
	probe->watch = (struct watch){ .fd = -1, .ready = on_ready, .arg = probe };
	probe->timer = (struct timer){ .fire = on_timeout, .arg = probe };
	snprintf(probe->sni, sizeof probe->sni, "%s", sni);
	probe->dial = (struct dial){ .loop = prober->loop,
				     .port = port,
				     .connect_ms = prober->connect_ms,
				     .loopback_only = prober->loopback_only,
				     .done = on_dialled,
				     .arg = probe };
	dial_start(&probe->dial, addresses);
	return probe;
}
