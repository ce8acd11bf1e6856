/*
 * From the look at every device to the proof on every endpoint.  What a result says is what the
 * handshakes showed; what the boxes answered is only told beside it.
 */
#include "certroll/driver.h"
#include "certroll/log.h"
#include "certroll/report.h"
#include "certroll/site.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_MAX = 600 };

static void conclude(struct result *result, enum outcome outcome, const char *format, ...)
	PRINTF_LIKE(3, 4);

static void conclude(struct result *result, enum outcome outcome, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	mem_free(result->sentence);
	result->sentence = text_copy(sentence);
	result->outcome = outcome;
}

/* Run the jobs of all results that have one and pass the filter. */
static int run_jobs(struct site *site, struct result *const *order, size_t count, struct err *err)
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

/* Masters last: everything else hangs on them; the RP after the boxes it stands for. */
static int rank(enum role role)
{
	static const int ranks[] = {
		[ROLE_AP] = 0,         [ROLE_PBX_STANDBY] = 1, [ROLE_PBX_SLAVE] = 1,
		[ROLE_OTHER] = 2,      [ROLE_IP_OFFICE] = 2,   [ROLE_RP] = 3,
		[ROLE_PBX_MASTER] = 4,
	};

	return ranks[role];
}

static int by_rank(const void *a, const void *b)
{
	const struct result *left = *(struct result *const *)a, *right = *(struct result *const *)b;
	int difference = rank(left->device->role) - rank(right->device->role);

	return difference ? difference : (left > right) - (left < right);
}

/* The results with this outcome in the order of the roll-out. */
static size_t in_order(struct site *site, enum outcome outcome, struct result **order)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].outcome == outcome)
			order[count++] = &site->results[i];
	qsort(order, count, sizeof *order, by_rank);
	return count;
}

static void start_job(struct site *site, struct result *result)
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

static void conclude_failure(struct result *result)
{
	const struct job *job = result->job;
	enum outcome outcome = OUTCOME_FAILED;

	if (job->err.code == ERR_INTERRUPT)
		outcome = OUTCOME_STOPPED;
	else if (job->err.code == ERR_NET && job->net != NET_UNTRUSTED)
		outcome = OUTCOME_UNREACHABLE;
	conclude(result, outcome, "%s", job->err.text);
}

/* The bundle once more, now that the firmware is known. */
static bool bundle_suits(struct site *site, struct result *result)
{
	struct profile profile =
		site_profile(site, result->device, job_known(result->job, FACT_FIRMWARE));
	struct judgement judgement = { .profile = &profile,
				       .now = site->now,
				       .root_kind = site->request->root_kind,
				       .adjustments = &site->adjustments };
	auto_findings findings = { 0 };

	rules_judge_bundle(site->bundle, &judgement, &findings);
	for (size_t i = 0; i < findings.count; i++)
		if (findings.items[i].severity == SEVERITY_ERROR)
			conclude(result, OUTCOME_FAILED,
				 "the bundle does not suit this firmware: %s",
				 findings.items[i].sentence);
	return findings_worst(&findings) < SEVERITY_ERROR;
}

static void list_endpoints(const struct result *result, char *out, size_t size, enum proof proof)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < result->endpoint_count && used < size; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->proof == proof && !endpoint->after_only)
			used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
						 endpoint->service->name);
	}
}

static void note_reset(struct result *result)
{
	if (result->job->reset_was_pending)
		job_note(
			result->job, SEVERITY_WARNING,
			"a reset is pending from somebody else's change; certroll leaves it alone");
}

/* Decide by what is served: nothing to do, something to do, or no way to tell. */
static void plan_one(struct site *site, struct result *result)
{
	char served[200], difference[256];
	size_t other = 0, unseen = 0;
	const char *reason = "";

	if (result->job->err.code) {
		conclude_failure(result);
		return;
	}
	for (size_t i = 0; i < result->endpoint_count; i++) {
		struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->after_only)
			continue;
		endpoint->proof =
			served_prove(&endpoint->before, NULL, site->bundle->chain, difference);
		unseen += !endpoint->before.chain;
		other += endpoint->before.chain && endpoint->proof != PROOF_EXACT;
		if (!endpoint->before.chain)
			reason = endpoint->before.detail;
	}
	list_endpoints(result, served, sizeof served, PROOF_EXACT);
	note_reset(result);
	if (other && !bundle_suits(site, result))
		return;
	if (other || site->request->trust_only)
		conclude(result, OUTCOME_WOULD, "%s",
			 site->request->trust_only ? "add the root to the trust list"
						   : "install the bundle and prove it");
	else if (unseen)
		conclude(result, OUTCOME_UNREACHABLE, "%s%sbut not every endpoint can be seen: %s",
			 served, *served ? " serve the bundle, " : "", reason);
	else
		conclude(result, OUTCOME_UNCHANGED, "serves the bundle already on %s", served);
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

