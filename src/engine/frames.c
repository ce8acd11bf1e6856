#include "frames.h"
#include "certroll/mem.h"
#include <errno.h>
#include <openssl/rand.h>
#include <string.h>
#include <wslay/wslay.h>

enum { MOST_MESSAGES = 64 };

struct message {
	struct message *next;
	char *text;
};

struct frames {
	struct frames_io io;
	wslay_event_context_ptr framing;
	struct message *first, **end; /* came in, not taken */
	size_t count;
};

static ssize_t not_now(wslay_event_context_ptr framing)
{
	wslay_event_set_error(framing,
			      errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t on_recv(wslay_event_context_ptr framing, uint8_t *bytes, size_t size, int flags,
		       void *arg)
{
	const struct frames *frames = arg;
	ssize_t got = frames->io.receive(frames->io.arg, bytes, size);

	(void)flags;
	return got > 0 ? got : not_now(framing);
}

static ssize_t on_send(wslay_event_context_ptr framing, const uint8_t *bytes, size_t size,
		       int flags, void *arg)
{
	const struct frames *frames = arg;
	ssize_t got = frames->io.transmit(frames->io.arg, bytes, size);

	(void)flags;
	return got > 0 ? got : not_now(framing);
}

static int on_mask(wslay_event_context_ptr framing, uint8_t *bytes, size_t size, void *arg)
{
	(void)framing;
	(void)arg;
	return RAND_bytes(bytes, (int)size) == 1 ? 0 : -1;
}

/* Too many that nobody waits for: the newest are passed over, as unknown ones are anyway. */
static void on_message(wslay_event_context_ptr framing,
		       const struct wslay_event_on_msg_recv_arg *got, void *arg)
{
	struct frames *frames = arg;
	struct message *message;

	(void)framing;
	if (got->opcode != WSLAY_TEXT_FRAME || frames->count == MOST_MESSAGES)
		return;
	message = mem_alloc(sizeof *message);
	message->text = mem_copy(got->msg, got->msg_length);
	*frames->end = message;
	frames->end = &message->next;
	frames->count++;
}

struct frames *frames_new(const struct frames_io *io, size_t max_bytes)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.genmask_callback = on_mask,
		.on_msg_recv_callback = on_message,
	};
	struct frames *frames = mem_alloc(sizeof *frames);

	frames->io = *io;
	frames->end = &frames->first;
	if (wslay_event_context_client_init(&frames->framing, &callbacks, frames))
		mem_exhausted();
	wslay_event_config_set_max_recv_msg_length(frames->framing, max_bytes);
	return frames;
}

void frames_free(struct frames *frames)
{
	char *text;

	if (!frames)
		return;
	while ((text = frames_take(frames)))
		mem_free(text);
	wslay_event_context_free(frames->framing);
	mem_free(frames);
}

void frames_say(struct frames *frames, const char *text)
{
	struct wslay_event_msg message = { .opcode = WSLAY_TEXT_FRAME,
					   .msg = (const uint8_t *)text,
					   .msg_length = strlen(text) };

	/* Refused only after a farewell: frames_move() tells then. */
	(void)wslay_event_queue_msg(frames->framing, &message);
}

void frames_close(struct frames *frames)
{
	(void)wslay_event_queue_close(frames->framing, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
}

bool frames_move(struct frames *frames)
{
	return wslay_event_send(frames->framing) == 0 && wslay_event_recv(frames->framing) == 0 &&
	       wslay_event_send(frames->framing) == 0 && wslay_event_want_read(frames->framing);
}

bool frames_wait_to_send(const struct frames *frames)
{
	return wslay_event_want_write(frames->framing);
}

char *frames_take(struct frames *frames)
{
	struct message *message = frames->first;
	char *text;

	if (!message)
		return NULL;
	frames->first = message->next;
	if (!frames->first)
		frames->end = &frames->first;
	frames->count--;
	text = message->text;
	mem_free(message);
	return text;
}
