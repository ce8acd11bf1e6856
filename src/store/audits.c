/* Writing of what an audit saw: rows only where something is not as it was. */
#include "certroll/audits.h"
#include "journaled.h"
#include <stdlib.h>

/* What is known and what was seen, side by side. */
struct noting {
	struct db *db;
	const struct audit *audit;
	bool whole;
};

static int by_order(const void *a, const void *b)
{
	return sightings_order(*(const struct sighting *const *)a,
			       *(const struct sighting *const *)b);
}

static int put_audit(struct db *db, struct audit *audit, struct err *err)
{
	if (db_run(db, err,
		   "INSERT INTO audits (inventory, part, started, ended, well, warnings, errors, "
		   "unreachable, unlooked, changed, status) "
		   "VALUES (?, NULLIF(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		   "ttiiiiiiiii", audit->inventory, audit->limit ? audit->limit : "",
		   audit->started, audit->ended, audit->well, audit->warnings, audit->errors,
		   audit->unreachable, audit->unlooked, audit->changed, audit->status))
		return -1;
	audit->id = db_last_id(db);
	return 0;
}

/* The number of an endpoint, also of one that was there before and vanished; -1: error. */
static int64_t find_endpoint(const struct noting *noting, const struct sighting *seen,
			     struct err *err)
{
	auto_query *query = NULL;

	if (db_run(noting->db, err,
		   "INSERT OR IGNORE INTO endpoints (inventory, device, service, port, name) "
		   "VALUES (?, ?, ?, ?, ?)",
		   "tttit", noting->audit->inventory, seen->device, seen->service, seen->port,
		   seen->name))
		return -1;
	query = db_query(noting->db, err,
			 "SELECT id FROM endpoints WHERE inventory = ? AND device = ? "
			 "AND service = ? AND port = ? AND name = ?",
			 "tttit", noting->audit->inventory, seen->device, seen->service, seen->port,
			 seen->name);
	return journaled_number(query, err);
}

static int put_leaf(const struct noting *noting, const struct sighting *seen, struct err *err)
{
	if (!seen->leaf.set)
		return 0;
	return db_run(noting->db, err,
		      "INSERT OR IGNORE INTO leaves (sha256, subject, not_after) VALUES (?, ?, ?)",
		      "hti", seen->leaf.bytes, seen->subject ? seen->subject : "", seen->not_after);
}

static int begin_sighting(const struct noting *noting, const struct sighting *seen, struct err *err)
{
	int64_t endpoint = find_endpoint(noting, seen, err);

	if (endpoint < 0 || put_leaf(noting, seen, err))
		return -1;
	return db_run(noting->db, err,
		      "INSERT INTO sightings (endpoint, since, findings, leaf, chain) "
		      "VALUES (?, ?, ?, (SELECT id FROM leaves WHERE sha256 = ?), ?)",
		      "iithh", endpoint, noting->audit->started, seen->findings,
		      journaled_hash(&seen->leaf), journaled_hash(&seen->chain));
}

static int end_sighting(const struct noting *noting, const struct sighting *known, struct err *err)
{
	return db_run(noting->db, err,
		      "UPDATE sightings SET until = ? WHERE endpoint = ? AND until IS NULL", "ii",
		      noting->audit->started, known->endpoint);
}

/* One endpoint; either may be NULL. */
static int note_one(const struct noting *noting, const struct sighting *known,
		    const struct sighting *seen, struct err *err)
{
	bool news = seen && seen->looked && !(known && sightings_same(known, seen));
	bool ends = known && (news || (!seen && noting->whole));

	if (ends && end_sighting(noting, known, err))
		return -1;
	return news ? begin_sighting(noting, seen, err) : 0;
}

/* Both in order; a seen one that is there twice counts once. */
static int note_all(const struct noting *noting, const struct sighting *known, size_t known_count,
		    const struct sighting *const *seen, size_t seen_count, struct err *err)
{
	size_t i = 0, j = 0;

	while (i < known_count || j < seen_count) {
		const struct sighting *old = i < known_count ? &known[i] : NULL;
		const struct sighting *new = j < seen_count ? seen[j] : NULL;
		int order = !old ? 1 : !new ? -1 : sightings_order(old, new);

		if (note_one(noting, order <= 0 ? old : NULL, order >= 0 ? new : NULL, err))
			return -1;
		if (order <= 0) /* and past the last one that showed a chain, if it follows */
			for (i++; i < known_count && known[i].until;)
				i++;
		if (order >= 0)
			for (j++; j < seen_count && !sightings_order(seen[j], new);)
				j++;
	}
	return 0;
}

static int note(const struct noting *noting, const struct sighting *seen, size_t count,
		struct err *err, struct journal *journal)
{
	auto_free const struct sighting **sorted = mem_alloc((count + 1) * sizeof *sorted);
	struct err failure = { 0 };
	size_t known_count;
	struct sighting *known =
		sightings_present(journal, noting->audit->inventory, &known_count, &failure);
	int status;

	for (size_t i = 0; i < count; i++)
		sorted[i] = &seen[i];
	qsort(sorted, count, sizeof *sorted, by_order);
	status = failure.code ? -1 : note_all(noting, known, known_count, sorted, count, &failure);
	sightings_free(known, known_count);
	if (status)
		*err = failure;
	return status;
}

int audits_note(struct journal *journal, struct audit *audit, const struct sighting *seen,
		size_t count, bool whole, struct err *err)
{
	struct noting noting = { .db = journal->db, .audit = audit, .whole = whole };

	if (db_begin(journal->db, err))
		return -1;
	if (put_audit(journal->db, audit, err) == 0 &&
	    note(&noting, seen, count, err, journal) == 0)
		return db_commit(journal->db, err);
	db_rollback(journal->db);
	return -1;
}
