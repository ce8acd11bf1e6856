#include "certroll/audit_log.h"
#include "certroll/clock.h"
#include "certroll/journaling.h"
#include "certroll/log.h"
#include "certroll/way_back.h"
#include "changes.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct journal_hash hash_of(const unsigned char bytes[CERT_HASH])
{
	struct journal_hash hash = { .set = true };

	memcpy(hash.bytes, bytes, CERT_HASH);
	return hash;
}

static struct sighting see(const struct result *result, const struct endpoint *endpoint)
{
	const struct chain *chain = endpoint->before.chain;
	const struct cert *leaf = chain ? chain_leaf(chain) : NULL;
	struct sighting seen = {
		.device = result->device->name,
		.service = endpoint->service->name,
		.port = endpoint->service->port,
		.name = endpoint->sni,
		.looked = endpoint->before.looked,
		.findings = changes_findings(result->findings.items + endpoint->finding_first,
					     endpoint->finding_count),
		.subject = leaf ? leaf->display : "",
		.not_after = leaf ? leaf->not_after : 0,
	};

	if (leaf)
		seen.leaf = hash_of(leaf->sha256);
	if (chain)
		seen.chain = hash_of(chain->sha256);
	return seen;
}

static void see_all(const struct site *site, struct audit_log *log)
{
	log->first = mem_alloc((site->count + 1) * sizeof *log->first);
	for (size_t i = 0; i < site->count; i++) {
		log->first[i] = log->count;
		log->count += site->results[i].endpoint_count;
	}
	log->seen = mem_alloc((log->count + 1) * sizeof *log->seen);
	log->endpoints = mem_alloc((log->count + 1) * sizeof *log->endpoints);
	for (size_t i = 0; i < site->count; i++)
		for (size_t j = 0; j < site->results[i].endpoint_count; j++) {
			const struct result *result = &site->results[i];
			size_t at = log->first[i] + j;

			log->seen[at] = see(result, &result->endpoints[j]);
			log->endpoints[at] = (struct audit_change){
				.result = result,
				.endpoint = &result->endpoints[j],
				.device = log->seen[at].device,
				.service = log->seen[at].service,
				.name = log->seen[at].name,
				.looked = log->seen[at].looked,
			};
		}
}

/* The present sightings, and for a silent endpoint the last one of a chain behind its own. */
struct memory {
	struct sighting *known;
	size_t count;
};

/* What is known of this inventory, and when it was seen last. */
static int recall(struct audit_log *log, struct memory *memory, struct journal *journal,
		  struct err *err)
{
	struct err failure = { 0 };
	size_t count;
	struct audit *audits = audits_list(journal, log->inventory, 1, &count, &failure);

	log->before = count ? audits[0].started : 0;
	audits_free(audits, count);
	if (!failure.code)
		memory->known =
			sightings_present(journal, log->inventory, &memory->count, &failure);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : 0;
}

static int by_order(const void *a, const void *b)
{
	return sightings_order(a, b);
}

/* The present sighting of an endpoint; NULL: it is new. */
static struct sighting *find_known(const struct memory *memory, const struct sighting *seen)
{
	struct sighting *known = memory->count ? bsearch(seen, memory->known, memory->count,
							 sizeof *memory->known, by_order)
					       : NULL;

	return known && known->until ? known - 1 : known;
}

/* The one that follows it: the last that showed a chain. */
static const struct sighting *last_chain(const struct memory *memory, const struct sighting *known)
{
	const struct sighting *after = known ? known + 1 : NULL;

	return after && after < memory->known + memory->count && after->until ? after : NULL;
}

static void add_vanished(struct audit_log *log, const struct sighting *known)
{
	char *sentence = known->leaf.set ? text_format("is no longer in the inventory; served '%s'",
						       known->subject)
					 : text_copy("is no longer in the inventory");

	log->vanished = mem_grow(log->vanished, log->vanished_count, sizeof *log->vanished);
	log->vanished[log->vanished_count++] = (struct audit_change){
		.device = text_copy(known->device),
		.service = text_copy(known->service),
		.name = text_copy(known->name),
		.looked = true,
		.what = CHANGED_VANISHED,
		.worse = true,
		.came = "",
		.went = "",
		.sentence = sentence,
	};
}

/*
 * Without a bundle nobody asked whether it is served: as long as the same is served, the answer of an
 * audit with one holds.
 */
static void carry_over(const struct sighting *known, struct sighting *seen)
{
	bool same = known->leaf.set && seen->leaf.set && known->chain.set && seen->chain.set &&
		    !memcmp(known->chain.bytes, seen->chain.bytes, JOURNAL_HASH);
	char *merged = same ? changes_carry(known->findings, seen->findings, "served-") : NULL;

	if (!merged)
		return;
	mem_free((void *)(uintptr_t)seen->findings);
	seen->findings = merged;
}

