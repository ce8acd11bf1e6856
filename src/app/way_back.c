#include "certroll/way_back.h"
#include "certroll/archive.h"
#include "certroll/audits.h"
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "rollout.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 86400, WHY = 300 };

const struct cert *way_back_before(const struct result *result)
{
	const struct cert *first = NULL;

	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct chain *chain = result->endpoints[i].before.chain;
		const struct chain *wanted =
			result->job && result->job->bundle ? result->job->bundle->chain : NULL;

		if (!chain)
			continue;
		if (!wanted ||
		    memcmp(chain_leaf(chain)->sha256, chain_leaf(wanted)->sha256, CERT_HASH))
			return chain_leaf(chain);
		first = first ? first : chain_leaf(chain);
	}
	return first;
}

/* Of the archive, and the one that it should be; loaded once for all devices. */
static struct bundle *load_earlier(struct site *site, const unsigned char *leaf, const char *path)
{
	auto_findings findings = { 0 };
	struct bundle *bundle;

	for (size_t i = 0; i < site->earlier_count; i++)
		if (!memcmp(chain_leaf(site->earlier[i]->chain)->sha256, leaf, CERT_HASH))
			return site->earlier[i];
	bundle = bundle_load(path, site->chains, &findings, NULL);
	if (!bundle || !bundle->chain || !bundle->key_matches ||
	    memcmp(chain_leaf(bundle->chain)->sha256, leaf, CERT_HASH)) {
		bundle_free(bundle);
		return NULL;
	}
	site->earlier = mem_grow(site->earlier, site->earlier_count, sizeof(struct bundle *));
	site->earlier[site->earlier_count++] = bundle;
	return bundle;
}

/* What journal_compromised() gave, and why that is no way back; what cannot be told is none either. */
static bool refuse_marked(int64_t run, const struct err *err, char why[WHY])
{
	if (run > 0)
		snprintf(why, WHY, "the private key of the bundle before is marked as compromised");
	else if (run < 0)
		snprintf(why, WHY, "%.*s", WHY - 1, err->text);
	return run != 0;
}

/* The bundle with this leaf, or NULL and why it cannot be the way back. */
static const struct bundle *earlier_bundle(struct site *site, const unsigned char *leaf,
					   char why[WHY])
{
	char hex[ARCHIVE_NAME], when[32];
	auto_free char *path = NULL;
	struct journal *journal = site->journaling->journal;
	struct bundle *bundle;
	const struct cert *cert;
	struct err err = { 0 };

	text_hex(leaf, CERT_HASH, hex);
	path = archive_bundle(site->journaling->state, hex);
	if (refuse_marked(journal_compromised_leaf(journal, leaf, &err), &err, why))
		return NULL;
	if (!archive_holds(site->journaling->state, hex)) {
		snprintf(why, WHY, "the archive has no bundle of the certificate before (%.16s...)",
			 hex);
		return NULL;
	}
	bundle = load_earlier(site, leaf, path);
	if (!bundle) {
		snprintf(why, WHY, "%.200s is not the bundle that was archived", path);
		return NULL;
	}
	cert = chain_leaf(bundle->chain);
	if (refuse_marked(journal_compromised(journal, cert->key_sha256, &err), &err, why))
		return NULL;
	if (cert->not_after > site->now)
		return bundle;
	snprintf(why, WHY, "the bundle before expired on %s", text_time(cert->not_after, when));
	return NULL;
}

/* A dry run has no journal open, and asks none: the run itself will refuse. */
static bool is_marked(const struct site *site, const struct cert *before)
{
	return site->journaling &&
	       journal_compromised(site->journaling->journal, before->key_sha256, NULL);
}

enum way_back way_back_kind(const struct site *site, const struct result *result)
{
	const struct cert *before = way_back_before(result);
	char hex[ARCHIVE_NAME];

	if (before && !site->rehearsal && before->not_after > site->now) {
		auto_free char *state = site_state(site->request->state);

		text_hex(before->sha256, CERT_HASH, hex);
		if (archive_holds(state, hex) && !is_marked(site, before))
			return WAY_BACK_ARCHIVE;
	}
	return result->device->driver->clear ? WAY_BACK_CLEAR : WAY_BACK_NONE;
}

const char *way_back_words(enum way_back way)
{
	static const char *const words[] = { "previous bundle in the archive", "clear to factory",
					     "none" };

	return words[way];
}

struct changed {
	const struct journal_device *rows;
	size_t count;
};

/* The first row of a device in which it was changed: what it served before that. */
static const struct journal_device *first_change(const struct changed *changed,
						 const struct device *device)
{
	for (size_t i = 0; i < changed->count; i++)
		if (changed->rows[i].changes && !strcmp(changed->rows[i].name, device->name))
			return &changed->rows[i];
	return NULL;
}

static int64_t last_run(const struct changed *changed, const struct device *device)
{
	int64_t run = 0;

	for (size_t i = 0; i < changed->count; i++)
		if (!strcmp(changed->rows[i].name, device->name))
			run = changed->rows[i].run;
	return run;
}

