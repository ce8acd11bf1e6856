#include "certroll/report.h"
#include "certroll/driver.h"
#include <stdio.h>

const char *const report_words[] = { "text", "json", NULL };

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
	};

	return (size_t)outcome < COUNT(names) ? names[outcome] : "unknown";
}

const struct served *endpoint_look(const struct endpoint *endpoint)
{
	return endpoint->after.looked ? &endpoint->after : &endpoint->before;
}

const char *endpoint_state(const struct endpoint *endpoint)
{
	static const char *const names[] = { "looked", "proved", "old", "partial", "other" };

	const struct device *device = endpoint->device;
	const struct chain *chain = endpoint_look(endpoint)->chain;

	if (!chain)
		return "unreachable";
	if (endpoint->proof == PROOF_OTHER && device->driver &&
	    device->driver->factory(device->options, chain_leaf(chain)))
		return "factory";
	return names[endpoint->proof];
}

void report_print(const struct site *site, enum report_kind kind, enum report_format format)
{
	static void (*const reports[])(const struct site *, enum report_kind) = { report_text,
										  report_json };

	reports[format](site, kind);
	fflush(stdout);
}
