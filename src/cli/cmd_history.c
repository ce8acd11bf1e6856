#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/history.h"
#include "certroll/journaling.h"
#include <stdio.h>

int cmd_history(struct cli *cli)
{
	auto_free char *state = site_state(cli->request.state);
	struct history history = { .state = state };
	struct journal *journal;
	struct err err = { 0 };
	int64_t run = 0;
	int status;

	if (cli_run_number(cli, &run, &err))
		return cli_fail(NULL, &err);
	journal = journaling_read(state, &err);
	if (!journal && !err.code && run)
		err_set(&err, ERR_USAGE, "there is no journal in %s yet", state);
	if (err.code)
		return cli_fail(NULL, &err);
	status = journal ? history_load(&history, journal, cli->request.inventory, run, &err) : 0;
	if (status == 0)
		history_print(&history, (enum report_format)cli->format);
	history_free(&history);
	journal_close(journal);
	return status ? cli_fail(NULL, &err) : EXIT_WELL;
}
