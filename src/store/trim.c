/* What is forgotten, so that a state folder does not grow for ever. */
#include "certroll/audits.h"
#include "certroll/buf.h"
#include "certroll/text.h"
#include "journaled.h"

/* Runs that are kept however old they are: 'certroll history' lists as many. */
enum { RUNS_LISTED = 50, LEAVES_TEXT = 256 * 1024 };

static int trim_audits(struct db *db, int64_t before, struct err *err)
{
	if (db_run(db, err,
		   "DELETE FROM audits WHERE ended < ?1 OR id IN (SELECT id FROM (SELECT id, "
		   "ROW_NUMBER() OVER (PARTITION BY inventory ORDER BY id DESC) AS n FROM audits) "
		   "WHERE n > ?2)",
		   "ii", before, (int64_t)AUDITS_MAX))
		return -1;
	/* An inventory that nobody audits any more goes as a whole. */
	if (db_run(db, err,
		   "DELETE FROM sightings WHERE until < ?1 OR endpoint IN (SELECT id FROM "
		   "endpoints "
		   "WHERE inventory NOT IN (SELECT inventory FROM audits)) OR id IN (SELECT id "
		   "FROM "
		   "(SELECT id, ROW_NUMBER() OVER (PARTITION BY endpoint ORDER BY id DESC) AS n "
		   "FROM sightings WHERE until IS NOT NULL) WHERE n > ?2)",
		   "ii", before, (int64_t)SIGHTINGS_MAX))
		return -1;
	if (db_run(db, err,
		   "DELETE FROM endpoints WHERE NOT EXISTS "
		   "(SELECT 1 FROM sightings WHERE endpoint = endpoints.id)",
		   ""))
		return -1;
	return db_run(db, err,
		      "DELETE FROM leaves WHERE NOT EXISTS "
		      "(SELECT 1 FROM sightings WHERE leaf = leaves.id)",
		      "");
}

/* Runs that resume or roll back each other stay together: the last of them is what counts. */
static const char wanted_runs[] =
	"WITH RECURSIVE ranked AS (SELECT id, started, ended, "
	"  ROW_NUMBER() OVER (PARTITION BY inventory ORDER BY id DESC) AS n FROM runs), "
	"wanted(id) AS ("
	"  SELECT id FROM ranked WHERE n <= ?1 "
	"    OR (n <= ?2 AND MAX(started, COALESCE(ended, 0)) >= ?3) "
	"  UNION SELECT MAX(d.run) FROM devices d JOIN runs r ON r.id = d.run "
	"    GROUP BY r.inventory, d.name "
	"  UNION SELECT MAX(c.run) FROM changes c JOIN runs r ON r.id = c.run "
	"    GROUP BY r.inventory, c.device COLLATE NOCASE "
	"  UNION SELECT run FROM compromised "
	"  UNION SELECT run FROM devices WHERE leaf IN (%s) OR before IN (%s) "
	"  UNION SELECT r.of FROM wanted w JOIN runs r ON r.id = w.id WHERE r.of IS NOT NULL "
	"  UNION SELECT r.id FROM wanted w JOIN runs r ON r.of = w.id) "
	"SELECT id FROM runs WHERE id NOT IN (SELECT id FROM wanted) ORDER BY id DESC";

/* As a list of literals. */
static int put_leaves(struct buf *out, const unsigned char (*leaves)[JOURNAL_HASH], size_t count)
{
	char hex[2 * JOURNAL_HASH + 1];

	for (size_t i = 0; i < count; i++) {
		text_hex(leaves[i], JOURNAL_HASH, hex);
		if (buf_addf(out, "%sx'%s'", i ? "," : "", hex))
			return -1;
	}
	return 0;
}

static int64_t *list_old_runs(struct db *db, int64_t before, const char *leaves, size_t *count,
			      struct err *err)
{
	auto_free char *sql = text_format(wanted_runs, leaves, leaves);
	auto_query *query =
		db_query(db, err, sql, "iii", (int64_t)RUNS_LISTED, (int64_t)RUNS_MAX, before);
	int64_t *runs = NULL;

	*count = 0;
	while (query && query_next(query, err) == 1) {
		runs = mem_grow(runs, *count, sizeof *runs);
		runs[(*count)++] = query_int(query, 0);
	}
	return runs;
}

static int drop_run(struct db *db, int64_t run, struct err *err)
{
	static const char *const statements[] = {
		"DELETE FROM changes WHERE run = ?", "DELETE FROM proofs WHERE run = ?",
		"DELETE FROM chains WHERE run = ?",  "DELETE FROM devices WHERE run = ?",
		"DELETE FROM runs WHERE id = ?",
	};

	for (size_t i = 0; i < COUNT(statements); i++)
		if (db_run(db, err, statements[i], "i", run))
			return -1;
	return 0;
}

static int trim_runs(struct db *db, int64_t before, const unsigned char (*leaves)[JOURNAL_HASH],
		     size_t leaf_count, struct err *err)
{
	auto_buf list = BUF_MAX(LEAVES_TEXT);
	auto_free int64_t *runs = NULL;
	struct err failure = { 0 };
	size_t count;

	if (put_leaves(&list, leaves, leaf_count))
		return 0; /* so many that nobody could say what is not needed */
	runs = list_old_runs(db, before, buf_text(&list), &count, &failure);
	if (failure.code) {
		*err = failure;
		return -1;
	}
	for (size_t i = 0; i < count; i++)
		if (drop_run(db, runs[i], err))
			return -1;
	return 0;
}

int journal_trim(struct journal *journal, int64_t before,
		 const unsigned char (*leaves)[JOURNAL_HASH], size_t leaf_count, struct err *err)
{
	if (db_begin(journal->db, err))
		return -1;
	if (trim_audits(journal->db, before, err) == 0 &&
	    trim_runs(journal->db, before, leaves, leaf_count, err) == 0)
		return db_commit(journal->db, err);
	db_rollback(journal->db);
	return -1;
}
