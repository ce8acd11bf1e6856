/**
 * @file
 * journaled: what the two halves of the journal share.
 *
 * Layer: store, private.
 */
#ifndef CERTROLL_STORE_JOURNALED_H
#define CERTROLL_STORE_JOURNALED_H

#include "certroll/journal.h"
#include "db.h"

struct journal {
	struct db *db;
	bool gathering;  /* a transaction is open, for journal_flush() */
	struct err lost; /* why what was gathered is lost; journal_flush() says so */
};

/* NULL for a hash that is missing. */
const unsigned char *journaled_hash(const struct journal_hash *hash);

/* Columns of a row, as what is read owns them. */
struct journal_hash journaled_hash_of(struct query *query, int column);
char *journaled_text(struct query *query, int column);

/* One number; 0 for NULL and for no row, -1 for an error. */
int64_t journaled_number(struct query *query, struct err *err);

/* Owned by what was read, whatever its type says. */
void journaled_free(const char *text);

#endif
