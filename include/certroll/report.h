/**
 * @file
 * report: results for people (text) and programs (json), on standard output.
 *
 * Layer: app.
 */
#ifndef CERTROLL_REPORT_H
#define CERTROLL_REPORT_H

#include "certroll/site.h"

enum report_format { REPORT_TEXT, REPORT_JSON };
extern const char *const report_words[];

/** What is being reported: chooses the words. */
enum report_kind {
	REPORT_CHECK,
	REPORT_PLAN,
	REPORT_DEPLOY,
	REPORT_VERIFY,
	REPORT_AUDIT,
	REPORT_CLEAR
};

/** Print the whole report.  With request->quiet: only what is not well. */
void report_print(const struct site *site, enum report_kind kind, enum report_format format);

/** Findings alone, as `place: severity id: sentence` with the remedy below. */
void report_findings(const struct findings *findings, bool quiet);

/** @name One per format
 * @{ */
void report_text(const struct site *site, enum report_kind kind);
void report_json(const struct site *site, enum report_kind kind);
/** @} */

/** "changed", "unreachable", ... */
const char *outcome_name(enum outcome outcome);

/** "proved", "old", "partial", "factory", "other", "unreachable", "looked". */
const char *endpoint_state(const struct endpoint *endpoint);

/** The newest look. */
const struct served *endpoint_look(const struct endpoint *endpoint);

#endif
