/*
 * What a person has done, seen by a verification: the journal learns of it without a run.
 */
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "hand.h"
#include <stdlib.h>

static void settle_one(const struct site *site, struct journal *journal, const char *inventory,
		       const struct result *result)
{
	const struct cert *wanted = chain_leaf(site->bundle->chain), *served = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < result->endpoint_count && !served; i++)
		if (result->endpoints[i].before.chain)
			served = chain_leaf(result->endpoints[i].before.chain);
	if (!served)
		return;
	if (journal_settle(journal, inventory, result->device->name,
			   device_makes_own(result->device) ? NULL : wanted->sha256, served->sha256,
			   clock_real(), &err) ||
	    hand_wipe(site, result->device, &err))
		log_error(result->device->name, "%s", err.text);
}

void journaling_settle(const struct site *site)
{
	struct journal *journal = NULL;
	char *path = realpath(site->request->inventory, NULL);

	for (size_t i = 0; i < site->count; i++) {
		const struct result *result = &site->results[i];

		if (result->outcome != OUTCOME_WELL || !device_by_hand(result->device, NULL))
			continue;
		journal = journal ? journal : journaling_read(site->request->state, NULL);
		if (journal && path)
			settle_one(site, journal, path, result);
	}
	journal_close(journal);
	free(path);
}
