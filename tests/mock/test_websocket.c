/* websocket: frames of RFC 6455 as clients should send them, and as they should not. */
#include "cleanup.h"
#include "suites.h"
#include "websocket.h"

#include <stdint.h>
#include <string.h>

#define MASK "\x01\x02\x03\x04"

START_TEST(test_accept)
{
	/* the example of 1.3 */
	char accept[WEBSOCKET_ACCEPT_MAX];

	ck_assert(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept));
	ck_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert(!websocket_accept("", accept));
	ck_assert(!websocket_accept("dGhlIHNhbXBsZSBub25jZQ", accept));
	ck_assert(!websocket_accept("dGhlIHNhbXBsZSBub25jZSE=", accept));
	ck_assert(!websocket_accept("!!!!!!!!!!!!!!!!!!!!!!==", accept));
}
END_TEST

/* A frame with the mask MASK; the length is coded in 0, 2 or 8 further bytes. */
static struct evbuffer *make_frame(unsigned first, size_t extended, const void *content,
				   size_t length)
{
	static const unsigned char mask[] = MASK;
	struct evbuffer *out = mem_must(evbuffer_new());
	unsigned char head[10] = { (unsigned char)first, 0x80 };

	head[1] |= (unsigned char)(extended == 8 ? 127 : extended == 2 ? 126 : length);
	for (size_t i = 0; i < extended; i++)
		head[1 + extended - i] = (unsigned char)(length >> (8 * i));
	evbuffer_add(out, head, 2 + extended);
	evbuffer_add(out, mask, 4);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte =
			(unsigned char)(((const unsigned char *)content)[i] ^ mask[i % 4]);
		evbuffer_add(out, &byte, 1);
	}
	return out;
}

static enum websocket_event read_frame(struct websocket *reader, unsigned first, size_t extended,
				       const void *content, size_t length)
{
	auto_buffer struct evbuffer *frame = make_frame(first, extended, content, length);
	size_t whole = evbuffer_get_length(frame), used = 0;
	const char *bytes = (const char *)evbuffer_pullup(frame, -1);
	enum websocket_event event = websocket_read(reader, bytes, whole, &used);

	ck_assert_uint_eq(used, event == WEBSOCKET_FAILED ? 0 : whole);
	return event;
}

