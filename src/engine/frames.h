/*
 * frames: text messages in the frames of a WebSocket (RFC 6455 5), by wslay.  Private to the engine.
 */
#ifndef ENGINE_FRAMES_H
#define ENGINE_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct frames;

/* As read(2) and write(2) on a descriptor that does not block: -1 with errno, EAGAIN: not now. */
struct frames_io {
	ssize_t (*receive)(void *arg, void *bytes, size_t size);
	ssize_t (*transmit)(void *arg, const void *bytes, size_t size);
	void *arg;
};

/* Longer messages than max_bytes end the conversation. */
struct frames *frames_new(const struct frames_io *io, size_t max_bytes);
void frames_free(struct frames *frames);

/* Put a message into the queue; it goes out with frames_move(). */
void frames_say(struct frames *frames, const char *text);

/* The same for the farewell. */
void frames_close(struct frames *frames);

/* Send and receive what can be had now.  false: the conversation is over. */
bool frames_move(struct frames *frames);

/* Is something left that could not be sent? */
bool frames_wait_to_send(const struct frames *frames);

/* The oldest message not taken yet, owned; NULL: none. */
char *frames_take(struct frames *frames);

#endif
