#include "certroll/text.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool text_same(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

bool text_names_all(const char *text, const char *const *words)
{
	for (; words && *words; words++)
		if (!text || !strstr(text, *words))
			return false;
	return true;
}

static bool glob_char(char pattern, char byte, bool ignore_case)
{
	if (pattern == '?' || pattern == byte)
		return true;
	return ignore_case && tolower((unsigned char)pattern) == tolower((unsigned char)byte);
}

/* One remembered star is enough: a later star makes going back to an earlier one pointless. */
static bool glob_match(const char *pattern, const char *text, bool ignore_case)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern && glob_char(*pattern, *text, ignore_case)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool text_match(const char *pattern, const char *text)
{
	if (strpbrk(pattern, "*?"))
		return glob_match(pattern, text, false);
	return strstr(text, pattern) != NULL;
}

bool text_glob(const char *pattern, const char *text)
{
	return glob_match(pattern, text, true);
}

bool text_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long value;

	if (!isdigit((unsigned char)text[0]) &&
	    !(text[0] == '-' && isdigit((unsigned char)text[1])))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool text_duration(const char *text, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 },    { "s", 1000 },    { "", 1000 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	char *end;
	long long value;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || value > 1000000000)
		return false;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*out_ms = value * units[i].ms;
		return true;
	}
	return false;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

enum { NEAREST_MAX = 63 };

/* Optimal string alignment: insertions, deletions, changes, and swaps of neighbours count one. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > NEAREST_MAX || b_length > NEAREST_MAX)
		return NEAREST_MAX;
	for (size_t j = 0; j <= b_length; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			now[j] = smallest(last[j] + 1, now[j - 1] + 1,
					  last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_length];
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
	size_t best = strlen(word) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t distance = edit_distance(word, words[i]);

		if (distance > best || (nearest && distance == best))
			continue;
		best = distance;
		nearest = words[i];
	}
	return nearest;
}

void text_hex(const void *bytes, size_t count, char *out)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < count; i++)
		snprintf(out + 2 * i, 3, "%02x", byte[i]);
	out[2 * count] = '\0';
}

static char *text_span(int64_t seconds)
{
	int64_t amount = seconds / 86400;
	const char *unit = "day";

	if (seconds < 60) {
		amount = seconds;
		unit = "second";
	} else if (seconds < 3600) {
		amount = seconds / 60;
		unit = "minute";
	} else if (seconds < 2 * 86400) {
		amount = seconds / 3600;
		unit = "hour";
	}
	return text_format("%lld %s%s", (long long)amount, unit, amount == 1 ? "" : "s");
}

char *text_remaining(int64_t seconds)
{
	auto_free char *span = text_span(seconds < 0 ? -seconds : seconds);

	if (seconds < 0)
		return text_format("expired %s ago", span);
	return take(span);
}

const char *text_time(int64_t seconds, char out[32])
{
	time_t when = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&when, &parts) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &parts))
		snprintf(out, 32, "@%lld", (long long)seconds);
	return out;
}

/* Length of the valid UTF-8 sequence at the start of text, 0 when there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *text, size_t left)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (length == 1)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

/* C1 controls (U+0080..U+009F) steer some terminals; so do the bidirectional marks. */
static bool utf8_steers(const unsigned char *text, size_t length)
{
	if (length == 1)
		return text[0] < 0x20 || text[0] == 0x7f;
	if (length == 2)
		return text[0] == 0xc2 && text[1] < 0xa0;
	if (length != 3 || text[0] != 0xe2)
		return false;
	return (text[1] == 0x80 && (text[2] >= 0xa8 && text[2] <= 0xae)) ||
	       (text[1] == 0x81 && (text[2] >= 0xa6 && text[2] <= 0xa9));
}

char *text_printable(const char *text, size_t length, size_t max)
{
	const unsigned char *bytes = (const unsigned char *)text;
	char *out = mem_alloc((length < max ? length : max) + 4);
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		size_t step = utf8_length(bytes + at, length - at);
		bool shown = step && !utf8_steers(bytes + at, step);

		if (used + (shown ? step : 1) > max) {
			memcpy(out + used, "...", 3);
			break;
		}
		if (shown)
			memcpy(out + used, text + at, step);
		else
			out[used] = '?';
		used += shown ? step : 1;
		at += step ? step : 1;
	}
	return out;
}

/* Bytes above ASCII are letters to a shell. */
static bool is_plain(char byte)
{
	return byte && (byte & 0x80 || isalnum((unsigned char)byte) || strchr("_./,:@%+=-", byte));
}

char *text_shell(const char *path)
{
	const char *before = *path == '-' ? "./" : "";
	char *quoted = mem_alloc(strlen(before) + 4 * strlen(path) + 3), *to = quoted;
	bool plain = *path;

	for (const char *at = path; *at; at++)
		plain = plain && is_plain(*at);
	if (plain) {
		sprintf(quoted, "%s%s", before, path);
		return quoted;
	}
	to += sprintf(to, "'%s", before);
	for (; *path; path++)
		to += sprintf(to, *path == '\'' ? "'\\%c'" : "%c", *path);
	sprintf(to, "'");
	return quoted;
}

/* An underscore is against RFC 952 but seen in the field; certificates are the ones to object. */
static bool label_char(char byte)
{
	return isalnum((unsigned char)byte) || byte == '-' || byte == '_';
}

char *text_refuse_label(const char *label, size_t len)
{
	if (len == 0)
		return text_copy("has an empty part between two dots, or a dot at its start");
	if (len > LABEL_MAX_BYTES)
		return text_copy("has a part of more than 63 characters between two dots");
	if (label[0] == '-' || label[len - 1] == '-')
		return text_copy("has a part that starts or ends with '-'");
	for (size_t i = 0; i < len; i++) {
		if (label_char(label[i]))
			continue;
		if ((unsigned char)label[i] >= 0x80)
			return text_copy("is not in ASCII; write international names in their "
					 "xn-- form");
		if (iscntrl((unsigned char)label[i]))
			return text_copy("holds a control character");
		return text_format("holds the character '%c', which host names do not have",
				   label[i]);
	}
	return NULL;
}
