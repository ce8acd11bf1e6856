/*
 * certroll: one certificate bundle onto every telephony box of a site, and the proof that each
 * serves it.
 */
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/mem.h"
#include "certroll/sandbox.h"
#include "certroll/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* What is opened later, a key's file or a connection, must not become somebody's standard output. */
static void open_standard_files(void)
{
	int fd = STDIN_FILENO;

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = open("/dev/null", O_RDWR);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* A report that did not arrive must not look like a good one.  Who closes a pipe has read enough. */
static int finish(int status)
{
	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
		return status;
	fprintf(stderr, "certroll: the output could not be written%s%s\n", errno ? ": " : "",
		errno ? strerror(errno) : "");
	return status == EXIT_WELL ? EXIT_FINDINGS : status;
}

static int say_version(void)
{
	char words[SANDBOX_WORDS];

	sandbox_words(words);
	return printf("certroll " CERTROLL_VERSION "\nsandbox: %s\n", words) < 0;
}

static int run(int argc, char **argv)
{
	const struct command *command = argc > 1 ? choose(argv[1]) : NULL;
	struct cli cli = { 0 };
	struct err err = { 0 };

	if (argc > 1 && !strcmp(argv[1], "--version"))
		return say_version();
	if (!command && argc > 1)
		return unknown_command(argv[1]);
	if (!command) {
		cli_overview();
		return EXIT_USAGE;
	}
	if (cli_parse(&cli, command, argc - 2, argv + 2, &err))
		return cli_fail_as(&cli, NULL, &err);
	if (cli.help) {
		cli_help(command);
		return EXIT_WELL;
	}
	return cli_run(&cli, command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	mem_init();
	open_standard_files();
	secret_harden_process();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* writing fails instead, and what was begun is taken away */
	return finish(run(argc, argv));
}
