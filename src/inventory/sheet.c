#include "sheet.h"
#include "certroll/inventory.h"
#include "certroll/text.h"
#include "entry.h"
#include "report.h"
#include "scan.h"
#include "value.h"
#include <csv.h>
#include <string.h>

enum { SHEET_MAX_COLUMNS = 200 };

static const char options[] = "options.";

struct sheet {
	const char *path;
	struct findings *findings;
	char *keys[SHEET_MAX_COLUMNS];
	size_t key_count;
	bool headed;      /* the first line is over */
	int line, column; /* of the field at */
	struct node *devices;
	struct node *row; /* NULL: nothing on this line yet */
	bool failed;
};

bool sheet_is(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && text_same(dot, ".csv");
}

static void refuse(struct sheet *sheet, const char *remedy, const char *sentence)
{
	struct spot spot = { sheet->path, "", sheet->line, sheet->column };

	report(sheet->findings, SEVERITY_ERROR, &spot, remedy, "%s", sentence);
	sheet->failed = true;
}

static struct node *add_entry(struct node *map, const char *key, const struct sheet *sheet)
{
	struct node place = { .line = sheet->line, .column = sheet->column };

	map->keys = mem_grow(map->keys, map->count, sizeof *map->keys);
	map->values = mem_grow(map->values, map->count, sizeof *map->values);
	map->keys[map->count] = place;
	map->keys[map->count].kind = NODE_SCALAR;
	map->keys[map->count].text = text_copy(key);
	map->values[map->count] = place;
	return &map->values[map->count++];
}

static struct node *add_item(struct node *list, const struct sheet *sheet)
{
	list->kind = NODE_LIST;
	list->values = mem_grow(list->values, list->count, sizeof *list->values);
	list->values[list->count] = (struct node){ .line = sheet->line, .column = sheet->column };
	return &list->values[list->count++];
}

static void set_text(struct node *node, const char *text)
{
	node->kind = NODE_SCALAR;
	node->text = text_copy(text);
}

/* --- the first line --- */

/* No deeper than a document may be: root, list and device are above it. */
static bool is_option(const char *key)
{
	int depth = 3;

	for (const char *at = key; *at; at++)
		depth += *at == '.';
	return text_starts(key, options) && key[strlen(options)] && depth < DOC_MAX_DEPTH;
}

static void check_key(struct sheet *sheet, const char *key)
{
	static const char *words[64];
	auto_free char *shown = value_quote(key);
	auto_free char *near = NULL;
	struct spot spot = { sheet->path, "", sheet->line, sheet->column };
	size_t count = 0;

	if (schema_find(entry_rows, key) || is_option(key))
		return;
	for (const struct field *row = entry_rows; row->key && count < COUNT(words); row++)
		words[count++] = row->key;
	near = value_suggest(key, words, count);
	report(sheet->findings, SEVERITY_ERROR, &spot,
	       near ? near : "the first line names keys of devices, such as name, host and role",
	       "no key of a device is called %s", shown);
	sheet->failed = true;
}

static void read_key(struct sheet *sheet, const char *text)
{
	if (sheet->key_count == SHEET_MAX_COLUMNS) {
		refuse(sheet, NULL, "more than 200 columns");
		return;
	}
	for (size_t i = 0; i < sheet->key_count; i++)
		if (*text && strcmp(sheet->keys[i], text) == 0)
			refuse(sheet, "keep one of the two columns", "the column is there twice");
	if (*text)
		check_key(sheet, text);
	sheet->keys[sheet->key_count++] = text_copy(text);
}

/* --- the others --- */

static void read_list(struct sheet *sheet, struct node *list, char *text)
{
	list->kind = NODE_LIST;
	for (char *word; (word = strsep(&text, " ,;"));)
		if (*word)
			set_text(add_item(list, sheet), word);
}

/* "options.upload.path" is a mapping in a mapping. */
static struct node *find_slot(struct sheet *sheet, struct node *map, const char *key)
{
	size_t len = strcspn(key, ".");
	auto_free char *first = mem_copy(key, len);
	struct node *inner = NULL;

