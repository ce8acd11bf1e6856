/*
 * tls: what a TLS handshake shows, taken in the verify callback.  Private to the engine.
 *
 * The callback sees the chain as the other end sent it, also when the handshake fails later (a
 * client certificate is demanded, say).  That the peer has the leaf's key is known only when the
 * handshake completes: two facts, kept apart.
 */
#ifndef ENGINE_TLS_H
#define ENGINE_TLS_H

#include "certroll/chain.h"
#include "certroll/exchange.h"
#include <openssl/ssl.h>

struct capture {
	struct chains *chains;
	const struct chain *chain; /* as served; NULL: not seen (yet) */
	char detail[200];          /* why the chain could not be read, or was not accepted */
	bool refused;              /* accept said no */
	bool asked;                /* the other end, for a certificate of ours */
	/* Before the handshake goes on; NULL: any chain will do. */
	bool (*accept)(void *arg, const struct chain *, char reason[200]);
	void *arg;
};

/* What a lost admin connection means when it was asked for. */
#define TLS_WANTS_CLIENT                                                                           \
	"the box asked for a client certificate and then cut the connection: it demands one on "   \
	"its admin port, and certroll has none; switch that off for the roll-out"

/* For a context that serves one capture (libcurl makes one per connection). */
void capture_only(SSL_CTX *context, struct capture *capture);

/* See engine_global_init(). */
int tls_global_init(struct err *err) MUST_CHECK;

/* The one context of all probes of a run: any version, any cipher, any peer; judged, not refused. */
SSL_CTX *tls_probe_context(struct err *err) MUST_CHECK;

/* For connections that carry secrets: TLS 1.2 and newer; who is there, the capture judges. */
SSL_CTX *tls_admin_context(struct err *err) MUST_CHECK;

/*
 * Our side of a connection, before its handshake, in one of these contexts.  The name goes out as SNI
 * unless it is "" or an address (RFC 6066 3).  NULL: TLS cannot be set up for this name.
 */
SSL *tls_client(SSL_CTX *context, int fd, const char *name, struct capture *capture) MUST_CHECK;

/* What the first error of OpenSSL's queue means for a handshake; the queue is empty afterwards. */
enum net tls_failure(char *detail, size_t size, bool *requires_client);

#endif
