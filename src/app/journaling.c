#include "certroll/journaling.h"
#include "certroll/archive.h"
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "certroll/lock.h"
#include "certroll/log.h"
#include "certroll/report.h"
#include "certroll/sha256.h"
#include "certroll/way_back.h"
#include "certroll/who.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOCK_EVERY_MS = 250 };

static struct journal_hash inventory_hash(const struct site *site)
{
	struct journal_hash hash = { 0 };

	hash.set = site->inventory && site_digest(site->inventory, hash.bytes) == 0;
	return hash;
}

static struct journal_hash hash_of(const unsigned char bytes[CERT_HASH])
{
	struct journal_hash hash = { .set = true };

	memcpy(hash.bytes, bytes, CERT_HASH);
	return hash;
}

struct journal *journaling_read(const char *state, struct err *err)
{
	auto_free char *folder = site_state(state);

	return journal_exists(folder) ? journal_open(folder, true, err) : NULL;
}

/* Whoever comes unasked, such as a renewal, must not be lost because somebody is at work. */
static struct lock *wait_for_lock(const struct journaling *journaling, int64_t wait_ms,
				  struct err *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_EVERY_MS * 1000000L };
	int64_t deadline = clock_mono_ms() + wait_ms;
	struct lock *lock;

	for (;;) {
		lock = lock_take(journaling->state, journaling->inventory, journaling->command,
				 err);
		if (lock || err->code != ERR_BUSY || clock_mono_ms() >= deadline)
			return lock;
		*err = (struct err){ 0 };
		nanosleep(&pause, NULL);
	}
}

static int open_parts(struct journaling *journaling, int64_t wait_ms, struct err *err)
{
	struct err failure = { 0 };

	journaling->lock = wait_for_lock(journaling, wait_ms, err);
	if (!journaling->lock)
		return -1;
	journaling->journal = journal_open(journaling->state, true, err);
	if (!journaling->journal)
		return -1;
	journaling->latest = journal_latest(journaling->journal, journaling->inventory,
					    &journaling->latest_count, &failure);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : 0;
}

int journaling_open(struct site *site, struct err *err)
{
	struct journaling *journaling = mem_alloc(sizeof *journaling);
	char *path = realpath(site->request->inventory, NULL);
	struct err failure = { 0 };

	site->journaling = journaling;
	journaling->state = site_state(site->request->state);
	journaling->inventory = text_copy(path ? path : site->request->inventory);
	journaling->command = site->request->command;
	journaling->of = site->request->of;
	free(path);
	if (open_parts(journaling, site->request->queue_ms, &failure))
		return err_set(err, failure.code, "%s; nothing was contacted", failure.text);
	return 0;
}

void journaling_close(struct site *site)
{
	struct journaling *journaling = take(site->journaling);

	if (!journaling)
		return;
	journal_devices_free(journaling->latest, journaling->latest_count);
	journal_close(journaling->journal);
	lock_free(journaling->lock); /* last: what the next one reads is complete */
	mem_free(journaling->inventory);
	mem_free(journaling->state);
	mem_free(journaling);
}

static const struct bundle *intended(const struct site *site, const struct result *result)
{
	return result->bundle ? result->bundle : site->bundle;
}

static struct journal_device device_row(const struct site *site, const struct result *result)
{
	const struct bundle *bundle = intended(site, result);
	const struct cert *before = way_back_before(result);
	bool open = result->outcome == OUTCOME_WOULD || result->outcome == OUTCOME_NONE;
	struct journal_device row = {
		.name = result->device->name,
		.driver = result->device->driver->name,
		.before_name = before ? before->display : NULL,
		.outcome = open ? NULL : outcome_name(result->outcome),
		.sentence = open ? NULL : result->sentence,
	};

	if (bundle && bundle->chain && !site->request->trust_only &&
	    !device_makes_own(result->device))
		row.leaf = hash_of(chain_leaf(bundle->chain)->sha256);
	if (before)
		row.before = hash_of(before->sha256);
	if (result->outcome == OUTCOME_UNCHANGED && !site->request->trust_only)
		row.proved = clock_real();
	return row;
}

static struct journal_device *device_rows(const struct site *site)
{
	struct journal_device *rows = mem_alloc((site->count + 1) * sizeof *rows);

	for (size_t i = 0; i < site->count; i++)
		rows[i] = device_row(site, &site->results[i]);
	return rows;
}

/* Where only root may look, as into the folders of certbot, the name as it is. */
static char *absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : text_copy(path);
}

