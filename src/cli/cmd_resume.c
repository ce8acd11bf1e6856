#include "certroll/archive.h"
#include "certroll/cli.h"
#include "certroll/device.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "due.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A run to be resumed, and what it left. */
struct resumed {
	struct journal_run run;
	struct journal_device *rows;
	size_t count;
	const struct journal_device *latest; /* --due: the last row of each device; else NULL */
	size_t latest_count;
	char *bundle; /* where its bundle is */
};

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
		if (due_rolls_out(&runs[i]))
			*id = runs[i].of ? runs[i].of : runs[i].id;
	journal_runs_free(runs, count);
	free(path);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : 0;
}

static int find_run(struct journal *journal, const struct cli *cli, int64_t id,
		    struct resumed *resumed, struct err *err)
{
	int status;

	if (!id && find_newest(journal, cli->request.inventory, &id, err))
		return -1;
	status = id ? journal_find(journal, id, &resumed->run, err) : 0;
	if (status == 1 && resumed->run.of && due_rolls_out(&resumed->run)) {
		id = resumed->run.of;
		journal_run_free(&resumed->run);
		status = journal_find(journal, id, &resumed->run, err);
	}
	if (status < 0)
		return -1;
	if (status == 0)
		return err_set(err, ERR_USAGE,
			       "there is no such run to resume; 'certroll history' lists them");
	if (!due_rolls_out(&resumed->run) || !resumed->run.leaf.set)
		return err_set(err, ERR_USAGE,
			       "run %lld (%s) installs no bundle; do it again instead",
			       (long long)id, resumed->run.command);
	return 0;
}

/* Was it a file, that is still there?  What was made of a lineage is in the archive or nowhere. */
static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static int find_bundle(const struct cli *cli, const char *state, struct resumed *resumed,
		       struct err *err)
{
	const struct journal_run *run = &resumed->run;
	char leaf[ARCHIVE_NAME];

	text_hex(run->leaf.bytes, JOURNAL_HASH, leaf);
	if (cli->request.bundle)
		resumed->bundle = text_copy(cli->request.bundle);
	else if (archive_holds(state, leaf))
		resumed->bundle = archive_bundle(state, leaf);
	else if (is_file(run->bundle))
		resumed->bundle = text_copy(run->bundle);
	if (resumed->bundle)
		return 0;
	return err_set(err, ERR_BUNDLE,
		       "the archive has no copy of the bundle of run %lld, and %s is no file of "
		       "it; name one with --bundle, or deploy it again",
		       (long long)run->id, run->bundle);
}

static int look_up(const struct cli *cli, int64_t id, struct resumed *resumed, struct err *err)
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
	status = find_run(journal, cli, id, resumed, err);
	if (status == 0) {
		resumed->rows =
			journal_devices(journal, resumed->run.id, &resumed->count, &failure);
		status = find_bundle(cli, state, resumed, err);
	}
	journal_close(journal);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : status;
}

/* Did a run that is not one of these have to do with it since? */
static bool is_overtaken(const struct resumed *resumed, const struct journal_device *row)
{
	for (size_t i = 0; i < resumed->latest_count; i++)
		if (!strcmp(resumed->latest[i].name, row->name))
			return resumed->latest[i].run != row->run;
	return false;
}

