/*
 * What would be done with a device: decided by what it serves.
 */
#include "certroll/driver.h"
#include "rollout.h"

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

	site_set_life(site, result->device, &judgement);
	rules_judge_bundle(result->job->bundle, &judgement, &findings);
	for (size_t i = 0; i < findings.count; i++)
		if (findings.items[i].severity == SEVERITY_ERROR)
			conclude(result, OUTCOME_FAILED,
				 "the bundle does not suit this firmware: %s",
				 findings.items[i].sentence);
	return findings_worst(&findings) < SEVERITY_ERROR;
}

static void note_reset(struct result *result)
{
	if (result->job->reset_was_pending)
		job_note(
			result->job, SEVERITY_WARNING,
			"a reset is pending from somebody else's change; certroll leaves it alone");
}

/* Decide by what is served: nothing to do, something to do, or no way to tell. */
void plan_one(struct site *site, struct result *result)
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
		endpoint->proof = served_prove(&endpoint->before, NULL, result->job->bundle->chain,
					       difference);
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
