/*
 * bare: TLS handshakes with many servers through nothing but OpenSSL and epoll, as cheap as it gets:
 * no names, no timers, no verdict.  It is the bound that an audit is held against.
 *
 *     bare FIRST-ADDRESS COUNT PORT IN-FLIGHT
 *
 * The servers are on consecutive addresses.  Says how many handshakes were done; status 0 if all were.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64 };

struct connection {
	int fd;
	SSL *ssl; /* NULL: not yet connected */
};

struct bare {
	SSL_CTX *context;
	int epoll;
	uint32_t next; /* address */
	uint16_t port;
	unsigned left, in_flight, done;
};

static int accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)store, (void)arg;
	return 1;
}

/* What the audit offers, see tls_probe_context(). */
static SSL_CTX *context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_VERSION) ||
	    !SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:@SECLEVEL=0") ||
	    !SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521"))
		return NULL;
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_max_send_fragment(context, 2048);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_any, NULL);
	return context;
}

static void watch(const struct bare *bare, struct connection *connection, int how, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = connection };

	(void)epoll_ctl(bare->epoll, how, connection->fd, &event);
}

static void end(struct bare *bare, struct connection *connection)
{
	SSL_free(connection->ssl);
	close(connection->fd);
	free(connection);
	bare->in_flight--;
}

static void begin(struct bare *bare)
{
	struct connection *connection = calloc(1, sizeof *connection);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(bare->port),
				       .sin_addr.s_addr = htonl(bare->next++) };

	if (!connection)
		abort();
	bare->left--;
	bare->in_flight++;
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) == 0 ||
	    errno == EINPROGRESS)
		watch(bare, connection, EPOLL_CTL_ADD, EPOLLOUT);
	else
		end(bare, connection);
}

static void shake(struct bare *bare, struct connection *connection)
{
	int got, error;

	if (!connection->ssl) {
		connection->ssl = SSL_new(bare->context);
		SSL_set_fd(connection->ssl, connection->fd);
	}
	got = SSL_connect(connection->ssl);
	error = SSL_get_error(connection->ssl, got);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		watch(bare, connection, EPOLL_CTL_MOD,
		      error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
		return;
	}
	if (got == 1)
		SSL_shutdown(connection->ssl);
	bare->done += got == 1;
	end(bare, connection);
}

static void run(struct bare *bare, unsigned most)
{
	struct epoll_event events[EVENTS];

	while (bare->left || bare->in_flight) {
		int count;

		while (bare->left && bare->in_flight < most)
			begin(bare);
		count = epoll_wait(bare->epoll, events, EVENTS, -1);
		for (int i = 0; i < count; i++)
			shake(bare, events[i].data.ptr);
	}
}

int main(int argc, char **argv)
{
	struct bare bare = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	struct in_addr first;
	unsigned count;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &first) != 1) {
		fprintf(stderr, "usage: bare FIRST-ADDRESS COUNT PORT IN-FLIGHT\n");
		return 2;
	}
	bare.next = ntohl(first.s_addr);
	bare.left = count = (unsigned)atoi(argv[2]);
	bare.port = (uint16_t)atoi(argv[3]);
	bare.context = context_new();
	if (!bare.context || bare.epoll < 0)
		return 3;
	run(&bare, (unsigned)atoi(argv[4]));
	printf("%u handshakes\n", bare.done);
	SSL_CTX_free(bare.context);
	close(bare.epoll);
	return bare.done == count ? 0 : 1;
}