static bool was_changed(const struct device *device, const void *arg)
{
	return first_change(arg, device) != NULL;
}

static void choose_one(struct site *site, const struct changed *changed, struct result *result)
{
	const struct journal_device *row = first_change(changed, result->device);
	struct err err = { 0 };
	int64_t later = journal_last_change(site->journaling->journal, site->journaling->inventory,
					    result->device->name, &err);
	char why[WHY] = "it is not known what it served before";

	if (later < 0) {
		conclude(result, OUTCOME_FAILED, "%s", err.text);
		return;
	}
	if (later > last_run(changed, result->device)) {
		conclude(result, OUTCOME_FAILED,
			 "run %lld has changed it since; roll that one back first",
			 (long long)later);
		return;
	}
	if (row->before.set)
		result->bundle = earlier_bundle(site, row->before.bytes, why);
	if (result->bundle)
		return;
	result->to_factory = site->request->clear && result->device->driver->clear;
	conclude(result, OUTCOME_FAILED, "no way back: %s%s", why,
		 result->device->driver->clear ? "; --clear puts it back to its factory certificate"
					       : ", and its driver cannot clear");
}

/* A short life is no reason against a way back: only the end of it (rule V4 of every profile). */
static void relax(struct site *site)
{
	size_t count;
	const struct rule *rule = rules_table(&count);
	struct adjustments *adjustments = &site->adjustments;

	while (strcmp(rule->id, "V4"))
		rule++;
	for (int column = 0; column < PROFILE_COLUMNS; column++) {
		adjustments->items = mem_grow(adjustments->items, adjustments->count,
					      sizeof *adjustments->items);
		adjustments->items[adjustments->count++] =
			(struct adjustment){ .rule = rule,
					     .column = (enum profile_column)column,
					     .severity = SEVERITY_WARNING };
	}
}

int way_back_choose(struct site *site, int64_t run, struct err *err)
{
	struct err failure = { 0 };
	struct changed changed = { 0 };
	struct journal_device *rows =
		journal_devices(site->journaling->journal, run, &changed.count, &failure);
	size_t left;

	changed.rows = rows;
	left = journaling_keep(site, was_changed, &changed);
	for (size_t i = 0; i < site->count; i++)
		choose_one(site, &changed, &site->results[i]);
	journal_devices_free(rows, changed.count);
	if (failure.code) {
		*err = failure;
		return -1;
	}
	relax(site);
	if (left)
		return 0;
	return err_set(err, ERR_USAGE,
		       "run %lld changed none of the chosen devices; 'certroll history' lists what "
		       "was done",
		       (long long)run);
}

/* What is cleared waits with this outcome for its turn. */
static void set_factory(struct site *site, enum outcome outcome, const char *sentence)
{
	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].to_factory)
			conclude(&site->results[i], outcome, "%s", sentence);
}

void way_back_plan(struct site *site)
{
	set_factory(site, OUTCOME_WOULD, "back to its factory certificate (no earlier bundle)");
}

static int run_both(struct site *site, struct err *err)
{
	if (journaling_begin(site, err) || rollout_run(site, err))
		return -1;
	if (site->interrupted)
		return 0;
	set_factory(site, OUTCOME_NONE, "");
	return rollout_clear(site, err);
}

int way_back_run(struct site *site, struct err *err)
{
	sigset_t before;
	int status;

	set_factory(site, OUTCOME_STOPPED, "stopped before it began");
	signals_hold(&before);
	status = run_both(site, err);
	journaling_end(site);
	site->interrupted = signals_wait(0) || site->interrupted;
	signals_release(&before);
	return status;
}

static bool has_failed(const struct result *result)
{
	return result->outcome == OUTCOME_FAILED && result->job && result->job->changed;
}

/* The failed devices that have a way back, as a site of their own with the same parts. */
static struct site split_failed(struct site *site, size_t *origin)
{
	struct site back = *site;
	char why[WHY];

	back.results = mem_alloc((site->count + 1) * sizeof *back.results);
	back.count = 0;
	back.bundle = NULL;
	for (size_t i = 0; i < site->count; i++) {
		struct result *result = &site->results[i];
		const struct cert *before = has_failed(result) ? way_back_before(result) : NULL;

		if (!before)
			continue;
		result->bundle = earlier_bundle(site, before->sha256, why);
		if (!result->bundle) {
			conclude(result, result->outcome, "%s; no way back: %s", result->sentence,
				 why);
			continue;
		}
		origin[back.count] = i;
		back.results[back.count++] =
			(struct result){ .device = result->device, .bundle = result->bundle };
	}
	back.earlier = site->earlier;
	back.earlier_count = site->earlier_count;
	return back;
}

