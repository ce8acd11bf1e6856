#include "certroll/cli.h"
#include "certroll/exit.h"

static int check(struct cli *cli, struct site *site)
{
	unsigned needs = SITE_BUNDLE | (cli->request.inventory ? (unsigned)SITE_INVENTORY : 0);
	struct err err = { 0 };

	if (site_load(site, &cli->request, needs, &err))
		return cli_fail(site, &err);
	site_judge_bundle(site);
	report_print(site, REPORT_CHECK, (enum report_format)cli->format);
	return findings_worst(&site->findings) == SEVERITY_ERROR ? EXIT_FINDINGS : EXIT_WELL;
}

int cmd_check(struct cli *cli)
{
	struct site site = { 0 };
	int status;

	cli->request.bundle = cli->word_count ? cli->words[0] : NULL;
	status = check(cli, &site);
	site_free(&site);
	return status;
}
