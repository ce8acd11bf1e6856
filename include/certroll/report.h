/**
 * @file
 * report: results for people and programs, on standard output.  docs/reports.md describes the forms.
 *
 * Layer: app.
 */
#ifndef CERTROLL_REPORT_H
#define CERTROLL_REPORT_H

#include "certroll/site.h"

enum report_format {
	REPORT_TEXT,
	REPORT_JSON,
	REPORT_JSONL,
	REPORT_NAGIOS,
	REPORT_PROMETHEUS,
	REPORT_JUNIT,
	REPORT_CSV,
	REPORT_HTML,
};
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

/**
 * The same into a file, which is there whole or not at all.
 *
 * @param always  also what is well, whatever request->quiet says
 * @return 0, or -1 with ERR_IO
 */
int report_file(const struct site *site, enum report_kind kind, enum report_format format,
		const char *path, bool always, struct err *err) MUST_CHECK;

/** "audit", ... */
const char *report_kind_name(enum report_kind kind);

/** The exit status that goes with the format: site_exit_status(), or that of a plugin. */
int report_status(const struct site *site, enum report_format format);
int report_nagios_status(const struct site *site);

/** Nothing could be looked at: the line of a plugin, and its exit status. */
int report_nagios_unknown(const struct err *err);

/** Findings alone, as `place: severity id: sentence` with the remedy below. */
void report_findings(const struct findings *findings, bool quiet);

/** @name One per format
 * @{ */
void report_text(const struct site *site, enum report_kind kind);
void report_json(const struct site *site, enum report_kind kind);
void report_jsonl(const struct site *site, enum report_kind kind);
void report_nagios(const struct site *site, enum report_kind kind);
void report_prometheus(const struct site *site, enum report_kind kind);
void report_junit(const struct site *site, enum report_kind kind);
void report_csv(const struct site *site, enum report_kind kind);
void report_html(const struct site *site, enum report_kind kind);
/** @} */

/**
 * The page of REPORT_HTML: one file without anything from elsewhere, and without secrets; owned.
 * Of all kinds but REPORT_CHECK.
 */
char *report_page(const struct site *site, enum report_kind kind) MUST_CHECK;

/** "changed", "unreachable", ... */
const char *outcome_name(enum outcome outcome);

/** "proved", "old", "partial", "factory", "other", "unreachable", "looked". */
const char *endpoint_state(const struct endpoint *endpoint);

/** The newest look. */
const struct served *endpoint_look(const struct endpoint *endpoint);

#endif
