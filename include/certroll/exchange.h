/**
 * @file
 * exchange: one thing to send to a device, and what came back.  Values only, no I/O.
 *
 * Layer: job.  Drivers fill exchanges through the builders and read replies; the engine carries
 * them: HTTP through libcurl, handshakes through OpenSSL, commands over sockets, and files of this
 * machine.
 */
#ifndef CERTROLL_EXCHANGE_H
#define CERTROLL_EXCHANGE_H

#include "certroll/buf.h"
#include "certroll/bundle.h"
#include "certroll/compose.h"
#include <stdbool.h>
#include <stdint.h>

struct chain;
struct secret_ref;
struct text_list;

enum {
	EXCHANGE_MAX_FIELDS = 32,
	EXCHANGE_MAX_FIELD = 128, /**< bytes of a name or file name */
	EXCHANGE_MAX_FILES = 6,
	EXCHANGE_MAX_HEADER = 256,
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
	EXCHANGE_LINE,      /**< one command over a socket of its own, and all that comes back */
	EXCHANGE_FILES,     /**< write files of this machine, then run a program of it */
};

/** One file of this machine. */
struct exchange_file {
	const char *path;  /**< borrowed from the driver's options */
	struct bytes body; /**< borrowed from the bundle */
	bool secret;       /**< a key is in it: a new file is for its owner only */
};

/** How a request logs on. */
enum exchange_auth {
	AUTH_OFFERED, /**< Digest where the box offers it, else Basic; only when asked */
	AUTH_NONE,
	AUTH_BASIC,  /**< at once, since some boxes never ask */
	AUTH_DIGEST, /**< never Basic */
	AUTH_BEARER, /**< the device's password is the token (RFC 6750 2.1) */
};

enum form_kind { FORM_NONE, FORM_MULTIPART, FORM_URLENCODED, FORM_JSON, FORM_RAW };

/**
 * A body of patterns (compose.h).  The engine fills them in when it sends, so that neither the
 * driver nor its job ever sees a password.  All borrowed.
 */
struct exchange_form {
	enum form_kind kind;
	const struct text_list *fields; /**< MULTIPART, URLENCODED: form_split(), in this order */
	const char *body;               /**< JSON, RAW */
	const char *type;               /**< RAW, and each file of MULTIPART */
	const char *header;             /**< one more header, a pattern as well; "": none */
	const char *token;              /**< for {token}; "": none is known */
	const struct secret_ref *container_password; /**< of {pkcs12}; NULL: not known */
	bool old_container;                          /**< as assembly_pkcs12() */
	const struct bundle *bundle;                 /**< the job's */
};

