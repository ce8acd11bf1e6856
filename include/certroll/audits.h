/**
 * @file
 * audits: what the audits of an inventory saw, kept in the journal's database.
 *
 * What an endpoint serves hardly ever changes, so there is no row per audit and endpoint but one per
 * endpoint and state: a sighting, which lasts from the audit that first saw it so until the one that
 * saw it otherwise.  An audit of 10,000 endpoints that finds nothing new writes one row.  Leaves are
 * kept once, however many boxes serve them.
 *
 * Every text was made printable by whoever hands it in; it is borrowed in what is written, and owned by
 * what was read (sightings_free(), audits_free()).  Times are seconds since 1970.
 *
 * Layer: store.
 */
#ifndef CERTROLL_AUDITS_H
#define CERTROLL_AUDITS_H

#include "certroll/journal.h"

enum {
	AUDITS_KEEP_DAYS = 400, /**< how long audits, ended sightings and runs are kept */
	AUDITS_MAX = 5000,      /**< audits of one inventory, however young */
	SIGHTINGS_MAX = 1000,   /**< ended sightings of one endpoint, however young */
	RUNS_MAX = 1000,        /**< runs of one inventory, as far as nothing needs them */
};

/** One audit of an inventory.  Counts are of its endpoints: each is in one of the first five. */
struct audit {
	int64_t id;
	int64_t started, ended;
	const char *inventory; /**< absolute path */
	const char *limit;     /**< -l: only a part was looked at; "": all */
	int64_t well, warnings, errors;
	int64_t unreachable; /**< no chain was seen: not counted as errors */
	int64_t unlooked;    /**< interrupted before their turn */
	int64_t changed;     /**< since the audit before, those that vanished included */
	int64_t status;      /**< exit status */
};

/** One state of one endpoint, and how long it lasted. */
struct sighting {
	int64_t endpoint; /**< read only: equal for the sightings of one endpoint */
	const char *device, *service;
	int64_t port;
	const char *name;     /**< the server name that was asked for; "": none */
	bool looked;          /**< written only; false: no news of it, it stays as it was */
	const char *findings; /**< "error:P1 warning:V4", sorted, each once; "" */
	struct journal_hash leaf, chain; /**< unset: no chain was seen */
	const char *subject;             /**< how people call the leaf; "" */
	int64_t not_after;
	int64_t since, until; /**< read only: begins of the audits; until 0: as of the last one */
};

/**
 * The present sightings of an inventory, in the order of device, service, port and name.  For an
 * endpoint that shows no chain now, the last one that showed one follows its present one, if it is
 * still kept.
 *
 * @return the caller's; NULL with *count 0 is empty, or an error in @p err
 */
struct sighting *sightings_present(struct journal *journal, const char *inventory, size_t *count,
				   struct err *err) MUST_CHECK;

/** All sightings of one device, by endpoint, the oldest first; inventory NULL: in any. */
struct sighting *sightings_of(struct journal *journal, const char *inventory, const char *device,
			      size_t *count, struct err *err) MUST_CHECK;

/**
 * Write an audit and what is new in it, as one transaction; audit->id is set.
 *
 * @param seen   all endpoints that were chosen, also those without news
 * @param whole  they are all that the inventory has: others have vanished
 */
int audits_note(struct journal *journal, struct audit *audit, const struct sighting *seen,
		size_t count, bool whole, struct err *err) MUST_CHECK;

/** The newest audits first, at most @p max; inventory NULL: of all. */
struct audit *audits_list(struct journal *journal, const char *inventory, size_t max, size_t *count,
			  struct err *err) MUST_CHECK;

/**
 * Forget what is too old or too much: audits, and sightings that ended, begun or ended before
 * @p before; and runs of before, but none that something may still need: the newest of each
 * inventory, the last of each device and its last change, those of @p leaves (of the archive), those
 * that marked a key as compromised, and those that they resume or roll back or are resumed by.
 *
 * @param before  0: nothing is too old, only too much
 */
int journal_trim(struct journal *journal, int64_t before,
		 const unsigned char (*leaves)[JOURNAL_HASH], size_t leaf_count,
		 struct err *err) MUST_CHECK;

/** Do two sightings show the same: leaf, chain and findings? */
bool sightings_same(const struct sighting *a, const struct sighting *b);

/** The order of sightings_present(): device, service, port, name. */
int sightings_order(const struct sighting *a, const struct sighting *b);

void sightings_free(struct sighting *sightings, size_t count);
void audits_free(struct audit *audits, size_t count);

#endif
