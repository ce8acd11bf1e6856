/* What the journal knew before this run, and who of the site is chosen by it. */
#include "certroll/driver.h"
#include "certroll/journaling.h"
#include "certroll/report.h"
#include <string.h>

bool journaling_is_well(const char *outcome)
{
	return !strcmp(outcome, outcome_name(OUTCOME_CHANGED)) ||
	       !strcmp(outcome, outcome_name(OUTCOME_UNCHANGED)) ||
	       !strcmp(outcome, outcome_name(OUTCOME_HELD));
}

bool journaling_is_due(const struct journal_device *row)
{
	if (!*row->outcome)
		return !row->proved;
	return !journaling_is_well(row->outcome) ||
	       !strcmp(row->outcome, outcome_name(OUTCOME_HELD));
}

size_t journaling_keep(struct site *site, bool (*wanted)(const struct device *, const void *arg),
		       const void *arg)
{
	size_t left = 0;

	for (size_t i = 0; i < site->count; i++)
		if (wanted(site->results[i].device, arg))
			site->results[left++] = site->results[i];
	site->count = left;
	return left;
}

static const struct journal_device *latest_of(const struct journaling *journaling,
					      const struct device *device)
{
	for (size_t i = 0; i < journaling->latest_count; i++)
		if (!strcmp(journaling->latest[i].name, device->name))
			return &journaling->latest[i];
	return NULL;
}

static bool has_failed(const struct device *device, const void *arg)
{
	const struct journal_device *latest = latest_of(arg, device);

	return latest && !journaling_is_well(latest->outcome);
}

size_t journaling_keep_failed(struct site *site)
{
	return journaling_keep(site, has_failed, site->journaling);
}

static bool same_leaf(const struct journal_hash *hash, const struct bundle *bundle)
{
	return hash->set && bundle && bundle->chain &&
	       !memcmp(hash->bytes, chain_leaf(bundle->chain)->sha256, CERT_HASH);
}

void journaling_look(struct site *site, struct result *result)
{
	const struct journal_device *latest =
		site->journaling ? latest_of(site->journaling, result->device) : NULL;

	if (latest && latest->changes && !device_by_hand(result->device, NULL) && !latest->proved &&
	    same_leaf(&latest->leaf, result->job->bundle))
		job_queue(result->job, verify_proof, false);
}

void journaling_looked(struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->after.looked && !endpoint->after_only) {
			served_clear(&endpoint->before);
			endpoint->before = endpoint->after;
			endpoint->after = (struct served){ 0 };
		}
		served_clear(&endpoint->after);
	}
}

const struct journal_device *journaling_before(const struct site *site, const struct device *device)
{
	return site->journaling ? latest_of(site->journaling, device) : NULL;
}