struct exchange {
	enum exchange_kind kind;
	/* HTTP */
	const char *method;                  /**< "GET", "POST", "PUT", "PATCH", "DELETE" */
	bool once;                           /**< alters the device: sent again by nobody */
	bool open;                           /**< without credentials, come what may */
	char path[EXCHANGE_MAX_PATH];        /**< with query; CHANNEL: where it is opened */
	bool upload;                         /**< one multipart/form-data part with these: */
	const char *field, *filename, *type; /**< borrowed from the driver's options */
	const char *also, *also_value; /**< upload: a text field before the file; NULL: none */
	bool raw;                      /**< or the body as it is, of this type */
	struct exchange_form form;     /**< or this, unless FORM_NONE */
	enum exchange_auth auth;
	bool new_session;                 /**< cookies of earlier exchanges are forgotten first */
	char header[EXCHANGE_MAX_HEADER]; /**< one more header, "If-Match: x"; "": none */
	struct bytes
		body; /**< borrowed from the bundle; never copied, never logged.  LINE: payload */
	/* HTTP, LINE: see exchange_at() */
	const char *at; /**< NULL: the device's host and port, over TLS */
	bool plain;     /**< at: may be another machine, although nothing is encrypted */
	const char
		*client; /**< LINE over TLS: PEM file with a certificate and key of ours, or NULL */
	/* HANDSHAKE */
	uint16_t port;
	char sni[256]; /**< "" : none sent */
	/* CHANNEL */
	/**
	 * A JSON object; "": only listen.  LINE: with its "\n".  HTTP: not "": the body, a JSON object,
	 * see exchange_ask().
	 */
	char text[EXCHANGE_MAX_TEXT];
	const char *password; /**< HTTP: member of that object for the password; NULL: none */
	/**
	 * Not "": EXCHANGE_PROOF in the text becomes prove() of this and the device's password.  So a
	 * driver logs on without ever seeing a password.
	 */
	char proof[EXCHANGE_MAX_PROOF];
	int within_ms; /**< for the message to come in; 0: the engine's limit */
	/* FILES: all of them or, as far as the system allows, none */
	struct exchange_file files[EXCHANGE_MAX_FILES];
	size_t file_count;
	const char *owner;               /**< "user:group"; "": as the old file, else ours */
	int64_t mode;                    /**< 0: as the old file, else by what is in it */
	const struct text_list *command; /**< program and arguments; NULL or empty: none */
	bool look;                       /**< only say what would stand in the way */
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
	char detail
		[200]; /**< not NET_OK, or FILES: why not, in one sentence for people; "": well */
	/* HTTP, valid during the call only */
	int status; /**< 0 when there is none; CHANNEL: 101 when it is open */
	const char
		*body; /**< NUL-terminated; CHANNEL: the message; LINE: all; FILES: what was said */
	const char *head; /**< header lines of the last response, and its trailers */
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

/** Send these bytes as they are with another method ("PATCH"); no bytes: none; always STEP_OK. */
enum verdict exchange_send(struct exchange *exchange, const char *method, const char *path,
			   const char *type, struct bytes body);

/**
 * Send a JSON object, which has no members yet: exchange_member() and exchange_number() add them;
 * always STEP_OK.  For bodies with the key in it: job_json().
 */
enum verdict exchange_ask(struct exchange *exchange, const char *method, const char *path);

/**
 * One member more in that object, the device's password, for boxes whose log-on is a message; always
 * STEP_OK.  The engine puts it in, in secret pages, over TLS only; a driver never sees it.
 */
enum verdict exchange_password(struct exchange *exchange, const char *name);

/** A text field before the file of exchange_upload(); always STEP_OK. */
enum verdict exchange_also(struct exchange *exchange, const char *name, const char *value);

/**
 * A field of a form: "NAME=VALUE", or "NAME@FILENAME=VALUE" for what is sent as a file.
 *
 * @param[out] filename  "": it is no file
 * @return where the value begins, or NULL: no such thing, or over EXCHANGE_MAX_FIELD
 */
const char *form_split(const char *field, char name[EXCHANGE_MAX_FIELD],
		       char filename[EXCHANGE_MAX_FIELD]);

/** Why a text is no such field (for the row of a schema), owned; NULL: it is one. */
char *form_refuse_field(const char *text) MUST_CHECK;

/** The same of one more header: "X-CSRF-Token: {token}"; "" is fine. */
char *form_refuse_header(const char *text) MUST_CHECK;

/** The same of a status as it may stand in a list: "200", "2xx". */
char *form_refuse_status(const char *text) MUST_CHECK;

/** One more header in a request; always STEP_OK.  A value over EXCHANGE_MAX_HEADER fails the step. */
enum verdict exchange_header(struct exchange *exchange, const char *name, const char *value);

/**
 * One command, without its line end; always STEP_OK.  A command over EXCHANGE_MAX_TEXT fails the
 * step.  With a payload the engine sends that, and an empty line behind it.
 */
enum verdict exchange_command(struct exchange *exchange, struct bytes payload, const char *format,
			      ...) PRINTF_LIKE(3, 4);

/**
 * Where an HTTP request or a command goes: "/run/x.sock", a socket of this machine; "host:port",
 * without TLS, and only to this machine's own addresses unless @p plain; "tls", the device's host:
 * and port: over TLS, where the other end is judged as always.  Always STEP_OK.
 */
enum verdict exchange_at(struct exchange *exchange, const char *at, bool plain);

/** Why a text is no such place (for the row of a schema), owned; NULL: it is one. */
char *exchange_refuse_at(const char *text) MUST_CHECK;

/** "host:port" or "[v6]:port" in its parts.  false: neither. */
bool exchange_split_at(const char *at, char host[256], uint16_t *port);

/** One file more to write; nothing with an empty path; always STEP_OK. */
enum verdict exchange_file(struct exchange *exchange, const char *path, struct bytes body,
			   bool secret);

/** Stands in the text of a message for the proof of knowing the password. */
#define EXCHANGE_PROOF "{proof}"

/**
 * Say {"mt": @p mt} over the WebSocket at @p path, which is opened first if it is not open yet;
 * always STEP_OK.  A message over EXCHANGE_MAX_TEXT fails the step.
 */
enum verdict exchange_say(struct exchange *exchange, const char *path, const char *mt);

/** One member more in that message or body, a text; always STEP_OK. */
enum verdict exchange_member(struct exchange *exchange, const char *name, const char *value);

/** The same, a whole number; always STEP_OK. */
enum verdict exchange_number(struct exchange *exchange, const char *name, int64_t value);

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

/**
 * What stands for the one '*' of a pattern in the body, else in the head: a token or session id
 * that a page gives out.  It ends before what follows the '*' or, where nothing does, before the
 * first blank, quote, '<', ',' or ';'.
 *
 * @return is it there, and does it fit?
 */
bool reply_pick(const struct reply *reply, const char *pattern, char *out, size_t size);

/** The first line of a reply that is not empty, printable and cut: what a program says.  Owned. */
char *reply_said(const struct reply *reply) MUST_CHECK;

/** Is this one of the lines of a reply, to the letter? */
bool reply_has_line(const struct reply *reply, const char *line);

/** The value of the first line "name: value" of a reply; NULL: none.  Owned. */
char *reply_value(const struct reply *reply, const char *name) MUST_CHECK;

/** Attribute of the first element at a path (xml_find()) of an XML reply; NULL: none.  Owned. */
char *reply_attr(const struct reply *reply, const char *path, const char *name) MUST_CHECK;

/**
 * Member of a reply that is a JSON object: a text as it is, true, false and whole numbers as words.
 *
 * @return owned, or NULL: no object, no such member, or one of another kind
 */
char *reply_member(const struct reply *reply, const char *name) MUST_CHECK;

/**
 * The same of an object inside that object: of element @p index of the list @p list, or, with index
 * 0, of @p list itself where that is an object.
 */
char *reply_item(const struct reply *reply, const char *list, size_t index,
		 const char *name) MUST_CHECK;

/** Finding id of a network result: "net-timeout", ... */
const char *net_id(enum net net);

#endif
