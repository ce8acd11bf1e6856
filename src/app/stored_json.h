/*
 * stored_json: what the journal's database holds, as JSON values.  Private to the app.
 */
#ifndef APP_STORED_JSON_H
#define APP_STORED_JSON_H

#include "certroll/journal.h"
#include <jansson.h>

/* Printable when it was written; "" stands in for a text that somebody put there by hand. */
json_t *stored_text(const char *value);

/* Hexadecimal, or null. */
json_t *stored_hash(const struct journal_hash *value);

/* "2026-11-22 10:00:00 UTC", or null for 0. */
json_t *stored_moment(int64_t seconds);

/* [{"id", "severity"}] of "error:P1 warning:V4". */
json_t *stored_findings(const char *findings);

#endif
