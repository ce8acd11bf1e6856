/**
 * @file
 * serve: a request in, a reply out; no sockets, no waiting.
 *
 * Finds the route, asks for credentials, lets the family answer.  What a fault does to the bytes
 * on the wire (delay, cut, reset) is the session's business.
 */
#ifndef MOCK_SERVE_H
#define MOCK_SERVE_H

#include "auth.h"
#include "fault.h"

#include <stdbool.h>

struct device;
struct evbuffer;
struct http_request;

struct reply {
	int status;
	const char *type;        /**< Content-Type, static */
	struct evbuffer *fields; /**< owned: further header fields, each with its CRLF */
	struct evbuffer *body;   /**< owned */
	enum step step;          /**< what the request was for */
	enum step fault_step;  /**< the same, but STEP_OTHER for a challenge: a fault of the upload
				  must not strike before the upload came */
	enum auth_scheme auth; /**< how the client identified itself */
	const char *detail;    /**< for the log, static or NULL */
	bool close;            /**< end the connection afterwards */
	bool silent;           /**< never answer */
	bool upgrade;          /**< status 101: WebSocket frames follow */
};

/** An empty reply with status 200.  Release with reply_clear(). */
void reply_init(struct reply *reply);

/** Release what the reply owns. */
void reply_clear(struct reply *reply);

/** Make it a refusal: status and a small page that says so. */
void reply_refuse(struct reply *reply, int status);

/** Answer a request to a device. */
void serve_request(struct device *device, const struct http_request *request, struct reply *reply);

/** Append the whole reply as it goes over the wire, in the device's time; empties the body. */
void serve_encode(const struct device *device, struct reply *reply, struct evbuffer *out);

#endif
