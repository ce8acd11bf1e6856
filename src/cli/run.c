/* From the parsed command line to its command: what root reads, who is to go on, and how often. */
#include "certroll/engine.h"
#include "certroll/exit.h"
#include "certroll/log.h"
#include "certroll/privilege.h"
#include "config.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

struct run {
	const struct command *command;
	int argc;
	char **argv;
	struct lineage lineage;
	struct config config;
};

static void set_log_level(const struct cli *cli)
{
	log_set_level(cli->request.quiet     ? LOG_LEVEL_ERROR
		      : cli->request.verbose ? LOG_LEVEL_DEBUG
					     : LOG_LEVEL_WARN);
}

static int read_lineage(struct lineage *lineage, const char *path, struct err *err)
{
	if (access(path, F_OK) && errno == ENOENT)
		return err_set(
			err, ERR_IO,
			"--from-lineage %s: there is no such folder or file; name the folder "
			"in which the ACME client keeps the certificate (certbot: "
			"/etc/letsencrypt/live/NAME), or its files",
			path);
	return lineage_read(lineage, path, err);
}

/* What only root may read is read and no more; it is looked into by whoever goes on. */
static int prepare(struct run *run, const struct cli *cli, struct err *err)
{
	for (size_t i = 0; i < cli->lineage_count; i++)
		if (read_lineage(&run->lineage, cli->lineage[i], err))
			return -1;
	if (cli->credentials && secret_credentials_load(cli->credentials, err))
		return -1;
	if (cli->user && privilege_drop(cli->user, err))
		return -1;
	return engine_global_init(err);
}

static int run_one(const struct run *run, struct cli *cli)
{
	set_log_level(cli);
	if (cli->lineage_count) {
		cli->request.lineage = &run->lineage;
		cli->request.bundle = cli->lineage[0];
	}
	return run->command->run(cli);
}

/* Several inventories: what needs a person first. */
int cli_worse(int a, int b)
{
	static const int order[] = { EXIT_INTERRUPTED, EXIT_USAGE,       EXIT_UNUSABLE,
				     EXIT_FINDINGS,    EXIT_UNREACHABLE, EXIT_TRY_AGAIN };

	for (size_t i = 0; i < COUNT(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a ? a : b;
}

static bool is_talkative(const struct cli *cli)
{
	return cli->format == REPORT_TEXT && !cli->request.quiet;
}

static int run_sites(struct run *run)
{
	int status = EXIT_WELL;

	for (size_t i = 0; i < run->config.count && status != EXIT_INTERRUPTED; i++) {
		struct cli *site = &run->config.sites[i];

		if (run->config.count > 1 && is_talkative(site))
			printf("%s%s:\n", i ? "\n" : "", site->request.inventory);
		status = cli_worse(status, run_one(run, site));
		fflush(stdout);
	}
	return status;
}

/* The command line comes last, so that it wins. */
static int parse_again(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->config.count; i++)
		if (cli_parse(&run->config.sites[i], run->command, run->argc, run->argv, err))
			return -1;
	return 0;
}

static int load_config(struct run *run, const struct cli *cli, struct err *err)
{
	if (cli->request.inventory || cli->word_count)
		return err_set(err, ERR_USAGE,
			       "--config takes the inventories from %s; leave out '%s'",
			       cli->config, cli->word_count ? cli->words[0] : "-i");
	if (config_load(&run->config, cli->config, run->command, err))
		return -1;
	return parse_again(run, err);
}

static int start(struct run *run, struct cli *cli, struct err *err)
{
	if (cli->config && load_config(run, cli, err))
		return -1;
	return prepare(run, cli->config ? &run->config.sites[0] : cli, err);
}

static void run_cleanup(struct run *run)
{
	lineage_free(&run->lineage);
	config_free(&run->config);
	secret_credentials_free();
}

int cli_run(struct cli *cli, const struct command *command, int argc, char **argv)
{
	__attribute__((cleanup(run_cleanup))) struct run run = { .command = command,
								 .argc = argc,
								 .argv = argv };
	struct err err = { 0 };

	if (start(&run, cli, &err))
		return cli_fail_as(cli, NULL, &err);
	return cli->config ? run_sites(&run) : run_one(&run, cli);
}
