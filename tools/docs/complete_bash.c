#include "docs.h"

/* "--output=js" reaches the function as the words --output, = and js. */
static const char head[] =
	"# bash completion for certroll, made from its tables.\n"
	"\n"
	"_certroll()\n"
	"{\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal kind='' words='' options=''\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $current == '=' ]]; then\n"
	"\t\tcurrent=''\n"
	"\telif [[ $previous == '=' ]]; then\n"
	"\t\tprevious=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n";

static const char tail[] =
	"\tesac\n"
	"\tif [[ $current == -* && -z $value ]]; then\n"
	"\t\tkind='words' words=$options\n"
	"\tfi\n"
	"\tcase $kind in\n"
	"\twords) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
	"\tfirst)\n"
	"\t\tcompopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; compgen -f -- "
	"\"$current\")\n"
	"\t\t;;\n"
	"\tfile)\n"
	"\t\tcompopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	"\t\t;;\n"
	"\tfolder)\n"
	"\t\tcompopt -o filenames\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _certroll certroll\n";

static void put_words(FILE *out, const char *const *words)
{
	fputs(" words='", out);
	for (size_t i = 0; words[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", words[i]);
	fputc('\'', out);
}

static void put_kind(FILE *out, enum word_kind kind, const char *const *words)
{
	static const char *const names[] = { "", "file", "folder", "words", "first" };

	fprintf(out, "kind='%s'", names[kind]);
	if (words)
		put_words(out, words);
}

static void put_values(FILE *out, const struct command *command)
{
	struct cli_option option;

	for (size_t i = 0; cli_option(command, i, &option); i++) {
		if (!option.value)
			continue;
		fprintf(out, "\t\t--%s", option.name);
		if (option.letter)
			fprintf(out, " | -%c", option.letter);
		fputs(") value=1 ", out);
		put_kind(out, complete_option(&option), option.words);
		fputs(" ;;\n", out);
	}
}

static void put_options(FILE *out, const struct command *command)
{
	struct cli_option option;

	fputs("\t\toptions='", out);
	for (size_t i = 0; cli_option(command, i, &option); i++) {
		fprintf(out, "%s--%s", i ? " " : "", option.name);
		if (option.letter)
			fprintf(out, " -%c", option.letter);
	}
	fputs("'\n", out);
}

static void put_command(FILE *out, const struct command *command)
{
	const char *const *words;
	enum word_kind kind = complete_words(command, &words);

	fprintf(out, "\t%s)\n\t\t", command->name);
	put_kind(out, kind, words);
	fputc('\n', out);
	put_options(out, command);
	fputs("\t\tcase $previous in\n", out);
	put_values(out, command);
	fputs("\t\tesac\n\t\t;;\n", out);
}

void complete_bash(FILE *out)
{
	fputs(head, out);
	fputs("\tlocal value=''\n"
	      "\tif ((COMP_CWORD == 1)); then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	      out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "%s ", command->name);
	fputs("--help --version' -- \"$current\")\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
	      out);
	for (const struct command *command = commands; command->name; command++)
		put_command(out, command);
	fputs(tail, out);
}
