#include "http.h"
#include "body.h"
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/inventory.h"
#include "fence.h"
#include "multi.h"
#include "outcome.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least libcurl takes; a bundle fits in, and each box in flight has one of its own. */
enum { UPLOADED_AT_ONCE = 16384 };

struct http {
	struct http_config config;
	struct multi *multi;
	unsigned clients; /* made so far */
};

struct http_client {
	struct http *http;
	const struct device *device;
	CURL *easy; /* kept for all requests: it remembers the digest nonce */
	struct curl_slist *addresses, *way;
	const char *at; /* of this request: borrowed; NULL: TLS to the device */
	bool plain;     /* of this request: may leave this machine without TLS */
	struct body body;
	struct buf head, text;
	struct capture capture;
	bool shown; /* the captured chain was handed out already */
	long auth;  /* what is said when asked: narrowed down by the first answer */
	int cause;  /* why there was no socket; 0: there was */
	char error[CURL_ERROR_SIZE];
	bool busy, too_large;
	unsigned number;              /* tells this client from the others of the engine */
	bool once, unheard, repeated; /* see is_repeated() */
	bool fresh;                   /* connected since the last request went out */
	int judged_port;              /* our end of the connection that was judged */
	struct err unsent;            /* why a request could not start */
	struct timer refused; /* a request that could not even start is answered from the loop */
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

static void on_done(CURL *easy, CURLcode code);

static void *curl_zeroed(size_t count, size_t size)
{
	return size && count > SIZE_MAX / size ? NULL : calloc(count, size);
}

int http_global_init(struct err *err)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_library_alloc, mem_library_free,
				 mem_library_resize, strdup, curl_zeroed) == CURLE_OK)
		return 0;
	return err_set(err, ERR_IO, "libcurl cannot be set up");
}

struct http *http_new(const struct http_config *config, struct err *err)
{
	auto_free struct http *http = mem_alloc(sizeof *http);

	http->config = *config;
	http->multi = multi_new(config->loop, config->connections, on_done, err);
	return http->multi ? take(http) : NULL;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	multi_free(http->multi);
	mem_free(http);
}

static size_t take_bytes(struct http_client *client, struct buf *buf, const char *bytes,
			 size_t size)
{
	client->too_large = client->too_large || buf_add(buf, bytes, size);
	return client->too_large ? 0 : size;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_client *client = arg;

	return take_bytes(client, &client->text, bytes, size * count);
}

/* Each response starts with a status line; only the last one's head is kept. */
static size_t on_head(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_client *client = arg;

	if (size * count > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		client->unheard = false;
		buf_clear(&client->head);
		buf_clear(&client->text);
	}
	return take_bytes(client, &client->head, bytes, size * count);
}

/* A new connection: what was captured on the last one says nothing about this one. */
static void forget(struct http_client *client)
{
	client->capture.chain = NULL;
	client->capture.refused = client->capture.asked = false;
	client->capture.detail[0] = '\0';
	client->shown = false;
}

static CURLcode on_context(CURL *easy, void *context, void *arg)
{
	struct http_client *client = arg;

	(void)easy;
	forget(client);
	client->fresh = true;
	capture_only(context, &client->capture);
	return CURLE_OK;
}

/*
 * When a kept connection ends before the answer begins, libcurl sends the request again on a new one,
 * a POST, too.  The box may have acted on it, and may have ended the connection because of it; nobody
 * has noted a second one (RFC 9110 9.2.2).
 */
static bool is_repeated(struct http_client *client)
{
	client->repeated = client->once && client->unheard;
	client->unheard = true;
	return client->repeated;
}

/*
 * Before a request goes out: is this the connection that was judged for this device?  set_way()
 * sees to that; this is the second lock.
 */
static int on_request(void *arg, char *peer, char *own, int peer_port, int own_port)
{
	struct http_client *client = arg;

	(void)peer;
	(void)own;
	(void)peer_port;
	if (is_repeated(client))
		return CURL_PREREQFUNC_ABORT;
	if (client->at)
		return CURL_PREREQFUNC_OK; /* nobody was judged, nothing is kept */
	if (client->fresh)
		client->judged_port = own_port;
	client->fresh = false;
	return own_port == client->judged_port ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t on_socket_wanted(void *arg, curlsocktype purpose,
				      struct curl_sockaddr *address)
{
	struct http_client *client = arg;
	bool bare = client->at && !client->plain, rehearsal = client->http->config.loopback_only;
	enum fence fence = rehearsal ? FENCE_LOOPBACK : bare ? FENCE_LOCAL : FENCE_NONE;
	int fd = fence_socket(fence, &address->addr);

	(void)purpose;
	client->cause = fd < 0 ? errno : 0;
	return fd;
}

static void set_connection(struct http_client *client)
{
	const struct http_config *config = &client->http->config;
	CURL *easy = client->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, client);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Names of ours never get another address: no need to go through them all for old ones. */
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOADED_AT_ONCE);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "certroll/" CERTROLL_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)config->exchange_ms);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, client);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, client);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket_wanted);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, client);
}

