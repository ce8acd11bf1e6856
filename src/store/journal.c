#include "certroll/journal.h"
#include "journaled.h"
#include <unistd.h>

static char *journal_path(const char *state)
{
	return text_format("%s/journal.db", state);
}

struct journal *journal_open(const char *state, bool write, struct err *err)
{
	auto_free char *path = journal_path(state);
	struct db *db = db_open(path, write ? DB_WRITE : DB_READ, err);
	struct journal *journal;

	if (!db)
		return NULL;
	journal = mem_alloc(sizeof *journal);
	journal->db = db;
	return journal;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	db_close(journal->db);
	mem_free(journal);
}

bool journal_exists(const char *state)
{
	auto_free char *path = journal_path(state);

	return access(path, F_OK) == 0;
}

const unsigned char *journaled_hash(const struct journal_hash *hash)
{
	return hash->set ? hash->bytes : NULL;
}

int journal_flush(struct journal *journal, struct err *err)
{
	struct err lost = journal->lost;
	bool gathering = journal->gathering;

	journal->gathering = false;
	journal->lost = (struct err){ 0 };
	if (lost.code)
		return err_set(err, lost.code, "%s", lost.text);
	return gathering ? db_commit(journal->db, err) : 0;
}

/* A transaction that ends before this module is left. */
static int begin(struct journal *journal, struct err *err)
{
	return journal_flush(journal, err) ? -1 : db_begin(journal->db, err);
}

static int end(struct journal *journal, int status, struct err *err)
{
	if (status == 0)
		return db_commit(journal->db, err);
	db_rollback(journal->db);
	return -1;
}

/* Into the transaction that journal_flush() ends. */
static int gather(struct journal *journal, struct err *err)
{
	if (journal->lost.code)
		return err_set(err, journal->lost.code, "%s", journal->lost.text);
	if (!journal->gathering && db_begin(journal->db, err))
		return -1;
	journal->gathering = true;
	return 0;
}

/* After a failure nothing of what was gathered is written: half of it would be no truth. */
static int gathered(struct journal *journal, int status, const struct err *failure, struct err *err)
{
	if (status == 0)
		return 0;
	db_rollback(journal->db);
	journal->gathering = false;
	journal->lost = *failure;
	return err_set(err, failure->code, "%s", failure->text);
}

static int put_run(struct db *db, struct journal_run *run, struct err *err)
{
	static const char sql[] =
		"INSERT INTO runs (command, of, started, user, host, inventory, inventory_sha256, "
		"bundle, leaf, chain, subject, not_after) VALUES "
		"(?, NULLIF(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0))";

	if (db_run(db, err, sql, "tiittththhti", run->command, run->of, run->started, run->user,
		   run->host, run->inventory, journaled_hash(&run->inventory_sha256), run->bundle,
		   journaled_hash(&run->leaf), journaled_hash(&run->chain), run->subject,
		   run->not_after))
		return -1;
	run->id = db_last_id(db);
	return 0;
}

static int put_chain(struct db *db, int64_t run, const struct journal_cert *chain, size_t count,
		     struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (db_run(db, err, "INSERT INTO chains VALUES (?, ?, ?, ?)", "iiht", run,
			   (int64_t)i, chain[i].sha256, chain[i].subject))
			return -1;
	return 0;
}

static int put_device(struct db *db, int64_t run, const struct journal_device *device,
		      struct err *err)
{
	static const char sql[] =
		"INSERT INTO devices (run, name, driver, leaf, before, before_name, proved, "
		"outcome, sentence) VALUES (?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?, ?)";

	return db_run(db, err, sql, "itthhtitt", run, device->name, device->driver,
		      journaled_hash(&device->leaf), journaled_hash(&device->before),
		      device->before_name, device->proved, device->outcome, device->sentence);
}

static int put_all(struct db *db, struct journal_run *run, const struct journal_cert *chain,
		   size_t chain_count, const struct journal_device *devices, size_t device_count,
		   struct err *err)
{
	if (put_run(db, run, err) || put_chain(db, run->id, chain, chain_count, err))
		return -1;
	for (size_t i = 0; i < device_count; i++)
		if (put_device(db, run->id, &devices[i], err))
			return -1;
	return 0;
}

