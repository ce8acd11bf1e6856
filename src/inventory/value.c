#include "value.h"
#include "certroll/text.h"
#include "hostname.h"
#include "secret_ref.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTE_MAX = 60, PATH_MAX_BYTES = 1024, NAME_MAX_BYTES = 63, PATTERN_MAX_BYTES = 255 };

void problem_clear(struct problem *problem)
{
	mem_free(problem->sentence);
	mem_free(problem->remedy);
	*problem = (struct problem){ 0 };
}

char *value_quote(const char *text)
{
	auto_free char *shown = text_printable(text, strlen(text), QUOTE_MAX);

	return text_format("\"%s\"", shown);
}

char *value_suggest(const char *word, const char *const *words, size_t count)
{
	const char *nearest = text_nearest(word, words, count);

	return nearest ? text_format("did you mean \"%s\"?", nearest) : NULL;
}

char *value_beside(const char *file, const char *name)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (name[0] == '/' || !slash)
		return text_copy(name);
	return text_format("%.*s/%s", (int)(slash - file), file, name);
}

/* "must be a number from 1 to 65535, not "https"": what is wanted, and what stands there. */
static bool refuse_value(const struct field *row, const struct value *value,
			 struct problem *problem, const char *remedy)
{
	auto_free char *wanted = schema_describe(row);
	auto_free char *shown = value_quote(value->text);

	problem->sentence = text_format("must be %s, not %s", wanted, shown);
	problem->remedy = text_copy(remedy);
	return false;
}

/* The value is of the right kind, but `why`: "is a URL; ..." */
static bool refuse_because(const struct value *value, const char *why, struct problem *problem)
{
	auto_free char *shown = value_quote(value->text);

	problem->sentence = text_format("%s %s", shown, why);
	return false;
}

static bool store_text(const struct value *value, void *slot)
{
	*(char **)slot = text_copy(value->text);
	return true;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static bool parse_text(const struct field *row, const struct value *value, void *slot,
		       struct problem *problem)
{
	int64_t length = (int64_t)strlen(value->text);

	if (has_control(value->text))
		return refuse_because(value, "holds a control character", problem);
	if (length < row->min || (row->max && length > row->max))
		return refuse_value(row, value, problem, NULL);
	return store_text(value, slot);
}

static bool is_name(const char *text)
{
	size_t length = strlen(text);

	if (length > NAME_MAX_BYTES || !isalnum((unsigned char)text[0]) || (text[0] & 0x80))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((text[i] & 0x80) ||
		    !(isalnum((unsigned char)text[i]) || strchr("._-", text[i])))
			return false;
	return true;
}

static bool parse_name(const struct field *row, const struct value *value, void *slot,
		       struct problem *problem)
{
	if (!is_name(value->text))
		return refuse_value(row, value, problem, NULL);
	return store_text(value, slot);
}

static bool parse_host(const struct field *row, const struct value *value, void *slot,
		       struct problem *problem)
{
	auto_free char *why = row->max ? host_refuse_port(value->text) : host_refuse(value->text);

	if (why)
		return refuse_because(value, why, problem);
	return store_text(value, slot);
}

/*
 * The private key travels to this path, so it must not be able to name another host, to end the
 * request line, or to be read differently by us and by the device.
 */
static const char *refuse_path(const char *path)
{
	if (path[0] != '/')
		return "must start with '/'";
	if (path[1] == '/')
		return "starts with '//', which would name another host";
	if (strlen(path) > PATH_MAX_BYTES)
		return "is longer than 1024 bytes";
	for (const char *at = path; *at; at++) {
		if (*at <= 0x20 || *at >= 0x7f)
			return "holds a blank, a control character or a letter that is not ASCII; "
			       "write it as %XX";
		if (*at == '\\')
			return "holds a '\\'; paths of URLs have '/'";
		if (*at == '#')
			return "holds a '#', which ends a path; write it as %23";
	}
	return NULL;
}

static bool parse_path(const struct field *row, const struct value *value, void *slot,
		       struct problem *problem)
{
	const char *why = refuse_path(value->text);

	(void)row;
	if (why)
		return refuse_because(value, why, problem);
	return store_text(value, slot);
}

static bool parse_pattern(const struct field *row, const struct value *value, void *slot,
			  struct problem *problem)
{
	size_t length = strlen(value->text);

	if (length == 0 || length > PATTERN_MAX_BYTES || has_control(value->text))
		return refuse_value(row, value, problem, NULL);
	return store_text(value, slot);
}

static bool parse_file(const struct field *row, const struct value *value, void *slot,
		       struct problem *problem)
{
	if (!value->text[0] || has_control(value->text))
		return refuse_value(row, value, problem, NULL);
	if (value->text[0] == '~')
		return refuse_because(value,
				      "starts with '~', which only a shell understands; "
				      "write the whole path",
				      problem);
	*(char **)slot = value_beside(value->file, value->text);
	return true;
}

static bool parse_number(const struct field *row, const struct value *value, void *slot,
			 struct problem *problem)
{
	const char *text = value->text;

	if (value->quoted)
		return refuse_value(row, value, problem, "remove the quotes around the number");
	/* 0443 is octal for YAML 1.1 and decimal for YAML 1.2. */
	if (text[0] == '0' && text[1])
		return refuse_value(row, value, problem, "write it without a leading zero");
	if (!text_number(text, row->min, row->max, (int64_t *)slot))
		return refuse_value(row, value, problem, NULL);
	return true;
}

static bool parse_duration(const struct field *row, const struct value *value, void *slot,
			   struct problem *problem)
{
	int64_t ms;

	if (!text_duration(value->text, &ms) || ms < row->min || (row->max && ms > row->max))
		return refuse_value(row, value, problem,
				    "a number and its unit: 500ms, 5s, 2m, 1h, 30d");
	*(int64_t *)slot = ms;
	return true;
}

static bool parse_switch(const struct field *row, const struct value *value, void *slot,
			 struct problem *problem)
{
	static const char *const meant_true[] = { "true", "yes", "on", "1", "y", "ja" };
	static const char *const meant_false[] = { "false", "no", "off", "0", "n", "nein" };

	if (!value->quoted && strcmp(value->text, "true") == 0)
		*(bool *)slot = true;
	else if (!value->quoted && strcmp(value->text, "false") == 0)
		*(bool *)slot = false;
	else {
		for (size_t i = 0; i < COUNT(meant_true); i++) {
			if (text_same(value->text, meant_true[i]))
				return refuse_value(row, value, problem,
						    "write true, without quotes");
			if (text_same(value->text, meant_false[i]))
				return refuse_value(row, value, problem,
						    "write false, without quotes");
		}
		return refuse_value(row, value, problem, NULL);
	}
	return true;
}

static size_t count_words(const char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

static bool refuse_word(const struct field *row, const char *word, struct problem *problem)
{
	auto_free char *suggestion = value_suggest(word, row->choices, count_words(row->choices));
	struct field choice = { .type = FIELD_CHOICE, .choices = row->choices };

	return refuse_value(&choice, &(struct value){ .text = word }, problem, suggestion);
}

static bool parse_choice(const struct field *row, const struct value *value, void *slot,
			 struct problem *problem)
{
	for (int i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], value->text))
			continue;
		*(int *)slot = i;
		return true;
	}
	return refuse_word(row, value->text, problem);
}

