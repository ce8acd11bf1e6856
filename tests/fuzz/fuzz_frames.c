/*
 * Frames of a WebSocket as a server may send them.  They come in pieces: a byte says how long the
 * next one is, 0 that nothing is there now.
 */
#include "certroll/mem.h"
#include "frames.h"
#include "fuzz.h"
#include <errno.h>
#include <string.h>

enum { MOST = 1 << 16 };

static ssize_t receive(void *arg, void *bytes, size_t size)
{
	struct input *input = arg;
	size_t want = input_byte(input), len;
	const uint8_t *from;

	if (!want) {
		errno = EAGAIN;
		return -1;
	}
	from = input_bytes(input, want < size ? want : size, &len);
	memcpy(bytes, from, len);
	return (ssize_t)len;
}

static ssize_t transmit(void *arg, const void *bytes, size_t size)
{
	(void)arg;
	(void)bytes;
	return (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct frames_io io = { receive, transmit, &input };
	struct frames *frames = frames_new(&io, MOST);

	frames_say(frames, "{\"mt\":\"hello\"}");
	while (frames_move(frames) && input.left)
		;
	for (char *text; (text = frames_take(frames)); mem_free(text))
		demand(strlen(text) <= MOST);
	frames_free(frames);
	return 0;
}
