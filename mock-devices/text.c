/* text: numbers, hex, JSON and XML. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int err_set(struct err *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	return -1;
}

bool text_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
	char *end = NULL;

	/* strtoll would skip blanks and take a plus sign; an option or a length may have neither */
	if (*text != '-' && !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || *end || end == text || value < min || value > max)
		return false;
	*number = value;
	return true;
}

void text_hex(const unsigned char *bytes, size_t length, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		*hex++ = digits[bytes[i] >> 4];
		*hex++ = digits[bytes[i] & 15];
	}
	*hex = '\0';
}

int text_hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

void text_json(struct evbuffer *out, const char *text)
{
	evbuffer_add(out, "\"", 1);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			evbuffer_add_printf(out, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			evbuffer_add_printf(out, "\\u%04x", byte);
		else
			evbuffer_add(out, text, 1);
	}
	evbuffer_add(out, "\"", 1);
}

static void add_xml_byte(struct evbuffer *out, char byte)
{
	switch (byte) {
	case '&':
		evbuffer_add_printf(out, "&amp;");
		break;
	case '<':
		evbuffer_add_printf(out, "&lt;");
		break;
	case '>':
		evbuffer_add_printf(out, "&gt;");
		break;
	case '"':
		evbuffer_add_printf(out, "&quot;");
		break;
	default:
		if ((unsigned char)byte < 0x20 || byte == 0x7f)
			byte = '?';
		evbuffer_add(out, &byte, 1);
	}
}

void text_markup(struct evbuffer *out, const char *text)
{
	for (; *text; text++)
		add_xml_byte(out, *text);
}

void text_attribute(struct evbuffer *out, const char *name, const char *value)
{
	evbuffer_add_printf(out, " %s=\"", name);
	text_markup(out, value);
	evbuffer_add(out, "\"", 1);
}