/* One frame each, against a fresh reader. */
static const struct {
	unsigned first;
	size_t extended;
	const char *content;
	enum websocket_event event;
	unsigned status;
} frames[] = {
	{ 0x81, 0, "", WEBSOCKET_MESSAGE, 0 },
	{ 0x81, 0, "hello", WEBSOCKET_MESSAGE, 0 },
	{ 0x81, 0, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x92", WEBSOCKET_MESSAGE, 0 },
	{ 0x01, 0, "hel", WEBSOCKET_NOTHING, 0 },
	{ 0x89, 0, "p", WEBSOCKET_PINGED, 0 },
	{ 0x8a, 0, "p", WEBSOCKET_NOTHING, 0 },
	{ 0x88, 0, "", WEBSOCKET_CLOSED, WEBSOCKET_NO_STATUS },
	{ 0x88, 0,
	  "\x03\xe8"
	  "bye",
	  WEBSOCKET_CLOSED, 1000 },
	{ 0x88, 0, "\x0f\xa0", WEBSOCKET_CLOSED, 4000 },
	{ 0x82, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_UNACCEPTABLE },
	{ 0xc1, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x91, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x83, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x8b, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x80, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x09, 0, "x", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x81, 2, "short", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x81, 8, "short", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x89, 2, "short", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x88, 0, "\x03", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR },
	{ 0x88, 0, "\x03\xed", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR }, /* 1005 */
	{ 0x88, 0, "\x07\xd0", WEBSOCKET_FAILED, WEBSOCKET_PROTOCOL_ERROR }, /* 2000 */
	{ 0x88, 0, "\x03\xe8\xff", WEBSOCKET_FAILED, WEBSOCKET_BAD_TEXT },
	{ 0x81, 0, "\xff", WEBSOCKET_FAILED, WEBSOCKET_BAD_TEXT },
	{ 0x81, 0, "\xc3", WEBSOCKET_FAILED, WEBSOCKET_BAD_TEXT },
};

START_TEST(test_read)
{
	struct websocket reader = { 0 };
	const char *content = frames[_i].content;

	ck_assert_int_eq(read_frame(&reader, frames[_i].first, frames[_i].extended, content,
				    strlen(content)),
			 frames[_i].event);
	ck_assert_uint_eq(reader.status, frames[_i].status);
	if (frames[_i].event == WEBSOCKET_MESSAGE)
		ck_assert_str_eq(reader.message, content);
	websocket_clear(&reader);
}
END_TEST

START_TEST(test_read_wants_every_byte)
{
	auto_buffer struct evbuffer *frame = make_frame(0x81, 0, "hello", 5);
	const char *bytes = (const char *)evbuffer_pullup(frame, -1);
	size_t whole = evbuffer_get_length(frame), used = 0;
	struct websocket reader = { 0 };

	for (size_t length = 0; length < whole; length++) {
		/* a copy of exactly so many bytes: a sanitizer sees a look at the next one */
		auto_free char *copy = mem_alloc(length ? length : 1);

		memcpy(copy, bytes, length);
		ck_assert_int_eq(websocket_read(&reader, copy, length, &used), WEBSOCKET_MORE);
		ck_assert_uint_eq(used, 0);
	}
	ck_assert_int_eq(websocket_read(&reader, bytes, whole, &used), WEBSOCKET_MESSAGE);
	websocket_clear(&reader);
}
END_TEST

START_TEST(test_read_refuses_unmasked_frame)
{
	struct websocket reader = { 0 };
	size_t used = 0;

	ck_assert_int_eq(websocket_read(&reader, "\x81\x05hello", 7, &used), WEBSOCKET_FAILED);
	ck_assert_uint_eq(reader.status, WEBSOCKET_PROTOCOL_ERROR);
}
END_TEST

START_TEST(test_read_joins_fragments_around_a_ping)
{
	struct websocket reader = { 0 };

	/* the two bytes of a character lie in two fragments */
	ck_assert_int_eq(read_frame(&reader, 0x01, 0, "gr\xc3", 3), WEBSOCKET_NOTHING);
	ck_assert_int_eq(read_frame(&reader, 0x89, 0, "p", 1), WEBSOCKET_PINGED);
	ck_assert_int_eq(read_frame(&reader, 0x00, 0, "", 0), WEBSOCKET_NOTHING);
	ck_assert_int_eq(read_frame(&reader, 0x80, 0, "\xbc", 1), WEBSOCKET_MESSAGE);
	ck_assert_str_eq(reader.message, "gr\xc3\xbc");
	ck_assert_int_eq(read_frame(&reader, 0x81, 0, "next", 4), WEBSOCKET_MESSAGE);
	ck_assert_str_eq(reader.message, "next");
	websocket_clear(&reader);
}
END_TEST

START_TEST(test_read_refuses_message_in_a_message)
{
	struct websocket reader = { 0 };

	ck_assert_int_eq(read_frame(&reader, 0x01, 0, "one", 3), WEBSOCKET_NOTHING);
	ck_assert_int_eq(read_frame(&reader, 0x81, 0, "two", 3), WEBSOCKET_FAILED);
	ck_assert_uint_eq(reader.status, WEBSOCKET_PROTOCOL_ERROR);
	websocket_clear(&reader);
}
END_TEST

START_TEST(test_read_limits_the_message)
{
	auto_free char *most = mem_alloc(WEBSOCKET_MESSAGE_MAX + 1);
	struct websocket reader = { 0 };

	memset(most, 'a', WEBSOCKET_MESSAGE_MAX);
	ck_assert_int_eq(read_frame(&reader, 0x81, 8, most, WEBSOCKET_MESSAGE_MAX),
			 WEBSOCKET_MESSAGE);
	ck_assert_int_eq(read_frame(&reader, 0x81, 8, most, WEBSOCKET_MESSAGE_MAX + 1),
			 WEBSOCKET_FAILED);
	ck_assert_uint_eq(reader.status, WEBSOCKET_TOO_BIG);
	ck_assert_int_eq(read_frame(&reader, 0x01, 8, most, WEBSOCKET_MESSAGE_MAX),
			 WEBSOCKET_NOTHING);
	ck_assert_int_eq(read_frame(&reader, 0x80, 0, "b", 1), WEBSOCKET_FAILED);
	websocket_clear(&reader);
}
END_TEST

START_TEST(test_read_refuses_a_length_before_the_content)
{
	static const char huge[] = "\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff";
	static const char negative[] = "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00";
	struct websocket reader = { 0 };
	size_t used = 0;

	ck_assert_int_eq(websocket_read(&reader, huge, 10, &used), WEBSOCKET_FAILED);
	ck_assert_uint_eq(reader.status, WEBSOCKET_TOO_BIG);
	ck_assert_int_eq(websocket_read(&reader, negative, 10, &used), WEBSOCKET_FAILED);
	ck_assert_uint_eq(reader.status, WEBSOCKET_PROTOCOL_ERROR);
}
END_TEST

static const struct {
	size_t length, head;
	const char *start;
} written[] = {
	{ 0, 2, "\x81\x00" },
	{ 125, 2, "\x81\x7d" },
	{ 126, 4, "\x81\x7e\x00\x7e" },
	{ 65535, 4, "\x81\x7e\xff\xff" },
	{ 65536, 10, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00" },
};

START_TEST(test_write)
{
	auto_free char *content = mem_alloc(written[_i].length + 1);
	auto_buffer struct evbuffer *out = mem_must(evbuffer_new());

	websocket_write(out, WEBSOCKET_TEXT, content, written[_i].length);
	ck_assert_uint_eq(evbuffer_get_length(out), written[_i].head + written[_i].length);
	ck_assert_mem_eq(evbuffer_pullup(out, -1), written[_i].start, written[_i].head);
}
END_TEST

/* The borders of the table in RFC 3629 4. */
static const struct {
	const char *text;
	bool good;
} texts[] = {
	{ "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", true },
	{ "\xed\x9f\xbf", true },
	{ "\xed\xa0\x80", false },
	{ "\x80", false },
	{ "\xc1\xbf", false },
	{ "\xe0\x9f\xbf", false },
	{ "\xf0\x8f\xbf\xbf", false },
	{ "\xf4\x90\x80\x80", false },
	{ "\xf5\x80\x80\x80", false },
	{ "\xe2\x82", false },
	{ "\xc2\x41", false },
};

START_TEST(test_is_text)
{
	ck_assert_int_eq(websocket_is_text(texts[_i].text, strlen(texts[_i].text)), texts[_i].good);
}
END_TEST

Suite *suite_websocket(void)
{
	Suite *suite = suite_create("websocket");
	TCase *tcase = tcase_create("websocket");

	tcase_add_test(tcase, test_accept);
	tcase_add_loop_test(tcase, test_read, 0, sizeof(frames) / sizeof(frames[0]));
	tcase_add_test(tcase, test_read_wants_every_byte);
	tcase_add_test(tcase, test_read_refuses_unmasked_frame);
	tcase_add_test(tcase, test_read_joins_fragments_around_a_ping);
	tcase_add_test(tcase, test_read_refuses_message_in_a_message);
	tcase_add_test(tcase, test_read_limits_the_message);
	tcase_add_test(tcase, test_read_refuses_a_length_before_the_content);
	tcase_add_loop_test(tcase, test_write, 0, sizeof(written) / sizeof(written[0]));
	tcase_add_loop_test(tcase, test_is_text, 0, sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