/* The worst thing that is served, in words. */
static void describe_served(const struct result *result, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];
		const char *service = endpoint->service->name;
		const char *unnamed = endpoint->after_only ? " without a server name" : "";

		if (endpoint->proof == PROOF_EXACT)
			continue;
		if (endpoint->proof == PROOF_OLD)
			snprintf(out, size, "%s%s still serves the old certificate", service,
				 unnamed);
		else if (endpoint->proof == PROOF_PARTIAL)
			snprintf(out, size, "%s%s serves another chain: %s", service, unnamed,
				 endpoint->difference);
		else if (endpoint->proof == PROOF_OTHER)
			snprintf(out, size, "%s%s serves '%s'", service, unnamed,
				 chain_leaf(endpoint->after.chain)->display);
		else
			snprintf(out, size, "%s%s cannot be seen: %s", service, unnamed,
				 *endpoint->after.detail ? endpoint->after.detail
							 : "not looked at");
		return;
	}
}

static bool all_exact(const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (result->endpoints[i].proof != PROOF_EXACT)
			return false;
	return result->endpoint_count > 0;
}

static void conclude_proof(struct result *result)
{
	const struct job *job = result->job;
	char served[400], proved[200];
	bool failed = job->err.code;

	list_endpoints(result, proved, sizeof proved, PROOF_EXACT);
	if (all_exact(result)) {
		conclude(result, OUTCOME_CHANGED, "proved on %s%s%s", proved,
			 failed ? "; the box had answered otherwise: " : "",
			 failed ? job->err.text : "");
		return;
	}
	describe_served(result, served, sizeof served);
	if (!failed && job_needs_reset(job))
		conclude(result, OUTCOME_RESET, "installed, needs a reset to serve it (%s)",
			 served);
	else if (failed)
		conclude(result, OUTCOME_FAILED, "%s; %s", served, job->err.text);
	else
		conclude(result, OUTCOME_FAILED, "%s, although the box reported success", served);
}

static void conclude_run(struct site *site, struct result *result)
{
	struct job *job = result->job;

	if (!job->changed && job->err.code) {
		conclude_failure(result);
		return;
	}
	if (site->request->trust_only) {
		if (job->err.code)
			conclude(result, OUTCOME_FAILED, "%s", job->err.text);
		else
			conclude(result, job->changed ? OUTCOME_CHANGED : OUTCOME_UNCHANGED, "%s",
				 job->changed
					 ? "the root was handed to the trust list"
					 : "this device takes no root before the installation");
		return;
	}
	conclude_proof(result);
	if (result->outcome == OUTCOME_CHANGED)
		identity_learn(site, job);
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

/* What was done is reported in any case; what cannot be kept is an error beside it. */
static void save_pins(struct site *site)
{
	struct err err = { 0 };

	site->unsaved = pins_save(site->pins, &err);
	if (site->unsaved)
		log_error(NULL, "%s; the new keys of the devices are not noted", err.text);
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
		conclude_run(site, order[i]);
	save_pins(site);
	return 0;
}

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

		if (result->device->state == DEVICE_HOLD) {
			conclude(result, OUTCOME_HELD, "state: hold");
			continue;
		}
		if (!result->device->driver->clear) {
			conclude(result, OUTCOME_FAILED,
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

static struct job **look_jobs(struct site *site, size_t *count)
{
	struct job **jobs = NULL;

	*count = 0;
	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		if (!result->endpoints)
			result->endpoints = endpoints_make(result->device, &result->endpoint_count);
		result->endpoints_owned = true;
		for (size_t j = 0; j < result->endpoint_count; j++) {
			if (result->endpoints[j].after_only)
				continue;
			jobs = mem_grow(jobs, *count, sizeof(struct job *));
			jobs[(*count)++] = job_new_look(&result->endpoints[j]);
		}
	}
	return jobs;
}

static void conclude_look(struct site *site, struct result *result, bool verify)
{
	const struct chain *intended = verify || site->bundle ? site->bundle->chain : NULL;
	size_t seen = 0, looks = 0, unlooked = 0;

	for (size_t i = 0; i < result->endpoint_count; i++) {
		struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->after_only)
			continue;
		looks++;
		unlooked += !endpoint->before.looked;
		seen += endpoint->before.chain != NULL;
		if (intended)
			endpoint->proof = served_prove(&endpoint->before, NULL, intended,
						       endpoint->difference);
		if (endpoint->before.looked)
			judge_look(site, endpoint, &endpoint->before, intended, NULL,
				   &result->findings);
	}
	if (unlooked)
		conclude(result, OUTCOME_STOPPED, "stopped before it was looked at");
	else if (!seen && looks)
		conclude(result, OUTCOME_UNREACHABLE, "%s", result->findings.items[0].sentence);
	else if (findings_worst(&result->findings) >= SEVERITY_ERROR)
		conclude(result, OUTCOME_FAILED, "%zu errors",
			 findings_count(&result->findings, SEVERITY_ERROR));
	else
		conclude(result, OUTCOME_WELL, verify ? "serves exactly the bundle" : "well");
}

int audit_run(struct site *site, bool verify, struct err *err)
{
	size_t count;
	auto_free struct job **jobs = look_jobs(site, &count);
	struct err stop = { 0 };
	int status = engine_run(site->engine, jobs, count, &stop);

	site->interrupted = status && stop.code == ERR_INTERRUPT;
	engine_free(take(site->engine));
	for (size_t i = 0; i < count; i++)
		job_free(jobs[i]);
	if (status && !site->interrupted) {
		*err = stop;
		return -1;
	}
	for (size_t i = 0; i < site->count; i++)
		conclude_look(site, &site->results[i], verify);
	return 0;
}
