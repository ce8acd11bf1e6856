/* Replies that are lines of text. */
#include "certroll/exchange.h"
#include "certroll/text.h"
#include <string.h>

enum { SAID_MAX = 150 };

char *reply_said(const struct reply *reply)
{
	const char *text = reply->body + strspn(reply->body, "\r\n");

	return text_printable(text, strcspn(text, "\r\n"), SAID_MAX);
}

/* The next line, or NULL behind the last. */
static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

bool reply_has_line(const struct reply *reply, const char *line)
{
	size_t length = strlen(line);

	for (const char *at = reply->body; at; at = next_line(at))
		if (strcspn(at, "\n") == length && memcmp(at, line, length) == 0)
			return true;
	return false;
}

char *reply_value(const struct reply *reply, const char *name)
{
	auto_free char *mark = text_format("%s: ", name);

	for (const char *at = reply->body; at; at = next_line(at))
		if (text_starts(at, mark))
			return mem_copy(at + strlen(mark), strcspn(at, "\n") - strlen(mark));
	return NULL;
}
