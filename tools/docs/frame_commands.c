/* certroll(1): commands, options, exit statuses. */
#include "docs.h"
#include <string.h>
#include <time.h>

enum { COMMANDS_MAX = 64 };

/* Those that a frame has named; the rest follows by frame_commands(). */
static const struct command *written[COMMANDS_MAX];
static size_t written_count;

bool frame_date(FILE *out, const char *argument)
{
	struct tm date = { 0 };
	char text[40];

	if (*argument || !strptime(CERTROLL_DATE, "%Y-%m-%d", &date))
		return false;
	strftime(text, sizeof text, "%B %d, %Y", &date);
	fprintf(out, ".Dd %s\n", text);
	return true;
}

static void put_option_names(FILE *out, const struct command *command)
{
	struct cli_option option, next;

	fputs(".Pp\nOptions:\n", out);
	for (size_t i = 0; cli_option(command, i, &option); i++)
		fprintf(out, ".Fl -%s %c\n", option.name,
			cli_option(command, i + 1, &next) ? ',' : '.');
}

static void put_command(FILE *out, const struct command *command)
{
	mdoc_line(out, "Ss", command->name);
	fprintf(out, ".Nm\n.Cm %s\n.Op Ar options\n", command->name);
	if (*command->words)
		mdoc_line(out, "Ar", command->words);
	fputs(".Pp\n", out);
	mdoc_sentence(out, command->summary);
	put_option_names(out, command);
}

static bool was_written(const struct command *command)
{
	for (size_t i = 0; i < written_count; i++)
		if (written[i] == command)
			return true;
	return false;
}

bool frame_command(FILE *out, const char *name)
{
	const struct command *command = command_find(name);

	if (!command || was_written(command) || written_count == COMMANDS_MAX)
		return false;
	written[written_count++] = command;
	put_command(out, command);
	fputs(".Pp\n", out); /* the frame's own words follow */
	return true;
}

bool frame_commands(FILE *out, const char *argument)
{
	for (const struct command *command = commands; command->name; command++)
		if (!was_written(command))
			put_command(out, command);
	return !*argument;
}

static void put_words(FILE *out, const char *const *words)
{
	fputs("One of\n", out);
	for (; *words; words++)
		fprintf(out, ".Cm %s %c\n", *words, words[1] ? ',' : '.');
}

bool frame_options(FILE *out, const char *argument)
{
	struct cli_option option;

	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; cli_option(NULL, i, &option); i++) {
		fputs(".It ", out);
		if (option.letter)
			fprintf(out, "Fl %c , ", option.letter);
		fprintf(out, "Fl -%s", option.name);
		if (option.value) {
			fputs(" Ar ", out);
			mdoc_arg(out, option.value);
		}
		fputc('\n', out);
		mdoc_sentence(out, option.help);
		if (!text_names_all(option.help, option.words))
			put_words(out, option.words);
	}
	fputs(".El\n", out);
	return !*argument;
}

bool frame_exits(FILE *out, const char *argument)
{
	fputs(".Bl -tag -width 130\n", out);
	for (const struct cli_exit *row = cli_exits; row->text; row++) {
		fprintf(out, ".It %d\n", row->status);
		mdoc_sentence(out, row->text);
	}
	fputs(".El\n", out);
	return !*argument;
}
