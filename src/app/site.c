#include "certroll/site.h"
#include "certroll/audit_log.h"
#include "certroll/bundling.h"
#include "certroll/clock.h"
#include "certroll/doc.h"
#include "certroll/driver.h"
#include "certroll/executor.h"
#include "certroll/exit.h"
#include "certroll/journaling.h"
#include "certroll/sha256.h"
#include "hand.h"
#include "permits.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_DRIVERS = 64 };

static const char *const *driver_names(void)
{
	static const char *names[MAX_DRIVERS + 1];
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count && i < MAX_DRIVERS; i++)
		names[i] = drivers[i]->name;
	return names;
}

static int load_inventory(struct site *site, struct err *err)
{
	const struct driver_table drivers = { driver_find, driver_names(), driver_refusal };
	const char *path = site->request->inventory;

	if (!path)
		return err_set(err, ERR_USAGE,
			       "no inventory; give one with -i FILE ('certroll init' "
			       "writes a first one)");
	site->inventory = inventory_load(path, &drivers, &site->findings);
	if (!site->inventory)
		return err_set(err, ERR_CONFIG, "the inventory %s cannot be used", path);
	site->chosen = mem_alloc(site->inventory->count * sizeof *site->chosen);
	if (inventory_limit(site->inventory, site->request->limit, site->chosen, err) < 0)
		return -1;
	return 0;
}

static int add_notifiers(struct site *site, struct err *err)
{
	const struct site_request *request = site->request;

	for (size_t i = 0; i < request->notify_count; i++)
		if (notifiers_add(&site->notifiers, request->notify[i], request->notify_key, err))
			return -1;
	return 0;
}

/* Before anything secret is read (executor.h), and where something may have to be run. */
static int start_executor(const struct site *site, unsigned needs, struct err *err)
{
	bool told = site->notifiers.count || (site->inventory && site->inventory->notify.count);

	if (!(needs & SITE_NETWORK) || !(told || needs & SITE_SECRETS))
		return 0;
	permits_give(site);
	return executor_start(err);
}

static struct bundle *bundle_of_lineage(struct site *site, struct bundling *bundling,
					struct err *err)
{
	const struct site_request *request = site->request;
	const struct bundling_request parts = {
		.lineage = request->lineage,
		.ca_file = request->ca_file,
	};
	bool failed = bundling_run(bundling, &parts, err) != 0;
	bool open = findings_find(&bundling->findings, "bundle-open") != NULL;
	auto_secret pem = { 0 };
	struct bundle *bundle;

	findings_append(&site->findings, &bundling->findings);
	if (failed || assembly_pem(&bundling->assembly, &pem, err))
		return NULL;
	bundle = bundle_parse(&pem, request->bundle, site->chains, &site->findings, err);
	if (bundle)
		bundle->open = open;
	return bundle;
}

/* Put together from what was read before; judged like a file. */
static struct bundle *assemble_bundle(struct site *site, struct err *err)
{
	struct bundling bundling = { 0 };
	struct bundle *bundle = bundle_of_lineage(site, &bundling, err);

	bundling_free(&bundling);
	return bundle;
}

static int load_bundle(struct site *site, struct err *err)
{
	const struct site_request *request = site->request;

	site->anchors = anchors_load(request->ca_file, true, err);
	if (!site->anchors)
		return -1;
	site->chains = chains_new(site->anchors, site->now);
	if (!request->bundle)
		return 0;
	site->bundle = request->lineage
			       ? assemble_bundle(site, err)
			       : bundle_load(request->bundle, site->chains, &site->findings, err);
	return site->bundle ? 0 : -1;
}

int site_digest(const struct inventory *inventory, unsigned char out[CERT_HASH])
{
	size_t count = inventory->files.count;
	auto_free unsigned char *all = mem_alloc(count * CERT_HASH);

	for (size_t i = 0; i < count; i++) {
		auto_secret text = {
			0
		}; /* not for secrets: but it reads whole files, up to a limit */

		if (secret_load(&text, inventory->files.items[i], DOC_MAX_BYTES, NULL, NULL))
			return -1;
		sha256(text.bytes, text.len, all + i * CERT_HASH);
	}
	if (count == 1)
		memcpy(out, all, CERT_HASH);
	else
		sha256(all, count * CERT_HASH, out);
	return 0;
}

