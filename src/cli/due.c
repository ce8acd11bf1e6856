#include "due.h"
#include <stdlib.h>
#include <string.h>

bool due_rolls_out(const struct journal_run *run)
{
	return !strcmp(run->command, "deploy") || !strcmp(run->command, "resume");
}

static void add(struct due *due, int64_t id)
{
	size_t at = due->count;

	for (size_t i = 0; i < due->count; i++)
		if (due->runs[i] == id)
			return;
	if (due->count == DUE_MAX_RUNS)
		return; /* the next time */
	for (; at && due->runs[at - 1] > id; at--)
		due->runs[at] = due->runs[at - 1];
	due->runs[at] = id;
	due->count++;
}

/* Of a run that resumed another one: that one.  A roll-out of roots alone has nothing to resume. */
static int add_run_of(struct due *due, struct journal *journal, const struct journal_device *row,
		      struct err *err)
{
	struct journal_run run = { 0 };
	int status = journal_find(journal, row->run, &run, err);

	if (status == 1 && due_rolls_out(&run) && run.leaf.set)
		add(due, run.of ? run.of : run.id);
	if (status == 1)
		journal_run_free(&run);
	return status < 0 ? -1 : 0;
}

static int find(struct due *due, struct journal *journal, const char *inventory, struct err *err)
{
	char *path = realpath(inventory, NULL);
	struct err failure = { 0 };
	int status = 0;

	due->latest =
		journal_latest(journal, path ? path : inventory, &due->latest_count, &failure);
	free(path);
	if (failure.code) {
		*err = failure;
		return -1;
	}
	for (size_t i = 0; i < due->latest_count && status == 0; i++)
		if (journaling_is_due(&due->latest[i]))
			status = add_run_of(due, journal, &due->latest[i], err);
	return status;
}

int due_find(struct due *due, const struct site_request *request, struct err *err)
{
	struct journal *journal;
	int status;

	if (!request->inventory)
		return err_set(err, ERR_USAGE,
			       "--due needs the inventory: -i FILE, or --config FILE");
	journal = journaling_read(request->state, err);
	if (!journal)
		return err->code ? -1 : 0;
	status = find(due, journal, request->inventory, err);
	journal_close(journal);
	return status;
}

void due_free(struct due *due)
{
	journal_devices_free(due->latest, due->latest_count);
	*due = (struct due){ 0 };
}
