/*
 * From the look at every device to the proof on every endpoint.
 */
#include "rollout.h"
#include "certroll/driver.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "hand.h"
#include <stdlib.h>

/* Run the jobs of all results that have one and pass the filter. */
int run_jobs(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	auto_free struct job **jobs = mem_alloc((count + 1) * sizeof *jobs);
	struct err stop = { 0 };

	for (size_t i = 0; i < count; i++)
		jobs[i] = order[i]->job;
	if (engine_run(site->engine, jobs, count, &stop) == 0)
		return 0;
	if (stop.code == ERR_INTERRUPT) {
		site->interrupted = true;
		return 0;
	}
	*err = stop;
	return -1;
}

bool begins(struct result *result)
{
	if (result->outcome == OUTCOME_NONE && result->device->state == DEVICE_HOLD)
		conclude(result, OUTCOME_HELD, "state: hold");
	return result->outcome == OUTCOME_NONE;
}

void start_job(struct site *site, struct result *result)
{
	struct job *job = job_new(result->device, result->bundle ? result->bundle : site->bundle);

	if (site->request->settle_ms)
		job->settle_ms = (int)site->request->settle_ms;
	job->dry = true;
	identity_look_for(site, job);
	result->job = job;
	result->endpoints = job->endpoints;
	result->endpoint_count = job->endpoint_count;
	job_queue(job, result->device->driver->identify, false);
	job_queue(job, verify_look, false);
}

static int by_rank(const void *a, const void *b)
{
	const struct result *left = *(struct result *const *)a, *right = *(struct result *const *)b;
	int difference = order_rank(left->device->role) - order_rank(right->device->role);

	return difference ? difference : (left > right) - (left < right);
}

size_t in_order(struct site *site, enum outcome outcome, struct result **order)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].outcome == outcome)
			order[count++] = &site->results[i];
	qsort(order, count, sizeof *order, by_rank);
	return count;
}

/* Everybody's wave, among those who are to be changed. */
static void give_turns(struct site *site)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count = in_order(site, OUTCOME_WOULD, order);
	auto_free struct turn *turns = mem_alloc((count + 1) * sizeof *turns);

	for (size_t i = 0; i < count; i++)
		turns[i] = (struct turn){ .device = order[i]->device,
					  .by_hand = device_by_hand(order[i]->device, NULL) };
	site->waves = order_waves(&site->order, turns, count);
	for (size_t i = 0; i < count; i++) {
		order[i]->wave = turns[i].wave;
		order[i]->canary = turns[i].canary;
	}
}

static void plan_all(struct site *site, struct result *const *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaling_looked(order[i]);
		plan_one(site, order[i]);
		if (order[i]->outcome != OUTCOME_WOULD)
			continue;
		if (must_wait(site, order[i]) && !site->request->dry_run)
			conclude_waiting(order[i]);
		else
			warn_before(site, order[i]);
	}
	give_turns(site);
}

int rollout_look(struct site *site, struct err *err)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count;

	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		if (!begins(result))
			continue;
		start_job(site, result);
		journaling_look(site, result);
	}
	count = in_order(site, OUTCOME_NONE, order);
	if (run_jobs(site, order, count, err))
		return -1;
	plan_all(site, order, count);
	for (size_t i = 0; i < count; i++)
		identity_note(site, order[i]->job);
	return 0;
}

void save_pins(struct site *site)
{
	struct err err = { 0 };

	site->unsaved = pins_save(site->pins, &err);
	if (site->unsaved)
		log_error(NULL, "%s; the new keys of the devices are not noted", err.text);
}

/* Roots first, on all devices: who checks the new chain must know its root before it is served. */
static int run_trust(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	auto_free struct result **takers = mem_alloc((count + 1) * sizeof *takers);
	size_t taking = 0;

	for (size_t i = 0; i < count; i++) {
		struct job *job = order[i]->job;

		if (!order[i]->device->driver->trust && !site->request->trust_only)
			continue;
		job_restart(job);
		job->dry = false;
		job_queue(job, order[i]->device->driver->trust, false);
		takers[taking++] = order[i];
	}
	if (run_jobs(site, takers, taking, err))
		return -1;
	for (size_t i = 0; i < taking; i++)
		conclude_trust(site, takers[i]);
	return 0;
}

/* Files for a person instead of an installation; false: there is nothing to run here and now. */
static bool begins_by_hand(struct site *site, struct result *result)
{
	struct err err = { 0 };

	if (site->rehearsal && hand_play(site, result, &err) == 0)
		return true;
	if (site->rehearsal)
		conclude(result, OUTCOME_FAILED, "%s", err.text);
	else
		hand_begin(site, result);
	return false;
}