static int write_run(struct site *site, struct err *err)
{
	struct journaling *journaling = site->journaling;
	const struct chain *chain = site->bundle ? site->bundle->chain : NULL;
	const struct cert *leaf = chain ? chain_leaf(chain) : NULL;
	struct who who = who_is_this();
	auto_free struct journal_device *devices = device_rows(site);
	auto_free char *bundle = leaf ? absolute(site->bundle->path) : NULL;
	struct journal_cert certs[CHAIN_MAX_CERTS];
	struct journal_run run = {
		.of = journaling->of,
		.started = clock_real(),
		.command = journaling->command,
		.user = who.user,
		.host = who.host,
		.inventory = journaling->inventory,
		.inventory_sha256 = inventory_hash(site),
		.bundle = bundle,
		.subject = leaf ? leaf->display : NULL,
		.not_after = leaf ? leaf->not_after : 0,
	};

	for (size_t i = 0; chain && i < chain->count; i++)
		certs[i] = (struct journal_cert){ .sha256 = chain->certs[i]->sha256,
						  chain->certs[i]->display };
	if (leaf && !site->request->trust_only) {
		run.leaf = hash_of(leaf->sha256);
		run.chain = hash_of(chain->sha256);
	}
	if (journal_begin(journaling->journal, &run, certs, chain ? chain->count : 0, devices,
			  site->count, err))
		return -1;
	journaling->run = journaling->last = run.id;
	return 0;
}

/* The bundle as it goes to the devices.  Those of a way back are in the archive already. */
static int keep_bundle(struct site *site, struct err *err)
{
	struct bytes bundle, chain;
	char leaf[ARCHIVE_NAME];

	if (!site->bundle || !site->bundle->chain || site->request->no_archive ||
	    site->request->trust_only)
		return 0;
	bundle = bundle_bytes(site->bundle, BUNDLE_PEM_CHAIN_KEY);
	chain = bundle_bytes(site->bundle, BUNDLE_PEM_CHAIN);
	text_hex(chain_leaf(site->bundle->chain)->sha256, CERT_HASH, leaf);
	if (!bundle.len)
		return 0;
	return archive_keep(site->journaling->state, leaf, bundle.data, bundle.len, chain.data,
			    chain.len, err);
}

/* --compromised: neither this key nor one that was marked before may be installed. */
static int refuse_compromised(struct site *site, struct err *err)
{
	const struct cert *leaf =
		site->bundle && site->bundle->chain ? chain_leaf(site->bundle->chain) : NULL;
	struct journal *journal = site->journaling->journal;
	int64_t run = leaf ? journal_compromised(journal, leaf->key_sha256, err) : 0;

	if (run > 0)
		return err_set(
			err, ERR_BUNDLE,
			"run %lld marked the private key of this bundle as compromised; make "
			"a new key and have it signed",
			(long long)run);
	for (size_t i = 0; leaf && site->request->compromised && i < site->count; i++) {
		const struct cert *before = way_back_before(&site->results[i]);

		if (before && memcmp(before->sha256, leaf->sha256, CERT_HASH) &&
		    !memcmp(before->key_sha256, leaf->key_sha256, CERT_HASH))
			return err_set(err, ERR_BUNDLE,
				       "--compromised, but the bundle has the private key that %s "
				       "serves now; make a new key and have it signed",
				       site->results[i].device->name);
	}
	return run < 0 ? -1 : 0;
}

static int mark_compromised(struct site *site, struct err *err)
{
	struct journaling *journaling = site->journaling;

	for (size_t i = 0; site->request->compromised && i < site->count; i++) {
		const struct result *result = &site->results[i];
		const struct cert *before = way_back_before(result);

		if (before && result->outcome == OUTCOME_WOULD &&
		    !result->device->driver->factory(result->device->options, before) &&
		    journal_compromise(journaling->journal, journaling->run, before->key_sha256,
				       before->sha256, clock_real(), err))
			return -1;
	}
	return 0;
}

int journaling_begin(struct site *site, struct err *err)
{
	struct err failure = { 0 };

	if (!site->journaling || site->journaling->run)
		return 0;
	if (refuse_compromised(site, &failure) || keep_bundle(site, &failure) ||
	    write_run(site, &failure) || mark_compromised(site, &failure))
		return err_set(err, failure.code, "%s; nothing was changed", failure.text);
	return 0;
}

/* What happened has happened: say that the journal does not have it, and go on. */
static void note_failure(struct journaling *journaling, const struct err *err)
{
	if (!journaling->incomplete)
		log_error(NULL, "%s; the journal of this run is incomplete", err->text);
	journaling->incomplete = true;
}

bool journaling_change(const struct job *job, enum change_event event, char reason[CHANGE_REASON],
		       void *arg)
{
	struct site *site = arg;
	struct journaling *journaling = site->journaling;
	const char *name = job->device->name;
	struct err err = { 0 };

	if (!journaling || !journaling->run)
		return true;
	if (event != CHANGE_BEGUN) {
		if (journal_change_end(journaling->journal, journaling->run, name,
				       event == CHANGE_ANSWERED, clock_real(), &err))
			note_failure(journaling, &err);
		return true;
	}
	if (journal_change_begin(journaling->journal, journaling->run, name, job_step(job),
				 clock_real(), &err) == 0)
		return true;
	snprintf(reason, CHANGE_REASON, "%.*s", CHANGE_REASON - 1, err.text);
	journaling->incomplete = true;
	return false;
}

