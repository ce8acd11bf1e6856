/*
 * certroll: one certificate bundle onto every telephony box of a site, and the proof that each
 * serves it.
 */
#include "certroll/cli.h"
#include "certroll/engine.h"
#include "certroll/exit.h"
#include "certroll/log.h"
#include "certroll/secret.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command *choose(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return command_find("help");
	return command_find(word);
}

static int unknown_command(const char *word)
{
	fprintf(stderr, "certroll: no command '%.60s'; 'certroll help' lists them\n", word);
	return EXIT_USAGE;
}

static void set_log_level(const struct cli *cli)
{
	if (cli->request.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	if (cli->request.quiet)
		log_set_level(LOG_LEVEL_ERROR);
}

int main(int argc, char **argv)
{
	const struct command *command = argc > 1 ? choose(argv[1]) : NULL;
	struct cli cli = { 0 };
	struct err err = { 0 };

	secret_harden_process();
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return puts("certroll " CERTROLL_VERSION) < 0;
	if (!command && argc > 1)
		return unknown_command(argv[1]);
	if (!command) {
		cli_overview();
		return EXIT_USAGE;
	}
	if (cli_parse(&cli, command, argc - 2, argv + 2, &err))
		return cli_fail(NULL, &err);
	if (cli.help) {
		cli_help(command);
		return EXIT_WELL;
	}
	set_log_level(&cli);
	if (engine_global_init(&err))
		return cli_fail(NULL, &err);
	return command->run(&cli);
}
