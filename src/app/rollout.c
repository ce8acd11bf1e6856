/*
 * From the look at every device to the proof on every endpoint.
 */
#include "rollout.h"
#include "certroll/driver.h"
#include "certroll/log.h"

/* Run the jobs of all results that have one and pass the filter. */
int run_jobs(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	auto_free struct job **jobs = mem_alloc((count + 1) * sizeof *jobs);
	struct err stop = { 0 };

	for (size_t i = 0; i < count; i++)
		jobs[i] = order[i]->job;
	if (engine_run(site->engine, jobs, count, &stop) == 0)
		return 0;
	site->interrupted = stop.code == ERR_INTERRUPT;
	if (site->interrupted)
		return 0;
	*err = stop;
	return -1;
}

void start_job(struct site *site, struct result *result)
{
	struct job *job = job_new(result->device, site->bundle);

	if (site->request->settle_ms)
		job->settle_ms = (int)site->request->settle_ms;
	job->dry = true;
	result->job = job;
	result->endpoints = job->endpoints;
	result->endpoint_count = job->endpoint_count;
	job_queue(job, result->device->driver->identify, false);
	job_queue(job, verify_look, false);
}

int rollout_look(struct site *site, struct err *err)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count;

	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		if (result->device->state == DEVICE_HOLD)
			conclude(result, OUTCOME_HELD, "state: hold");
		else
			start_job(site, result);
	}
	count = in_order(site, OUTCOME_NONE, order);
	if (run_jobs(site, order, count, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		plan_one(site, order[i]);
	return 0;
}

void save_pins(struct site *site)
{
	struct err err = { 0 };

	site->unsaved = pins_save(site->pins, &err);
	if (site->unsaved)
		log_error(NULL, "%s; the new keys of the devices are not noted", err.text);
}

static void queue_install(struct site *site, struct result *result)
{
	struct job *job = result->job;

	job_restart(job);
	job->dry = false;
	for (size_t i = 0; i < job->endpoint_count; i++)
		job->endpoints[i].proof = PROOF_NONE;
	job_queue(job, result->device->driver->trust, false);
	if (site->request->trust_only)
		return;
	job_queue(job, result->device->driver->install, false);
	job_queue(job, verify_proof, true);
}

int rollout_run(struct site *site, struct err *err)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count = in_order(site, OUTCOME_WOULD, order);

	for (size_t i = 0; i < count; i++) {
		queue_install(site, order[i]);
		if (!site->request->trust_only)
			identity_expect(site, order[i]->device);
	}
	if (pins_save(site->pins, err))
		return err_wrap(err, "nothing was changed, because pins cannot be kept");
	if (run_jobs(site, order, count, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		conclude_one(site, order[i]);
	save_pins(site);
	return 0;
}
