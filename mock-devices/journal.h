/**
 * @file
 * journal: one JSON object per event and line (--log).
 *
 * Names and paths come from the network and are escaped; queries, bodies, credentials and keys
 * are never written.
 */
#ifndef MOCK_JOURNAL_H
#define MOCK_JOURNAL_H

#include <stdint.h>

struct err;
struct journal;

/** An event; members that are NULL or 0 are left out of the line. */
struct journal_event {
	const char *event;
	const char *service, *tls, *sni, *method, *path, *step, *auth, *leaf_sha256;
	const char *fault;  /**< the random fault of this step */
	const char *detail; /**< outcome of an upload, reason of a failure */
	uint32_t address;   /**< the device */
	int status;
};

/** Open for appending, NULL path: a journal that forgets.  Caller owns; NULL on failure. */
struct journal *journal_open(const char *path, struct err *err);

/** Write a line; seen by readers at once. */
void journal_write(struct journal *journal, const struct journal_event *event);

/** Accepts NULL. */
void journal_close(struct journal *journal);

#endif
