#include "certroll/history.h"
#include "certroll/lock.h"
#include "certroll/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_HASH = 8 };

static int load_detail(struct history *history, struct journal *journal, int64_t run,
		       struct err *err)
{
	struct journal_run found;
	int status = journal_find(journal, run, &found, err);

	if (status == 0)
		return err_set(err, ERR_USAGE,
			       "there is no run %lld; 'certroll history' lists them",
			       (long long)run);
	if (status < 0)
		return -1;
	history->detail = true;
	history->runs = mem_grow(NULL, 0, sizeof found);
	history->runs[history->run_count++] = found;
	history->devices = journal_devices(journal, run, &history->device_count, err);
	history->changes = journal_changes(journal, run, &history->change_count, err);
	history->proofs = journal_proofs(journal, run, &history->proof_count, err);
	return 0;
}

int history_load(struct history *history, struct journal *journal, const char *inventory,
		 int64_t run, struct err *err)
{
	char *path = inventory ? realpath(inventory, NULL) : NULL;
	struct err failure = { 0 };

	if (run && load_detail(history, journal, run, &failure)) {
		*err = failure;
	} else if (!run) {
		history->runs = journal_runs(journal, path ? path : inventory, HISTORY_RUNS,
					     &history->run_count, &failure);
		*err = failure;
	} else {
		*err = failure;
	}
	free(path);
	return failure.code ? -1 : 0;
}

void history_free(struct history *history)
{
	journal_runs_free(history->runs, history->run_count);
	journal_devices_free(history->devices, history->device_count);
	journal_changes_free(history->changes, history->change_count);
	journal_proofs_free(history->proofs, history->proof_count);
}

const char *history_state(const struct history *history, const struct journal_run *run)
{
	if (run->ended)
		return run->outcome;
	return lock_is_held(history->state, run->inventory) ? "running" : "cut off";
}

const char *history_outcome(const struct journal_device *device)
{
	if (*device->outcome)
		return device->outcome;
	if (device->proved)
		return "proved";
	return device->changes ? "begun" : "not begun";
}

static const char *short_hash(const struct journal_hash *hash, char out[2 * SHORT_HASH + 1])
{
	if (hash->set)
		text_hex(hash->bytes, SHORT_HASH, out);
	else
		snprintf(out, 2 * SHORT_HASH + 1, "-");
	return out;
}

static void print_run(const struct history *history, const struct journal_run *run)
{
	char when[32], leaf[2 * SHORT_HASH + 1];
	auto_free char *of = run->of ? text_format(" of run %lld", (long long)run->of) : NULL;

	printf("run %lld  %s  %s%s by %s on %s: %s\n", (long long)run->id,
	       text_time(run->started, when), run->command, of ? of : "", run->user, run->host,
	       history_state(history, run));
	if (run->leaf.set)
		printf("  bundle '%s', leaf %s, until %s\n", run->subject,
		       short_hash(&run->leaf, leaf), text_time(run->not_after, when));
	printf("  %lld device%s of %s: %lld proved, %lld failed\n", (long long)run->devices,
	       run->devices == 1 ? "" : "s", run->inventory, (long long)run->proved,
	       (long long)run->failed);
}

static void print_device(const struct history *history, const struct journal_device *device)
{
	char before[2 * SHORT_HASH + 1], leaf[2 * SHORT_HASH + 1], when[32];

	printf("  %-20s  %-12s %s\n", device->name, history_outcome(device), device->sentence);
	if (device->run != history->runs[0].id)
		printf("      in run %lld, which resumes this one\n", (long long)device->run);
	printf("      leaf %s, before %s%s%s%s\n", short_hash(&device->leaf, leaf),
	       short_hash(&device->before, before), *device->before_name ? " '" : "",
	       device->before_name, *device->before_name ? "'" : "");
	if (device->proved)
		printf("      proved %s\n", text_time(device->proved, when));
	for (size_t i = 0; i < history->change_count; i++) {
		const struct journal_change *change = &history->changes[i];

		if (device->run == history->runs[0].id && !strcmp(change->device, device->name))
			printf("      %s  %s: %s\n", text_time(change->begun, when), change->step,
			       change->state);
	}
}

static void history_text(const struct history *history)
{
	for (size_t i = 0; i < history->run_count; i++)
		print_run(history, &history->runs[i]);
	for (size_t i = 0; i < history->device_count; i++)
		print_device(history, &history->devices[i]);
	if (!history->run_count)
		printf("no run is recorded\n");
}

void history_print(const struct history *history, enum report_format format)
{
	if (format == REPORT_JSON)
		history_json(history);
	else
		history_text(history);
	fflush(stdout);
}
