/* What is different since the audit before, for people: below an endpoint, or alone (--diff). */
#include "report_changes.h"
#include "certroll/audit_log.h"
#include "certroll/report.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>

void report_change(const struct site *site, const struct result *result,
		   const struct endpoint *endpoint)
{
	const struct audit_change *change = audit_log_of(site, result, endpoint);

	if (change && change->what)
		printf("                      changed: %s\n", change->sentence);
}

static void print_one(const struct audit_change *change, size_t width)
{
	printf("  %-*s  %s%s%s%s: %s\n", (int)width, change->device, change->worse ? "! " : "",
	       change->service, *change->name ? " " : "", change->name, change->sentence);
}

void report_vanished(const struct site *site)
{
	const struct audit_log *log = site->log;

	for (size_t i = 0; log && i < log->vanished_count; i++)
		print_one(&log->vanished[i], strlen(log->vanished[i].device));
}

void report_compared(const struct site *site)
{
	char when[32];

	if (!site->log || !site->log->before)
		return;
	text_time(site->log->before, when);
	if (site->log->changed)
		printf("%zu endpoint%s changed since the audit of %s\n", site->log->changed,
		       site->log->changed == 1 ? "" : "s", when);
	else
		printf("nothing changed since the audit of %s\n", when);
}

void report_diff(const struct site *site)
{
	size_t count, width = 6;
	auto_free const struct audit_change **changes = audit_changes(site, &count);

	for (size_t i = 0; i < count; i++)
		if (strlen(changes[i]->device) > width)
			width = strlen(changes[i]->device);
	for (size_t i = 0; i < count; i++)
		print_one(changes[i], width > 40 ? 40 : width);
	report_compared(site);
}
