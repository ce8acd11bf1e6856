#include "certroll/schema.h"
#include "certroll/doc.h"
#include "certroll/text.h"
#include "report.h"
#include "secret_ref.h"
#include "value.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What is the same all the way down one mapping. */
struct walk {
	const char *file;
	struct findings *findings;
	const struct node *around; /* the innermost mapping that is really there; NULL: none */
	bool partial;              /* absent keys stay absent, required ones too */
	bool muted;                /* inherited: its problems were reported where it is written */
};

static void *slot_of(void *out, const struct field *row)
{
	return (char *)out + row->offset;
}

static char *join_path(const char *path, const char *key)
{
	return text_format("%s%s%s", path, path[0] ? "." : "", key);
}

static void complain(const struct walk *walk, const struct node *node, const char *path,
		     const struct problem *problem)
{
	struct spot spot = { walk->file, path, node->line, node->column };

	if (!walk->muted)
		report(walk->findings, SEVERITY_ERROR, &spot, problem->remedy, "%s",
		       problem->sentence);
}

/* The sentence is ours and constant, so nothing is copied. */
static void complain_that(const struct walk *walk, const struct node *node, const char *path,
			  const char *sentence, const char *remedy)
{
	struct spot spot = { walk->file, path, node->line, node->column };

	if (!walk->muted)
		report(walk->findings, SEVERITY_ERROR, &spot, remedy, "%s", sentence);
}

/* What may stand here, when the shape is wrong: a list for a scalar and so on. */
static void complain_shape(const struct walk *walk, const struct node *node, const char *path,
			   const struct field *row)
{
	static const char *const shapes[] = { "nothing", "a single value", "a list", "a mapping" };
	auto_free char *wanted = schema_describe(row);
	auto_free char *sentence = NULL;
	auto_free char *remedy = NULL;

	if (node->kind == NODE_NULL) {
		complain_that(walk, node, path, "has no value", "give one, or remove the key");
		return;
	}
	sentence = text_format("must be %s, not %s", wanted, shapes[node->kind]);
	if (row->type == FIELD_LIST && node->kind == NODE_SCALAR) {
		auto_free char *shown = text_printable(node->text, strlen(node->text), 60);

		remedy = text_format("write it as a list: [%s]", shown);
	}
	complain_that(walk, node, path, sentence, remedy);
}

static void read_item(const struct walk *walk, const struct field *row, const struct node *item,
		      const char *path, struct text_list *list)
{
	auto_problem problem = { 0 };

	if (item->kind != NODE_SCALAR) {
		complain_that(walk, item, path, "must be a single value", NULL);
		return;
	}
	if (!value_check_item(row, item->text, &problem)) {
		complain(walk, item, path, &problem);
		return;
	}
	list->items = mem_grow(list->items, list->count, sizeof *list->items);
	list->items[list->count++] = text_copy(item->text);
}

static void read_list(const struct walk *walk, const struct field *row, const struct node *node,
		      const char *path, struct text_list *list)
{
	auto_free char *wanted = NULL;
	auto_free char *sentence = NULL;

	if (node->kind != NODE_LIST) {
		complain_shape(walk, node, path, row);
		return;
	}
	if ((int64_t)node->count < row->min || (row->max && (int64_t)node->count > row->max)) {
		wanted = schema_describe(row);
		sentence = text_format("must be %s, not %zu", wanted, node->count);
		complain_that(walk, node, path, sentence, NULL);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		auto_free char *place = text_format("%s[%zu]", path, i);

		read_item(walk, row, &node->values[i], place, list);
	}
}

static void read_scalar(const struct walk *walk, const struct field *row, const struct node *node,
			const char *path, void *slot)
{
	struct value value = { node->text, node->quoted, walk->file };
	auto_problem problem = { 0 };

	if (node->kind != NODE_SCALAR)
		complain_shape(walk, node, path, row);
	else if (!value_parse(row, &value, slot, &problem))
		complain(walk, node, path, &problem);
}

