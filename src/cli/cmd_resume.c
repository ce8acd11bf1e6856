#include "certroll/archive.h"
#include "certroll/cli.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run to be resumed, and what it left. */
struct resumed {
	struct journal_run run;
	struct journal_device *rows;
	size_t count;
	char *bundle; /* where its bundle is */
};

static bool rolls_out(const struct journal_run *run)
{
	return !strcmp(run->command, "deploy") || !strcmp(run->command, "resume");
}

/* The newest roll-out, of this inventory if one is given. */
static int find_newest(struct journal *journal, const char *inventory, int64_t *id, struct err *err)
{
	enum { LOOK_BACK = 1000 };
	char *path = inventory ? realpath(inventory, NULL) : NULL;
	struct err failure = { 0 };
	size_t count;
	struct journal_run *runs =
		journal_runs(journal, path ? path : inventory, LOOK_BACK, &count, &failure);

	*id = 0;
	for (size_t i = 0; i < count && !*id; i++)
		if (rolls_out(&runs[i]))
			*id = runs[i].of ? runs[i].of : runs[i].id;
	journal_runs_free(runs, count);
	free(path);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : 0;
}

static int find_run(struct journal *journal, const struct cli *cli, struct resumed *resumed,
		    struct err *err)
{
	int64_t id = 0;
	int status;

	if (cli_run_number(cli, &id, err) ||
	    (!id && find_newest(journal, cli->request.inventory, &id, err)))
		return -1;
	status = id ? journal_find(journal, id, &resumed->run, err) : 0;
	if (status == 1 && resumed->run.of && rolls_out(&resumed->run)) {
		id = resumed->run.of;
		journal_run_free(&resumed->run);
		status = journal_find(journal, id, &resumed->run, err);
	}
	if (status < 0)
		return -1;
	if (status == 0)
		return err_set(err, ERR_USAGE,
			       "there is no such run to resume; 'certroll history' lists them");
	if (!rolls_out(&resumed->run) || !resumed->run.leaf.set)
		return err_set(err, ERR_USAGE,
			       "run %lld (%s) installs no bundle; do it again instead",
			       (long long)id, resumed->run.command);
	return 0;
}

static char *find_bundle(const struct cli *cli, const char *state, const struct journal_run *run)
{
	char leaf[ARCHIVE_NAME];

	text_hex(run->leaf.bytes, JOURNAL_HASH, leaf);
	if (cli->request.bundle)
		return text_copy(cli->request.bundle);
	return archive_holds(state, leaf) ? archive_bundle(state, leaf) : text_copy(run->bundle);
}

static int look_up(const struct cli *cli, struct resumed *resumed, struct err *err)
{
	auto_free char *state = site_state(cli->request.state);
	struct journal *journal = journaling_read(state, err);
	struct err failure = { 0 };
	int status;

	if (!journal && err->code)
		return -1;
	if (!journal)
		return err_set(err, ERR_USAGE, "there is no journal in %s, so nothing to resume",
			       state);
	status = find_run(journal, cli, resumed, err);
	if (status == 0) {
		resumed->rows =
			journal_devices(journal, resumed->run.id, &resumed->count, &failure);
		resumed->bundle = find_bundle(cli, state, &resumed->run);
	}
	journal_close(journal);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : status;
}

/* The last row of a device counts: it may be of a run that resumed this one. */
static bool is_left(const struct device *device, const void *arg)
{
	const struct resumed *resumed = arg;
	bool left = false;

	for (size_t i = 0; i < resumed->count; i++) {
		const struct journal_device *row = &resumed->rows[i];

		if (!strcmp(row->name, device->name))
			left = journaling_is_left(row);
	}
	return left;
}

static int check_bundle(const struct resumed *resumed, const struct site *site, struct err *err)
{
	const struct chain *chain = site->bundle->chain;

	if (chain && !memcmp(chain->sha256, resumed->run.chain.bytes, CERT_HASH))
		return 0;
	return err_set(err, ERR_BUNDLE,
		       "%s is not the bundle of run %lld; name that one with --bundle, or deploy "
		       "this one",
		       site->bundle->path, (long long)resumed->run.id);
}

static int resume(struct cli *cli, struct site *site, struct resumed *resumed)
{
	unsigned needs = SITE_INVENTORY | SITE_BUNDLE | SITE_SECRETS | SITE_PINS | SITE_NETWORK |
			 SITE_JOURNAL;
	struct err err = { 0 };

	if (look_up(cli, resumed, &err))
		return cli_fail(NULL, &err);
	cli->request.of = resumed->run.id;
	cli->request.bundle = resumed->bundle;
	if (!cli->request.inventory)
		cli->request.inventory = resumed->run.inventory;
	if (site_load(site, &cli->request, needs, &err) || check_bundle(resumed, site, &err) ||
	    cli_judge(cli, site, &err))
		return cli_fail(site, &err);
	if (!journaling_keep(site, is_left, resumed)) {
		if (cli->format != REPORT_TEXT)
			return cli_report(cli, site, REPORT_DEPLOY);
		printf("run %lld left nothing to do\n", (long long)resumed->run.id);
		return EXIT_WELL;
	}
	if (cli->format == REPORT_TEXT && !cli->request.quiet)
		printf("resume of run %lld\n", (long long)resumed->run.id);
	return cli_roll_out(cli, site);
}

int cmd_resume(struct cli *cli)
{
	struct resumed resumed = { 0 };
	struct site site = { 0 };
	int status;

	cli->request.command = "resume";
	status = resume(cli, &site, &resumed);
	site_free(&site);
	journal_run_free(&resumed.run);
	journal_devices_free(resumed.rows, resumed.count);
	mem_free(resumed.bundle);
	return status;
}
