#include "certroll/guide.h"
#include "certroll/text.h"
#include <ctype.h>
#include <string.h>

#define GUIDE(id, title, why, mend) { id, title, why, mend, NULL },
static const struct guide texts[] = {
#include "guide.def"
};
#undef GUIDE

static const struct guide *text_of(const char *id)
{
	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(texts[i].id, id) == 0)
			return &texts[i];
	return NULL;
}

/* "K1": a letter and a number; other ids are words. */
static bool names_rule(const char *id)
{
	return isupper((unsigned char)id[0]) && isdigit((unsigned char)id[1]);
}

static size_t collect(struct guide *all)
{
	size_t rule_count, count = 0;
	const struct rule *rules = rules_table(&rule_count);

	for (size_t i = 0; i < rule_count; i++) {
		const struct guide *text = text_of(rules[i].id);

		if (!text)
			continue;
		all[count] = *text;
		all[count].title = rules[i].title;
		all[count++].rule = &rules[i];
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!names_rule(texts[i].id))
			all[count++] = texts[i];
	return count;
}

const struct guide *guide_all(size_t *count)
{
	static struct guide all[COUNT(texts)];
	static size_t collected;

	if (!collected)
		collected = collect(all);
	*count = collected;
	return all;
}

const struct guide *guide_find(const char *id)
{
	size_t count;
	const struct guide *all = guide_all(&count);

	for (size_t i = 0; i < count; i++)
		if (text_same(all[i].id, id))
			return &all[i];
	return NULL;
}

const char *guide_nearest(const char *word)
{
	const char *ids[COUNT(texts)];
	size_t count;
	const struct guide *all = guide_all(&count);

	for (size_t i = 0; i < count; i++)
		ids[i] = all[i].id;
	return text_nearest(word, ids, count);
}
