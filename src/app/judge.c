/*
 * One look at an endpoint, put into findings: the network first, then the certificate it came with,
 * then what the rules say of the chain, then whether it is the intended one.
 */
#include "certroll/driver.h"
#include "certroll/site.h"
#include "life.h"
#include <string.h>

static void judge_network(const struct endpoint *endpoint, const char *place,
			  const struct served *served, struct findings *findings)
{
	bool may_close = endpoint->device->driver && endpoint->device->driver->may_close;
	bool old = served->tls_version && (!strcmp(served->tls_version, "TLSv1") ||
					   !strcmp(served->tls_version, "TLSv1.1") ||
					   !strcmp(served->tls_version, "SSLv3"));

	if (served->net != NET_OK)
		findings_add(findings, net_id(served->net),
			     may_close && served->net == NET_CLOSED ? SEVERITY_NOTE
								    : SEVERITY_ERROR,
			     place, NULL, "%s", served_failure(served));
	else if (!served->chain)
		findings_add(findings, "net-tls", SEVERITY_ERROR, place, NULL, "%s",
			     served_failure(served));
	if (old)
		findings_add(findings, "tls-version", SEVERITY_WARNING, place,
			     "Update the box, or allow TLS 1.2 in its TLS profile.",
			     "speaks %s, which current phones and browsers refuse",
			     served->tls_version);
	if (served->requires_client)
		findings_add(
			findings, "tls-requires-client-cert", SEVERITY_NOTE, place, NULL,
			"lets nobody in without a client certificate; its own chain was read all "
			"the same");
	else if (served->asks_client)
		findings_add(findings, "tls-asks-client-cert", SEVERITY_NOTE, place, NULL,
			     "asks for a client certificate, and goes on without");
}

static void judge_rules(const struct site *site, const struct endpoint *endpoint,
			const struct served *served, const struct profile *profile,
			const char *place, struct findings *findings)
{
	auto_free struct wanted_name *names = mem_alloc((endpoint->name_count + 1) * sizeof *names);
	struct judgement judgement = {
		.profile = profile,
		.now = site->now,
		.root_kind = site->request->root_kind,
		.names = names,
		.name_count = endpoint->name_count,
		.adjustments = &site->adjustments,
	};

	for (size_t i = 0; i < endpoint->name_count; i++)
		names[i] = (struct wanted_name){ .name = endpoint->names[i],
						 .owner = site->inventory ? endpoint->device->name
									  : NULL };
	site_set_life(site, endpoint->device, &judgement);
	rules_judge_served(served->chain, &judgement, place, findings);
	judge_life(served->chain, &judgement, place, findings);
}

static bool is_factory(const struct endpoint *endpoint, const struct cert *leaf)
{
	const struct device *device = endpoint->device;

	return device->driver && device->driver->factory(device->options, leaf);
}

/* Who signs for himself is his own root, and has to be given to phones as one: told, but no fault. */
static void relax_own(struct findings *findings, size_t from)
{
	for (size_t i = from; i < findings->count; i++)
		if (!strcmp(findings->items[i].id, "P1") &&
		    findings->items[i].severity == SEVERITY_ERROR)
			findings->items[i].severity = SEVERITY_WARNING;
}

/* A device that makes its certificate itself is not asked for the bundle. */
static void judge_own(const struct endpoint *endpoint, const struct served *served,
		      const char *place, struct findings *findings)
{
	char difference[256];

	if (endpoint_compare(endpoint, served, NULL, NULL, difference) == PROOF_OTHER)
		findings_add(findings, "served-own", SEVERITY_ERROR, place,
			     "Deploy: certroll writes down what a person has to enter there.",
			     "the certificate that it made for itself ('%s') %s",
			     chain_leaf(served->chain)->display, difference);
}

static void judge_intended(const struct served *served, const struct chain *intended,
			   const char *place, struct findings *findings)
{
	char difference[256];
	const struct cert *leaf = chain_leaf(served->chain);

	switch (served_prove(served, NULL, intended, difference)) {
	case PROOF_EXACT:
		return;
	case PROOF_PARTIAL:
		findings_add(findings, "served-partial", SEVERITY_ERROR, place,
			     "Deploy the bundle again; if it stays, the box reorders or drops "
			     "certificates.",
			     "serves the bundle's certificate, but not its chain: %s", difference);
		return;
	case PROOF_NONE:
		findings_add(findings, "served-unproved", SEVERITY_ERROR, place, NULL,
			     "shows a chain, but did not prove that it has the key");
		return;
	default:
		findings_add(findings, "served-other", SEVERITY_ERROR, place, "Deploy the bundle.",
			     "serves '%s' (serial %s) instead of the bundle", leaf->display,
			     leaf->serial);
	}
}

void judge_look(const struct site *site, const struct endpoint *endpoint,
		const struct served *served, const struct chain *intended, const char *firmware,
		struct findings *findings)
{
	auto_free char *place =
		text_format("%s %s", endpoint->device->name, endpoint->service->name);
	struct profile profile = site_profile(site, endpoint->device, firmware);
	bool own = device_makes_own(endpoint->device);
	size_t first;

	judge_network(endpoint, place, served, findings);
	if (!served->chain)
		return;
	if (is_factory(endpoint, chain_leaf(served->chain))) {
		findings_add(findings, "factory-cert", SEVERITY_ERROR, place, "Deploy the bundle.",
			     "still serves the certificate it came with ('%s')",
			     chain_leaf(served->chain)->display);
		return;
	}
	if (served->chain->sent > served->chain->count)
		findings_add(findings, "chain-cut", SEVERITY_ERROR, place,
			     "Let it send its own chain alone.",
			     "sends %zu certificates; the first %zu were looked at",
			     served->chain->sent, served->chain->count);
	first = findings->count;
	judge_rules(site, endpoint, served, &profile, place, findings);
	if (own)
		relax_own(findings, first);
	if (endpoint->device->driver && endpoint->device->driver->judge)
		endpoint->device->driver->judge(endpoint->device, chain_leaf(served->chain), place,
						findings);
	if (intended && own)
		judge_own(endpoint, served, place, findings);
	else if (intended)
		judge_intended(served, intended, place, findings);
}
