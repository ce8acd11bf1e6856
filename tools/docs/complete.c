/* What can be completed, for every shell alike. */
#include "certroll/driver.h"
#include "certroll/guide.h"
#include "docs.h"
#include <string.h>

enum { WORDS_MAX = 512 };

static enum word_kind kind_of(const char *value)
{
	if (strstr(value, "DIR"))
		return WORD_FOLDER;
	return strstr(value, "FILE") || strstr(value, "PATH") || strstr(value, "BUNDLE") ? WORD_FILE
											 : WORD_ANY;
}

enum word_kind complete_option(const struct cli_option *option)
{
	return option->words ? WORD_LISTED : kind_of(option->value);
}

/* Each has one list, which lives as long as the program. */
static const char *const *command_names(void)
{
	static const char *words[WORDS_MAX + 1];

	for (size_t i = 0; i < WORDS_MAX && commands[i].name; i++)
		words[i] = commands[i].name;
	return words;
}

static const char *const *driver_names(void)
{
	static const char *words[WORDS_MAX + 1];
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count && i < WORDS_MAX; i++)
		words[i] = drivers[i]->name;
	return words;
}

static const char *const *finding_ids(void)
{
	static const char *words[WORDS_MAX + 1];
	size_t count;
	const struct guide *all = guide_all(&count);

	for (size_t i = 0; i < count && i < WORDS_MAX; i++)
		words[i] = all[i].id;
	return words;
}

static const char *const *ca_verbs(void)
{
	static const char *const words[] = { "init", "sign", "bundle", NULL };

	return words;
}

enum word_kind complete_words(const struct command *command, const char *const **words)
{
	static const struct {
		const char *command;
		const char *const *(*words)(void);
		enum word_kind kind;
	} lists[] = {
		{ "help", command_names, WORD_LISTED },
		{ "drivers", driver_names, WORD_LISTED },
		{ "rules", finding_ids, WORD_LISTED },
		{ "ca", ca_verbs, WORD_FIRST },
	};

	*words = NULL;
	for (size_t i = 0; i < COUNT(lists); i++)
		if (strcmp(lists[i].command, command->name) == 0) {
			*words = lists[i].words();
			return lists[i].kind;
		}
	return kind_of(command->words);
}
