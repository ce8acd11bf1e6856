/**
 * @file
 * due: what earlier runs of an inventory have left to do.
 *
 * Layer: cli, private.
 */
#ifndef CERTROLL_CLI_DUE_H
#define CERTROLL_CLI_DUE_H

#include "certroll/journaling.h"

enum { DUE_MAX_RUNS = 100 };

struct due {
	struct journal_device *latest; /**< the last row of each device of the inventory */
	size_t latest_count;
	int64_t runs[DUE_MAX_RUNS]; /**< of a deploy, the oldest first */
	size_t count;
};

/** Does this run install a bundle, so that it can be resumed? */
bool due_rolls_out(const struct journal_run *run);

/**
 * Ask the journal.  Without one nothing is due.
 *
 * @return 0, or -1 with ERR_USAGE (no inventory) or as journaling_read(); due_free() in both cases
 */
int due_find(struct due *due, const struct site_request *request, struct err *err) MUST_CHECK;
void due_free(struct due *due);

#endif
