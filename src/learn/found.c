#include "found.h"
#include "certroll/doc.h"
#include "certroll/driver.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 600 };

static PRINTF_LIKE(2, 0) void put_line(struct learner *learner, const char *format, va_list values)
{
	char line[LINE_MAX_BYTES];

	if (vsnprintf(line, sizeof line, format, values) < 0)
		return;
	/* When it is full the rest is not worth reading. */
	(void)!buf_addf(&learner->lines, "# %s\n", line);
}

void found_line(struct learner *learner, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	put_line(learner, format, values);
	va_end(values);
}

void found_lacks(struct learner *learner, const char *format, ...)
{
	va_list values;

	learner->whole = false;
	va_start(values, format);
	put_line(learner, format, values);
	va_end(values);
}

char *found_name(const struct entry *entry)
{
	auto_free char *method = text_printable(entry->method, strlen(entry->method), 10);
	auto_free char *path = url_shown(&entry->url);

	return text_format("entry %zu, %s%s%s %s", entry->number, entry->clock,
			   *entry->clock ? ", " : "", method, path);
}

void found_exchange(struct learner *learner, const char *what, const struct entry *entry)
{
	auto_free char *name = found_name(entry);

	found_line(learner, "%s: %s", what, name);
}

/* Will the inventory give back what is written into it?  Not with invisible characters, say. */
static char *refuse_text(const char *value)
{
	auto_free char *quoted = options_quote(value);
	auto_free char *line = quoted ? text_format("value: %s\n", quoted) : text_copy("");
	auto_findings findings = { 0 };
	struct doc *doc = doc_parse(line, strlen(line), "", &findings);
	const struct node *node = doc ? doc_find(&doc->root, "value") : NULL;
	bool same = node && node->text && strcmp(node->text, value) == 0;

	doc_free(doc);
	return same ? NULL : text_copy("it holds characters that an inventory cannot");
}

static char *refuse_value(const struct field *row, const char *value)
{
	char *why = row ? schema_refuse(row, value) : text_copy("there is no such option");

	return why ? why : refuse_text(value);
}

static bool is_upload(const char *key)
{
	return text_starts(key, "upload.");
}

bool found_option(struct learner *learner, const char *key, const char *value,
		  const struct entry *entry)
{
	const struct field *row = schema_find(learner->driver->options, key);
	auto_free char *why = refuse_value(row, value);
	struct found_option *option = &learner->options[learner->count];

	if (!why && learner->count < FOUND_MAX) {
		*option = (struct found_option){ text_copy(key), text_copy(value), entry->number };
		learner->count++;
		return true;
	}
	if (is_upload(key))
		learner->whole = false;
	found_line(learner, "%s: what entry %zu shows cannot be used: %s", key, entry->number,
		   why ? why : "too many options");
	return false;
}

bool found_path(struct learner *learner, const char *key, const struct entry *entry,
		const struct hole *holes, size_t count)
{
	auto_free char *why = NULL;
	auto_free char *path = url_template(&entry->url, holes, count, learner->har->cookies, &why);

	if (path)
		return found_option(learner, key, path, entry);
	if (is_upload(key))
		learner->whole = false;
	found_line(learner,
		   "%s: the address of entry %zu %s; driver %s cannot ask for that, it has to "
		   "learn it",
		   key, entry->number, why, learner->driver->name);
	return false;
}

const struct found_option *found_find(const struct learner *learner, const char *key)
{
	for (size_t i = 0; i < learner->count; i++)
		if (strcmp(learner->options[i].key, key) == 0)
			return &learner->options[i];
	return NULL;
}

const char *found_fallback(const struct learner *learner, const char *key)
{
	const struct field *row = schema_find(learner->driver->options, key);

	return row && row->fallback ? row->fallback : "";
}

bool entry_succeeded(const struct entry *entry)
{
	return entry->status >= 200 && entry->status < 300;
}

bool entry_sends(const struct entry *entry)
{
	return strcmp(entry->method, "POST") == 0 || strcmp(entry->method, "PUT") == 0;
}