/* libcurl verifies nothing: identity is judged in our callback, with one shared store per run. */
static void set_tls(struct http_client *client)
{
	CURL *easy = client->easy;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, client);
}

static long auth_of(const struct http_client *client, enum exchange_auth auth)
{
	static const unsigned long words[] = {
		[AUTH_NONE] = CURLAUTH_NONE,
		[AUTH_BASIC] = CURLAUTH_BASIC,
		[AUTH_DIGEST] = CURLAUTH_DIGEST,
		[AUTH_BEARER] = CURLAUTH_BEARER,
	};

	return auth == AUTH_OFFERED ? client->auth : (long)words[auth];
}

/*
 * Always inside TLS.  For an open request, and without TLS, libcurl gets no credentials, so that it
 * has none to send whatever the box answers.
 */
static void set_login(struct http_client *client, const struct exchange *exchange)
{
	const struct device *device = client->device;
	bool bearer = exchange->auth == AUTH_BEARER, none = exchange->auth == AUTH_NONE;
	bool mute = device->driver->own_login || exchange->open || client->at || none;
	const struct secret *password = NULL;

	if (device->password && (*device->user || bearer) && !mute)
		password = secret_ref_value(device->password);
	curl_easy_setopt(client->easy, CURLOPT_HTTPAUTH,
			 password ? auth_of(client, exchange->auth) : (long)CURLAUTH_NONE);
	curl_easy_setopt(client->easy, CURLOPT_USERNAME, password && !bearer ? device->user : NULL);
	curl_easy_setopt(client->easy, CURLOPT_PASSWORD,
			 password && !bearer ? password->bytes : NULL);
	curl_easy_setopt(client->easy, CURLOPT_XOAUTH2_BEARER,
			 password && bearer ? password->bytes : NULL);
	if (exchange->new_session)
		curl_easy_setopt(client->easy, CURLOPT_COOKIELIST, "ALL");
}

static void on_refused(void *arg)
{
	struct http_client *client = arg;
	struct reply reply = { .kind = EXCHANGE_HTTP, .net = NET_TLS };

	snprintf(reply.detail, sizeof reply.detail, "the request cannot be made%s%.150s",
		 *client->unsent.text ? ": " : "", client->unsent.text);
	client->busy = false;
	body_clear(&client->body, client->easy);
	client->done(client->arg, &reply);
}

struct http_client *http_client_new(struct http *http, const struct device *device,
				    bool (*accept)(void *arg, const struct chain *,
						   char reason[200]),
				    void *arg)
{
	struct http_client *client = mem_alloc(sizeof *client);

	client->http = http;
	client->number = ++http->clients;
	client->device = device;
	client->auth = (long)(CURLAUTH_DIGEST | CURLAUTH_BASIC);
	client->head = BUF_MAX(REPLY_MAX_HEAD);
	client->text = BUF_MAX(REPLY_MAX_BODY);
	client->capture =
		(struct capture){ .chains = http->config.chains, .accept = accept, .arg = arg };
	client->refused = (struct timer){ .fire = on_refused, .arg = client };
	client->easy = curl_easy_init();
	if (!client->easy)
		mem_exhausted();
	set_connection(client);
	set_tls(client);
	if (device->driver->cookies) /* in memory, and for this device alone */
		curl_easy_setopt(client->easy, CURLOPT_COOKIEFILE, "");
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	http_stop(client);
	curl_easy_cleanup(client->easy);
	curl_slist_free_all(client->addresses);
	curl_slist_free_all(client->way);
	buf_free(&client->head);
	buf_free(&client->text);
	mem_free(client);
}

/*
 * Our resolver's answer (libcurl would start a thread per name), under a name of this client's own:
 * libcurl picks idle connections by name, and one that another entry of the inventory opened to the
 * same address was judged by other rules.  Host and SNI stay those of the URL.
 */
static void set_way(struct http_client *client, const struct addresses *addresses, uint16_t port)
{
	auto_free char *name = text_format("entry-%u.invalid", client->number); /* RFC 6761 6.4 */
	auto_free char *to = text_format("::%s:%u", name, port);
	auto_buf line = BUF_MAX(1024);

	if (buf_addf(&line, "%s:%u:", name, port))
		return;
	for (size_t i = 0; i < addresses->count; i++)
		if (buf_addf(&line, "%s%s", i ? "," : "", addresses->items[i].text))
			break;
	if (client->addresses && strcmp(client->addresses->data, buf_text(&line)) == 0)
		return;
	curl_slist_free_all(client->addresses);
	curl_slist_free_all(client->way);
	client->addresses = curl_slist_append(NULL, buf_text(&line));
	client->way = curl_slist_append(NULL, to);
	curl_easy_setopt(client->easy, CURLOPT_RESOLVE, client->addresses);
	curl_easy_setopt(client->easy, CURLOPT_CONNECT_TO, client->way);
}

