#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "certroll/signals.h"

static int clear(struct cli *cli, struct site *site)
{
	struct err err = { 0 };
	unsigned needs = SITE_INVENTORY | SITE_SECRETS | SITE_PINS | SITE_NETWORK | SITE_JOURNAL;
	auto_free char *question = NULL;
	sigset_t before;
	bool failed;

	if (!cli->request.limit) {
		err_set(&err, ERR_USAGE,
			"clear needs -l DEVICE: which devices lose their certificate?");
		return cli_fail(NULL, &err);
	}
	if (site_load(site, &cli->request, needs, &err) || cli_confine(cli, site, true, &err))
		return cli_fail(site, &err);
	question = text_format("Delete the certificate of %zu device%s ('%.60s'), back to factory?",
			       site->count, site->count == 1 ? "" : "s", cli->request.limit);
	if (!cli_confirm(cli, question))
		return EXIT_USAGE;
	signals_hold(&before);
	failed = journaling_begin(site, &err) || rollout_clear(site, &err);
	journaling_end(site);
	site->interrupted = signals_wait(0) || site->interrupted;
	signals_release(&before);
	site_disconnect(site);
	if (failed)
		return cli_fail(NULL, &err);
	report_print(site, REPORT_CLEAR, (enum report_format)cli->format);
	return site_exit_status(site);
}

int cmd_clear(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	cli->request.command = "clear";
	status = clear(cli, &site);
	site_free(&site);
	return status;
}
