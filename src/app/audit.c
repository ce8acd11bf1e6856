/*
 * Looking at every endpoint, without a driver and without a password.
 */
#include "rollout.h"

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