/* Where it goes.  Without TLS nobody is judged, and the connection is for this request alone. */
static void set_place(struct http_client *client, const struct exchange *exchange)
{
	CURL *easy = client->easy;
	bool unix_socket = exchange->at && exchange->at[0] == '/';
	uint16_t port = unix_socket ? 80 : client->device->port;
	auto_free char *url = NULL;
	char host[256];

	client->at = exchange->at;
	client->plain = exchange->plain;
	if (client->at)
		forget(client);
	snprintf(host, sizeof host, "%s", unix_socket ? "localhost" : client->device->host);
	if (exchange->at && !unix_socket)
		(void)exchange_split_at(exchange->at, host, &port);
	url = text_format(strchr(host, ':') ? "%s://[%s]:%u%s" : "%s://%s:%u%s",
			  exchange->at ? "http" : "https", host, port, exchange->path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, exchange->at ? "http" : "https");
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, unix_socket ? exchange->at : NULL);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, exchange->at ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, exchange->at ? 1L : 0L);
}

/* Once the box has said what it speaks, say only that: then nothing is asked for twice. */
static void settle_auth(struct http_client *client)
{
	long offered = 0;

	if (client->at || client->auth != (long)(CURLAUTH_DIGEST | CURLAUTH_BASIC))
		return; /* of a second challenge libcurl tells Basic alone */
	curl_easy_getinfo(client->easy, CURLINFO_HTTPAUTH_AVAIL, &offered);
	if (offered & (long)CURLAUTH_DIGEST)
		client->auth = (long)CURLAUTH_DIGEST;
	else if (offered & (long)CURLAUTH_BASIC)
		client->auth = (long)CURLAUTH_BASIC;
}

void http_send(struct http_client *client, const struct exchange *exchange,
	       const struct addresses *addresses, uint16_t port,
	       void (*done)(void *arg, const struct reply *), void *arg)
{
	client->done = done;
	client->arg = arg;
	client->busy = true;
	client->too_large = client->unheard = client->repeated = false;
	client->once = exchange->once;
	client->cause = 0;
	client->error[0] = '\0';
	buf_clear(&client->head);
	buf_clear(&client->text);
	set_place(client, exchange);
	if (!exchange->at || exchange->at[0] != '/')
		set_way(client, addresses, port);
	set_login(client, exchange);
	client->unsent = (struct err){ 0 };
	if (body_set(&client->body, client->easy, exchange, client->device, &client->unsent) ||
	    multi_add(client->http->multi, client->easy))
		timer_set(client->http->config.loop, &client->refused, clock_mono_ms());
}

/* Take the handle out and let go of the body. */
static void end_request(struct http_client *client)
{
	client->busy = false;
	timer_stop(client->http->config.loop, &client->refused);
	multi_remove(client->http->multi, client->easy);
	body_clear(&client->body, client->easy);
}

void http_stop(struct http_client *client)
{
	if (client && client->busy)
		end_request(client);
}

static enum net net_of(const struct http_client *client, CURLcode code)
{
	if (client->capture.refused)
		return NET_UNTRUSTED;
	if (client->repeated)
		return NET_RESET;
	return client->too_large ? NET_LIMIT : curl_net(code, client->error);
}

static void describe(const struct http_client *client, struct reply *reply)
{
	char *detail = reply->detail;
	size_t size = sizeof reply->detail;
	const char *words =
		curl_words(reply->net, client->cause, client->capture.asked && !client->shown);

	if (reply->net == NET_CLOSED && client->at && !fence_words(client->cause))
		snprintf(detail, size, "%.110s: %s", client->at,
			 client->cause == EPERM
				 ? "another machine, and without TLS: refused (option plain)"
				 : "nobody listens there");
	else if (reply->net == NET_UNTRUSTED)
		snprintf(detail, size, "%s", client->capture.detail);
	else if (reply->net != NET_OK)
		snprintf(detail, size, "%.199s", words ? words : client->error);
}

static void complete(struct http_client *client, CURLcode code)
{
	struct reply reply = { .kind = EXCHANGE_HTTP, .net = net_of(client, code) };
	long status = 0;

	if (code != CURLE_OK && !*client->error)
		snprintf(client->error, sizeof client->error, "%s", curl_easy_strerror(code));
	curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	reply.status = code == CURLE_OK ? (int)status : 0;
	reply.body = buf_text(&client->text);
	reply.head = buf_text(&client->head);
	reply.date = curl_date(&reply);
	describe(client, &reply);
	if (!client->shown && !client->capture.refused && code == CURLE_OK) {
		reply.chain = client->capture.chain;
		reply.completed = reply.chain;
		client->shown = true;
	}
	settle_auth(client);
	end_request(client);
	client->done(client->arg, &reply);
}

static void on_done(CURL *easy, CURLcode code)
{
	char *client = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &client);
	complete((struct http_client *)(void *)client, code);
}
