#include "certroll/audit_log.h"
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/log.h"
#include "certroll/notice.h"
#include "certroll/way_back.h"

enum { DAY_MS = 86400000 };

/* What a scheduler, a scraper or a page shows is the whole; a difference is not. */
static int refuse_diff(const struct cli *cli, struct err *err)
{
	bool whole = cli->format == REPORT_NAGIOS || cli->format == REPORT_PROMETHEUS ||
		     cli->format == REPORT_JUNIT || cli->format == REPORT_HTML;

	if (!cli->request.diff)
		return 0;
	if (whole)
		return err_set(err, ERR_USAGE,
			       "--diff has the forms text, json, jsonl and csv; "
			       "-o %s always shows what changed",
			       report_words[cli->format]);
	if (cli->request.target_count)
		return err_set(err, ERR_USAGE,
			       "--diff compares audits of an inventory; add -i FILE");
	return 0;
}

/* A bare number is one of seconds: more likely days were meant than a history of minutes. */
static int refuse_keep(const struct cli *cli, struct err *err)
{
	if (!cli->keep_ms || cli->keep_ms >= DAY_MS)
		return 0;
	return err_set(err, ERR_USAGE, "--keep is less than a day; write days as 400d");
}

/* Without an audit before there would be no telling what is news. */
static int refuse_notify(const struct cli *cli, struct err *err)
{
	const struct site_request *request = &cli->request;

	if (request->notify_key && !request->notify_count)
		return err_set(err, ERR_USAGE,
			       "--notify-key is for the webhooks of --notify; one in the inventory "
			       "names its own beside it");
	if (request->notify_count && request->target_count)
		return err_set(err, ERR_USAGE,
			       "--notify tells what changed between audits of an inventory; add -i "
			       "FILE");
	if (request->notify_count && (cli->at || cli->no_note))
		return err_set(err, ERR_USAGE,
			       "an audit with --%s is not noted, so nobody is told of it; leave "
			       "--notify out",
			       cli->at ? "at" : "no-note");
	return 0;
}

/* After the report: that must not wait, nor get lost.  Who was not told may believe that all is well. */
static int notify(const struct site *site, int status)
{
	bool told = site->notifiers.count || (site->inventory && site->inventory->notify.count);
	auto_free char *notice = told ? notice_make(site) : NULL;
	size_t failed = told ? notice_send(site, notice) : 0;

	return failed && status == EXIT_WELL ? EXIT_FINDINGS : status;
}

static void compare(const struct cli *cli, struct site *site)
{
	audit_log_compare(site);
	if (cli->request.diff && !site->log->before && !site->log->useless)
		log_warn(NULL, "there is no audit of %s before this one to compare with",
			 cli->request.inventory);
}

static int audit(struct cli *cli, struct site *site)
{
	struct err err = { 0 };
	unsigned needs = SITE_NETWORK | (cli->request.target_count ? 0 : (unsigned)SITE_INVENTORY);
	int status;

	if (refuse_diff(cli, &err) || refuse_keep(cli, &err) || refuse_notify(cli, &err) ||
	    site_load(site, &cli->request, needs, &err))
		return cli_fail_as(cli, site, &err);
	if (site->bundle && !site->bundle->chain) {
		err_set(&err, ERR_BUNDLE, "%s holds no certificate to compare with",
			cli->request.bundle);
		return cli_fail_as(cli, site, &err);
	}
	if (cli_confine(cli, site, !cli->at && !cli->no_note && !cli->request.target_count, &err) ||
	    audit_run(site, false, &err))
		return cli_fail_as(cli, NULL, &err);
	compare(cli, site);
	status = cli_report(cli, site, REPORT_AUDIT);
	if (cli->at || cli->no_note)
		return status;
	if (!cli->request.target_count)
		status = notify(site, status);
	audit_log_keep(site, cli->keep_ms);
	return status;
}

int cmd_audit(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	cli->request.targets = cli->words;
	cli->request.target_count = cli->word_count;
	status = audit(cli, &site);
	site_free(&site);
	if (status == EXIT_WELL)
		way_back_tidy(cli->request.state);
	return status;
}
