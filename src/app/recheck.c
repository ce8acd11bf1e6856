/*
 * A second look, later: boxes are known that go back to their old certificate after some minutes.
 */
#include "certroll/log.h"
#include "rollout.h"

void queue_look(struct result *result)
{
	struct job *job = result->job;

	job_restart(job);
	job->settle_ms = 0; /* it was proved: no patience */
	for (size_t i = 0; i < job->endpoint_count; i++)
		job->endpoints[i].proof = PROOF_NONE;
	job_queue(job, verify_proof, true);
}

/* Cut short: what was proved before is still all that is known. */
static void keep_proof(struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (result->endpoints[i].proof == PROOF_NONE)
			result->endpoints[i].proof = PROOF_EXACT;
}

int recheck(struct site *site, struct result *const *order, size_t count, struct err *err)
{
	auto_free struct result **proved = mem_alloc((count + 1) * sizeof *proved);
	size_t proofs = 0;

	for (size_t i = 0; i < count; i++)
		if (order[i]->outcome == OUTCOME_CHANGED)
			proved[proofs++] = order[i];
	if (!site->request->recheck_ms || site->request->trust_only || !proofs || site->interrupted)
		return 0;
	log_info(NULL, "looking again at %zu device%s in %lld seconds", proofs,
		 proofs == 1 ? "" : "s", (long long)site->request->recheck_ms / 1000);
	site->interrupted = signals_wait(site->request->recheck_ms);
	if (site->interrupted)
		return 0;
	for (size_t i = 0; i < proofs; i++)
		queue_look(proved[i]);
	if (run_jobs(site, proved, proofs, err))
		return -1;
	for (size_t i = 0; i < proofs; i++) {
		if (proved[i]->job->err.code == ERR_INTERRUPT)
			keep_proof(proved[i]);
		else
			conclude_again(site, proved[i]);
	}
	return 0;
}
