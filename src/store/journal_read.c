#include "journaled.h"
#include <string.h>

struct journal_hash journaled_hash_of(struct query *query, int column)
{
	const unsigned char *bytes = query_hash(query, column);
	struct journal_hash hash = { .set = bytes != NULL };

	if (bytes)
		memcpy(hash.bytes, bytes, JOURNAL_HASH);
	return hash;
}

char *journaled_text(struct query *query, int column)
{
	return text_copy(query_text(query, column));
}

int64_t journaled_number(struct query *query, struct err *err)
{
	int status = query ? query_next(query, err) : -1;

	return status == 1 ? query_int(query, 0) : status;
}

#define RUN_COLUMNS                                                                                \
	"SELECT id, of, started, ended, command, user, host, inventory, bundle, subject, "         \
	"outcome, inventory_sha256, leaf, chain, not_after, "                                      \
	"(SELECT COUNT(*) FROM devices WHERE run = id), "                                          \
	"(SELECT COUNT(*) FROM devices WHERE run = id AND proved IS NOT NULL), "                   \
	"(SELECT COUNT(*) FROM devices WHERE run = id AND proved IS NULL "                         \
	"   AND outcome IN ('failed', 'unreachable', 'needs-reset')) FROM runs "

static struct journal_run read_run(struct query *query)
{
	return (struct journal_run){
		.id = query_int(query, 0),
		.of = query_int(query, 1),
		.started = query_int(query, 2),
		.ended = query_int(query, 3),
		.command = journaled_text(query, 4),
		.user = journaled_text(query, 5),
		.host = journaled_text(query, 6),
		.inventory = journaled_text(query, 7),
		.bundle = journaled_text(query, 8),
		.subject = journaled_text(query, 9),
		.outcome = journaled_text(query, 10),
		.inventory_sha256 = journaled_hash_of(query, 11),
		.leaf = journaled_hash_of(query, 12),
		.chain = journaled_hash_of(query, 13),
		.not_after = query_int(query, 14),
		.devices = query_int(query, 15),
		.proved = query_int(query, 16),
		.failed = query_int(query, 17),
	};
}

struct journal_run *journal_runs(struct journal *journal, const char *inventory, size_t max,
				 size_t *count, struct err *err)
{
	auto_query *query = db_query(journal->db, err,
				     RUN_COLUMNS "WHERE ?1 IS NULL OR inventory = ?1 "
						 "ORDER BY id DESC LIMIT ?2",
				     "ti", inventory, (int64_t)max);
	struct journal_run *runs = NULL;
	int status = query ? 1 : -1;

	*count = 0;
	while (status == 1 && (status = query_next(query, err)) == 1) {
		runs = mem_grow(runs, *count, sizeof *runs);
		runs[(*count)++] = read_run(query);
	}
	return runs;
}

int journal_find(struct journal *journal, int64_t id, struct journal_run *run, struct err *err)
{
	auto_query *query = db_query(journal->db, err, RUN_COLUMNS "WHERE id = ?", "i", id);
	int status = query ? query_next(query, err) : -1;

	if (status == 1)
		*run = read_run(query);
	return status;
}

#define DEVICE_COLUMNS                                                                             \
	"SELECT d.run, d.name, d.driver, d.before_name, d.leaf, d.before, d.proved, d.outcome, "   \
	"d.sentence, (SELECT COUNT(*) FROM changes c WHERE c.run = d.run AND c.device = d.name) "  \
	"FROM devices d JOIN runs r ON r.id = d.run "

static struct journal_device *read_devices(struct query *query, size_t *count, struct err *err)
{
	struct journal_device *devices = NULL;

	*count = 0;
	while (query && query_next(query, err) == 1 && *count < JOURNAL_MAX_ROWS) {
		devices = mem_grow(devices, *count, sizeof *devices);
		devices[(*count)++] = (struct journal_device){
			.run = query_int(query, 0),
			.name = journaled_text(query, 1),
			.driver = journaled_text(query, 2),
			.before_name = journaled_text(query, 3),
			.leaf = journaled_hash_of(query, 4),
			.before = journaled_hash_of(query, 5),
			.proved = query_int(query, 6),
			.outcome = journaled_text(query, 7),
			.sentence = journaled_text(query, 8),
			.changes = query_int(query, 9),
		};
	}
	return devices;
}

struct journal_device *journal_devices(struct journal *journal, int64_t run, size_t *count,
				       struct err *err)
{
	auto_query *query =
		db_query(journal->db, err,
			 DEVICE_COLUMNS "WHERE r.id = ?1 OR (r.of = ?1 AND r.command = 'resume') "
					"ORDER BY d.run, d.rowid",
			 "i", run);

	return read_devices(query, count, err);
}

struct journal_device *journal_latest(struct journal *journal, const char *inventory, size_t *count,
				      struct err *err)
{
	auto_query *query = db_query(journal->db, err,
				     DEVICE_COLUMNS
				     "WHERE r.inventory = ?1 AND d.run = (SELECT MAX(e.run) "
				     "FROM devices e JOIN runs s ON s.id = e.run "
				     "WHERE e.name = d.name AND s.inventory = ?1) ORDER BY d.rowid",
				     "t", inventory);

	return read_devices(query, count, err);
}

