/* The result as YAML: what differs from the defaults, and which defaults were seen to be right. */
#include "certroll/driver.h"
#include "found.h"
#include <ctype.h>
#include <string.h>

struct printer {
	const struct learner *learner;
	struct buf *out;
	const char *group; /* of the last line */
	bool any;
};

/* YAML 1.1 gives too many plain texts a meaning of their own. */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes", "no",
					     "on",   "off",  "y",     "n" };

	if (!isalpha((unsigned char)*text))
		return false;
	for (size_t i = 0; i < COUNT(words); i++)
		if (text_same(words[i], text))
			return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("._-/", *text))
			return false;
	return true;
}

/* Control characters were refused by the rows, so a single-quoted text needs one escape only. */
static int put_value(struct buf *out, const char *text)
{
	if (is_plain(text))
		return buf_addf(out, "%s", text);
	if (buf_addf(out, "'"))
		return -1;
	for (; *text; text++)
		if (buf_addf(out, *text == '\'' ? "''" : "%c", *text))
			return -1;
	return buf_addf(out, "'");
}

char *options_quote(const char *text)
{
	auto_buf out = BUF_MAX(LEARN_MAX_TEXT);

	return put_value(&out, text) ? NULL : text_copy(buf_text(&out));
}

static bool differs(const struct field *row, const struct found_option *option)
{
	if (option && row->type == FIELD_LIST)
		return true;
	return option && strcmp(row->fallback ? row->fallback : "", option->value) != 0;
}

/* The entries of a list, in the order in which they were found. */
static int put_list_rows(struct printer *printer, const char *key, const char *indent)
{
	const struct learner *learner = printer->learner;

	for (size_t i = 0; i < learner->count; i++) {
		if (strcmp(learner->options[i].key, key) != 0)
			continue;
		if (buf_addf(printer->out, "%s  - ", indent) ||
		    put_value(printer->out, learner->options[i].value) ||
		    buf_addf(printer->out, "\n"))
			return -1;
	}
	return 0;
}

static int put_row(struct printer *printer, const char *key, const struct field *row,
		   const struct found_option *option)
{
	const char *dot = strchr(key, '.');
	const char *leaf = dot ? dot + 1 : key;
	const char *indent = dot ? "    " : "  ";
	size_t group = dot ? (size_t)(dot - key) : 0;
	bool same = dot && printer->group && strncmp(printer->group, key, group + 1) == 0;

	if (!printer->any && buf_addf(printer->out, "options:\n"))
		return -1;
	if (dot && !same && buf_addf(printer->out, "  %.*s:\n", (int)group, key))
		return -1;
	printer->any = true;
	printer->group = option->key;
	if (buf_addf(printer->out, "%s%s:", indent, leaf))
		return -1;
	if (row->type == FIELD_LIST)
		return buf_addf(printer->out, "  # recorded, entry %zu\n", option->entry) ||
				       put_list_rows(printer, key, indent)
			       ? -1
			       : 0;
	if (buf_addf(printer->out, " ") || put_value(printer->out, option->value))
		return -1;
	return buf_addf(printer->out, "  # recorded, entry %zu\n", option->entry);
}

static void visit_changed(const char *key, const struct field *row, void *arg)
{
	struct printer *printer = arg;
	const struct found_option *option = found_find(printer->learner, key);

	if (row->type != FIELD_GROUP && differs(row, option))
		(void)!put_row(printer, key, row, option);
}

static void visit_confirmed(const char *key, const struct field *row, void *arg)
{
	struct printer *printer = arg;
	const struct found_option *option = found_find(printer->learner, key);

	if (row->type != FIELD_GROUP && option && !differs(row, option)) {
		(void)!buf_addf(printer->out, "%s %s", printer->any ? "," : "", key);
		printer->any = true;
	}
}

static void visit_unseen(const char *key, const struct field *row, void *arg)
{
	struct printer *printer = arg;

	/* What is documented, seen or tested elsewhere does not wait for this recording. */
	if (row->type != FIELD_GROUP && row->evidence == EVIDENCE_ASSUMED && row->fallback &&
	    *row->fallback && !found_find(printer->learner, key)) {
		(void)!buf_addf(printer->out, "%s %s", printer->any ? "," : "", key);
		printer->any = true;
	}
}

static void put_list(struct learner *learner, struct buf *out, const char *title,
		     void (*visit)(const char *, const struct field *, void *))
{
	struct printer printer = { .learner = learner, .out = out };

	(void)!buf_addf(out, "# %s:", title);
	schema_each(learner->driver->options, visit, &printer);
	(void)!buf_addf(out, "%s\n", printer.any ? "" : " none");
}

void options_print(struct learner *learner)
{
	auto_buf out = BUF_MAX(LEARN_MAX_TEXT);
	struct printer printer = { .learner = learner, .out = &out };
	const char *file = learner->request->file;
	auto_free char *shown = text_printable(file, strlen(file), 200);

	(void)!buf_addf(&out, "# learned from %s for driver %s; evidence: %s\n%s", shown,
			learner->driver->name, evidence_name(EVIDENCE_RECORDED),
			buf_text(&learner->lines));
	if (learner->count) {
		put_list(learner, &out, "as the driver's defaults", visit_confirmed);
		put_list(learner, &out, "not in this recording, still assumed", visit_unseen);
		schema_each(learner->driver->options, visit_changed, &printer);
	}
	if (learner->count && !printer.any)
		(void)!buf_addf(&out, "options: {}  # the defaults are right\n");
	mem_free(learner->lesson->text);
	learner->lesson->text = text_copy(buf_text(&out));
}
