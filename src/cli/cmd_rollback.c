#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "certroll/way_back.h"
#include <stdio.h>

/* Which run: the word, or the last one that changed the device of --device. */
static int64_t choose_run(const struct cli *cli, const struct site *site, struct err *err)
{
	const struct journaling *journaling = site->journaling;
	int64_t run = 0;

	if (cli_run_number(cli, &run, err))
		return -1;
	if (run)
		return run;
	run = journal_last_change(journaling->journal, journaling->inventory, cli->device, err);
	if (run == 0)
		return err_set(err, ERR_USAGE,
			       "no run has changed %.80s; 'certroll history' lists what was done",
			       cli->device);
	return run;
}

static size_t count_planned(const struct site *site)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		count += site->results[i].outcome == OUTCOME_WOULD;
	return count;
}

static int carry_out(struct cli *cli, struct site *site)
{
	size_t count = count_planned(site);
	struct err err = { 0 };
	auto_free char *question =
		text_format("Go back with %zu device%s?", count, count == 1 ? "" : "s");

	if (count && cli->format == REPORT_TEXT && !cli->request.quiet)
		report_print(site, REPORT_PLAN, REPORT_TEXT);
	if (count && !cli_confirm(cli, question))
		return EXIT_USAGE;
	if (way_back_run(site, &err))
		return cli_fail(NULL, &err);
	site_disconnect(site);
	return cli_report(cli, site, REPORT_DEPLOY);
}

static int rollback(struct cli *cli, struct site *site)
{
	unsigned needs = SITE_INVENTORY | SITE_SECRETS | SITE_PINS | SITE_NETWORK | SITE_JOURNAL;
	struct err err = { 0 };
	int64_t run;

	if (!cli->word_count == !cli->device) {
		err_set(&err, ERR_USAGE,
			"rollback needs the number of a run ('certroll history' lists them), or "
			"--device NAME");
		return cli_fail(NULL, &err);
	}
	if (!cli->request.limit)
		cli->request.limit = cli->device;
	if (site_load(site, &cli->request, needs, &err) || cli_confine(cli, site, true, &err))
		return cli_fail(site, &err);
	run = choose_run(cli, site, &err);
	if (run < 0)
		return cli_fail(NULL, &err);
	site->journaling->of = run;
	if (cli->format == REPORT_TEXT && !cli->request.quiet)
		printf("rollback of run %lld\n", (long long)run);
	if (way_back_choose(site, run, &err) || rollout_look(site, &err))
		return cli_fail(NULL, &err);
	way_back_plan(site);
	if (!cli->request.dry_run && !site->interrupted)
		return carry_out(cli, site);
	return cli_report(cli, site, REPORT_PLAN);
}

int cmd_rollback(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	cli->request.command = "rollback";
	status = rollback(cli, &site);
	site_free(&site);
	return status;
}
