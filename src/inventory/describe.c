#include "certroll/buf.h"
#include "certroll/schema.h"
#include <inttypes.h>
#include <stdio.h>

enum { DESCRIPTION_MAX = 2048 };

/* "90s" and not "1m30s": the largest unit that divides it. */
static char *describe_ms(int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" } };

	for (size_t i = 0; ms && i < COUNT(units); i++)
		if (ms % units[i].ms == 0)
			return text_format("%" PRId64 "%s", ms / units[i].ms, units[i].unit);
	return text_format("%" PRId64 "ms", ms);
}

static char *describe_duration(const struct field *row)
{
	auto_free char *min = describe_ms(row->min);
	auto_free char *max = describe_ms(row->max);

	if (!row->max)
		return text_format("a duration such as 500ms, 5s or 2m");
	return text_format("a duration, %s to %s", min, max);
}

/* Cut at the maximum: a list of choices that long is of no use anyway. */
static char *describe_words(const char *start, const char *const *words)
{
	auto_buf text = BUF_MAX(DESCRIPTION_MAX);

	for (size_t i = 0; words[i]; i++)
		if (buf_addf(&text, "%s%s", i ? ", " : start, words[i]))
			break;
	return text_copy(buf_text(&text));
}

static char *describe_text(const struct field *row)
{
	if (row->min <= 1 && !row->max)
		return text_copy(row->min ? "a text" : "a text, which may be empty");
	if (row->min <= 1)
		return text_format("a text of up to %" PRId64 " bytes", row->max);
	return text_format("a text of %" PRId64 " to %" PRId64 " bytes", row->min,
			   row->max ? row->max : INT64_C(4096));
}

static char *describe_list(const struct field *row)
{
	auto_free char *size = text_copy("a list");
	auto_free char *words = NULL;

	if (row->min > 0 || row->max) {
		mem_free(size);
		if (row->min <= 0)
			size = text_format("a list of up to %" PRId64 " entries", row->max);
		else if (row->max)
			size = text_format("a list of %" PRId64 " to %" PRId64 " entries", row->min,
					   row->max);
		else
			size = text_format("a list of at least %" PRId64 " entries", row->min);
	}
	if (row->choices)
		words = describe_words(" out of ", row->choices);
	return text_format("%s%s", size, words ? words : "");
}

char *schema_describe(const struct field *row)
{
	static const char *const texts[] = {
		[FIELD_NAME] = "a name of letters, digits, '.', '_' and '-', at most 63",
		[FIELD_PATH] = "a path of a URL, such as /X509/mod_cmd.xml",
		[FIELD_PATTERN] = "a text to look for, or a pattern with * and ?",
		[FIELD_FILE] = "a file name",
		[FIELD_SWITCH] = "true or false",
		[FIELD_WINDOW] = "a time of day from and to, such as \"22:00-05:00\"",
		[FIELD_SECRET] = "a reference to a password (file:, env:, cred:, cmd: or prompt)",
		[FIELD_GROUP] = "a mapping",
	};

	switch (row->type) {
	case FIELD_TEXT:
		return describe_text(row);
	case FIELD_HOST:
		return text_format("a host name or address%s", row->max ? ", also with :port" : "");
	case FIELD_NUMBER:
		return text_format("a number from %" PRId64 " to %" PRId64, row->min, row->max);
	case FIELD_DURATION:
		return describe_duration(row);
	case FIELD_CHOICE:
		return describe_words("one of ", row->choices);
	case FIELD_LIST:
		return describe_list(row);
	default:
		return text_copy(texts[row->type]);
	}
}