static void read_map(const struct walk *walk, const struct node *map, const struct field *rows,
		     void *out, const char *path);

static void read_value(const struct walk *outer, const struct field *row, const struct node *node,
		       void *out, const char *path)
{
	struct walk inner = *outer;
	const struct walk *walk = &inner;

	inner.muted |= node->inherited;
	if (row->type == FIELD_LIST)
		read_list(walk, row, node, path, slot_of(out, row));
	else if (row->type != FIELD_GROUP)
		read_scalar(walk, row, node, path, slot_of(out, row));
	else if (node->kind == NODE_MAP || node->kind == NODE_NULL)
		read_map(walk, node, row->rows, out, path);
	else
		complain_shape(walk, node, path, row);
}

/* The default has the syntax of the file.  A bad one is our own mistake. */
static void read_fallback(const struct field *row, void *out)
{
	struct findings findings = { 0 };
	struct walk walk = { "", &findings, NULL, false, false };

	if (row->fallback && row->type == FIELD_LIST) {
		struct doc *doc = doc_parse(row->fallback, strlen(row->fallback), "", &findings);

		assert(doc);
		read_list(&walk, row, &doc->root, row->key, slot_of(out, row));
		doc_free(doc);
	} else if (row->fallback) {
		struct node node = { .kind = NODE_SCALAR, .text = text_copy(row->fallback) };

		read_scalar(&walk, row, &node, row->key, slot_of(out, row));
		mem_free(node.text);
	}
	assert(!findings.count);
	findings_free(&findings);
}

static void complain_missing(const struct walk *walk, const struct field *row, const char *path)
{
	const struct node *around = walk->around;
	struct spot spot = { walk->file, path, around ? around->line : 0,
			     around ? around->column : 0 };
	auto_free char *remedy = text_format("add it: %s", row->help ? row->help : row->key);

	report(walk->findings, SEVERITY_ERROR, &spot, remedy, "\"%s\" is missing", row->key);
}

static void complain_unknown(const struct walk *walk, const struct node *key,
			     const struct field *rows, const char *path)
{
	auto_free char *shown = text_printable(key->text, strlen(key->text), 60);
	auto_free char *place = join_path(path, shown);
	struct spot spot = { walk->file, place, key->line, key->column };
	auto_free const char **words = NULL;
	auto_free char *suggestion = NULL;
	size_t count = 0;

	for (; rows && rows[count].key; count++) {
		words = mem_grow(words, count, sizeof *words);
		words[count] = rows[count].key;
	}
	suggestion = value_suggest(key->text, words, count);
	report(walk->findings, SEVERITY_ERROR, &spot, suggestion, "unknown key");
}

static const struct field *find_row(const struct field *rows, const char *key, size_t len)
{
	for (; rows && rows->key; rows++)
		if (strlen(rows->key) == len && strncmp(rows->key, key, len) == 0)
			return rows;
	return NULL;
}

static void read_map(const struct walk *outer, const struct node *map, const struct field *rows,
		     void *out, const char *path)
{
	struct walk inner = { outer->file, outer->findings, map ? map : outer->around,
			      outer->partial, outer->muted };
	const struct walk *walk = &inner;

	if (!rows)
		return;
	for (size_t i = 0; map && i < map->count; i++) {
		const struct node *key = &map->keys[i];

		if (!find_row(rows, key->text, strlen(key->text)) && !map->values[i].inherited)
			complain_unknown(walk, key, rows, path);
	}
	for (const struct field *row = rows; row->key; row++) {
		const struct node *value = map ? doc_find(map, row->key) : NULL;
		bool plain = !value && !row->required && row->type != FIELD_GROUP;
		auto_free char *place = plain ? NULL : join_path(path, row->key);

		if (value)
			read_value(walk, row, value, out, place);
		else if (walk->partial)
			continue;
		else if (row->required)
			complain_missing(walk, row, place);
		else if (row->type == FIELD_GROUP)
			read_map(walk, NULL, row->rows, out, place);
		else
			read_fallback(row, out);
	}
}

