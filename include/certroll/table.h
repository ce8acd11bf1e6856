/**
 * @file
 * table: what every report is made of: one row per device, service and name, and its columns.
 *
 * Formats differ in how they write a row; what is in it is decided here, once.  docs/reports.md
 * describes the columns to users: they only ever get more, none changes its meaning.
 *
 * Layer: app.
 */
#ifndef CERTROLL_TABLE_H
#define CERTROLL_TABLE_H

#include "certroll/audit_log.h"
#include "certroll/buf.h"
#include "certroll/site.h"

/** How a row stands: what plugins and test reports know. */
enum standing { STANDING_WELL, STANDING_WARNING, STANDING_ERROR, STANDING_UNKNOWN };

struct row {
	const struct result *result;
	const struct endpoint *endpoint; /**< NULL: nothing of the device was looked at */
	const struct served *served;     /**< the newest look; NULL with endpoint */
	const char *name;                /**< "" when the endpoint has none */
	bool first;                      /**< of the rows of this endpoint: one per handshake */
	const struct cert *leaf;         /**< NULL: no chain was seen */
	const struct cert *chain_end;    /**< ends first of those sent */
	const struct cert *path_end;     /**< ends first on the verified path; NULL: no such path */
	const struct finding *findings;  /**< those of the endpoint */
	size_t finding_count;
	const struct audit_change *change; /**< since the audit before; NULL: unknown */
	enum standing standing;
	int64_t now;
};

struct table {
	struct row *rows;
	size_t count;
	size_t standings[STANDING_UNKNOWN + 1]; /**< how many rows */
};

/** Borrows from the site; with request->diff only what changed.  Free with table_free(). */
struct table table_make(const struct site *site);
void table_free(struct table *table);

#define auto_table __attribute__((cleanup(table_free))) struct table

/** "well", "warning", "error", "unknown". */
const char *standing_name(enum standing standing);

/** The worst finding of the row, or else its device's sentence. */
const char *row_sentence(const struct row *row);

/** Whole days until the certificate ends, rounded down: -1 when it has just ended. */
int64_t row_days(const struct row *row, const struct cert *cert);

enum { COLUMN_MAX = 16384 };

struct column {
	const char *name;
	bool number; /**< else text, made printable */
	/** Append the value; nothing when there is none. */
	void (*put)(const struct row *row, struct buf *out);
};

/** Ended by a row without a name. */
extern const struct column columns[];

#endif
