#include "certroll/audits.h"
#include "journaled.h"
#include <string.h>

enum { ROOM_STEP = 1024 };

static bool same_hash(const struct journal_hash *a, const struct journal_hash *b)
{
	return a->set == b->set && (!a->set || !memcmp(a->bytes, b->bytes, JOURNAL_HASH));
}

bool sightings_same(const struct sighting *a, const struct sighting *b)
{
	return same_hash(&a->leaf, &b->leaf) && same_hash(&a->chain, &b->chain) &&
	       !strcmp(a->findings, b->findings);
}

/* As SQLite compares texts: by bytes. */
int sightings_order(const struct sighting *a, const struct sighting *b)
{
	int order = strcmp(a->device, b->device);

	if (!order)
		order = strcmp(a->service, b->service);
	if (!order)
		order = (a->port > b->port) - (a->port < b->port);
	return order ? order : strcmp(a->name, b->name);
}

#define SIGHTING_COLUMNS                                                                           \
	"SELECT e.id, e.device, e.service, e.port, e.name, s.findings, l.sha256, s.chain, "        \
	"l.subject, l.not_after, s.since, s.until FROM endpoints e "                               \
	"JOIN sightings s ON s.endpoint = e.id LEFT JOIN leaves l ON l.id = s.leaf "

static struct sighting read_sighting(struct query *query)
{
	return (struct sighting){
		.endpoint = query_int(query, 0),
		.device = journaled_text(query, 1),
		.service = journaled_text(query, 2),
		.port = query_int(query, 3),
		.name = journaled_text(query, 4),
		.looked = true,
		.findings = journaled_text(query, 5),
		.leaf = journaled_hash_of(query, 6),
		.chain = journaled_hash_of(query, 7),
		.subject = journaled_text(query, 8),
		.not_after = query_int(query, 9),
		.since = query_int(query, 10),
		.until = query_int(query, 11),
	};
}

static struct sighting *read_all(struct query *query, size_t *count, struct err *err)
{
	struct sighting *sightings = NULL;
	size_t room = 0;

	*count = 0;
	while (query && *count < JOURNAL_MAX_ROWS && query_next(query, err) == 1) {
		if (*count == room) /* by little: this is the peak of a large audit */
			sightings = mem_resize(sightings,
					       (room += room / 8 + ROOM_STEP) * sizeof *sightings);
		sightings[(*count)++] = read_sighting(query);
	}
	return sightings;
}

static void present_first(struct sighting *first, struct sighting *second)
{
	struct sighting ended = *first;

	if (first->endpoint != second->endpoint || second->until)
		return;
	*first = *second;
	*second = ended;
}

struct sighting *sightings_present(struct journal *journal, const char *inventory, size_t *count,
				   struct err *err)
{
	auto_query *query = db_query(
		journal->db, err,
		SIGHTING_COLUMNS
		"WHERE e.inventory = ? AND (s.until IS NULL OR s.id = "
		"  (SELECT MAX(o.id) FROM sightings p JOIN sightings o ON o.endpoint = p.endpoint "
		"   WHERE p.endpoint = e.id AND p.until IS NULL AND p.leaf IS NULL "
		"   AND o.leaf IS NOT NULL)) "
		"ORDER BY e.device, e.service, e.port, e.name", /* as its index has them: no sorting */
		"t", inventory);
	struct sighting *sightings = read_all(query, count, err);

	for (size_t i = 1; sightings && i < *count; i++)
		present_first(&sightings[i - 1], &sightings[i]);
	return sightings;
}

struct sighting *sightings_of(struct journal *journal, const char *inventory, const char *device,
			      size_t *count, struct err *err)
{
	auto_query *query =
		db_query(journal->db, err,
			 SIGHTING_COLUMNS
			 "WHERE e.device = ?1 COLLATE NOCASE AND (?2 IS NULL OR e.inventory = ?2) "
			 "ORDER BY e.inventory, e.device, e.service, e.port, e.name, s.id",
			 "tt", device, inventory);

	return read_all(query, count, err);
}

static struct audit read_audit(struct query *query)
{
	return (struct audit){
		.id = query_int(query, 0),
		.started = query_int(query, 1),
		.ended = query_int(query, 2),
		.inventory = journaled_text(query, 3),
		.limit = journaled_text(query, 4),
		.well = query_int(query, 5),
		.warnings = query_int(query, 6),
		.errors = query_int(query, 7),
		.unreachable = query_int(query, 8),
		.unlooked = query_int(query, 9),
		.changed = query_int(query, 10),
		.status = query_int(query, 11),
	};
}

struct audit *audits_list(struct journal *journal, const char *inventory, size_t max, size_t *count,
			  struct err *err)
{
	auto_query *query =
		db_query(journal->db, err,
			 "SELECT id, started, ended, inventory, part, well, warnings, errors, "
			 "unreachable, unlooked, changed, status FROM audits "
			 "WHERE ?1 IS NULL OR inventory = ?1 ORDER BY id DESC LIMIT ?2",
			 "ti", inventory, (int64_t)max);
	struct audit *audits = NULL;

	*count = 0;
	while (query && query_next(query, err) == 1) {
		audits = mem_grow(audits, *count, sizeof *audits);
		audits[(*count)++] = read_audit(query);
	}
	return audits;
}

void sightings_free(struct sighting *sightings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaled_free(sightings[i].device);
		journaled_free(sightings[i].service);
		journaled_free(sightings[i].name);
		journaled_free(sightings[i].findings);
		journaled_free(sightings[i].subject);
	}
	mem_free(sightings);
}

void audits_free(struct audit *audits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		journaled_free(audits[i].inventory);
		journaled_free(audits[i].limit);
	}
	mem_free(audits);
}
