#include "words.h"
#include "certroll/mem.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_WORDS = 10 };

/* Whole words; with a '*' behind them, beginnings of words. */
static const char *const kinds[][MAX_WORDS] = {
	[WORDS_TRUST] = { "trust*", "untrust*", "anchor*", "cacert*", "root", "roots", "ca" },
	[WORDS_CLEAR] = { "clear*", "delete*", "del", "remove*", "uninstall*", "erase*", "discard*",
			  "clr" },
	[WORDS_REJECT] = { "reject*" },
};

static bool is_word(const char *text, size_t len, const char *word)
{
	size_t wanted = strlen(word);

	if (wanted && word[wanted - 1] == '*')
		return len >= wanted - 1 && strncasecmp(text, word, wanted - 1) == 0;
	return len == wanted && strncasecmp(text, word, len) == 0;
}

static size_t word_length(const char *text)
{
	size_t len = 1;

	while (isalpha((unsigned char)text[len]) &&
	       !(isupper((unsigned char)text[len]) && islower((unsigned char)text[len - 1])))
		len++;
	return len;
}

bool words_in(const char *text, enum words kind)
{
	while (*text) {
		size_t len;

		if (!isalpha((unsigned char)*text)) {
			text++;
			continue;
		}
		len = word_length(text);
		for (size_t i = 0; i < MAX_WORDS && kinds[kind][i]; i++)
			if (is_word(text, len, kinds[kind][i]))
				return true;
		text += len;
	}
	return false;
}
