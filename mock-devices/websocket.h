/**
 * @file
 * websocket: RFC 6455 frames, the server's side.  Bytes in, events out; no sockets.
 *
 * Strict where a lenient server would hide a client's mistake: frames must be masked, lengths
 * minimal, texts well-formed UTF-8.
 */
#ifndef MOCK_WEBSOCKET_H
#define MOCK_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

struct evbuffer;

#define WEBSOCKET_MESSAGE_MAX 65536 /**< all fragments together */
#define WEBSOCKET_HEAD_MAX    14    /**< of a frame: two bytes, length, mask (5.2) */
#define WEBSOCKET_CONTROL_MAX 125   /**< content of a control frame (5.5) */
#define WEBSOCKET_ACCEPT_MAX  29    /**< Base64 of a SHA-1, terminated */

/** 5.2 */
enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/** 7.4.1; the ones this server sends. */
enum websocket_status {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNACCEPTABLE = 1003, /**< binary */
	WEBSOCKET_NO_STATUS = 1005,    /**< never sent: the client gave none */
	WEBSOCKET_BAD_TEXT = 1007,
	WEBSOCKET_TOO_BIG = 1009,
};

enum websocket_event {
	WEBSOCKET_MORE,    /**< the frame is not complete */
	WEBSOCKET_NOTHING, /**< a fragment, or a pong */
	WEBSOCKET_MESSAGE, /**< a whole text: message and length */
	WEBSOCKET_PINGED,  /**< control and control_length go back in a pong */
	WEBSOCKET_CLOSED,  /**< the client wants to; status is what it said */
	WEBSOCKET_FAILED,  /**< status says why; nothing more may be read */
};

/** What came so far; usable when zeroed.  Release with websocket_clear(). */
struct websocket {
	char *message; /**< owned; terminated when complete */
	size_t length;
	bool fragmented; /**< a message has begun and not ended */
	unsigned status;
	char control[WEBSOCKET_CONTROL_MAX + 1];
	size_t control_length;
};

/**
 * Take one frame.
 *
 * @param[out] used  bytes of the frame; 0 with WEBSOCKET_MORE and WEBSOCKET_FAILED
 */
enum websocket_event websocket_read(struct websocket *reader, const char *bytes, size_t length,
				    size_t *used);

void websocket_clear(struct websocket *reader);

/** Append an unmasked, unfragmented frame. */
void websocket_write(struct evbuffer *out, enum websocket_opcode opcode, const void *bytes,
		     size_t length);

/** Append a close frame; WEBSOCKET_NO_STATUS makes it an empty one. */
void websocket_write_close(struct evbuffer *out, unsigned status);

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (4.2.2); false: that is no key. */
bool websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT_MAX]);

/** Whether the bytes are well-formed UTF-8 (RFC 3629 4) without a NUL. */
bool websocket_is_text(const char *bytes, size_t length);

#endif
