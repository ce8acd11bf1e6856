/*
 * Questions on standard error, the inventory on standard output: `certroll init > inventory.yaml`.
 */
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/init.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 };

/* false at the end of the input */
static bool ask(struct init_answers *answers, const struct field *question)
{
	char line[ANSWER_MAX];

	for (;;) {
		auto_free char *objection = NULL;

		fprintf(stderr, "%s%s%s%s: ", question->help, question->fallback ? " [" : "",
			question->fallback ? question->fallback : "",
			question->fallback ? "]" : "");
		if (!fgets(line, sizeof line, stdin))
			return false;
		line[strcspn(line, "\r\n")] = '\0';
		objection = init_answer(answers, question, line);
		if (!objection)
			return true;
		fprintf(stderr, "  %s\n", objection);
	}
}

/* An editor complains about a schema that is not there: where nothing was installed, none is named. */
static const char *schema(void)
{
	return access(CERTROLL_SCHEMA, R_OK) == 0 ? CERTROLL_SCHEMA : NULL;
}

int cmd_init(struct cli *cli)
{
	struct init_answers answers = { 0 };
	auto_free char *text = NULL;
	bool complete = true;

	(void)cli;
	for (const struct field *question = init_questions; complete && question->key; question++)
		complete = ask(&answers, question);
	if (complete)
		text = init_inventory(&answers, schema());
	init_answers_free(&answers);
	if (!complete) {
		fprintf(stderr, "\ncertroll: the answers ended too early; nothing was written\n");
		return EXIT_USAGE;
	}
	fputs(text, stdout);
	return EXIT_WELL;
}
