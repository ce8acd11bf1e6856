/* What `certroll help` prints. */
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/text.h"
#include <stdio.h>

/* clang-format off */
const struct cli_exit cli_exits[] = {
	{ EXIT_WELL, NULL, "all well, warnings included" },
	{ EXIT_FINDINGS, NULL, "a finding is an error, a device failed, or the output could not be written" },
	{ EXIT_USAGE, NULL, "the command line cannot be understood" },
	{ EXIT_UNUSABLE, NULL, "a file given cannot be used; nothing was contacted" },
	{ EXIT_UNREACHABLE, "timeout", "some devices could not be reached, all others are well" },
	{ EXIT_TRY_AGAIN, "accept-new", "another run is at work, or a device waits for its window or for a person: try again later" },
	{ EXIT_INTERRUPTED, "timeout", "interrupted" },
	{ 0 },
};
/* clang-format on */

/* Unless the help has explained them. */
static void print_choices(const struct cli_option *option)
{
	bool told = text_names_all(option->help, option->words);

	for (const char *const *word = option->words; !told && *word; word++)
		printf("%s%s", word == option->words ? ": " : ", ", *word);
}

static void print_options(const struct command *command)
{
	struct cli_option option;

	for (size_t i = 0; cli_option(command, i, &option); i++) {
		auto_free char *left = text_format("--%s%s%s", option.name, option.value ? " " : "",
						   option.value ? option.value : "");

		if (option.letter)
			printf("  -%c, %-22s %s", option.letter, left, option.help);
		else
			printf("      %-22s %s", left, option.help);
		print_choices(&option);
		printf("\n");
	}
}

static void print_exits(const struct command *command)
{
	printf("\nexit status:\n");
	for (const struct cli_exit *row = cli_exits; row->text; row++)
		if (!row->option || cli_takes(command, row->option))
			printf("  %3d  %s\n", row->status, row->text);
	if (cli_takes(command, "reports"))
		printf("  with -o nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN\n");
}

void cli_help(const struct command *command)
{
	printf("usage: certroll %s%s%s%s\n\n%s.\n\n", command->name,
	       *command->options ? " [options]" : "", *command->words ? " " : "", command->words,
	       command->summary);
	print_options(command);
	print_exits(command);
}

void cli_overview(void)
{
	printf("usage: certroll COMMAND [options]\n\n"
	       "Puts one certificate bundle on every telephony box of a site and proves that each\n"
	       "serves it.\n\n");
	for (const struct command *command = commands; command->name; command++)
		printf("  %-10s %-25s %s\n", command->name, command->words, command->summary);
	printf("\n'certroll help COMMAND' explains one.  Exit: 0 well, 1 findings or failures, 2 "
	       "usage,\n"
	       "3 inventory or bundle unusable, 4 unreachable, 75 try again, 130 interrupted.\n");
}