int64_t journal_last_change(struct journal *journal, const char *inventory, const char *device,
			    struct err *err)
{
	auto_query *query = db_query(journal->db, err,
				     "SELECT MAX(c.run) FROM changes c JOIN runs r ON r.id = c.run "
				     "WHERE c.device = ? COLLATE NOCASE AND r.inventory = ?",
				     "tt", device, inventory);

	return journaled_number(query, err);
}

struct journal_change *journal_changes(struct journal *journal, int64_t run, size_t *count,
				       struct err *err)
{
	auto_query *query = db_query(journal->db, err,
				     "SELECT device, step, state, begun, ended FROM changes "
				     "WHERE run = ? ORDER BY id",
				     "i", run);
	struct journal_change *changes = NULL;

	*count = 0;
	while (query && query_next(query, err) == 1 && *count < JOURNAL_MAX_ROWS) {
		changes = mem_grow(changes, *count, sizeof *changes);
		changes[(*count)++] = (struct journal_change){ .device = journaled_text(query, 0),
							       .step = journaled_text(query, 1),
							       .state = journaled_text(query, 2),
							       .begun = query_int(query, 3),
							       .ended = query_int(query, 4) };
	}
	return changes;
}

struct journal_proof *journal_proofs(struct journal *journal, int64_t run, size_t *count,
				     struct err *err)
{
	auto_query *query =
		db_query(journal->db, err,
			 "SELECT device, service, sni, port, at, exact, leaf, chain FROM proofs "
			 "WHERE run = ? ORDER BY rowid",
			 "i", run);
	struct journal_proof *proofs = NULL;

	*count = 0;
	while (query && query_next(query, err) == 1 && *count < JOURNAL_MAX_ROWS) {
		proofs = mem_grow(proofs, *count, sizeof *proofs);
		proofs[(*count)++] = (struct journal_proof){ .device = journaled_text(query, 0),
							     .service = journaled_text(query, 1),
							     .sni = journaled_text(query, 2),
							     .port = query_int(query, 3),
							     .at = query_int(query, 4),
							     .exact = query_int(query, 5) != 0,
							     .leaf = journaled_hash_of(query, 6),
							     .chain = journaled_hash_of(query, 7) };
	}
	return proofs;
}

int64_t journal_compromised(struct journal *journal, const unsigned char *key, struct err *err)
{
	auto_query *query =
		db_query(journal->db, err, "SELECT run FROM compromised WHERE key = ?", "h", key);

	return journaled_number(query, err);
}

int64_t journal_compromised_leaf(struct journal *journal, const unsigned char *leaf,
				 struct err *err)
{
	auto_query *query =
		db_query(journal->db, err, "SELECT run FROM compromised WHERE leaf = ?", "h", leaf);

	return journaled_number(query, err);
}

/*
 * A device whose last run did not prove it, or proved just this leaf, still has use for it.  Proofs
 * that come later, every night, do not put the time off: the first one since counts.
 */
int64_t journal_superseded(struct journal *journal, const unsigned char *leaf, struct err *err)
{
	auto_query *query = db_query(
		journal->db, err,
		"WITH rows AS (SELECT r.inventory AS inventory, d.* "
		"  FROM devices d JOIN runs r ON r.id = d.run), "
		"users AS (SELECT inventory, name, "
		"  MAX(CASE WHEN leaf = ?1 THEN run ELSE run - 1 END) AS used "
		"  FROM rows WHERE leaf = ?1 OR before = ?1 GROUP BY inventory, name), "
		"states AS (SELECT "
		"  (SELECT o.proved IS NOT NULL AND o.leaf IS NOT ?1 FROM rows o "
		"   WHERE o.name = u.name AND o.inventory = u.inventory "
		"   ORDER BY o.run DESC LIMIT 1) AS free, "
		"  (SELECT MIN(o.proved) FROM rows o WHERE o.name = u.name "
		"   AND o.inventory = u.inventory AND o.run > u.used) AS since FROM users u) "
		"SELECT CASE WHEN MIN(free) = 1 THEN MAX(since) ELSE 0 END FROM states",
		"h", leaf);

	return journaled_number(query, err);
}

void journaled_free(const char *text)
{
	mem_free((void *)(uintptr_t)text);
}

void journal_run_free(struct journal_run *run)
{
	journaled_free(run->command);
	journaled_free(run->user);
	journaled_free(run->host);
	journaled_free(run->inventory);
	journaled_free(run->bundle);
	journaled_free(run->subject);
	journaled_free(run->outcome);
	*run = (struct journal_run){ 0 };
}

void journal_runs_free(struct journal_run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		journal_run_free(&runs[i]);
	mem_free(runs);
}

void journal_devices_free(struct journal_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaled_free(devices[i].name);
		journaled_free(devices[i].driver);
		journaled_free(devices[i].before_name);
		journaled_free(devices[i].outcome);
		journaled_free(devices[i].sentence);
	}
	mem_free(devices);
}

void journal_changes_free(struct journal_change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaled_free(changes[i].device);
		journaled_free(changes[i].step);
		journaled_free(changes[i].state);
	}
	mem_free(changes);
}

void journal_proofs_free(struct journal_proof *proofs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaled_free(proofs[i].device);
		journaled_free(proofs[i].service);
		journaled_free(proofs[i].sni);
	}
	mem_free(proofs);
}
