/**
 * @file
 * channel: one open WebSocket of a device.  Frames in, frames out; no sockets, no waiting.
 *
 * The session that owns the connection feeds it and is woken when there is something to write.
 * Faults of messages happen here: late, by half, not at all, or with a reset instead.
 */
#ifndef MOCK_CHANNEL_H
#define MOCK_CHANNEL_H

#include "fault.h"
#include "websocket.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct device;
struct evbuffer;

#define CHANNEL_CHALLENGE_DIGITS 16
#define CHANNEL_KEY_CHARS        32

/** What happens when everything in `out` has been written. */
enum channel_end {
	CHANNEL_OPEN,
	CHANNEL_LINGER, /**< an orderly end */
	CHANNEL_CUT,    /**< close at once */
	CHANNEL_RESET,  /**< the same by TCP reset, and without writing */
	CHANNEL_HANG,   /**< stay, and hear nothing */
};

struct channel {
	LIST_ENTRY(channel) link; /**< in the device's list */
	struct device *device;    /**< borrowed */
	struct websocket reader;
	struct evbuffer *out; /**< owned: frames for the owner to write */
	int64_t delay_ms;     /**< to wait before that */
	enum channel_end end;
	void (*wake)(struct channel *channel); /**< `out`, `delay_ms` or `end` have changed */
	void *owner;
	char challenge[CHANNEL_CHALLENGE_DIGITS + 1]; /**< empty: none is open */
	char key[CHANNEL_KEY_CHARS + 1];              /**< empty: nobody asked for one */
	bool logged_in;
};

/** What to do with a message that came. */
enum channel_verdict { CHANNEL_ANSWER, CHANNEL_BUSY, CHANNEL_IGNORE };

/** Begin; the owner ends it with channel_close(). */
struct channel *channel_open(struct device *device, void (*wake)(struct channel *channel),
			     void *owner);

/** Accepts NULL. */
void channel_close(struct channel *channel);

/** Take in what the client sent. */
void channel_feed(struct channel *channel, struct evbuffer *input);

/** A message of this type and step has come: note it, and let the faults have their say. */
enum channel_verdict channel_begin(struct channel *channel, enum step step, const char *type);

/** Send a text message, as far as the faults of the step let it. */
void channel_send(struct channel *channel, enum step step, const char *text);

/** Close it from our side. */
void channel_refuse(struct channel *channel, enum websocket_status status);

/** Fill in a fresh challenge, or a fresh key. */
void channel_make_challenge(struct channel *channel);
void channel_make_key(struct channel *channel);

/** The open channel of the device with this key, or NULL. */
struct channel *channel_find(const struct device *device, const char *key);

#endif
