#include "life.h"
#include "certroll/site.h"
#include "certroll/text.h"

void site_set_life(const struct site *site, const struct device *device,
		   struct judgement *judgement)
{
	const struct site_request *request = site->request;

	if (device)
		judgement->warn = device->warn;
	if (device)
		judgement->fail = device->fail;
	if (life_limit_given(&request->warn))
		judgement->warn = request->warn;
	if (life_limit_given(&request->fail))
		judgement->fail = request->fail;
}

static const struct cert *first_end(const struct cert *const *certs, size_t count)
{
	const struct cert *first = certs[0];

	for (size_t i = 1; i < count; i++)
		if (certs[i]->not_after < first->not_after)
			first = certs[i];
	return first;
}

const struct cert *chain_first_end(const struct chain *chain)
{
	return first_end(chain->certs, chain->count);
}

const struct cert *path_first_end(const struct chain *chain)
{
	return chain->path.anchor ? first_end(chain->path.certs, chain->path.count) : NULL;
}

static bool on_path(const struct chain *chain, const struct cert *cert)
{
	for (size_t i = 0; i < chain->path.count; i++)
		if (chain->path.certs[i] == cert)
			return true;
	return false;
}

/*
 * A CA must last as long as leaves do: shares are shares of the leaf's lifetime, for a third of a
 * root's would be years.
 */
static enum severity severity_of(const struct chain *chain, const struct judgement *judgement,
				 const struct cert *cert)
{
	int64_t left = cert->not_after - judgement->now, warn, fail;

	rules_life(judgement, cert_lifetime(chain_leaf(chain)), &warn, &fail);
	return left < fail ? SEVERITY_ERROR : left < warn ? SEVERITY_WARNING : SEVERITY_NONE;
}

static void judge_path(const struct chain *chain, const struct judgement *judgement,
		       const char *place, struct findings *findings)
{
	const struct cert *cert = path_first_end(chain);
	auto_free char *left = NULL;

	if (!cert || cert == chain_leaf(chain) || cert->not_after < judgement->now)
		return;
	left = text_remaining(cert->not_after - judgement->now);
	findings_add(findings, "path-ends", severity_of(chain, judgement, cert), place,
		     "Get the CA's current chain and deploy it with the leaf.",
		     "'%s', between the leaf and its trust anchor, has %s left", cert->display,
		     left);
}

/* Clients do not need it: so never more than a warning. */
static void judge_chain(const struct chain *chain, const struct judgement *judgement,
			const char *place, struct findings *findings)
{
	const struct cert *cert = chain_first_end(chain);
	auto_free char *left = NULL;

	if (cert == chain_leaf(chain) || on_path(chain, cert) ||
	    severity_of(chain, judgement, cert) == SEVERITY_NONE)
		return;
	left = text_remaining(cert->not_after - judgement->now);
	findings_add(findings, "chain-ends", SEVERITY_WARNING, place,
		     "Leave it out of the chain, or get the CA's current one.",
		     "'%s', sent although the path does not need it, %s%s", cert->display, left,
		     cert->not_after < judgement->now ? "" : " left");
}

void judge_life(const struct chain *chain, const struct judgement *judgement, const char *place,
		struct findings *findings)
{
	if (judgement->profile->column == PROFILE_PATH)
		return;
	judge_path(chain, judgement, place, findings);
	judge_chain(chain, judgement, place, findings);
}
