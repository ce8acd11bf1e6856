#include "certroll/cli.h"
#include "certroll/device.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "certroll/plan_file.h"
#include "certroll/signals.h"
#include "certroll/way_back.h"
#include <stdio.h>

static size_t count_outcome(const struct site *site, enum outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		count += site->results[i].outcome == outcome;
	return count;
}

static bool go_ahead(const struct cli *cli, size_t count)
{
	auto_free char *question =
		text_format("Go ahead with %zu device%s?", count, count == 1 ? "" : "s");

	return cli_confirm(cli, question);
}

/* From the first line in the journal to the last one, no signal ends the program. */
static bool run_noted(struct cli *cli, struct site *site, struct err *err)
{
	sigset_t before;
	bool failed;

	signals_hold(&before);
	failed = journaling_begin(site, err) || rollout_run(site, err);
	journaling_end(site);
	if (!failed && cli->request.rollback_on_failure)
		failed = way_back_failed(site, err) != 0;
	site->interrupted = signals_wait(0) || site->interrupted;
	signals_release(&before);
	return !failed;
}

/* The plan, unless it is the whole report or the report is for a program. */
static bool roll(struct cli *cli, struct site *site, struct err *err, int *status)
{
	size_t count = count_outcome(site, OUTCOME_WOULD);

	if (cli->request.dry_run || site->interrupted)
		return true;
	if (count && (cli->format == REPORT_TEXT || cli->out) && !cli->request.quiet)
		report_print(site, REPORT_PLAN, REPORT_TEXT);
	if (count && !go_ahead(cli, count)) {
		*status = EXIT_USAGE;
		return false;
	}
	if (run_noted(cli, site, err))
		return true;
	*status = cli_fail(NULL, err);
	return false;
}

/* How it goes on after a roll-out that is not finished. */
static void tell_run(const struct cli *cli, const struct site *site)
{
	const struct journaling *journaling = site->journaling;

	if (!journaling || !journaling->last || cli->format != REPORT_TEXT || cli->request.quiet ||
	    site_exit_status(site) == EXIT_WELL)
		return;
	printf("\nThis is run %lld: 'certroll resume' goes on with it, 'certroll rollback %lld' "
	       "takes it back.\n",
	       (long long)journaling->last, (long long)journaling->last);
	fflush(stdout);
}

/* Has anything moved since the plan was made?  Without a plan: no. */
static int look(const struct plan_file *plan, struct site *site, struct err *err)
{
	if (rollout_look(site, err))
		return -1;
	return plan && !site->interrupted ? plan_same_devices(plan, site, err) : 0;
}

static int roll_out(struct cli *cli, const struct plan_file *plan, struct site *site)
{
	struct err err = { 0 };
	int status = EXIT_WELL;

	if (look(plan, site, &err))
		return cli_fail(NULL, &err);
	if (!roll(cli, site, &err, &status))
		return status;
	site_disconnect(site);
	if (pins_save(site->pins, &err))
		log_error(NULL, "%s", err.text);
	status = cli_report(cli, site, cli->request.dry_run ? REPORT_PLAN : REPORT_DEPLOY);
	tell_run(cli, site);
	return status;
}

int cli_roll_out(struct cli *cli, struct site *site)
{
	struct err err = { 0 };

	if (cli_confine(cli, site, true, &err))
		return cli_fail(NULL, &err);
	return roll_out(cli, NULL, site);
}

/* Does the certificate identify one of the devices?  Without names or a leaf others judge. */
static bool covers_any(const struct site *site)
{
	const struct chain *chain = site->bundle->chain;
	size_t named = 0;

	for (size_t i = 0; chain && i < site->count; i++) {
		const struct text_list *names = &site->results[i].device->all_names;

		for (size_t j = 0; j < names->count; j++)
			if (cert_covers(chain_leaf(chain), names->items[j]))
				return true;
		named += names->count;
	}
	return !named;
}

/*
 * A hook hears of every certificate of its client, also of those for other machines.  Asked of files
 * alone: no lock, no password.
 */
static bool is_concerned(const struct cli *cli, int *status)
{
	struct site site = { 0 };
	struct err err = { 0 };
	bool concerned = false;

	*status = EXIT_WELL;
	if (site_load(&site, &cli->request, SITE_INVENTORY | SITE_BUNDLE, &err))
		*status = cli_fail(&site, &err);
	else
		concerned = covers_any(&site);
	if (!concerned && !*status && cli->format == REPORT_TEXT && !cli->request.quiet)
		printf("the certificate '%s' names none of these devices: nothing to do\n",
		       chain_leaf(site.bundle->chain)->display);
	site_free(&site);
	return concerned;
}

static int deploy(struct cli *cli, const struct plan_file *plan, struct site *site)
{
	struct err err = { 0 };
	bool journal = !cli->request.dry_run || cli->request.only_failed;
	unsigned needs = SITE_INVENTORY | SITE_BUNDLE | SITE_SECRETS | SITE_PINS | SITE_NETWORK |
			 (journal ? (unsigned)SITE_JOURNAL : 0);

	if (plan && plan_adopt(plan, &cli->request, &err))
		return cli_fail(NULL, &err);
	if (site_load(site, &cli->request, needs, &err) ||
	    (plan && plan_same_files(plan, site, &err)) || cli_judge(cli, site, &err))
		return cli_fail(site, &err);
	if (cli->request.only_failed && !journaling_keep_failed(site)) {
		if (cli->format == REPORT_TEXT)
			return puts("no device failed the last time") < 0;
		report_print(site, REPORT_DEPLOY, (enum report_format)cli->format);
		return EXIT_WELL;
	}
	if (cli_confine(cli, site, true, &err))
		return cli_fail(NULL, &err);
	return roll_out(cli, plan, site);
}

static int refuse_both(const struct cli *cli)
{
	struct err err = { 0 };

	err_set(&err, ERR_USAGE, "name the bundle %s or --from-lineage, not both", cli->words[0]);
	return cli_fail(NULL, &err);
}

int cmd_plan(struct cli *cli)
{
	cli->request.dry_run = true;
	return cmd_deploy(cli);
}

int cmd_deploy(struct cli *cli)
{
	struct site site = { 0 };
	struct plan_file *plan = NULL;
	struct err err = { 0 };
	int status;

	cli->request.command = "deploy";
	if (cli->lineage_count && cli->word_count)
		return refuse_both(cli);
	if (cli->word_count)
		cli->request.bundle = cli->words[0];
	if (cli->config && !is_concerned(cli, &status))
		return status;
	if (cli->plan && !(plan = plan_load(cli->plan, &err)))
		return cli_fail(NULL, &err);
	status = deploy(cli, plan, &site);
	site_free(&site);
	plan_free(plan);
	return status;
}