static void queue_install(struct result *result)
{
	const struct driver *driver = result->device->driver;
	struct job *job = result->job;

	job_restart(job);
	job->dry = false;
	for (size_t i = 0; i < job->endpoint_count; i++)
		job->endpoints[i].proof = PROOF_NONE;
	job_queue(job, driver->install, false);
	job_queue_undo(job, driver->undo);
	job_queue(job, verify_proof, true);
}

/* The canary this device waits for, when its proof did not come. */
static const struct result *dead_canary(struct result *const *order, const struct result *result)
{
	for (size_t i = 0; order[i] != result; i++)
		if (order[i]->device->driver == result->device->driver)
			return order[i]->canary && order[i]->outcome != OUTCOME_CHANGED ? order[i]
											: NULL;
	return NULL;
}

static size_t count_failed(struct result *const *order, size_t count)
{
	size_t failed = 0;

	for (size_t i = 0; i < count; i++)
		failed += order[i]->outcome == OUTCOME_FAILED ||
			  order[i]->outcome == OUTCOME_UNREACHABLE;
	return failed;
}

/* May this one not begin although its turn has come?  Then it is concluded here. */
static bool stays_back(struct site *site, struct result *const *order, size_t count, size_t failed,
		       struct result *result)
{
	const struct result *canary = dead_canary(order, result);
	auto_free char *why = NULL;

	if (canary)
		why = text_format("not begun: %s, the first one with the driver %s, was not proved",
				  canary->device->name, canary->device->driver->name);
	else if (order_stops(&site->order, failed, count))
		why = text_format("not begun: %zu device%s failed before its turn (--max-fail %s)",
				  failed, failed == 1 ? "" : "s", site->request->max_fail);
	if (why)
		conclude_unbegun(result, OUTCOME_NOT_BEGUN, why);
	else if (must_wait(site, result))
		conclude_waiting(result);
	else
		return false;
	return true;
}

/* One wave: at the same time, and proved when it ends. */
static int run_wave(struct site *site, size_t wave, struct result *const *order, size_t count,
		    struct err *err)
{
	auto_free struct result **begun = mem_alloc((count + 1) * sizeof *begun);
	size_t beginning = 0, failed = count_failed(order, count);

	for (size_t i = 0; i < count; i++)
		if (order[i]->wave == wave && order[i]->outcome == OUTCOME_WOULD &&
		    !stays_back(site, order, count, failed, order[i]) &&
		    (!device_by_hand(order[i]->device, NULL) || begins_by_hand(site, order[i])))
			begun[beginning++] = order[i];
	if (!beginning)
		return 0;
	log_info(NULL, "wave %zu of %zu: %zu device%s", wave, site->waves, beginning,
		 beginning == 1 ? "" : "s");
	for (size_t i = 0; i < beginning; i++)
		queue_install(begun[i]);
	if (run_jobs(site, begun, beginning, err))
		return -1;
	for (size_t i = 0; i < beginning; i++)
		conclude_one(site, begun[i]);
	return 0;
}

static int run_all(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	if (run_trust(site, order, count, err))
		return -1;
	for (size_t wave = 1; wave <= site->waves; wave++) {
		site->interrupted = site->interrupted || signals_wait(0);
		if (site->interrupted)
			break;
		if (run_wave(site, wave, order, count, err))
			return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (order[i]->outcome == OUTCOME_WOULD)
			conclude_unbegun(order[i], OUTCOME_STOPPED, "stopped before it began");
	return hand_wait(site, order, count, err) ? -1 : recheck(site, order, count, err);
}

int rollout_run(struct site *site, struct err *err)
{
	auto_free struct result **order = mem_alloc((site->count + 1) * sizeof *order);
	size_t count = in_order(site, OUTCOME_WOULD, order);
	sigset_t before;
	int status;

	hand_tidy(site);
	for (size_t i = 0; i < count && !site->request->trust_only; i++)
		if (!device_makes_own(order[i]->device))
			identity_expect(site, order[i]->job);
	if (pins_save(site->pins, err))
		return err_wrap(err, "nothing was changed, because pins cannot be kept");
	signals_hold(&before);
	status = run_all(site, order, count, err);
	site->interrupted = signals_wait(0) || site->interrupted;
	signals_release(&before);
	save_pins(site);
	return status;
}
