/*
 * The audit: one handshake with every endpoint of the chosen devices, judged as soon as it is over,
 * so that what stays in memory is the verdict.
 */
#include "drift.h"
#include "rollout.h"

/* All endpoints that are looked at, in the order of the inventory. */
struct looks {
	struct site *site;
	const struct chain *intended; /* NULL: none */
	struct look {
		struct result *result;
		struct endpoint *endpoint;
	} * items;
	size_t count;
};

static const struct device *look_device(size_t at, void *arg)
{
	const struct looks *looks = arg;

	return looks->items[at].result->device;
}

static struct job *look_begin(size_t at, void *arg)
{
	struct looks *looks = arg;

	return job_new_look(looks->items[at].endpoint);
}

static void look_end(struct job *job, void *arg)
{
	(void)arg;
	job_free(job);
}

/* Without those of a roll-out alone, and without the room for them: there may be many devices. */
static void make_endpoints(struct result *result)
{
	struct endpoint *made = endpoints_make(result->device, &result->endpoint_count);
	size_t kept = 0;

	for (size_t i = 0; i < result->endpoint_count; i++)
		if (!made[i].after_only)
			made[kept++] = made[i];
	result->endpoints = mem_resize(made, (kept ? kept : 1) * sizeof *made);
	result->endpoint_count = kept;
	result->endpoints_owned = true;
}

static void list_looks(struct looks *looks)
{
	struct site *site = looks->site;

	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		make_endpoints(result);
		for (size_t j = 0; j < result->endpoint_count; j++) {
			looks->items = mem_grow(looks->items, looks->count, sizeof *looks->items);
			looks->items[looks->count++] =
				(struct look){ result, &result->endpoints[j] };
		}
	}
}

static void judge(const struct looks *looks, struct result *result, struct endpoint *endpoint)
{
	const struct served *served = &endpoint->before;

	endpoint->finding_first = result->findings.count;
	if (looks->intended || served->net == NET_CLOSED)
		endpoint_prove(endpoint, served, NULL, looks->intended);
	if (served->looked)
		judge_look(looks->site, endpoint, served, looks->intended, NULL, &result->findings);
	endpoint->finding_count = result->findings.count - endpoint->finding_first;
}

static void conclude_look(struct result *result, bool verify)
{
	size_t seen = 0, unlooked = 0;
	size_t errors = findings_count(&result->findings, SEVERITY_ERROR);

	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct served *served = &result->endpoints[i].before;

		unlooked += !served->looked;
		seen += served->chain != NULL;
	}
	if (unlooked)
		conclude(result, OUTCOME_STOPPED, "stopped before it was looked at");
	else if (!seen && result->endpoint_count)
		conclude(result, OUTCOME_UNREACHABLE, "%s", result->findings.items[0].sentence);
	else if (errors)
		conclude(result, OUTCOME_FAILED, "%zu error%s", errors, errors == 1 ? "" : "s");
	else
		conclude(result, OUTCOME_WELL, verify ? "serves exactly the bundle" : "well");
}

static int look(struct looks *looks, struct err *err)
{
	struct site *site = looks->site;
	struct engine_work work = { .count = looks->count,
				    .device = look_device,
				    .begin = look_begin,
				    .end = look_end,
				    .arg = looks };
	struct err stop = { 0 };
	int status;

	list_looks(looks);
	work.count = looks->count;
	status = engine_work(site->engine, &work, &stop);
	site->interrupted = status && stop.code == ERR_INTERRUPT;
	engine_free(take(site->engine));
	if (!status || site->interrupted)
		return 0;
	*err = stop;
	return -1;
}

int audit_run(struct site *site, bool verify, struct err *err)
{
	struct looks looks = { .site = site,
			       .intended = site->bundle ? site->bundle->chain : NULL };
	int status = look(&looks, err);

	for (size_t i = 0; i < looks.count && !status; i++)
		judge(&looks, looks.items[i].result, looks.items[i].endpoint);
	mem_free(looks.items);
	if (status)
		return -1;
	for (size_t i = 0; i < site->count; i++)
		conclude_look(&site->results[i], verify);
	if (site->bundle)
		drift_find(site);
	return 0;
}
