#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "certroll/way_back.h"

static int verify(struct cli *cli, struct site *site)
{
	struct err err = { 0 };

	if (site_load(site, &cli->request, SITE_INVENTORY | SITE_BUNDLE | SITE_NETWORK, &err))
		return cli_fail_as(cli, site, &err);
	if (!site->bundle->chain) {
		err_set(&err, ERR_BUNDLE, "%s holds no certificate to compare with",
			cli->request.bundle);
		return cli_fail_as(cli, site, &err);
	}
	if (cli_confine(cli, site, false, &err) || audit_run(site, true, &err))
		return cli_fail_as(cli, NULL, &err);
	journaling_settle(site);
	return cli_report(cli, site, REPORT_VERIFY);
}

int cmd_verify(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	cli->request.bundle = cli->word_count ? cli->words[0] : NULL;
	status = verify(cli, &site);
	site_free(&site);
	if (status == EXIT_WELL)
		way_back_tidy(cli->request.state);
	return status;
}
