#include "permit.h"
#include "certroll/mem.h"
#include <string.h>

/* A program with all its arguments, a file, or a call with all its words. */
struct permit {
	enum order_kind kind;
	char **words; /* NULL-terminated; owned */
};

static struct permit *list;
static size_t list_count;

static size_t count_words(const char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

void permit(enum order_kind kind, const char *const *words)
{
	size_t count = count_words(words);
	struct permit permit = { .kind = kind };

	if (permits(kind, words)) /* a thousand devices may have the same command */
		return;
	permit.words = mem_alloc((count + 1) * sizeof(char *));
	for (size_t i = 0; i < count; i++)
		permit.words[i] = text_copy(words[i]);
	list = mem_grow(list, list_count, sizeof *list);
	list[list_count++] = permit;
}

void permit_nothing(void)
{
	while (list_count) {
		char **words = list[--list_count].words;

		for (size_t i = 0; words[i]; i++)
			mem_free(words[i]);
		mem_free(words);
	}
	mem_free(list);
	list = NULL;
}

static bool same(const struct permit *permit, enum order_kind kind, const char *const *words)
{
	size_t i = 0;

	if (permit->kind != kind)
		return false;
	while (permit->words[i] && words[i] && strcmp(permit->words[i], words[i]) == 0)
		i++;
	return !permit->words[i] && !words[i];
}

bool permits(enum order_kind kind, const char *const *words)
{
	for (size_t i = 0; i < list_count; i++)
		if (same(&list[i], kind, words))
			return true;
	return false;
}