char *site_state(const char *folder)
{
	const char *state = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (folder)
		return text_copy(folder);
	if (state && *state)
		return text_copy(state);
	if (xdg && *xdg)
		return text_format("%s/certroll", xdg);
	return text_format("%s/.local/state/certroll", home ? home : "");
}

static struct detour detour_of(const struct device *device, uint16_t port, void *arg)
{
	const struct site *site = arg;

	return rehearsal_detour(site->rehearsal, device, port);
}

static int start_engine(struct site *site, unsigned per_address, struct err *err)
{
	const struct site_request *request = site->request;
	struct engine_config config = {
		.jobs = (unsigned)request->jobs,
		.devices = site->count,
		.per_address = per_address,
		.per_site = (unsigned)request->per_site,
		.connect_ms = (int)request->timeout_ms,
		.exchange_ms = (int)request->timeout_ms,
		.job_ms = (int)request->time_limit_ms,
		.chains = site->chains,
		.identity = identity_judge,
		.detour = site->rehearsal ? detour_of : NULL,
		.progress = journaling_progress,
		.change = journaling_change,
		.flush = journaling_flush,
		.arg = site,
	};

	site->engine = engine_new(&config, err);
	return site->engine ? 0 : -1;
}

static int load_network(struct site *site, unsigned needs, struct err *err)
{
	auto_free char *state = site_state(site->request->state);
	auto_free char *path = text_format("%s/pins", state);

	if (needs & SITE_PINS)
		site->pins = pins_load(path, err);
	if (needs & SITE_PINS && !site->pins)
		return -1;
	if (needs & SITE_SECRETS && secrets_resolve(site->inventory, site->chosen, err))
		return -1;
	return start_engine(site, needs & SITE_SECRETS ? 1 : 4, err);
}

static void make_results(struct site *site)
{
	size_t count = site->inventory ? site->inventory->count : 0;

	site->results = mem_alloc((count + 1) * sizeof *site->results);
	for (size_t i = 0; i < count; i++)
		if (site->chosen[i])
			site->results[site->count++] =
				(struct result){ .device = &site->inventory->devices[i] };
}

int site_load(struct site *site, const struct site_request *request, unsigned needs,
	      struct err *err)
{
	*site = (struct site){ .request = request,
			       .now = clock_wall(),
			       .order = { .no_canary = request->no_canary } };
	if (order_parse(&site->order, request->serial, request->max_fail, err))
		return -1;
	if (add_notifiers(site, err) || (needs & SITE_INVENTORY && load_inventory(site, err)))
		return -1;
	if (start_executor(site, needs, err) || site_load_policy(site, err))
		return -1;
	if (needs & SITE_BUNDLE && !request->bundle)
		return err_set(err, ERR_USAGE,
			       "no bundle; name the PEM file with certificate, chain and "
			       "key");
	if (load_bundle(site, err))
		return -1;
	make_results(site);
	if (needs & SITE_BUNDLE && needs & SITE_SECRETS && hand_check(site, err))
		return -1;
	if (needs & SITE_JOURNAL && journaling_open(site, err))
		return -1;
	if (request->target_count && site_add_targets(site, err))
		return -1;
	return needs & SITE_NETWORK ? load_network(site, needs, err) : 0;
}

int site_rehearse(struct site *site, const char *const *faults, size_t fault_count, struct err *err)
{
	secrets_invent(site->inventory, site->chosen);
	site->pins = pins_load(NULL, err);
	site->rehearsal = rehearsal_start(site->inventory, site->chosen, faults, fault_count, err);
	if (!site->pins || !site->rehearsal)
		return -1;
	for (size_t i = 0; i < site->inventory->count; i++) {
		struct device *device = &site->inventory->devices[i];

		device->trust = TRUST_PIN;
		if (site->chosen[i])
			identity_know(site, device, rehearsal_key(site->rehearsal));
	}
	return start_engine(site, 1, err);
}

