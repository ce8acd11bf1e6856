#include "merge.h"
#include <string.h>

struct merge {
	size_t own;
	bool known_only; /* the own keys, too */
	const struct merge_watch *watch;
	struct merged *out;
};

static const struct field *find_row(const struct field *rows, const char *key)
{
	for (; rows && rows->key; rows++)
		if (strcmp(rows->key, key) == 0)
			return rows;
	return NULL;
}

static bool same_node(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->count != b->count || a->quoted != b->quoted)
		return false;
	if (a->kind == NODE_SCALAR)
		return strcmp(a->text, b->text) == 0;
	for (size_t i = 0; i < a->count; i++) {
		if (a->keys && strcmp(a->keys[i].text, b->keys[i].text))
			return false;
		if (!same_node(&a->values[i], &b->values[i]))
			return false;
	}
	return true;
}

static const struct node *find_in(const struct source *source, const char *key)
{
	return source->map ? doc_find(source->map, key) : NULL;
}

static void tell_differences(const struct merge *merge, const struct source *sources, size_t count,
			     size_t winner, const char *key, const char *path)
{
	const struct node *value = find_in(&sources[winner], key);
	auto_free char *dotted = NULL;

	if (!merge->watch || winner < merge->own || winner + 1 >= count)
		return;
	dotted = text_format("%s%s%s", path, *path ? "." : "", key);
	for (size_t i = winner + 1; i < count; i++) {
		const struct node *other = find_in(&sources[i], key);

		if (other && !same_node(value, other))
			merge->watch->differ(&sources[winner], &sources[i], dotted,
					     merge->watch->arg);
	}
}

static struct node *new_block(struct merge *merge, size_t count)
{
	struct merged *out = merge->out;

	out->blocks = mem_grow(out->blocks, out->block_count, sizeof *out->blocks);
	return out->blocks[out->block_count++] = mem_alloc(count * sizeof(struct node));
}

static void merge_maps(struct merge *merge, const struct source *sources, size_t count,
		       const struct field *rows, const char *path, struct node *out);

/* The same key of all sources: a mapping inside the mapping. */
static void merge_inner(struct merge *merge, const struct source *sources, size_t count,
			const char *key, const struct field *rows, const char *path,
			struct node *out)
{
	auto_free char *dotted = text_format("%s%s%s", path, *path ? "." : "", key);
	auto_free struct source *inner = mem_alloc(count * sizeof *inner);

	for (size_t i = 0; i < count; i++)
		inner[i] = (struct source){ find_in(&sources[i], key), sources[i].group };
	merge_maps(merge, inner, count, rows, dotted, out);
}

static void merge_key(struct merge *merge, const struct source *sources, size_t count, size_t at,
		      size_t index, const struct field *rows, const char *path, struct node *out)
{
	const struct node *key = &sources[at].map->keys[index];
	const struct node *value = &sources[at].map->values[index];
	const struct field *row = find_row(rows, key->text);

	if (doc_find(out, key->text) || (!row && (merge->known_only || at >= merge->own)))
		return;
	out->keys[out->count] = *key;
	out->values[out->count] = *value;
	if (row && row->type == FIELD_GROUP && row->rows && value->kind == NODE_MAP)
		merge_inner(merge, sources, count, key->text, row->rows, path,
			    &out->values[out->count]);
	else if (row && row->type != FIELD_GROUP)
		tell_differences(merge, sources, count, at, key->text, path);
	/* A mapping to which the device contributed itself is its own; its values say their origin.
	 */
	out->values[out->count].inherited = at >= merge->own;
	out->count++;
}

static void merge_maps(struct merge *merge, const struct source *sources, size_t count,
		       const struct field *rows, const char *path, struct node *out)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++)
		if (sources[i].map && sources[i].map->kind == NODE_MAP)
			room += sources[i].map->count;
	out->kind = NODE_MAP;
	out->count = 0;
	out->keys = new_block(merge, room);
	out->values = new_block(merge, room);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; sources[i].map && sources[i].map->kind == NODE_MAP &&
				   j < sources[i].map->count;
		     j++)
			merge_key(merge, sources, count, i, j, rows, path, out);
}

void merge_sources(const struct source *sources, size_t count, size_t own, const struct field *rows,
		   const struct merge_watch *watch, struct merged *out)
{
	struct merge merge = { own, false, watch, out };

	*out = (struct merged){ 0 };
	merge_maps(&merge, sources, count, rows, "", &out->root);
}

void merge_known(const struct source *source, const struct field *rows, struct merged *out)
{
	struct merge merge = { 1, true, NULL, out };

	*out = (struct merged){ 0 };
	merge_maps(&merge, source, 1, rows, "", &out->root);
	out->root.line = source->map->line;
	out->root.column = source->map->column;
}

void merged_free(struct merged *merged)
{
	for (size_t i = 0; i < merged->block_count; i++)
		mem_free(merged->blocks[i]);
	mem_free(merged->blocks);
	*merged = (struct merged){ 0 };
}
