#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/pinning.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int save(struct site *site)
{
	struct err err = { 0 };

	return pins_save(site->pins, &err) ? cli_fail(NULL, &err) : EXIT_WELL;
}

static int forget(const struct cli *cli, struct site *site)
{
	struct err err = { 0 };
	size_t count;

	if (site_load(site, &cli->request, SITE_PINS | SITE_NETWORK, &err))
		return cli_fail(site, &err);
	count = pins_forget(site->pins, cli->forget);
	if (save(site))
		return EXIT_FINDINGS;
	if (!count) {
		fprintf(stderr, "certroll: no pin of a device '%.60s' is there\n", cli->forget);
		return EXIT_FINDINGS;
	}
	if (!cli->request.quiet)
		printf("%s is forgotten; the next run treats it as unknown\n", cli->forget);
	return EXIT_WELL;
}

/* Names are one device each: a pattern must not replace the pins of many. */
static int check_replace(const struct cli *cli, const struct site *site, struct err *err)
{
	if (!cli->replace ||
	    (site->count == 1 && strcmp(site->results[0].device->name, cli->replace) == 0))
		return 0;
	return err_set(err, ERR_USAGE,
		       "--replace wants the name of one device; '%.60s' is none of the inventory",
		       cli->replace);
}

static bool wanted(const struct cli *cli, const struct pinning *one)
{
	return one->state == PIN_NEW || one->state == PIN_COMING ||
	       (cli->replace && one->state > PIN_NEW);
}

static bool asked(const struct cli *cli, const struct pinning *one)
{
	char base64[PINNING_BASE64];
	auto_free char *question = NULL;

	pinning_base64(chain_leaf(one->endpoint.before.chain)->key_sha256, base64);
	question = text_format("%s: is %s the key of this box?", one->device->name, base64);
	return cli_confirm(cli, question);
}

static void note(const struct cli *cli, struct site *site, struct pinnings *pinnings)
{
	size_t open = 0;

	for (size_t i = 0; i < pinnings->count; i++)
		open += wanted(cli, &pinnings->items[i]);
	if (open && !cli->request.yes && !isatty(STDIN_FILENO)) {
		fprintf(stderr,
			"certroll: nothing was noted, because nobody is there to ask; compare "
			"the keys with the boxes, then add --yes\n");
		return;
	}
	if (open && !cli->request.yes)
		pinnings_text(pinnings, true);
	for (size_t i = 0; i < pinnings->count; i++)
		if (wanted(cli, &pinnings->items[i]) && asked(cli, &pinnings->items[i]))
			pinning_note(site, &pinnings->items[i]);
}

static int show(const struct cli *cli, struct site *site, struct pinnings *pinnings)
{
	struct err err = { 0 };

	if (site_load(site, &cli->request, SITE_INVENTORY | SITE_PINS | SITE_NETWORK, &err) ||
	    check_replace(cli, site, &err))
		return cli_fail(site, &err);
	if (pinnings_look(site, pinnings, &err))
		return cli_fail(NULL, &err);
	if (!pinnings->interrupted)
		note(cli, site, pinnings);
	if (save(site))
		return EXIT_FINDINGS;
	if (cli->format == REPORT_JSON)
		pinnings_json(pinnings);
	else
		pinnings_text(pinnings, cli->request.quiet);
	return pinnings_exit_status(pinnings);
}

int cmd_pin(struct cli *cli)
{
	struct site site = { 0 };
	struct pinnings pinnings = { 0 };
	int status;

	if (cli->replace)
		cli->request.limit = cli->replace;
	status = cli->forget ? forget(cli, &site) : show(cli, &site, &pinnings);
	engine_free(take(site.engine));
	pinnings_free(&pinnings);
	site_free(&site);
	return status;
}