static void free_results(struct site *site)
{
	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];

		job_free(result->job);
		mem_free(result->sentence);
		findings_free(&result->findings);
		findings_free(&result->warnings);
		if (result->endpoints_owned)
			endpoints_free(result->endpoints, result->endpoint_count);
	}
	mem_free(site->results);
	site->results = NULL;
	site->count = 0;
}

int site_reconnect(struct site *site, struct err *err)
{
	engine_free(take(site->engine));
	return start_engine(site, 1, err);
}

void site_disconnect(struct site *site)
{
	engine_free(take(site->engine));
}

int site_restart(struct site *site, struct err *err)
{
	engine_free(take(site->engine)); /* before the jobs */
	free_results(site);
	make_results(site);
	return site_reconnect(site, err);
}

void site_free(struct site *site)
{
	engine_free(site->engine);
	audit_log_free(site->log); /* borrows from the results */
	free_results(site);
	rehearsal_stop(site->rehearsal);
	bundle_free(site->bundle);
	while (site->earlier_count)
		bundle_free(site->earlier[--site->earlier_count]);
	mem_free(site->earlier);
	journaling_close(site);
	chains_free(site->chains);
	anchors_free(site->anchors);
	pins_free(site->pins);
	notifiers_free(&site->notifiers);
	executor_stop();
	inventory_free(site->inventory);
	mem_free(site->chosen);
	mem_free(site->adjustments.items);
	site_free_targets(site);
	findings_free(&site->findings);
}

static void judge_for(struct site *site, const struct device *device)
{
	size_t count = device ? device->all_names.count : 0;
	auto_free struct wanted_name *names = mem_alloc((count + 1) * sizeof *names);
	struct profile profile = site_profile(site, device, NULL);
	struct judgement judgement = { .profile = &profile,
				       .now = site->now,
				       .root_kind = site->request->root_kind,
				       .names = names,
				       .name_count = count,
				       .adjustments = &site->adjustments };
	auto_findings findings = { 0 };

	site_set_life(site, device, &judgement);
	for (size_t i = 0; i < count; i++)
		names[i] = (struct wanted_name){ device->all_names.items[i], device->name };
	if (site->request->keyless)
		rules_judge_served(site->bundle->chain, &judgement, site->bundle->path, &findings);
	else
		rules_judge_bundle(site->bundle, &judgement, &findings);
	findings_merge(&site->findings, &findings);
}

void site_judge_bundle(struct site *site)
{
	for (size_t i = 0; i < site->count; i++) {
		const struct device *device = site->results[i].device;

		if (device->state == DEVICE_HOLD)
			continue;
		if (!device_makes_own(device))
			judge_for(site, device);
	}
	if (!site->count)
		judge_for(site, NULL);
}

/* Proved, and yet not as it should be: unsaved, for one. */
static bool left_undone(const struct result *result)
{
	return result->job && findings_worst(&result->job->notes) == SEVERITY_ERROR;
}

int site_exit_status(const struct site *site)
{
	size_t failed = 0, unreachable = 0, stopped = site->interrupted, later = 0;

	for (size_t i = 0; i < site->count; i++) {
		enum outcome outcome = site->results[i].outcome;

		failed += outcome == OUTCOME_FAILED || outcome == OUTCOME_RESET ||
			  outcome == OUTCOME_NOT_BEGUN || outcome == OUTCOME_REVERTED ||
			  left_undone(&site->results[i]);
		later += site->results[i].later || outcome == OUTCOME_DUE;
		unreachable += outcome == OUTCOME_UNREACHABLE;
		stopped += outcome == OUTCOME_STOPPED;
	}
	if (stopped)
		return EXIT_INTERRUPTED;
	if (failed || site->unsaved)
		return EXIT_FINDINGS;
	return unreachable ? EXIT_UNREACHABLE : later ? EXIT_TRY_AGAIN : EXIT_WELL;
}
