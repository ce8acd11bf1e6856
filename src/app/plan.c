/*
 * What would be done with a device: decided by what it serves.
 */
#include "certroll/driver.h"
#include "hand.h"
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

/* What the look showed of the endpoints that count. */
struct looked {
	size_t other, unseen, closed;
	const char *reason; /* of the last one that was not seen */
};

static void prove_look(const struct site *site, struct result *result)
{
	const struct chain *chain = result->job->bundle->chain;
	bool by_hand = device_by_hand(result->device, NULL);
	char unused[256]; /* what differs now is no news where it will be replaced */

	for (size_t i = 0; i < result->endpoint_count; i++) {
		struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->after_only)
			continue;
		endpoint->proof =
			endpoint_compare(endpoint, &endpoint->before, NULL, chain, unused);
		if (by_hand)
			endpoint_prove(endpoint, &endpoint->before, NULL, chain);
	}
	if (by_hand)
		hand_looked(site, result);
}

static struct looked count_look(const struct result *result)
{
	struct looked looked = { .reason = "" };

	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint->after_only)
			continue;
		looked.closed += endpoint->proof == PROOF_CLOSED;
		looked.unseen += !endpoint->before.chain && endpoint->proof != PROOF_CLOSED;
		looked.other += endpoint->before.chain && endpoint->proof != PROOF_EXACT;
		if (!endpoint->before.chain)
			looked.reason = served_failure(&endpoint->before);
	}
	return looked;
}

static void conclude_would(const struct site *site, struct result *result)
{
	struct by_hand hand;

	if (site->request->trust_only)
		conclude(result, OUTCOME_WOULD, "add the root to the trust list");
	else if (device_by_hand(result->device, &hand))
		conclude(result, OUTCOME_WOULD,
			 "prepare the files; then a person must %s, and certroll proves it",
			 hand.task);
	else
		conclude(result, OUTCOME_WOULD, "install the bundle and prove it");
}

static void conclude_unchanged(struct result *result, const char *served)
{
	char closed[200];

	list_endpoints(result, closed, sizeof closed, PROOF_CLOSED);
	conclude(result, OUTCOME_UNCHANGED, "%s on %s%s%s",
		 device_makes_own(result->device) ? "has a good certificate of its own"
						  : "serves the bundle already",
		 served, *closed ? "; nobody listens on " : "", closed);
}

/* Decide by what is served: nothing to do, something to do, or no way to tell. */
void plan_one(struct site *site, struct result *result)
{
	struct looked looked;
	char served[200];

	if (result->job->err.code) {
		conclude_failure(result);
		return;
	}
	prove_look(site, result);
	looked = count_look(result);
	list_endpoints(result, served, sizeof served, PROOF_EXACT);
	note_reset(result);
	if (looked.other && !device_makes_own(result->device) && !bundle_suits(site, result))
		return;
	if (looked.other || site->request->trust_only)
		conclude_would(site, result);
	else if (looked.unseen || (looked.closed && !*served))
		conclude(result, OUTCOME_UNREACHABLE, "%s%sbut not every endpoint can be seen: %s",
			 served, *served ? " serve the bundle, " : "", looked.reason);
	else
		conclude_unchanged(result, served);
}
