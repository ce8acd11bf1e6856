#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/guide.h"
#include <stdio.h>

/* false, and said, when a word is no id */
static bool choose(const struct cli *cli, const struct guide **chosen)
{
	for (size_t i = 0; i < cli->word_count; i++) {
		const char *word = cli->words[i], *nearest = guide_nearest(word);

		chosen[i] = guide_find(word);
		if (chosen[i])
			continue;
		if (nearest)
			fprintf(stderr, "certroll: no finding '%.60s'; did you mean %s?\n", word,
				nearest);
		else
			fprintf(stderr,
				"certroll: no finding '%.60s'; 'certroll rules' lists them\n",
				word);
		return false;
	}
	return true;
}

static void print_chosen(const struct guide *const *chosen, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		printf("%s", i ? "\n" : "");
		guide_text(chosen[i]);
	}
}

static void print_all_json(void)
{
	size_t count;
	const struct guide *all = guide_all(&count);
	auto_free const struct guide **list = mem_alloc(count * sizeof(struct guide *));

	for (size_t i = 0; i < count; i++)
		list[i] = &all[i];
	guide_json(list, count);
}

int cmd_rules(struct cli *cli)
{
	auto_free const struct guide **chosen =
		mem_alloc((cli->word_count + 1) * sizeof(struct guide *));
	bool json = cli->format == REPORT_JSON;

	if (cli->markdown && (json || cli->word_count)) {
		fprintf(stderr, "certroll: --markdown is the whole page; leave the rest away\n");
		return EXIT_USAGE;
	}
	if (!choose(cli, chosen))
		return EXIT_USAGE;
	if (cli->markdown)
		guide_markdown();
	else if (json && cli->word_count)
		guide_json(chosen, cli->word_count);
	else if (json)
		print_all_json();
	else if (cli->word_count)
		print_chosen(chosen, cli->word_count);
	else
		guide_list();
	return EXIT_WELL;
}
