/*
 * Back to the factory certificate, proved like an installation.
 */
#include "certroll/driver.h"
#include "rollout.h"

static void queue_clear(struct result *result)
{
	struct job *job = result->job;

	job->dry = false;
	job_queue(job, result->device->driver->clear, false);
	job_queue(job, verify_factory, true);
}

static void conclude_clear(struct site *site, struct result *result)
{
	char served[400];

	if (!result->job->changed && result->job->err.code) {
		conclude_failure(result);
	} else if (all_exact(result)) {
		conclude(result, OUTCOME_CHANGED, "serves its factory certificate again");
		identity_learn(site, result->job);
	} else {
		describe_served(result, served, sizeof served);
		conclude(result, OUTCOME_FAILED, "%s%s%s", served,
			 result->job->err.code ? "; " : "",
			 result->job->err.code ? result->job->err.text : "");
	}
}

int rollout_clear(struct site *site, struct err *err)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count;

	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		if (!begins(result))
			continue;
		if (site->rehearsal && device_by_hand(result->device, NULL)) {
			conclude(result, OUTCOME_HELD, "a person puts it back; not rehearsed");
			continue;
		}
		if (!result->device->driver->clear) {
			/* A rehearsal tries what there is; that there is none is no failure of it. */
			conclude(result, site->rehearsal ? OUTCOME_HELD : OUTCOME_FAILED,
				 "its driver knows no way back to the factory");
			continue;
		}
		start_job(site, result);
		queue_clear(result);
	}
	count = in_order(site, OUTCOME_NONE, order);
	if (run_jobs(site, order, count, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		conclude_clear(site, order[i]);
	save_pins(site);
	return 0;
}