/* An endpoint that is compared is found no more: what is left has vanished. */
static void compare(const struct site *site, struct audit_log *log, const struct memory *memory)
{
	auto_free bool *met = mem_alloc(memory->count + 1);

	for (size_t i = 0; i < log->count; i++) {
		struct audit_change *change = &log->endpoints[i];
		const struct sighting *known = find_known(memory, &log->seen[i]);

		if (known)
			met[known - memory->known] = true;
		if (!change->looked)
			continue;
		if (known && !site->bundle)
			carry_over(known, &log->seen[i]);
		changes_compare(change, known, last_chain(memory, known), &log->seen[i]);
		log->changed += change->what != 0;
		if (change->what)
			change->since = site->now;
	}
	for (size_t i = 0; i < memory->count && !site->request->limit; i++)
		if (!met[i] && !memory->known[i].until)
			add_vanished(log, &memory->known[i]);
	log->changed += log->vanished_count;
}

static void say_useless(struct audit_log *log, const struct err *err)
{
	log_warn(NULL, "%s; this audit is compared with none before, and not noted", err->text);
	log->useless = true;
}

void audit_log_compare(struct site *site)
{
	struct audit_log *log;
	struct journal *journal;
	struct memory memory = { 0 };
	struct err err = { 0 };
	char *path;

	if (!site->inventory)
		return;
	path = realpath(site->request->inventory, NULL);
	site->log = log = mem_alloc(sizeof *log);
	log->inventory = text_copy(path ? path : site->request->inventory);
	free(path);
	see_all(site, log);
	journal = journaling_read(site->request->state, &err);
	if (err.code || (journal && recall(log, &memory, journal, &err)))
		say_useless(log, &err);
	else if (log->before)
		compare(site, log, &memory);
	sightings_free(memory.known, memory.count);
	journal_close(journal);
}

static void count_one(struct audit *audit, const struct sighting *seen)
{
	enum severity worst = changes_worst(seen->findings);

	if (!seen->looked)
		audit->unlooked++;
	else if (!seen->leaf.set)
		audit->unreachable++;
	else if (worst == SEVERITY_ERROR)
		audit->errors++;
	else if (worst == SEVERITY_WARNING)
		audit->warnings++;
	else
		audit->well++;
}

static int write_down(const struct site *site, struct journal *journal, int64_t keep_ms,
		      const char *state, struct err *err)
{
	const struct audit_log *log = site->log;
	int64_t keep = keep_ms ? keep_ms / 1000 : (int64_t)AUDITS_KEEP_DAYS * 86400;
	struct audit audit = {
		.started = site->now,
		.ended = clock_real(),
		.inventory = log->inventory,
		.limit = site->request->limit,
		.changed = (int64_t)log->changed,
		.status = site_exit_status(site),
	};

	for (size_t i = 0; i < log->count; i++)
		count_one(&audit, &log->seen[i]);
	if (audits_note(journal, &audit, log->seen, log->count, !site->request->limit, err))
		return -1;
	if (way_back_trim(state, journal, audit.ended - keep, err))
		log_warn(NULL, "%s; nothing old was forgotten", err->text);
	return 0;
}

void audit_log_keep(struct site *site, int64_t keep_ms)
{
	auto_free char *state = site_state(site->request->state);
	struct journal *journal;
	struct err err = { 0 };

	if (!site->log || site->log->useless)
		return;
	journal = journal_open(state, true, &err);
	if (!journal || write_down(site, journal, keep_ms, state, &err))
		log_warn(NULL, "%s; this audit is not noted", err.text);
	journal_close(journal);
}

static void free_vanished(struct audit_change *gone)
{
	mem_free((void *)(uintptr_t)gone->device);
	mem_free((void *)(uintptr_t)gone->service);
	mem_free((void *)(uintptr_t)gone->name);
	changes_free(gone);
}

void audit_log_free(struct audit_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->count; i++) {
		changes_free(&log->endpoints[i]);
		mem_free((void *)(uintptr_t)log->seen[i].findings);
	}
	for (size_t i = 0; i < log->vanished_count; i++)
		free_vanished(&log->vanished[i]);
	mem_free(log->endpoints);
	mem_free(log->vanished);
	mem_free(log->seen);
	mem_free(log->first);
	mem_free(log->inventory);
	mem_free(log);
}

const struct audit_change *audit_log_of(const struct site *site, const struct result *result,
					const struct endpoint *endpoint)
{
	const struct audit_log *log = site->log;

	if (!log || !log->before || !endpoint)
		return NULL;
	return &log->endpoints[log->first[result - site->results] +
			       (size_t)(endpoint - result->endpoints)];
}

const struct audit_change **audit_changes(const struct site *site, size_t *count)
{
	const struct audit_log *log = site->log;
	const struct audit_change **list;

	*count = 0;
	if (!log || !log->changed)
		return NULL;
	list = mem_alloc(log->changed * sizeof *list);
	for (size_t i = 0; i < log->count; i++)
		if (log->endpoints[i].what)
			list[(*count)++] = &log->endpoints[i];
	for (size_t i = 0; i < log->vanished_count; i++)
		list[(*count)++] = &log->vanished[i];
	return list;
}
