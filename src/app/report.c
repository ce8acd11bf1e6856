#include "certroll/report.h"
#include "certroll/audit_log.h"
#include "certroll/driver.h"
#include "certroll/exit.h"
#include <stdio.h>

const char *const report_words[] = { "text",  "json", "jsonl", "nagios", "prometheus",
				     "junit", "csv",  "html",  NULL };

const char *report_kind_name(enum report_kind kind)
{
	static const char *const names[] = {
		"check", "plan", "deploy", "verify", "audit", "clear"
	};

	return names[kind];
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_NONE] = "unknown",
		[OUTCOME_UNCHANGED] = "unchanged",
		[OUTCOME_CHANGED] = "changed",
		[OUTCOME_WOULD] = "would-change",
		[OUTCOME_HELD] = "held",
		[OUTCOME_WELL] = "well",
		[OUTCOME_RESET] = "needs-reset",
		[OUTCOME_FAILED] = "failed",
		[OUTCOME_UNREACHABLE] = "unreachable",
		[OUTCOME_STOPPED] = "stopped",
		[OUTCOME_NOT_BEGUN] = "not-begun",
		[OUTCOME_REVERTED] = "reverted",
		[OUTCOME_DUE] = "due",
	};

	return (size_t)outcome < COUNT(names) ? names[outcome] : "unknown";
}

const struct served *endpoint_look(const struct endpoint *endpoint)
{
	return endpoint->after.looked ? &endpoint->after : &endpoint->before;
}

const char *endpoint_state(const struct endpoint *endpoint)
{
	static const char *const names[] = {
		"looked", "proved", "old", "partial", "other", "closed"
	};

	const struct device *device = endpoint->device;
	const struct chain *chain = endpoint_look(endpoint)->chain;

	if (!chain && endpoint->proof != PROOF_CLOSED)
		return "unreachable";
	if (endpoint->proof == PROOF_OTHER && device->driver &&
	    device->driver->factory(device->options, chain_leaf(chain)))
		return "factory";
	return names[endpoint->proof];
}

static void (*const reports[])(const struct site *, enum report_kind) = {
	[REPORT_TEXT] = report_text,   [REPORT_JSON] = report_json,
	[REPORT_JSONL] = report_jsonl, [REPORT_NAGIOS] = report_nagios,
	[REPORT_CSV] = report_csv,     [REPORT_PROMETHEUS] = report_prometheus,
	[REPORT_JUNIT] = report_junit, [REPORT_HTML] = report_html,
};

/* What a scheduler or a scraper reads must be there when all is well, too. */
static bool may_be_silent(enum report_kind kind, enum report_format format)
{
	return kind != REPORT_CHECK && format != REPORT_NAGIOS && format != REPORT_PROMETHEUS;
}

void report_print(const struct site *site, enum report_kind kind, enum report_format format)
{
	bool known = format < COUNT(reports) && reports[format];

	if (site->request->diff && !(site->log && site->log->changed))
		return;
	if (site->request->quiet && may_be_silent(kind, format) &&
	    site_exit_status(site) == EXIT_WELL)
		return;
	(known ? reports[format] : report_text)(site, kind);
	fflush(stdout);
}

int report_status(const struct site *site, enum report_format format)
{
	return format == REPORT_NAGIOS ? report_nagios_status(site) : site_exit_status(site);
}