bool journaling_flush(char reason[CHANGE_REASON], void *arg)
{
	const struct site *site = arg;
	struct journaling *journaling = site->journaling;
	struct err err = { 0 };

	if (!journaling || !journaling->run || journal_flush(journaling->journal, &err) == 0)
		return true;
	note_failure(journaling, &err);
	snprintf(reason, CHANGE_REASON, "%.*s", CHANGE_REASON - 1, err.text);
	return false;
}

static struct journal_proof proof_row(const struct endpoint *endpoint)
{
	const struct chain *chain = endpoint->after.chain;
	struct journal_proof row = {
		.service = endpoint->service->name,
		.sni = endpoint->sni,
		.port = endpoint->service->port,
		.exact = endpoint->proof == PROOF_EXACT,
	};

	if (chain) {
		row.leaf = hash_of(chain_leaf(chain)->sha256);
		row.chain = hash_of(chain->sha256);
	}
	return row;
}

static int write_proof(struct site *site, const struct result *result, struct err *err)
{
	const struct job *job = result->job;
	const struct cert *before = way_back_before(result);
	auto_free struct journal_proof *rows = mem_alloc((job->endpoint_count + 1) * sizeof *rows);
	struct journal_device device = { .name = job->device->name,
					 .before_name = before ? before->display : NULL };
	size_t count = 0;

	for (size_t i = 0; i < job->endpoint_count; i++)
		if (job->endpoints[i].after.looked)
			rows[count++] = proof_row(&job->endpoints[i]);
	if (before)
		device.before = hash_of(before->sha256);
	if (endpoints_proved(job->endpoints, job->endpoint_count) && !site->request->trust_only)
		device.proved = clock_real();
	return journal_prove(site->journaling->journal, site->journaling->run, &device, rows, count,
			     clock_real(), err);
}

void journaling_progress(const struct job *job, enum engine_event event, void *arg)
{
	struct site *site = arg;
	struct journaling *journaling = site->journaling;
	const struct result result = { .device = job->device,
				       .job = (struct job *)(uintptr_t)job,
				       .endpoints = job->endpoints,
				       .endpoint_count = job->endpoint_count };
	struct err err = { 0 };

	if (event != ENGINE_ENDS || !journaling || !journaling->run || !job->changed)
		return;
	if (write_proof(site, &result, &err))
		note_failure(journaling, &err);
}

int journaling_by_hand(struct site *site, const struct result *result, struct err *err)
{
	struct journaling *journaling = site->journaling;
	struct err failure = { 0 };
	bool begun;

	if (!journaling || !journaling->run)
		return 0;
	begun = journal_change_begin(journaling->journal, journaling->run, result->device->name,
				     "by-hand", clock_real(), &failure) == 0;
	if (journal_flush(journaling->journal, begun ? &failure : NULL) == 0 && begun)
		return 0;
	return err_set(err, failure.code, "%s", failure.text);
}

void journaling_by_hand_proved(struct site *site, const struct result *result)
{
	struct journaling *journaling = site->journaling;
	struct err err = { 0 };
	bool noted;

	if (!journaling || !journaling->run)
		return;
	noted = journal_change_end(journaling->journal, journaling->run, result->device->name, true,
				   clock_real(), &err) == 0 &&
		write_proof(site, result, &err) == 0;
	if (journal_flush(journaling->journal, noted ? &err : NULL) || !noted)
		note_failure(journaling, &err);
}

static const char *run_outcome(const struct site *site)
{
	size_t bad = 0;

	for (size_t i = 0; i < site->count; i++)
		bad += !journaling_is_well(outcome_name(site->results[i].outcome));
	if (site->interrupted)
		return "interrupted";
	return bad ? "incomplete" : "done";
}

void journaling_end(struct site *site)
{
	struct journaling *journaling = site->journaling;
	auto_free struct journal_device *rows = NULL;
	struct err err = { 0 };

	if (!journaling || !journaling->run)
		return;
	rows = mem_alloc((site->count + 1) * sizeof *rows);
	for (size_t i = 0; i < site->count; i++) {
		const struct result *result = &site->results[i];

		rows[i] = (struct journal_device){
			.name = result->device->name,
			.outcome = outcome_name(result->outcome),
			.sentence = result->sentence,
			.proved = journaling_is_well(outcome_name(result->outcome)),
		};
	}
	if (journal_flush(journaling->journal, &err)) /* it must not cost the outcomes */
		note_failure(journaling, &err);
	err = (struct err){ 0 };
	if (journal_end(journaling->journal, journaling->run, rows, site->count, run_outcome(site),
			clock_real(), &err))
		note_failure(journaling, &err);
	journaling->run = 0;
	site->unsaved = site->unsaved || journaling->incomplete;
	if (!strcmp(run_outcome(site), "done"))
		way_back_sweep(journaling->state, journaling->journal, clock_real());
}
