/*
 * changes: one endpoint as it was and as it is, in words.  Private to the app.
 *
 * Findings are kept as "error:P1 warning:V4 note:X": the worst first, each id once.
 */
#ifndef APP_CHANGES_H
#define APP_CHANGES_H

#include "certroll/audit_log.h"

/* The findings of an endpoint as such a text; owned. */
char *changes_findings(const struct finding *findings, size_t count) MUST_CHECK;

/* How an endpoint with these stands. */
enum severity changes_worst(const char *findings);

/*
 * Fill what is different of @now against @before (NULL: not in an audit before) and, where no chain
 * was seen in between, against @seen, the last sighting of one (or NULL).
 */
void changes_compare(struct audit_change *change, const struct sighting *before,
		     const struct sighting *seen, const struct sighting *now);

/* "error P1, warning V4"; owned. */
char *changes_say(const char *findings) MUST_CHECK;

#endif
