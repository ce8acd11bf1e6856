#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/way_back.h"

static int audit(struct cli *cli, struct site *site)
{
	struct err err = { 0 };
	unsigned needs = SITE_NETWORK | (cli->request.target_count ? 0 : (unsigned)SITE_INVENTORY);

	if (site_load(site, &cli->request, needs, &err))
		return cli_fail_as(cli, site, &err);
	if (site->bundle && !site->bundle->chain) {
		err_set(&err, ERR_BUNDLE, "%s holds no certificate to compare with",
			cli->request.bundle);
		return cli_fail_as(cli, site, &err);
	}
	if (audit_run(site, false, &err))
		return cli_fail_as(cli, NULL, &err);
	return cli_report(cli, site, REPORT_AUDIT);
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
