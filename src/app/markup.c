#include "markup.h"
#include <stdbool.h>
#include <string.h>

/* A sheet may list all names of a device, DEVICE_MAX_NAMES of 253 characters, twice. */
enum { FILLED_MAX = 256 * 1024 };

void put(struct buf *out, const char *text)
{
	if (buf_add(out, text, strlen(text)))
		mem_exhausted();
}

static const char *escape_of(char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* U+FFFE and U+FFFF are well-formed UTF-8, but no characters of XML (XML 1.0, 2.2). */
static bool is_no_character(const char *at)
{
	return !strncmp(at, "\xef\xbf\xbe", 3) || !strncmp(at, "\xef\xbf\xbf", 3);
}

void put_escaped(struct buf *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		const char *escape = escape_of(*at);
		char byte[2] = { *at, '\0' };

		if (is_no_character(at)) {
			put(out, "?");
			at += 2;
		} else {
			put(out, escape ? escape : byte);
		}
	}
}

static const struct word *word_at(const char *at, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(words[i].name);

		if (at[0] == '{' && !strncmp(at + 1, words[i].name, len) && at[1 + len] == '}')
			return &words[i];
	}
	return NULL;
}

char *fill_words(const char *text, const struct word *words, size_t count)
{
	auto_buf out = BUF_MAX(FILLED_MAX);

	while (*text) {
		const struct word *word = word_at(text, words, count);
		char byte[2] = { *text, '\0' };

		put(&out, word ? word->value : byte);
		text += word ? strlen(word->name) + 2 : 1;
	}
	return text_copy(buf_text(&out));
}
