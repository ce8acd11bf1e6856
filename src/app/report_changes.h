/*
 * report_changes: what is different since the audit before, in the text report.  Private to the app.
 */
#ifndef APP_REPORT_CHANGES_H
#define APP_REPORT_CHANGES_H

#include "certroll/site.h"

/* Below the line of an endpoint; nothing where nothing changed. */
void report_change(const struct site *site, const struct result *result,
		   const struct endpoint *endpoint);

/* Endpoints that are no longer in the inventory. */
void report_vanished(const struct site *site);

/* "3 endpoints changed since the audit of ..."; nothing without one. */
void report_compared(const struct site *site);

/* All changes and nothing else. */
void report_diff(const struct site *site);

#endif
