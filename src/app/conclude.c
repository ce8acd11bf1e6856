/*
 * The words for what became of a device.  What a result says is what the handshakes showed; what the
 * boxes answered is only told beside it.
 */
#include "rollout.h"
#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_MAX = 600 };

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

/* The worst thing that is served, in words. */
void describe_served(const struct result *result, char *out, size_t size)
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

bool all_exact(const struct result *result)
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

void conclude_one(struct site *site, struct result *result)
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