/* The last row of a device counts: it may be of a run that resumed this one. */
static bool is_left(const struct device *device, const void *arg)
{
	const struct resumed *resumed = arg;
	const struct journal_device *last = NULL;

	for (size_t i = 0; i < resumed->count; i++)
		if (!strcmp(resumed->rows[i].name, device->name))
			last = &resumed->rows[i];
	return last && device->state != DEVICE_HOLD && journaling_is_due(last) &&
	       !is_overtaken(resumed, last);
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

/* Asked of the inventory alone, before secrets are read and a bundle is looked for. */
static bool any_left(const struct cli *cli, const struct resumed *resumed, struct site *site,
		     struct err *err)
{
	struct site_request request = cli->request;
	bool any = false;

	request.bundle = NULL;
	if (site_load(site, &request, SITE_INVENTORY, err))
		return false;
	for (size_t i = 0; i < site->count; i++)
		any |= is_left(site->results[i].device, resumed);
	return any;
}

static int report_nothing(const struct cli *cli, const struct site *site, int64_t run)
{
	if (cli->format != REPORT_TEXT)
		return cli_report(cli, site, REPORT_DEPLOY);
	printf("run %lld left nothing to do\n", (long long)run);
	return EXIT_WELL;
}

static int go_on(struct cli *cli, struct site *site, struct resumed *resumed)
{
	unsigned needs = SITE_INVENTORY | SITE_BUNDLE | SITE_SECRETS | SITE_PINS | SITE_NETWORK |
			 SITE_JOURNAL;
	struct err err = { 0 };

	if (site_load(site, &cli->request, needs, &err) || check_bundle(resumed, site, &err) ||
	    cli_judge(cli, site, &err))
		return cli_fail(site, &err);
	if (!journaling_keep(site, is_left, resumed))
		return report_nothing(cli, site, resumed->run.id);
	if (cli->format == REPORT_TEXT && !cli->request.quiet)
		printf("resume of run %lld\n", (long long)resumed->run.id);
	return cli_roll_out(cli, site);
}

static int resume(struct cli *cli, struct site *site, struct resumed *resumed)
{
	struct err err = { 0 };
	int64_t id = 0;

	if (cli_run_number(cli, &id, &err) || look_up(cli, id, resumed, &err))
		return cli_fail(NULL, &err);
	cli->request.of = resumed->run.id;
	cli->request.bundle = resumed->bundle;
	if (!cli->request.inventory)
		cli->request.inventory = resumed->run.inventory;
	return go_on(cli, site, resumed);
}

static void resumed_free(struct resumed *resumed)
{
	journal_run_free(&resumed->run);
	journal_devices_free(resumed->rows, resumed->count);
	mem_free(resumed->bundle);
}

/* One of the runs that left something; *any says whether it did, by the inventory of today. */
static int resume_due(const struct cli *cli, const struct due *due, int64_t id, bool *any)
{
	struct resumed resumed = { .latest = due->latest, .latest_count = due->latest_count };
	struct site probe = { 0 }, site = { 0 };
	struct cli one = *cli;
	struct err err = { 0 };
	int status = EXIT_WELL;

	if (look_up(cli, id, &resumed, &err)) {
		status = cli_fail(NULL, &err);
	} else if (any_left(cli, &resumed, &probe, &err)) {
		*any = true;
		one.request.of = resumed.run.id;
		one.request.bundle = resumed.bundle;
		status = go_on(&one, &site, &resumed);
	} else if (err.code) {
		status = cli_fail(&probe, &err);
	}
	site_free(&site);
	site_free(&probe);
	resumed_free(&resumed);
	return status;
}

static int resume_all(struct cli *cli)
{
	struct due due = { 0 };
	struct err err = { 0 };
	int status = EXIT_WELL;
	bool any = false;

	if (due_find(&due, &cli->request, &err))
		status = cli_fail(NULL, &err);
	for (size_t i = 0; i < due.count && status != EXIT_INTERRUPTED; i++)
		status = cli_worse(status, resume_due(cli, &due, due.runs[i], &any));
	if (!any && !status && cli->format == REPORT_TEXT && !cli->request.quiet)
		puts("nothing is due");
	due_free(&due);
	return status;
}

static int refuse_run(const struct cli *cli)
{
	struct err err = { 0 };

	err_set(&err, ERR_USAGE, "--due finds the runs itself; leave out '%.40s'", cli->words[0]);
	return cli_fail(NULL, &err);
}

int cmd_resume(struct cli *cli)
{
	struct resumed resumed = { 0 };
	struct site site = { 0 };
	int status;

	cli->request.command = "resume";
	if (cli->due)
		return cli->word_count ? refuse_run(cli) : resume_all(cli);
	status = resume(cli, &site, &resumed);
	site_free(&site);
	resumed_free(&resumed);
	return status;
}
