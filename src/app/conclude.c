/*
 * The words for what became of a device.  What a result says is what the handshakes showed; what the
 * boxes answered is only told beside it.
 */
#include "certroll/driver.h"
#include "rollout.h"
#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 1400 };

void conclude(struct result *result, enum outcome outcome, const char *format, ...)
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

void conclude_failure(struct result *result)
{
	const struct job *job = result->job;
	enum outcome outcome = OUTCOME_FAILED;

	if (job->err.code == ERR_INTERRUPT)
		outcome = OUTCOME_STOPPED;
	else if (job->err.code == ERR_NET && job->net != NET_UNTRUSTED)
		outcome = OUTCOME_UNREACHABLE;
	conclude(result, outcome, "%s", job->err.text);
}

void list_endpoints(const struct result *result, char *out, size_t size, enum proof proof)
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

/* Its own words for each endpoint that is not as it should be. */
void describe_endpoint(const struct endpoint *endpoint, char *out, size_t size)
{
	const struct served *served = endpoint->after.looked ? &endpoint->after : &endpoint->before;
	const char *service = endpoint->service->name;
	const char *unnamed = endpoint->after_only ? " without a server name" : "";

	if (endpoint->proof == PROOF_OLD)
		snprintf(out, size, "%s%s still serves the old certificate", service, unnamed);
	else if (endpoint->proof == PROOF_PARTIAL)
		snprintf(out, size, "%s%s serves another chain: %s", service, unnamed,
			 endpoint_difference(endpoint));
	else if (endpoint->proof == PROOF_OTHER && device_makes_own(endpoint->device))
		snprintf(out, size, "%s%s serves '%s', which %s", service, unnamed,
			 chain_leaf(served->chain)->display, endpoint_difference(endpoint));
	else if (endpoint->proof == PROOF_OTHER)
		snprintf(out, size, "%s%s serves '%s'", service, unnamed,
			 chain_leaf(served->chain)->display);
	else
		snprintf(out, size, "%s%s cannot be seen: %s", service, unnamed,
			 served->failure ? served->failure : "not looked at");
}

/* The first thing that is not as it should be; where all ports are closed, that. */
void describe_served(const struct result *result, char *out, size_t size)
{
	const struct endpoint *first = NULL;

	out[0] = '\0';
	for (size_t i = 0; i < result->endpoint_count && !first; i++)
		if (!proof_settled(result->endpoints[i].proof))
			first = &result->endpoints[i];
	if (!first && !all_exact(result) && result->endpoint_count)
		first = &result->endpoints[0];
	if (first)
		describe_endpoint(first, out, size);
}

bool all_exact(const struct result *result)
{
	return endpoints_proved(result->endpoints, result->endpoint_count);
}

/* A box that takes key and certificate apart: what about the half that was installed? */
static void describe_undo(const struct job *job, char *out, size_t size)
{
	bool told = job->undo == UNDO_FAILED && job->undo_err.code;

	out[0] = '\0';
	if (!job->device->driver->undo || !job->err.code || job->undo == UNDO_NEEDLESS)
		return;
	if (job->undo == UNDO_DONE)
		snprintf(out, size, "; what was half done is taken back");
	else
		snprintf(out, size,
			 "; what was half done is not taken back%s%.200s%s: key and certificate on "
			 "the box may not belong together",
			 told ? " (" : "", told ? job->undo_err.text : "", told ? ")" : "");
}

/* The new leaf with another chain: a reset will not mend that. */
static bool serves_partly(const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (result->endpoints[i].proof == PROOF_PARTIAL)
			return true;
	return false;
}

void conclude_proved(struct site *site, struct result *result)
{
	char proved[200], closed[200];

	list_endpoints(result, proved, sizeof proved, PROOF_EXACT);
	list_endpoints(result, closed, sizeof closed, PROOF_CLOSED);
	conclude(result, OUTCOME_CHANGED, "proved on %s%s%s", proved,
		 *closed ? "; nobody listens on " : "", closed);
	identity_learn(site, result->job);
}

static void conclude_proof(struct result *result)
{
	const struct job *job = result->job;
	char served[400], proved[200], undone[400];
	bool failed = job->err.code;

	list_endpoints(result, proved, sizeof proved, PROOF_EXACT);
	if (all_exact(result)) {
		conclude(result, OUTCOME_CHANGED, "proved on %s%s%s", proved,
			 failed ? "; the box had answered otherwise: " : "",
			 failed ? job->err.text : "");
		return;
	}
	describe_served(result, served, sizeof served);
	describe_undo(job, undone, sizeof undone);
	if (!failed && job_needs_reset(job) && !serves_partly(result))
		conclude(result, OUTCOME_RESET, "installed, needs a reset to serve it (%s)",
			 served);
	else if (failed)
		conclude(result, OUTCOME_FAILED, "%s; %s%s", served, job->err.text, undone);
	else
		conclude(result, OUTCOME_FAILED, "%s, although the box reported success", served);
}

void conclude_trust(struct site *site, struct result *result)
{
	const struct job *job = result->job;

	result->rooted = job->changed && !job->err.code;
	if (!job->changed && job->err.code)
		conclude_failure(result);
	else if (job->err.code)
		conclude(result, OUTCOME_FAILED, "%s%s", job->err.text,
			 site->request->trust_only ? "" : "; nothing was installed");
	else if (site->request->trust_only)
		conclude(result, result->rooted ? OUTCOME_CHANGED : OUTCOME_UNCHANGED, "%s",
			 result->rooted ? "the root was handed to the trust list"
			 : device_by_hand(result->device, NULL)
				 ? "a person brings the root to this device (certroll root)"
				 : "this device takes no root before the installation");
}

void conclude_one(struct site *site, struct result *result)
{
	const struct job *job = result->job;

	if (!job->changed && job->err.code) {
		conclude_failure(result);
		return;
	}
	conclude_proof(result);
	if (result->outcome == OUTCOME_CHANGED)
		identity_learn(site, job);
}

void conclude_unbegun(struct result *result, enum outcome outcome, const char *why)
{
	conclude(result, outcome, "%s%s", why,
		 result->rooted ? "; its trust list has the root already" : "");
}

static bool serves_other(const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (result->endpoints[i].proof != PROOF_EXACT &&
		    result->endpoints[i].proof != PROOF_NONE)
			return true;
	return false;
}

/* A box that is back at its old certificate is known by its old key again. */
static void know_old_key(struct site *site, const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->proof == PROOF_OLD && endpoint->service->port == result->device->port)
			identity_know(site, result->device,
				      chain_leaf(endpoint->after.chain)->key_sha256);
	}
}

void conclude_again(struct site *site, struct result *result)
{
	char served[400], proved[200];
	long long seconds = (long long)site->request->recheck_ms / 1000;

	list_endpoints(result, proved, sizeof proved, PROOF_EXACT);
	describe_served(result, served, sizeof served);
	if (all_exact(result)) {
		conclude(result, OUTCOME_CHANGED, "proved on %s, and again %lld seconds later",
			 proved, seconds);
		return;
	}
	conclude(result, serves_other(result) ? OUTCOME_REVERTED : OUTCOME_FAILED,
		 "was proved, but %lld seconds later %s", seconds, served);
	know_old_key(site, result);
}
