#include "certroll/cli.h"
#include "certroll/exit.h"
#include <stdio.h>

/* Nothing is kept: the passwords of the real boxes have no business in a rehearsal. */
static int try_secrets(struct cli *cli)
{
	struct site site = { 0 };
	struct site_request request = cli->request;
	struct err err = { 0 };
	int status = EXIT_WELL;

	request.bundle = NULL;
	if (site_load(&site, &request, SITE_INVENTORY, &err) ||
	    secrets_try(site.inventory, site.chosen, &err))
		status = cli_fail(&site, &err);
	site_free(&site);
	return status;
}

static size_t count_trust(const struct site *site, enum trust trust)
{
	size_t count = 0;

	for (size_t i = 0; i < site->inventory->count; i++)
		count += site->chosen[i] && site->inventory->devices[i].trust == trust;
	return count;
}

static void introduce(const struct site *site, bool isolated)
{
	size_t ca = count_trust(site, TRUST_CA), factory = count_trust(site, TRUST_FACTORY),
	       none = count_trust(site, TRUST_NONE);

	printf("rehearsal: %zu mock device%s of this machine; %s\n", site->count,
	       site->count == 1 ? "" : "s",
	       isolated ? "in a network of its own that leads nowhere"
			: "connections to anywhere but 127.0.0.0/8 are refused");
	printf("  passwords are invented; those of the inventory can be had (prompt: was not "
	       "asked)\n");
	printf("  identity is the pin of each mock device");
	if (ca + factory + none)
		printf("; not rehearsed: trust: ca (%zu), factory (%zu), none (%zu)", ca, factory,
		       none);
	printf("\n\n");
}

static int roll(struct cli *cli, struct site *site, struct err *err)
{
	if (rollout_look(site, err) || rollout_run(site, err))
		return cli_fail(NULL, err);
	report_print(site, REPORT_DEPLOY, (enum report_format)cli->format);
	return site_exit_status(site);
}

static int way_back(struct cli *cli, struct site *site, struct err *err)
{
	if (cli->format == REPORT_TEXT && !cli->request.quiet)
		printf("\nand the way back\n");
	if (site_restart(site, err) || rollout_clear(site, err))
		return cli_fail(NULL, err);
	report_print(site, REPORT_CLEAR, (enum report_format)cli->format);
	return site_exit_status(site);
}

static int rehearse(struct cli *cli, struct site *site, bool isolated)
{
	unsigned needs = SITE_INVENTORY | SITE_BUNDLE;
	struct err err = { 0 };
	int forth, back;

	if (site_load(site, &cli->request, needs, &err) || cli_judge(cli, site, &err))
		return cli_fail(site, &err);
	if (cli->format == REPORT_TEXT && !cli->request.quiet)
		introduce(site, isolated);
	if (site_rehearse(site, cli->faults, cli->fault_count, &err))
		return cli_fail(site, &err);
	forth = roll(cli, site, &err);
	if (site->interrupted)
		return forth;
	back = way_back(cli, site, &err);
	return forth > back ? forth : back;
}

int cmd_rehearse(struct cli *cli)
{
	struct site site = { 0 };
	int status = try_secrets(cli);
	bool isolated;

	if (status)
		return status;
	isolated = rehearsal_isolate();
	cli->request.bundle = cli->word_count ? cli->words[0] : NULL;
	status = rehearse(cli, &site, isolated);
	site_free(&site);
	return status;
}
