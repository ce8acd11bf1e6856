/**
 * @file
 * exchange: one thing to send to a device, and what came back.  Values only, no I/O.
 *
 * Layer: job.  Drivers fill exchanges through the builders and read replies; the engine carries
 * them: HTTP through libcurl, handshakes through OpenSSL.
 */
#ifndef CERTROLL_EXCHANGE_H
#define CERTROLL_EXCHANGE_H

#include "certroll/buf.h"
#include "certroll/bundle.h"
#include <stdbool.h>
#include <stdint.h>

struct chain;

enum {
	EXCHANGE_MAX_PATH = 2048,
	EXCHANGE_MAX_TEXT = 1024,
	EXCHANGE_MAX_PROOF = 512,
	REPLY_MAX_BODY = 256 * 1024,
	REPLY_MAX_HEAD = 64 * 1024,
};

enum verdict {
	STEP_OK,     /**< build: send it; check: done, next step */
	STEP_SKIP,   /**< build: not needed here */
	STEP_AGAIN,  /**< check: the same step after every_ms, until within_ms; then it failed */
	STEP_MORE,   /**< check: the same step again at once (next page, next item) */
	STEP_LISTEN, /**< check: not the message waited for; the channel's next one, please */
	STEP_FAIL,   /**< from step_fail() */
};

enum exchange_kind {
	EXCHANGE_HTTP,
	EXCHANGE_HANDSHAKE, /**< connect, take the chain, prove key possession, close */
	EXCHANGE_CHANNEL,   /**< a message over the job's WebSocket, and the next that comes in */
};

struct exchange {
	enum exchange_kind kind;
	/* HTTP */
	const char *method;                  /**< "GET", "POST" */
	bool open;                           /**< without credentials, come what may */
	char path[EXCHANGE_MAX_PATH];        /**< with query; CHANNEL: where it is opened */
	bool upload;                         /**< one multipart/form-data part with these: */
	const char *field, *filename, *type; /**< borrowed from the driver's options */
	bool raw;                            /**< or the body as it is, of this type */
	struct bytes body; /**< borrowed from the bundle; never copied, never logged */
	/* HANDSHAKE */
	uint16_t port;
	char sni[256]; /**< "" : none sent */
	/* CHANNEL */
	char text[EXCHANGE_MAX_TEXT]; /**< a JSON object; "": only listen */
	/**
	 * Not "": EXCHANGE_PROOF in the text becomes prove() of this and the device's password.  So a
	 * driver logs on without ever seeing a password.
	 */
	char proof[EXCHANGE_MAX_PROOF];
	int within_ms; /**< for the message to come in; 0: the engine's limit */
	/* all */
	bool may_drop; /**< set from the step: a lost connection is expected */
};

/** What became of the connection. */
enum net {
	NET_OK,
	NET_RESOLVE,   /**< the name has no address */
	NET_CLOSED,    /**< connection refused, no route */
	NET_TIMEOUT,   /**< nothing came in time */
	NET_RESET,     /**< the other end cut the connection */
	NET_PLAINTEXT, /**< it does not speak TLS on this port */
	NET_VERSION,   /**< no common TLS version */
	NET_TLS,       /**< the handshake failed otherwise: no common cipher, broken record, ... */
	NET_UNTRUSTED, /**< we refused: not the device it should be; nothing secret was sent */
	NET_LIMIT,     /**< it sent more than we take */
	NET_STOPPED,   /**< ctrl-C, or the device's time was used up */
};

struct reply {
	enum exchange_kind kind;
	enum net net;
	char detail[200]; /**< not NET_OK: one sentence in words for people */
	/* HTTP, valid during the call only */
	int status;       /**< 0 when there is none; CHANNEL: 101 when it is open */
	const char *body; /**< NUL-terminated; CHANNEL: the message */
	const char *head; /**< header lines of the last response */
	int64_t date;     /**< of the Date header, seconds since 1970; 0: none */
	/* what the connection's handshake showed; also with most failures */
	const struct chain
		*chain; /**< as served; NULL: none was seen, or the connection is an old one */
	bool completed; /**< the other end proved that it has the leaf's key */
	bool asks_client, requires_client; /**< a certificate of ours */
	const char *tls_version;           /**< "TLSv1.3"; NULL: unknown */
};

/** GET this path; always STEP_OK.  A path over EXCHANGE_MAX_PATH then fails the step. */
enum verdict exchange_get(struct exchange *exchange, const char *path);

/** POST one file as multipart/form-data; always STEP_OK. */
enum verdict exchange_upload(struct exchange *exchange, const char *path, const char *field,
			     const char *filename, const char *type, struct bytes body);

/** POST these bytes as they are; always STEP_OK. */
enum verdict exchange_post(struct exchange *exchange, const char *path, const char *type,
			   struct bytes body);

/** Stands in the text of a message for the proof of knowing the password. */
#define EXCHANGE_PROOF "{proof}"

/**
 * Say {"mt": @p mt} over the WebSocket at @p path, which is opened first if it is not open yet;
 * always STEP_OK.  A message over EXCHANGE_MAX_TEXT fails the step.
 */
enum verdict exchange_say(struct exchange *exchange, const char *path, const char *mt);

/** One member more in that message, as JSON text; always STEP_OK. */
enum verdict exchange_member(struct exchange *exchange, const char *name, const char *value);

/** One member more, the proof: prove() of this text and the password; always STEP_OK. */
enum verdict exchange_prove(struct exchange *exchange, const char *name, const char *format, ...)
	PRINTF_LIKE(3, 4);

/** Only wait for the channel's next message; always STEP_OK. */
enum verdict exchange_listen(struct exchange *exchange, const char *path, int within_ms);

/** Replace "{name}" in the path by a value, percent-encoded (RFC 3986 2.3); always STEP_OK. */
enum verdict exchange_fill(struct exchange *exchange, const char *name, const char *value);

/** A fresh TLS connection to a port of the device; always STEP_OK. */
enum verdict exchange_handshake(struct exchange *exchange, uint16_t port, const char *sni);

/** Value of a header of the reply, ASCII case ignored, without blanks around; NULL: absent.  Owned. */
char *reply_header(const struct reply *reply, const char *name) MUST_CHECK;

/** Realm of the first challenge of a 401 (RFC 9110 11.5), without its quotes; NULL: none.  Owned. */
char *reply_realm(const struct reply *reply) MUST_CHECK;

/** Attribute of the first element at a path (xml_find()) of an XML reply; NULL: none.  Owned. */
char *reply_attr(const struct reply *reply, const char *path, const char *name) MUST_CHECK;

/**
 * Member of a reply that is a JSON object: a text as it is, true, false and whole numbers as words.
 *
 * @return owned, or NULL: no object, no such member, or one of another kind
 */
char *reply_member(const struct reply *reply, const char *name) MUST_CHECK;

/** Finding id of a network result: "net-timeout", ... */
const char *net_id(enum net net);

#endif
