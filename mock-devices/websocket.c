/* websocket: frames in pieces. */
#include "websocket.h"

#include "cleanup.h"

#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

#define FIN        0x80U
#define RESERVED   0x70U
#define OPCODE     0x0fU
#define MASKED     0x80U
#define LENGTH     0x7fU
#define LENGTH_16  126U /* two bytes follow */
#define LENGTH_64  127U /* eight */
#define MASK_BYTES 4U
#define KEY_CHARS  24 /* Base64 of 16 bytes */

/* The head of a frame, and where its content is. */
struct frame {
	bool final;
	unsigned opcode;
	const unsigned char *mask, *content;
	uint64_t length;
};

static enum websocket_event fail(struct websocket *reader, enum websocket_status status)
{
	reader->status = status;
	return WEBSOCKET_FAILED;
}

static uint64_t read_number(const unsigned char *bytes, size_t count)
{
	uint64_t number = 0;

	while (count--)
		number = number << 8 | *bytes++;
	return number;
}

static bool is_control(unsigned opcode)
{
	return opcode >= WEBSOCKET_CLOSE;
}

static bool is_known(unsigned opcode)
{
	return opcode <= WEBSOCKET_BINARY ||
	       (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
}

/* Whether a message may go on, or begin, with this frame (5.4). */
static bool is_in_turn(const struct websocket *reader, unsigned opcode)
{
	return is_control(opcode) || reader->fragmented == (opcode == WEBSOCKET_CONTINUATION);
}

/* Read the length (5.2): the shortest form, no sign bit; false: neither. */
static bool read_length(const unsigned char *bytes, size_t extended, uint64_t *length)
{
	*length = bytes[1] & LENGTH;
	if (!extended)
		return true;
	*length = read_number(bytes + 2, extended);
	return extended == 2 ? *length >= LENGTH_16 : *length > UINT16_MAX && !(*length >> 63);
}

/* Read a head as soon as it is there, so that nobody has to send what will be refused. */
static enum websocket_event read_head(struct websocket *reader, const unsigned char *bytes,
				      size_t length, struct frame *frame)
{
	if (length < 2)
		return WEBSOCKET_MORE;
	unsigned coded = bytes[1] & LENGTH;
	size_t extended = coded == LENGTH_64 ? 8 : coded == LENGTH_16 ? 2 : 0;

	frame->final = bytes[0] & FIN;
	frame->opcode = bytes[0] & OPCODE;
	if (bytes[0] & RESERVED || !is_known(frame->opcode) || !(bytes[1] & MASKED) ||
	    !is_in_turn(reader, frame->opcode) ||
	    (is_control(frame->opcode) && (!frame->final || extended)))
		return fail(reader, WEBSOCKET_PROTOCOL_ERROR);
	if (frame->opcode == WEBSOCKET_BINARY)
		return fail(reader, WEBSOCKET_UNACCEPTABLE);
	if (length < 2 + extended)
		return WEBSOCKET_MORE;
	if (!read_length(bytes, extended, &frame->length))
		return fail(reader, WEBSOCKET_PROTOCOL_ERROR);
	if (!is_control(frame->opcode) && frame->length > WEBSOCKET_MESSAGE_MAX - reader->length)
		return fail(reader, WEBSOCKET_TOO_BIG);
	frame->mask = bytes + 2 + extended;
	frame->content = frame->mask + MASK_BYTES;
	return length < 2 + extended + MASK_BYTES + frame->length ? WEBSOCKET_MORE
								  : WEBSOCKET_NOTHING;
}

static void unmask(const struct frame *frame, char *content)
{
	for (size_t i = 0; i < frame->length; i++)
		content[i] = (char)(frame->content[i] ^ frame->mask[i % MASK_BYTES]);
	content[frame->length] = '\0';
}

/* Codes a client may send (7.4.2). */
static bool is_status(unsigned status)
{
	return (status >= 1000 && status <= 1003) || (status >= 1007 && status <= 1014) ||
	       (status >= 3000 && status <= 4999);
}

static enum websocket_event read_close(struct websocket *reader)
{
	const unsigned char *bytes = (const unsigned char *)reader->control;

	reader->status = WEBSOCKET_NO_STATUS;
	if (!reader->control_length)
		return WEBSOCKET_CLOSED;
	if (reader->control_length < 2 || !is_status((unsigned)read_number(bytes, 2)))
		return fail(reader, WEBSOCKET_PROTOCOL_ERROR);
	if (!websocket_is_text(reader->control + 2, reader->control_length - 2))
		return fail(reader, WEBSOCKET_BAD_TEXT);
	reader->status = (unsigned)read_number(bytes, 2);
	return WEBSOCKET_CLOSED;
}

static enum websocket_event take_control(struct websocket *reader, const struct frame *frame)
{
	unmask(frame, reader->control);
	reader->control_length = frame->length;
	if (frame->opcode == WEBSOCKET_CLOSE)
		return read_close(reader);
	return frame->opcode == WEBSOCKET_PING ? WEBSOCKET_PINGED : WEBSOCKET_NOTHING;
}

static enum websocket_event take_data(struct websocket *reader, const struct frame *frame)
{
	if (!reader->fragmented)
		reader->length = 0;
	reader->message = mem_must(realloc(reader->message, reader->length + frame->length + 1));
	unmask(frame, reader->message + reader->length);
	reader->length += frame->length;
	reader->fragmented = !frame->final;
	if (!frame->final)
		return WEBSOCKET_NOTHING;
	/* a character may be cut by a fragment, so only whole messages are judged */
	if (!websocket_is_text(reader->message, reader->length))
		return fail(reader, WEBSOCKET_BAD_TEXT);
	return WEBSOCKET_MESSAGE;
}

enum websocket_event websocket_read(struct websocket *reader, const char *bytes, size_t length,
				    size_t *used)
{
	struct frame frame;

	*used = 0;
	if (!reader->fragmented)
		reader->length = 0;
	enum websocket_event event =
		read_head(reader, (const unsigned char *)bytes, length, &frame);
	if (event != WEBSOCKET_NOTHING)
		return event;
	*used = (size_t)(frame.content - (const unsigned char *)bytes) + frame.length;
	event = is_control(frame.opcode) ? take_control(reader, &frame) : take_data(reader, &frame);
	if (event == WEBSOCKET_FAILED)
		*used = 0;
	return event;
}

void websocket_clear(struct websocket *reader)
{
	free(reader->message);
	*reader = (struct websocket){ 0 };
}

void websocket_write(struct evbuffer *out, enum websocket_opcode opcode, const void *bytes,
		     size_t length)
{
	unsigned char head[WEBSOCKET_HEAD_MAX] = { (unsigned char)(FIN | opcode) };
	size_t extended = length < LENGTH_16 ? 0 : length <= UINT16_MAX ? 2 : 8;

	head[1] = (unsigned char)(extended == 8 ? LENGTH_64 : extended == 2 ? LENGTH_16 : length);
	for (size_t i = 0; i < extended; i++)
		head[1 + extended - i] = (unsigned char)(length >> (8 * i));
	evbuffer_add(out, head, 2 + extended);
	evbuffer_add(out, bytes, length);
}

void websocket_write_close(struct evbuffer *out, unsigned status)
{
	unsigned char code[2] = { (unsigned char)(status >> 8), (unsigned char)status };

	websocket_write(out, WEBSOCKET_CLOSE, code,
			status == WEBSOCKET_NO_STATUS ? 0 : sizeof(code));
}

bool websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT_MAX])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char decoded[KEY_CHARS], digest[SHA_DIGEST_LENGTH];
	auto_free char *both = mem_format("%s%s", key, guid);

	if (strlen(key) != KEY_CHARS || strcmp(key + KEY_CHARS - 2, "==") != 0 ||
	    EVP_DecodeBlock(decoded, (const unsigned char *)key, KEY_CHARS) < 0)
		return false;
	if (!EVP_Digest(both, strlen(both), digest, NULL, EVP_sha1(), NULL))
		return false;
	(void)EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
	return true;
}

/* How many bytes follow a first one, and what the second may be (the table of RFC 3629 4). */
static int judge_first(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first >= 0x01 && first <= 0x7f)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

bool websocket_is_text(const char *bytes, size_t length)
{
	const unsigned char *text = (const unsigned char *)bytes, *end = text + length;
	unsigned char low = 0, high = 0;

	while (text < end) {
		int more = judge_first(*text++, &low, &high);

		if (more < 0 || end - text < more)
			return false;
		for (; more; more--, text++, low = 0x80, high = 0xbf)
			if (*text < low || *text > high)
				return false;
	}
	return true;
}