/* The device is told by where it ended; that the new bundle failed stays the result. */
static void merge(struct result *result, struct result *back)
{
	bool well = back->outcome == OUTCOME_CHANGED || back->outcome == OUTCOME_UNCHANGED;

	job_free(result->job);
	result->job = back->job;
	result->endpoints = back->endpoints;
	result->endpoint_count = back->endpoint_count;
	conclude(result, OUTCOME_FAILED, "%s: %s; the new one: %s",
		 well ? "back on the bundle before" : "the way back failed",
		 back->sentence ? back->sentence : "not begun", result->sentence);
	mem_free(back->sentence);
	findings_free(&back->findings);
	findings_free(&back->warnings);
}

static int roll_back(struct site *back, struct err *err)
{
	return site_reconnect(back, err) || rollout_look(back, err) ||
	       journaling_begin(back, err) || rollout_run(back, err);
}

int way_back_failed(struct site *site, struct err *err)
{
	auto_free size_t *origin = mem_alloc((site->count + 1) * sizeof *origin);
	struct site back;
	int status;

	if (!site->journaling || site->interrupted)
		return 0;
	relax(site);
	back = split_failed(site, origin);
	if (!back.count) {
		mem_free(back.results);
		return 0;
	}
	log_warn(NULL, "%zu device%s failed and go back to the bundle before", back.count,
		 back.count == 1 ? "" : "s");
	site->journaling->command = "rollback";
	site->journaling->of = site->journaling->last;
	site->engine = NULL; /* the new one belongs to the other site */
	status = roll_back(&back, err);
	journaling_end(&back);
	engine_free(back.engine);
	for (size_t i = 0; i < back.count; i++)
		merge(&site->results[origin[i]], &back.results[i]);
	site->interrupted = back.interrupted;
	site->unsaved = site->unsaved || back.unsaved;
	mem_free(back.results);
	return status;
}

/* When the certificate in the archive ends; 0: that cannot be told. */
static int64_t expiry(const char *state, const char *leaf)
{
	auto_free char *path = archive_chain(state, leaf);
	struct anchors *anchors = anchors_load(NULL, false, NULL);
	struct chains *chains = anchors ? chains_new(anchors, 0) : NULL;
	auto_findings findings = { 0 };
	struct bundle *bundle = chains ? bundle_load(path, chains, &findings, NULL) : NULL;
	int64_t not_after = bundle && bundle->chain ? chain_leaf(bundle->chain)->not_after : 0;

	bundle_free(bundle);
	chains_free(chains);
	anchors_free(anchors);
	return not_after;
}

static bool parse_hex(const char *hex, unsigned char out[CERT_HASH])
{
	for (size_t i = 0; i < CERT_HASH; i++) {
		unsigned value;

		if (sscanf(hex + 2 * i, "%2x", &value) != 1)
			return false;
		out[i] = (unsigned char)value;
	}
	return true;
}

static bool is_spent(const char *state, struct journal *journal, const char *leaf, int64_t now)
{
	unsigned char bytes[CERT_HASH];
	int64_t not_after = expiry(state, leaf), since;

	if (not_after && not_after <= now)
		return true;
	if (!parse_hex(leaf, bytes))
		return false;
	since = journal_superseded(journal, bytes, NULL);
	if (since > 0 && journal_compromised_leaf(journal, bytes, NULL) > 0)
		return true;
	return since > 0 && now - since >= (int64_t)WAY_BACK_DAYS * DAY;
}

int way_back_trim(const char *state, struct journal *journal, int64_t before, struct err *err)
{
	size_t count, usable = 0;
	auto_free char *folder = text_format("%s/archive", state);
	auto_free archive_name *names = archive_list(state, &count);
	auto_free unsigned char(*leaves)[CERT_HASH] = mem_alloc((count + 1) * sizeof *leaves);

	for (size_t i = 0; i < count; i++)
		usable += parse_hex(names[i], leaves[usable]);
	if (access(folder, R_OK | X_OK) && errno == EACCES)
		return 0; /* the unit of the audit must not see keys: who may see them forgets */
	return journal_trim(journal, before, leaves, usable, err);
}

void way_back_sweep(const char *state, struct journal *journal, int64_t now)
{
	size_t count;
	archive_name *leaves = archive_list(state, &count);
	struct err err = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!is_spent(state, journal, leaves[i], now))
			continue;
		if (archive_wipe(state, leaves[i], &err))
			log_error(NULL, "%s", err.text);
		else
			log_info(NULL, "wiped from the archive: %.16s...", leaves[i]);
	}
	if (way_back_trim(state, journal, 0, &err))
		log_warn(NULL, "%s", err.text);
	mem_free(leaves);
}

void way_back_tidy(const char *folder)
{
	auto_free char *state = site_state(folder);
	struct journal *journal = NULL;
	size_t count;
	archive_name *leaves = archive_list(state, &count);

	mem_free(leaves);
	if (count && journal_exists(state))
		journal = journal_open(state, false, NULL);
	if (journal)
		way_back_sweep(state, journal, clock_real());
	journal_close(journal);
}