	if (!key[len])
		return add_entry(map, key, sheet);
	for (size_t i = 0; i < map->count && !inner; i++)
		if (strcmp(map->keys[i].text, first) == 0)
			inner = &map->values[i];
	if (!inner)
		inner = add_entry(map, first, sheet);
	if (inner->kind == NODE_SCALAR) { /* of a column "options.upload" */
		refuse(sheet, "keep one of the two columns",
		       "the value of another column stands where this one's mapping should");
		return NULL;
	}
	inner->kind = NODE_MAP;
	return find_slot(sheet, inner, key + len + 1);
}

static void read_value(struct sheet *sheet, char *text)
{
	size_t column = (size_t)sheet->column - 1;
	const char *key = column < sheet->key_count ? sheet->keys[column] : "";
	const struct field *row = *key ? schema_find(entry_rows, key) : NULL;
	struct node *slot;

	if (!*text)
		return;
	if (!*key) {
		refuse(sheet, "name the column in the first line, or empty the field",
		       "a value without a column");
		return;
	}
	if (!sheet->row) {
		sheet->row = add_item(sheet->devices, sheet);
		sheet->row->kind = NODE_MAP;
		sheet->row->column = 1;
	}
	slot = find_slot(sheet, sheet->row, key);
	if (slot && row && row->type == FIELD_LIST)
		read_list(sheet, slot, text);
	else if (slot)
		set_text(slot, text);
}

static void take_field(void *bytes, size_t len, void *arg)
{
	struct sheet *sheet = arg;
	auto_free char *text = mem_copy(bytes ? bytes : "", len);

	sheet->column++;
	if (len > DOC_MAX_SCALAR)
		refuse(sheet, NULL, "the value is longer than 4096 bytes");
	else if (memchr(text, '\n', len))
		refuse(sheet, "write it on one line", "the value has several lines");
	else if (sheet->headed)
		read_value(sheet, text);
	else
		read_key(sheet, text);
}

static void end_line(int terminator, void *arg)
{
	struct sheet *sheet = arg;

	(void)terminator;
	if (sheet->devices->count == INVENTORY_MAX_DEVICES && sheet->row)
		refuse(sheet, "divide the file", "more than 20000 devices");
	sheet->headed = true;
	sheet->row = NULL;
	sheet->column = 0;
}

static unsigned char divider(const char *text, size_t len)
{
	static const char dividers[] = ",;\t";
	size_t counts[sizeof dividers] = { 0 }, best = 0;

	for (size_t i = 0; i < len && text[i] != '\n'; i++)
		for (size_t j = 0; dividers[j]; j++)
			counts[j] += text[i] == dividers[j];
	for (size_t j = 1; dividers[j]; j++)
		best = counts[j] > counts[best] ? j : best;
	return (unsigned char)dividers[best];
}

/* One line at a time: libcsv leaves blank ones out, and a place needs their number. */
static void parse_lines(struct sheet *sheet, struct csv_parser *parser, const char *text,
			size_t len)
{
	const char *end = text + len;

	while (text < end && !sheet->failed) {
		const char *line = text;

		text = memchr(text, '\n', (size_t)(end - text));
		text = text ? text + 1 : end;
		sheet->line++;
		if (csv_parse(parser, line, (size_t)(text - line), take_field, end_line, sheet) !=
		    (size_t)(text - line))
			refuse(sheet, "write two quotes for each one inside of a field",
			       "a quote stands in the middle of a field");
	}
	if (!sheet->failed && csv_fini(parser, take_field, end_line, sheet))
		refuse(sheet, "close it", "a quote that opens here never closes");
}

struct doc *sheet_parse(const char *text, size_t len, const char *path, struct findings *findings)
{
	struct doc *doc = mem_alloc(sizeof *doc);
	struct sheet sheet = { .path = path, .findings = findings };
	struct csv_parser parser;

	doc->path = text_copy(path);
	doc->root = (struct node){ .kind = NODE_MAP, .line = 1, .column = 1 };
	sheet.devices = add_entry(&doc->root, "devices", &(struct sheet){ .line = 1, .column = 1 });
	sheet.devices->kind = NODE_LIST;
	if (!scan_text(text, len, path, findings))
		sheet.failed = true;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI))
		mem_exhausted();
	csv_set_delim(&parser, divider(text, len));
	if (!sheet.failed)
		parse_lines(&sheet, &parser, text, len);
	csv_free(&parser);
	for (size_t i = 0; i < sheet.key_count; i++)
		mem_free(sheet.keys[i]);
	if (sheet.failed) {
		doc_free(doc);
		return NULL;
	}
	return doc;
}
