/*
 * The handshake step tables: what every device is looked at and proved by, whatever its driver.
 * One step walks all endpoints, one fresh connection each, and begins again for those not proved.
 */
#include "certroll/job.h"

enum { PROOF_EVERY_MS = 500 };

static struct endpoint *endpoint_at(struct job *job)
{
	return job->endpoint_at < job->endpoint_count ? &job->endpoints[job->endpoint_at] : NULL;
}

static enum verdict handshake_with(struct job *job, struct exchange *exchange)
{
	struct endpoint *endpoint = endpoint_at(job);

	if (!endpoint)
		return STEP_SKIP;
	return exchange_handshake(exchange, endpoint->service->port, endpoint->sni);
}

/* Go on to the next endpoint that still wants a look. */
static enum verdict look_build(struct job *job, struct exchange *exchange)
{
	job->endpoint_at = 0;
	while (endpoint_at(job) &&
	       (endpoint_at(job)->before.looked || endpoint_at(job)->after_only))
		job->endpoint_at++;
	return handshake_with(job, exchange);
}

static enum verdict look_check(struct job *job, const struct reply *reply)
{
	served_take(&endpoint_at(job)->before, reply);
	return STEP_MORE;
}

/* The first endpoint without proof at or behind an index; endpoint_count when there is none. */
static size_t next_unproved(const struct job *job, size_t from)
{
	while (from < job->endpoint_count && proof_settled(job->endpoints[from].proof))
		from++;
	return from;
}

static enum verdict proof_build(struct job *job, struct exchange *exchange)
{
	if (!endpoint_at(job))
		job->endpoint_at = next_unproved(job, 0); /* a new round */
	return handshake_with(job, exchange);
}

static bool patience_ends(const struct job *job)
{
	return job->now_ms - job->step_started_ms + PROOF_EVERY_MS > job->settle_ms;
}

/* After a round: done, or patience - but none when the device has already said that it failed. */
static enum verdict proof_next(struct job *job)
{
	job->endpoint_at = next_unproved(job, job->endpoint_at + 1);
	if (endpoint_at(job))
		return STEP_MORE;
	if (next_unproved(job, 0) == job->endpoint_count)
		return STEP_OK;
	if (job->err.code || job_needs_reset(job) || patience_ends(job))
		return STEP_OK; /* the endpoints tell what was not proved */
	return STEP_AGAIN;
}

/* What was served before; an endpoint only looked at afterwards goes by the one with a name. */
static const struct served *before_of(const struct job *job, const struct endpoint *endpoint)
{
	for (size_t i = 0; endpoint->after_only && i < job->endpoint_count; i++)
		if (!job->endpoints[i].after_only && job->endpoints[i].service == endpoint->service)
			return &job->endpoints[i].before;
	return &endpoint->before;
}

static enum verdict proof_check(struct job *job, const struct reply *reply)
{
	struct endpoint *endpoint = &job->endpoints[job->endpoint_at];

	served_take(&endpoint->after, reply);
	endpoint_prove(endpoint, &endpoint->after, before_of(job, endpoint), job->bundle->chain);
	return proof_next(job);
}

static enum verdict factory_check(struct job *job, const struct reply *reply)
{
	struct endpoint *endpoint = endpoint_at(job);
	const struct driver *driver = job->device->driver;

	served_take(&endpoint->after, reply);
	endpoint->proof = PROOF_NONE;
	if (reply->chain && reply->completed)
		endpoint->proof = driver->factory(job_options(job), chain_leaf(reply->chain))
					  ? PROOF_EXACT
					  : PROOF_OTHER;
	return proof_next(job);
}

const struct step verify_look[] = {
	{ .name = "look", .build = look_build, .check = look_check, .evidence = EVIDENCE_TESTED },
	{ 0 },
};

const struct step verify_proof[] = {
	{ .name = "verify",
	  .build = proof_build,
	  .check = proof_check,
	  .every_ms = PROOF_EVERY_MS,
	  .evidence = EVIDENCE_TESTED },
	{ 0 },
};

const struct step verify_factory[] = {
	{ .name = "verify",
	  .build = proof_build,
	  .check = factory_check,
	  .every_ms = PROOF_EVERY_MS,
	  .evidence = EVIDENCE_TESTED },
	{ 0 },
};
