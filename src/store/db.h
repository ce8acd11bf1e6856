/**
 * @file
 * db: the one database of the state folder, STATE/journal.db.
 *
 * SQLite in WAL mode: a commit is on disk when it returns, a cut power cord leaves the last one whole,
 * and readers do not wait for the writer.  Each module that keeps something there has its tables in
 * schema.c.  A damaged file is refused with what to do; it is never deleted or replaced.
 *
 * Parameters of statements are given as a text of types, one letter each, and the values:
 *   i  int64_t      t  const char *, NULL gives NULL      h  32 bytes (a SHA-256), NULL gives NULL
 *
 * Layer: store, private (the only user of SQLite).
 */
#ifndef CERTROLL_STORE_DB_H
#define CERTROLL_STORE_DB_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stdint.h>

enum { DB_HASH = 32, DB_BUSY_MS = 5000, DB_MAX_VALUE = 1 << 20 };

struct db;
struct query;

enum db_mode {
	DB_WRITE, /**< made when missing, brought to the present schema */
	DB_READ,  /**< must exist */
};

/** The step from each version of the schema to the next; append, never change one.  NULL ends. */
extern const char *const db_schema[];

/**
 * Open, look at every page, bring the schema up to date.
 *
 * @return the caller closes, or NULL: ERR_CONFIG for a file that is damaged, of a newer version or
 *         open to others, ERR_IO when it cannot be read or written
 */
struct db *db_open(const char *path, enum db_mode mode, struct err *err) MUST_CHECK;

/** Rolls an open transaction back.  NULL is fine. */
void db_close(struct db *db);

/** One statement without result, in a transaction of its own unless one is open. */
int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...) MUST_CHECK;

/** Several statements as one: all of them, or after a failure none. */
int db_begin(struct db *db, struct err *err) MUST_CHECK;
int db_commit(struct db *db, struct err *err) MUST_CHECK;
void db_rollback(struct db *db);

/** The number the last INSERT gave its row. */
int64_t db_last_id(const struct db *db);

/** @return the caller frees, or NULL */
struct query *db_query(struct db *db, struct err *err, const char *sql, const char *types,
		       ...) MUST_CHECK;

/** Go to the next row: 1, 0 behind the last, -1. */
int query_next(struct query *query, struct err *err) MUST_CHECK;

/** @name Columns of the row, from 0.  Borrowed until the next row.
 * @{ */
int64_t query_int(struct query *query, int column);      /**< 0 for NULL */
const char *query_text(struct query *query, int column); /**< "" for NULL */
const unsigned char *query_hash(struct query *query,
				int column); /**< NULL: NULL, or not 32 bytes */
/** @} */

void query_free(struct query *query);

static inline void query_cleanup(struct query **query)
{
	query_free(*query);
}
#define auto_query __attribute__((cleanup(query_cleanup))) struct query

#endif