/* "22:00" at *text, which moves behind it; the minute of the day, or -1. */
static int parse_clock(const char **text)
{
	const char *at = *text;
	int hour = 0, minute, digits = 0;

	for (; isdigit((unsigned char)*at) && digits < 2; digits++)
		hour = 10 * hour + (*at++ - '0');
	if (!digits || *at++ != ':' || !isdigit((unsigned char)at[0]) ||
	    !isdigit((unsigned char)at[1]))
		return -1;
	minute = 10 * (at[0] - '0') + (at[1] - '0');
	*text = at + 2;
	return hour < 24 && minute < 60 ? 60 * hour + minute : -1;
}

static bool parse_window(const struct field *row, const struct value *value, void *slot,
			 struct problem *problem)
{
	const char *at = value->text;
	struct window window = { .set = true };

	window.from_minute = parse_clock(&at);
	if (window.from_minute < 0 || *at++ != '-')
		return refuse_value(row, value, problem, NULL);
	window.to_minute = parse_clock(&at);
	if (window.to_minute < 0 || *at)
		return refuse_value(row, value, problem, NULL);
	*(struct window *)slot = window;
	return true;
}

static bool parse_secret(const struct field *row, const struct value *value, void *slot,
			 struct problem *problem)
{
	struct secret_ref *ref = secret_ref_parse(value->text, value->file, problem);

	(void)row;
	*(struct secret_ref **)slot = ref;
	return ref != NULL;
}

static bool check_refuse(const struct field *row, const struct value *value,
			 struct problem *problem)
{
	auto_free char *why = row->refuse ? row->refuse(value->text) : NULL;

	return !why || refuse_because(value, why, problem);
}

bool value_check_item(const struct field *row, const char *text, struct problem *problem)
{
	struct value value = { .text = text };

	if (!text[0] || has_control(text))
		return refuse_because(&value, "is empty or holds a control character", problem);
	for (size_t i = 0; row->choices && strcmp(row->choices[i], text); i++)
		if (!row->choices[i + 1])
			return refuse_word(row, text, problem);
	return check_refuse(row, &value, problem);
}

bool value_parse(const struct field *row, const struct value *value, void *slot,
		 struct problem *problem)
{
	static bool (*const parsers[])(const struct field *, const struct value *, void *,
				       struct problem *) = {
		[FIELD_TEXT] = parse_text,
		[FIELD_NAME] = parse_name,
		[FIELD_HOST] = parse_host,
		[FIELD_PATH] = parse_path,
		[FIELD_PATTERN] = parse_pattern,
		[FIELD_FILE] = parse_file,
		[FIELD_NUMBER] = parse_number,
		[FIELD_DURATION] = parse_duration,
		[FIELD_SWITCH] = parse_switch,
		[FIELD_CHOICE] = parse_choice,
		[FIELD_WINDOW] = parse_window,
		[FIELD_SECRET] = parse_secret,
		[FIELD_GROUP] = NULL,
	};

	return check_refuse(row, value, problem) && parsers[row->type](row, value, slot, problem);
}
