/**
 * @file
 * text: small conversions between bytes, numbers and the three notations the mock writes.
 *
 * Everything that came from the network is escaped before it goes into JSON or XML, byte by
 * byte, so that hostile names can neither break a line of the log nor a reply.
 */
#ifndef MOCK_TEXT_H
#define MOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;

/** Why something did not happen: one line for a person. */
struct err {
	char text[256];
};

/** Set the message; always -1, so that failing is one `return`. */
int err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Read a whole decimal number within [min, max]; false leaves @p number alone. */
bool text_number(const char *text, int64_t min, int64_t max, int64_t *number);

/** Write @p length bytes as 2 * length lower-case hex digits and a terminator. */
void text_hex(const unsigned char *bytes, size_t length, char *hex);

/** Value of a hex digit, or -1. */
int text_hex_digit(char digit);

/** Append a quoted JSON string; bytes from 0x7f up become \u00xx, so any input is valid JSON. */
void text_json(struct evbuffer *out, const char *text);

/** Append text for XML or HTML, between tags or in quotes; controls become question marks. */
void text_markup(struct evbuffer *out, const char *text);

/** Append an XML attribute ` name="value"`; what XML 1.0 cannot carry becomes a question mark. */
void text_attribute(struct evbuffer *out, const char *name, const char *value);

#endif