static bool parse(const struct node *map, const struct field *rows, void *out,
		  const struct schema_place *place, struct findings *findings, bool partial)
{
	struct walk walk = { place->file, findings, NULL, partial, false };
	size_t before = findings->count;

	if (map && map->kind != NODE_MAP && map->kind != NODE_NULL) {
		complain_that(&walk, map, place->path, "must be a mapping of keys and values",
			      NULL);
		return false;
	}
	read_map(&walk, map, rows, out, place->path);
	return findings->count == before;
}

bool schema_parse(const struct node *map, const struct field *rows, void *out,
		  const struct schema_place *place, struct findings *findings)
{
	return parse(map, rows, out, place, findings, false);
}

bool schema_check(const struct node *map, const struct field *rows, void *out,
		  const struct schema_place *place, struct findings *findings)
{
	return parse(map, rows, out, place, findings, true);
}

char *schema_refuse(const struct field *row, const char *text)
{
	union {
		int64_t number;
		char *text;
		struct window window;
		struct secret_ref *ref;
	} slot = { 0 };
	struct field lone[] = { *row, FIELD_END };
	struct value value = { text, false, NULL };
	auto_problem problem = { 0 };
	bool fine;

	if (row->type == FIELD_LIST)
		fine = value_check_item(row, text, &problem);
	else
		fine = value_parse(row, &value, &slot, &problem);
	lone[0].offset = 0;
	if (fine && row->type != FIELD_LIST)
		schema_free(lone, &slot);
	return fine ? NULL : text_copy(problem.sentence);
}

void schema_defaults(const struct field *rows, void *out)
{
	for (; rows && rows->key; rows++) {
		if (rows->type == FIELD_GROUP)
			schema_defaults(rows->rows, out);
		else
			read_fallback(rows, out);
	}
}

static void free_list(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		mem_free(list->items[i]);
	mem_free(list->items);
	*list = (struct text_list){ 0 };
}

void schema_free(const struct field *rows, void *out)
{
	for (; rows && rows->key; rows++) {
		void *slot = slot_of(out, rows);

		switch (rows->type) {
		case FIELD_LIST:
			free_list(slot);
			break;
		case FIELD_GROUP:
			schema_free(rows->rows, out);
			break;
		case FIELD_SECRET:
			secret_ref_free(*(struct secret_ref **)slot);
			*(struct secret_ref **)slot = NULL;
			break;
		case FIELD_NUMBER:
		case FIELD_DURATION:
			*(int64_t *)slot = 0;
			break;
		case FIELD_SWITCH:
			*(bool *)slot = false;
			break;
		case FIELD_CHOICE:
			*(int *)slot = 0;
			break;
		case FIELD_WINDOW:
			*(struct window *)slot = (struct window){ 0 };
			break;
		default:
			mem_free(*(char **)slot);
			*(char **)slot = NULL;
		}
	}
}

const struct field *schema_find(const struct field *rows, const char *key)
{
	const char *dot = strchr(key, '.');
	const struct field *row = find_row(rows, key, dot ? (size_t)(dot - key) : strlen(key));

	if (!dot || !row)
		return row;
	return row->type == FIELD_GROUP ? schema_find(row->rows, dot + 1) : NULL;
}

static void each_below(const char *path, const struct field *rows,
		       void (*visit)(const char *key, const struct field *, void *), void *arg)
{
	for (; rows && rows->key; rows++) {
		auto_free char *key = join_path(path, rows->key);

		visit(key, rows, arg);
		if (rows->type == FIELD_GROUP)
			each_below(key, rows->rows, visit, arg);
	}
}

void schema_each(const struct field *rows,
		 void (*visit)(const char *key, const struct field *, void *), void *arg)
{
	each_below("", rows, visit, arg);
}
