#include "docs.h"

static const char head[] =
	"# fish completion for certroll, made from its tables.\n"
	"\n"
	"function __certroll_is\n"
	"    set -l words (commandline -opc)\n"
	"    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
	"end\n"
	"\n"
	"function __certroll_begins\n"
	"    test (count (commandline -opc)) -eq 1\n"
	"end\n"
	"\n"
	"complete -c certroll -f\n"
	"complete -c certroll -n __certroll_begins -l help -d 'list the commands'\n"
	"complete -c certroll -n __certroll_begins -l version -d 'which version this is'\n";

static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void put_words(FILE *out, const char *const *words)
{
	fputs(" -a '", out);
	for (size_t i = 0; words[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", words[i]);
	fputc('\'', out);
}

static void put_kind(FILE *out, enum word_kind kind, const char *const *words)
{
	if (kind == WORD_FILE || kind == WORD_FIRST)
		fputs(" -F", out);
	if (kind == WORD_FOLDER)
		fputs(" -a '(__fish_complete_directories)'", out);
	else if (kind == WORD_LISTED || kind == WORD_FIRST)
		put_words(out, words);
}

static void put_option(FILE *out, const struct command *command, const struct cli_option *option)
{
	fprintf(out, "complete -c certroll -n '__certroll_is %s' -l %s", command->name,
		option->name);
	if (option->letter)
		fprintf(out, " -s %c", option->letter);
	if (option->value) {
		enum word_kind kind = complete_option(option);

		fputs(kind == WORD_FILE ? " -r" : " -x", out);
		put_kind(out, kind, option->words);
	}
	fputs(" -d ", out);
	put_quoted(out, option->help);
	fputc('\n', out);
}

static void put_command(FILE *out, const struct command *command)
{
	const char *const *words;
	enum word_kind kind = complete_words(command, &words);
	struct cli_option option;

	fprintf(out, "\ncomplete -c certroll -n __certroll_begins -a %s -d ", command->name);
	put_quoted(out, command->summary);
	fputc('\n', out);
	if (kind != WORD_ANY) {
		fprintf(out, "complete -c certroll -n '__certroll_is %s'", command->name);
		put_kind(out, kind, words);
		fputc('\n', out);
	}
	for (size_t i = 0; cli_option(command, i, &option); i++)
		put_option(out, command, &option);
}

void complete_fish(FILE *out)
{
	fputs(head, out);
	for (const struct command *command = commands; command->name; command++)
		put_command(out, command);
}