int journal_begin(struct journal *journal, struct journal_run *run,
		  const struct journal_cert *chain, size_t chain_count,
		  const struct journal_device *devices, size_t device_count, struct err *err)
{
	if (begin(journal, err))
		return -1;
	return end(journal,
		   put_all(journal->db, run, chain, chain_count, devices, device_count, err), err);
}

int journal_change_begin(struct journal *journal, int64_t run, const char *device, const char *step,
			 int64_t now, struct err *err)
{
	struct err failure = { 0 };

	if (gather(journal, err))
		return -1;
	return gathered(journal,
			db_run(journal->db, &failure,
			       "INSERT INTO changes (run, device, step, state, begun) "
			       "VALUES (?, ?, ?, 'begun', ?)",
			       "itti", run, device, step, now),
			&failure, err);
}

int journal_change_end(struct journal *journal, int64_t run, const char *device, bool answered,
		       int64_t now, struct err *err)
{
	struct err failure = { 0 };

	if (gather(journal, err))
		return -1;
	return gathered(journal,
			db_run(journal->db, &failure,
			       "UPDATE changes SET state = ?, ended = ? "
			       "WHERE run = ? AND device = ? AND state = 'begun'",
			       "tiit", answered ? "answered" : "lost", now, run, device),
			&failure, err);
}

static int put_proofs(struct db *db, int64_t run, const struct journal_device *device,
		      const struct journal_proof *proofs, size_t count, int64_t now,
		      struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (db_run(db, err, "INSERT INTO proofs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			   "ittitihhi", run, device->name, proofs[i].service, proofs[i].port,
			   proofs[i].sni, (int64_t)proofs[i].exact, journaled_hash(&proofs[i].leaf),
			   journaled_hash(&proofs[i].chain), now))
			return -1;
	return db_run(db, err,
		      "UPDATE devices SET proved = NULLIF(?, 0), before = COALESCE(before, ?), "
		      "before_name = COALESCE(before_name, ?) WHERE run = ? AND name = ?",
		      "ihtit", device->proved, journaled_hash(&device->before), device->before_name,
		      run, device->name);
}

int journal_prove(struct journal *journal, int64_t run, const struct journal_device *device,
		  const struct journal_proof *proofs, size_t count, int64_t now, struct err *err)
{
	struct err failure = { 0 };

	if (gather(journal, err))
		return -1;
	return gathered(journal, put_proofs(journal->db, run, device, proofs, count, now, &failure),
			&failure, err);
}

static int put_end(struct db *db, int64_t run, const struct journal_device *devices, size_t count,
		   const char *outcome, int64_t now, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (db_run(db, err,
			   "UPDATE devices SET outcome = ?, sentence = ?, "
			   "proved = CASE ? WHEN 0 THEN NULL ELSE proved END "
			   "WHERE run = ? AND name = ?",
			   "ttiit", devices[i].outcome, devices[i].sentence, devices[i].proved, run,
			   devices[i].name))
			return -1;
	return db_run(db, err, "UPDATE runs SET ended = ?, outcome = ? WHERE id = ?", "iti", now,
		      outcome, run);
}

int journal_end(struct journal *journal, int64_t run, const struct journal_device *devices,
		size_t count, const char *outcome, int64_t now, struct err *err)
{
	if (begin(journal, err))
		return -1;
	return end(journal, put_end(journal->db, run, devices, count, outcome, now, err), err);
}

int journal_settle(struct journal *journal, const char *inventory, const char *device,
		   const unsigned char *leaf, const unsigned char *served, int64_t now,
		   struct err *err)
{
	return db_run(journal->db, err,
		      "UPDATE devices SET outcome = 'changed', sentence = 'proved by verify', "
		      "proved = ? WHERE outcome = 'due' AND name = ? AND leaf IS ? "
		      "AND (before IS NULL OR before IS NOT ?) "
		      "AND run IN (SELECT id FROM runs WHERE inventory = ?)",
		      "ithht", now, device, leaf, served, inventory);
}

int journal_compromise(struct journal *journal, int64_t run, const unsigned char *key,
		       const unsigned char *leaf, int64_t now, struct err *err)
{
	return db_run(journal->db, err, "INSERT OR IGNORE INTO compromised VALUES (?, ?, ?, ?)",
		      "hhii", key, leaf, run, now);
}
