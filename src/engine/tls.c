#include "tls.h"
#include "lean.h"
#include "resolve.h"
#include <openssl/err.h>
#include <stdio.h>

/*
 * Each SSL_CTX takes 64 bytes of it (ticket keys), and libcurl makes one per connection: a thousand
 * boxes would use up 64 KiB, and then nothing works any more.
 */
enum { SECURE_HEAP = 1 << 20 };

/* A probe says hello and goodbye: OpenSSL's 16 KiB per connection for more would stay empty. */
enum { SENT_AT_ONCE = 2048 };

static int capture_take(struct capture *capture, X509_STORE_CTX *store)
{
	struct err err = { 0 };

	capture->chain = chains_take(capture->chains, X509_STORE_CTX_get0_untrusted(store), &err);
	if (!capture->chain)
		snprintf(capture->detail, sizeof capture->detail, "%.190s", err.text);
	if (!capture->accept)
		return 1; /* the verdict is ours, later; go on, so that possession is proved */
	if (capture->chain && capture->accept(capture->arg, capture->chain, capture->detail))
		return 1;
	capture->refused = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static int verify_only(X509_STORE_CTX *store, void *arg)
{
	return capture_take(arg, store);
}

static int verify_attached(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	(void)arg;
	return capture_take(SSL_get_app_data(ssl), store);
}

/* The server asks for a certificate of ours: there is none, and that it asked is noted. */
static int on_asked(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct capture *capture = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	(void)certificate;
	(void)key;
	if (!capture)
		capture = SSL_get_app_data(ssl);
	capture->asked = true;
	return 0;
}

void capture_only(SSL_CTX *context, struct capture *capture)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, verify_only, capture);
	SSL_CTX_set_app_data(context, capture);
	SSL_CTX_set_client_cert_cb(context, on_asked);
	/* The identity that was judged is the one that gets the secrets. */
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

/* Each connection has a capture of its own: tls_client(). */
static void capture_context(SSL_CTX *context)
{
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, verify_attached, NULL);
	SSL_CTX_set_client_cert_cb(context, on_asked);
}

static void *openssl_alloc(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return bytes ? mem_library_alloc(bytes) : NULL;
}

static void *openssl_resize(void *pointer, size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	if (bytes)
		return mem_library_resize(pointer, bytes);
	mem_library_free(pointer);
	return NULL;
}

static void openssl_free(void *pointer, const char *file, int line)
{
	(void)file;
	(void)line;
	mem_library_free(pointer);
}

int tls_global_init(struct err *err)
{
	if (!CRYPTO_set_mem_functions(openssl_alloc, openssl_resize, openssl_free))
		return err_set(err, ERR_IO, "OpenSSL was in use before it was set up");
	(void)CRYPTO_secure_malloc_init(SECURE_HEAP, 16); /* an improvement, not a condition */
	return 0;
}

/*
 * Old boxes must be looked at too: TLS 1.0, level 0, no secure renegotiation.  Nothing secret ever
 * goes over these connections.  X25519 first: what OpenSSL offers by default costs more on every
 * handshake, and a longer ClientHello makes old devices stumble.
 */
SSL_CTX *tls_probe_context(struct err *err)
{
	SSL_CTX *context = SSL_CTX_new_ex(lean_context(), NULL, TLS_client_method());

	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_VERSION) ||
	    !SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:@SECLEVEL=0") ||
	    !SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521")) {
		SSL_CTX_free(context);
		return err_set(err, ERR_IO, "TLS cannot be set up: %s",
			       ERR_reason_error_string(ERR_get_error())),
		       NULL;
	}
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* resuming hides the chain */
	SSL_CTX_set_max_cert_list(context, 256 * 1024L);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_max_send_fragment(context, SENT_AT_ONCE);
	capture_context(context);
	return context;
}

SSL_CTX *tls_admin_context(struct err *err)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) {
		SSL_CTX_free(context);
		return err_set(err, ERR_IO, "TLS cannot be set up: %s",
			       ERR_reason_error_string(ERR_get_error())),
		       NULL;
	}
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	capture_context(context);
	return context;
}

SSL *tls_client(SSL_CTX *context, int fd, const char *name, struct capture *capture)
{
	SSL *ssl = SSL_new(context);
	struct addresses literal;
	bool sni = *name && !resolve_literal(name, &literal);

	if (!ssl || !SSL_set_fd(ssl, fd) || !SSL_set_app_data(ssl, capture) ||
	    (sni && !SSL_set_tlsext_host_name(ssl, name))) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

static enum net failure_of(int reason, const char **words)
{
	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_UNEXPECTED_MESSAGE:
		*words = "the port answers, but not with TLS";
		return NET_PLAINTEXT;
	case SSL_R_UNEXPECTED_EOF_WHILE_READING:
		*words = "the connection was cut during the handshake";
		return NET_RESET;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
		*words = "no common TLS version";
		return NET_VERSION;
	case SSL_R_EXCESSIVE_MESSAGE_SIZE:
		*words = "the chain sent is larger than 256 KiB";
		return NET_LIMIT;
	default:
		*words = NULL;
		return NET_TLS;
	}
}

enum net tls_failure(char *detail, size_t size, bool *requires_client)
{
	unsigned long code = ERR_get_error();
	int reason = ERR_GET_REASON(code);
	const char *words;
	enum net net = failure_of(reason, &words);

	*requires_client = reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
			   reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE ||
			   reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE;
	if (words)
		snprintf(detail, size, "%s", words);
	else
		snprintf(detail, size, "the TLS handshake failed: %s",
			 ERR_reason_error_string(code) ? ERR_reason_error_string(code) : "unknown");
	ERR_clear_error();
	return net;
}
