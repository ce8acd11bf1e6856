#include "docs.h"
#include <string.h>

/* Inside '...' of a specification, where [ ] and : have a meaning, too. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr("[]:\\", *text))
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void put_action(FILE *out, enum word_kind kind, const char *const *words)
{
	switch (kind) {
	case WORD_FILE:
		fputs("_files", out);
		break;
	case WORD_FOLDER:
		fputs("_files -/", out);
		break;
	case WORD_LISTED:
	case WORD_FIRST:
		fputc('(', out);
		for (size_t i = 0; words[i]; i++)
			fprintf(out, "%s%s", i ? " " : "", words[i]);
		fputc(')', out);
		break;
	case WORD_ANY:
		fputc(' ', out);
	}
}

static void put_option(FILE *out, const struct cli_option *option)
{
	fputs(" \\\n\t\t\t", out);
	if (option->letter)
		fprintf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name,
			option->letter, option->value ? "+" : "", option->name,
			option->value ? "=" : "");
	else
		fprintf(out, "'%s--%s%s[", strstr(option->help, "repeated") ? "*" : "",
			option->name, option->value ? "=" : "");
	put_text(out, option->help);
	fputc(']', out);
	if (option->value) {
		fputc(':', out);
		put_text(out, option->value);
		fputc(':', out);
		put_action(out, complete_option(option), option->words);
	}
	fputc('\'', out);
}

static void put_command(FILE *out, const struct command *command)
{
	const char *const *words;
	enum word_kind kind = complete_words(command, &words);
	struct cli_option option;

	fprintf(out, "\t%s)\n\t\t_arguments -s -S", command->name);
	for (size_t i = 0; cli_option(command, i, &option); i++)
		put_option(out, &option);
	if (*command->words) {
		fprintf(out, " \\\n\t\t\t'%s:", kind == WORD_FIRST ? "1" : "*");
		put_text(out, command->words);
		fputc(':', out);
		put_action(out, kind, words);
		fputc('\'', out);
	}
	if (kind == WORD_FIRST)
		fputs(" \\\n\t\t\t'*:FILE:_files'", out);
	fputs("\n\t\t;;\n", out);
}

void complete_zsh(FILE *out)
{
	fputs("#compdef certroll\n# Made from the tables of certroll.\n\n_certroll() {\n"
	      "\tlocal -a commands=(\n",
	      out);
	for (const struct command *command = commands; command->name; command++) {
		fprintf(out, "\t\t'%s:", command->name);
		put_text(out, command->summary);
		fputs("'\n", out);
	}
	fputs("\t)\n"
	      "\tif ((CURRENT == 2)); then\n"
	      "\t\t_describe -t commands command commands\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tshift words\n"
	      "\t((CURRENT--))\n"
	      "\tcase $words[1] in\n",
	      out);
	for (const struct command *command = commands; command->name; command++)
		put_command(out, command);
	fputs("\tesac\n}\n\n_certroll \"$@\"\n", out);
}
