/**
 * @file
 * history: the journal for people and programs, on standard output.
 *
 * Layer: app.
 */
#ifndef CERTROLL_HISTORY_H
#define CERTROLL_HISTORY_H

#include "certroll/journal.h"
#include "certroll/report.h"

enum { HISTORY_RUNS = 50 };

/** What is shown: the newest runs, or one of them with all it did. */
struct history {
	struct journal_run *runs;
	size_t run_count;
	bool detail; /**< one run, with the rest filled */
	struct journal_device *devices;
	size_t device_count;
	struct journal_change *changes;
	size_t change_count;
	struct journal_proof *proofs;
	size_t proof_count;
	const char *state; /**< the folder, borrowed: for locks */
};

/** Read the newest runs (of an inventory, or NULL: all), or the run with this id. */
int history_load(struct history *history, struct journal *journal, const char *inventory,
		 int64_t run, struct err *err) MUST_CHECK;
void history_free(struct history *history);

/** "done", "incomplete", "interrupted"; without an end "running" or "cut off". */
const char *history_state(const struct history *history, const struct journal_run *run);

/** What became of a device: its outcome, or "proved", "begun", "not begun". */
const char *history_outcome(const struct journal_device *device);

void history_print(const struct history *history, enum report_format format);
void history_json(const struct history *history);

#endif
