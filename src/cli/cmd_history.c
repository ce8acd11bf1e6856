#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/history.h"
#include "certroll/journaling.h"
#include "certroll/trend.h"
#include <stdio.h>
#include <stdlib.h>

static int check_words(const struct cli *cli, int64_t *run, struct err *err)
{
	if (cli_run_number(cli, run, err))
		return -1;
	if (!!*run + cli->audits + !!cli->endpoint > 1)
		return err_set(err, ERR_USAGE,
			       "the number of a run, --audits and --endpoint ask for different "
			       "things; choose one");
	return 0;
}

static int show_runs(const struct cli *cli, struct journal *journal, const char *state, int64_t run,
		     struct err *err)
{
	struct history history = { .state = state };
	int status =
		journal ? history_load(&history, journal, cli->request.inventory, run, err) : 0;

	if (status == 0)
		history_print(&history, (enum report_format)cli->format);
	history_free(&history);
	return status;
}

static int show(const struct cli *cli, struct journal *journal, const char *state, int64_t run,
		struct err *err)
{
	const char *inventory = cli->request.inventory;
	char *path = inventory ? realpath(inventory, NULL) : NULL;
	int status = 0;

	if (cli->endpoint)
		status = trend_endpoint(journal, path ? path : inventory, cli->endpoint,
					(enum report_format)cli->format, err);
	else if (cli->audits)
		status = trend_audits(journal, path ? path : inventory,
				      (enum report_format)cli->format, err);
	else
		status = show_runs(cli, journal, state, run, err);
	free(path);
	fflush(stdout);
	return status;
}

int cmd_history(struct cli *cli)
{
	auto_free char *state = site_state(cli->request.state);
	struct journal *journal;
	struct err err = { 0 };
	int64_t run = 0;
	int status;

	if (check_words(cli, &run, &err))
		return cli_fail(NULL, &err);
	journal = journaling_read(state, &err);
	if (!journal && !err.code && (run || cli->endpoint))
		err_set(&err, ERR_USAGE, "there is no journal in %s yet", state);
	if (err.code)
		return cli_fail(NULL, &err);
	status = show(cli, journal, state, run, &err);
	journal_close(journal);
	return status ? cli_fail(NULL, &err) : EXIT_WELL;
}
