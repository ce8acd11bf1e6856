/* What the HTML report counts and sorts before it writes. */
#include "report_page.h"
#include <stdlib.h>
#include <string.h>

bool endpoint_shown(const struct endpoint *endpoint)
{
	return endpoint_look(endpoint)->looked;
}

const struct cert *result_leaf(const struct result *result)
{
	const struct cert *first = NULL;

	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct chain *chain = endpoint_look(&result->endpoints[i])->chain;
		const struct cert *leaf = chain ? chain_leaf(chain) : NULL;

		if (leaf && (!first || leaf->not_after < first->not_after))
			first = leaf;
	}
	return first;
}

const struct finding *result_worst(const struct result *result)
{
	enum severity worst = findings_worst(&result->findings);

	for (size_t i = 0; i < result->findings.count; i++)
		if (result->findings.items[i].severity == worst)
			return &result->findings.items[i];
	return NULL;
}

/* One leaf on one device. */
struct use {
	const struct cert *leaf;
	const struct result *result;
};

static int by_leaf(const void *a, const void *b)
{
	const struct use *left = a, *right = b;
	int64_t ends = left->leaf->not_after, other = right->leaf->not_after;
	int named = strcmp(left->leaf->display, right->leaf->display);
	int same = memcmp(left->leaf->sha256, right->leaf->sha256, CERT_HASH);

	if (ends != other)
		return ends < other ? -1 : 1;
	if (named)
		return named;
	return same ? same : (left->result > right->result) - (left->result < right->result);
}

static struct use *collect_uses(const struct site *site, size_t *count)
{
	struct use *uses = NULL;

	*count = 0;
	for (size_t i = 0; i < site->count; i++) {
		const struct result *result = &site->results[i];

		for (size_t j = 0; j < result->endpoint_count; j++) {
			const struct chain *chain = endpoint_look(&result->endpoints[j])->chain;

			if (!chain)
				continue;
			uses = mem_grow(uses, *count, sizeof *uses);
			uses[(*count)++] =
				(struct use){ .leaf = chain_leaf(chain), .result = result };
		}
	}
	return uses;
}

static void collect_leaves(struct page *page)
{
	size_t count;
	auto_free struct use *uses = collect_uses(page->site, &count);

	page->leaves = mem_alloc((count + 1) * sizeof *page->leaves);
	if (count)
		qsort(uses, count, sizeof *uses, by_leaf);
	for (size_t i = 0; i < count; i++) {
		bool same_leaf = i && uses[i].leaf == uses[i - 1].leaf;

		if (!same_leaf)
			page->leaves[page->leaf_count++] =
				(struct leaf_use){ .leaf = uses[i].leaf,
						   .device = uses[i].result->device->name };
		if (!same_leaf || uses[i].result != uses[i - 1].result)
			page->leaves[page->leaf_count - 1].devices++;
	}
}

/* The key of the order: how bad, when it ends, what it is called. */
struct place {
	size_t index;
	enum tone tone;
	enum severity worst;
	int64_t end;
	const char *name;
};

static int by_urgency(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	if (left->tone != right->tone)
		return left->tone < right->tone ? -1 : 1;
	if (left->worst != right->worst)
		return left->worst > right->worst ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	return strcmp(left->name, right->name);
}

static void collect_order(struct page *page)
{
	const struct site *site = page->site;
	auto_free struct place *places = mem_alloc((site->count + 1) * sizeof *places);

	page->order = mem_alloc((site->count + 1) * sizeof *page->order);
	for (size_t i = 0; i < site->count; i++) {
		const struct result *result = &site->results[i];
		const struct cert *leaf = result_leaf(result);

		places[i] = (struct place){ .index = i,
					    .tone = outcome_tone(result->outcome),
					    .worst = findings_worst(&result->findings),
					    .end = leaf ? leaf->not_after : INT64_MAX,
					    .name = result->device->name };
	}
	qsort(places, site->count, sizeof *places, by_urgency);
	for (size_t i = 0; i < site->count; i++)
		page->order[i] = places[i].index;
}

void page_collect(struct page *page)
{
	collect_leaves(page);
	collect_order(page);
}
