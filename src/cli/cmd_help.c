#include "certroll/cli.h"
#include "certroll/exit.h"
#include <stdio.h>

int cmd_help(struct cli *cli)
{
	const struct command *command = cli->word_count ? command_find(cli->words[0]) : NULL;

	if (cli->word_count && !command) {
		fprintf(stderr, "certroll: no command '%.60s'; 'certroll help' lists them\n",
			cli->words[0]);
		return EXIT_USAGE;
	}
	if (command)
		cli_help(command);
	else
		cli_overview();
	return EXIT_WELL;
}
