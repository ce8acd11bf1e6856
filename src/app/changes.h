/*
 * changes: one endpoint as it was and as it is, in words.  Private to the app.
 *
 * Findings are kept as "error:P1 warning:V4 note:X": the worst first, each id once.
 */
#ifndef APP_CHANGES_H
#define APP_CHANGES_H

#include "certroll/audit_log.h"

enum { CHANGES_ID = 64 };

/* The next of them; *at is moved behind it.  false: there is none. */
bool changes_next(const char **at, enum severity *severity, char id[CHANGES_ID]);

/* The findings of an endpoint as such a text; owned. */
char *changes_findings(const struct finding *findings, size_t count) MUST_CHECK;

/* @now, and of @before what begins so and is not there; owned. */
char *changes_carry(const char *before, const char *now, const char *prefix) MUST_CHECK;

/* How an endpoint with these stands. */
enum severity changes_worst(const char *findings);

/*
 * Fill what is different of @now against @before (NULL: not in an audit before) and, where no chain
 * was seen in between, against @seen, the last sighting of one (or NULL).
 */
void changes_compare(struct audit_change *change, const struct sighting *before,
		     const struct sighting *seen, const struct sighting *now);

/* Free what it wrote: most endpoints have not changed, and their texts are literals. */
void changes_free(struct audit_change *change);

/* "error P1, warning V4"; owned. */
char *changes_say(const char *findings) MUST_CHECK;

#endif
