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
};

#endif
