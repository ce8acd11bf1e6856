#include "base64.h"
#include <stdint.h>
#include <string.h>

static int value_of(char digit)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

char *base64_decode(const char *text, size_t len, size_t *out_len)
{
	auto_free char *out = mem_alloc(len / 4 * 3 + 4);
	uint32_t bits = 0;
	size_t used = 0, count = 0, padding = 0;

	for (size_t i = 0; i < len; i++) {
		int value = value_of(text[i]);

		if (text[i] && strchr(" \t\r\n", text[i]))
			continue;
		padding += text[i] == '=';
		if (text[i] == '=' && padding <= 2)
			continue;
		if (value < 0 || padding)
			return NULL;
		bits = bits << 6 | (uint32_t)value;
		if (++count % 4 == 0) {
			out[used++] = (char)(bits >> 16);
			out[used++] = (char)(bits >> 8);
			out[used++] = (char)bits;
		}
	}
	if (count % 4 == 1)
		return NULL;
	if (count % 4 >= 2)
		out[used++] = (char)(bits >> (count % 4 == 2 ? 4 : 10));
	if (count % 4 == 3)
		out[used++] = (char)(bits >> 2);
	out[used] = '\0';
	*out_len = used;
	return take(out);
}
