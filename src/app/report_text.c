/*
 * The report for people: the plan or the recap, one line a device, what is wrong below it.
 */
#include "certroll/report.h"
#include "certroll/text.h"
#include "certroll/way_back.h"
#include "report_changes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static const char *paint(const char *colour)
{
	return colours() ? colour : "";
}

static const char *severity_colour(enum severity severity)
{
	return severity == SEVERITY_ERROR     ? "\033[31m"
	       : severity == SEVERITY_WARNING ? "\033[33m"
					      : "\033[36m";
}

static void print_finding(const struct finding *finding, const char *indent)
{
	printf("%s%s%s%s%s%s %s: %s\n", indent, finding->place, *finding->place ? ": " : "",
	       paint(severity_colour(finding->severity)), severity_name(finding->severity),
	       paint("\033[0m"), finding->id, finding->sentence);
	if (*finding->remedy)
		printf("%s    %s\n", indent, finding->remedy);
}

void report_findings(const struct findings *findings, bool quiet)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!quiet || findings->items[i].severity == SEVERITY_ERROR)
			print_finding(&findings->items[i], "");
}

static const char *outcome_colour(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAILED:
	case OUTCOME_REVERTED:
	case OUTCOME_UNREACHABLE:
		return "\033[31m";
	case OUTCOME_RESET:
	case OUTCOME_STOPPED:
	case OUTCOME_NOT_BEGUN:
	case OUTCOME_WOULD:
	case OUTCOME_HELD:
	case OUTCOME_DUE:
		return "\033[33m";
	default:
		return "\033[32m";
	}
}

static int name_width(const struct site *site)
{
	size_t width = 6;

	for (size_t i = 0; i < site->count; i++)
		if (strlen(site->results[i].device->name) > width)
			width = strlen(site->results[i].device->name);
	return width > 40 ? 40 : (int)width;
}

static void print_skew(const struct job *job)
{
	long long skew = (long long)job->clock_skew;

	if (job->clock_known && llabs(skew) > 120)
		printf("      warning: its clock is %lld seconds %s\n", llabs(skew),
		       skew > 0 ? "ahead" : "behind");
}

static void print_shown(const struct job *job)
{
	for (size_t i = 0; i < job->shown_count; i++)
		printf("%s%s", i ? " > " : "      the box shows: ", job->shown[i]);
	if (job->shown_count)
		printf("\n");
}

static void print_served(const struct site *site, const struct endpoint *endpoint)
{
	const struct served *served = endpoint_look(endpoint);
	const struct cert *leaf = served->chain ? chain_leaf(served->chain) : NULL;
	auto_free char *left = leaf ? text_remaining(leaf->not_after - site->now) : NULL;

	if (!served->looked || endpoint->after_only)
		return;
	printf("      %-8s %5u  ", endpoint->service->name, endpoint->service->port);
	if (!leaf) {
		printf("%s\n", served_failure(served));
		return;
	}
	printf("%-8s '%s', %s%s%s%s\n", endpoint_state(endpoint), leaf->display, left,
	       leaf->not_after < site->now ? "" : " left", served->tls_version ? ", " : "",
	       served->tls_version ? served->tls_version : "");
}

static void print_job(const struct site *site, const struct job *job, enum report_kind kind)
{
	const char *firmware = job_known(job, FACT_FIRMWARE), *name = job_known(job, FACT_NAME);

	if (kind == REPORT_PLAN && firmware)
		printf("      %s%s%s\n", name ? name : "", name ? ", firmware " : "firmware ",
		       firmware);
	if (job->device->trust == TRUST_NONE)
		printf("      warning: trust: none - nobody checked that this is the device\n");
	print_skew(job);
	if (kind == REPORT_PLAN || site->request->verbose)
		print_shown(job);
	for (size_t i = 0; i < job->notes.count; i++)
		print_finding(&job->notes.items[i], "      ");
}

/* Its turn, the way back, and what to know before. */
static void print_plan(const struct site *site, const struct result *result)
{
	if (result->wave)
		printf("      wave %zu of %zu%s; way back: %s\n", result->wave, site->waves,
		       result->canary ? ", canary" : "",
		       way_back_words(way_back_kind(site, result)));
	for (size_t i = 0; i < result->warnings.count; i++)
		print_finding(&result->warnings.items[i], "      ");
}

static bool is_well(enum outcome outcome)
{
	return outcome == OUTCOME_WELL || outcome == OUTCOME_CHANGED ||
	       outcome == OUTCOME_UNCHANGED || outcome == OUTCOME_HELD || outcome == OUTCOME_WOULD;
}

static void print_result(const struct site *site, const struct result *result,
			 enum report_kind kind, int width)
{
	if (site->request->quiet && is_well(result->outcome))
		return;
	printf("  %-*s  %s%-12s%s %s\n", width, result->device->name,
	       paint(outcome_colour(result->outcome)), outcome_name(result->outcome),
	       paint("\033[0m"), result->sentence ? result->sentence : "");
	if (result->job)
		print_job(site, result->job, kind);
	if (kind == REPORT_PLAN)
		print_plan(site, result);
	if (kind == REPORT_PLAN || kind == REPORT_AUDIT || kind == REPORT_VERIFY ||
	    site->request->verbose)
		for (size_t i = 0; i < result->endpoint_count; i++) {
			print_served(site, &result->endpoints[i]);
			report_change(site, result, &result->endpoints[i]);
		}
	for (size_t i = 0; i < result->findings.count; i++)
		print_finding(&result->findings.items[i], "      ");
}

static void print_recap(const struct site *site)
{
	size_t counts[OUTCOMES] = { 0 };
	const char *separator = "";

	for (size_t i = 0; i < site->count; i++)
		counts[site->results[i].outcome]++;
	printf("\n%zu device%s: ", site->count, site->count == 1 ? "" : "s");
	for (size_t i = 0; i < COUNT(counts); i++) {
		if (!counts[i])
			continue;
		printf("%s%zu %s", separator, counts[i], outcome_name((enum outcome)i));
		separator = ", ";
	}
	printf("\n");
}

static void print_bundle(const struct site *site)
{
	const struct bundle *bundle = site->bundle;

	for (size_t i = 0; i < bundle->block_count; i++) {
		const struct block *block = &bundle->blocks[i];
		auto_free char *key = block->cert ? cert_key_text(block->cert) : NULL;
		char until[32];

		if (block->cert)
			printf("  block %zu, line %d: certificate of '%s', issued by '%s', %s, "
			       "until %s\n",
			       i + 1, block->line, block->cert->display, block->cert->issuer_cn,
			       key, text_time(block->cert->not_after, until));
		else
			printf("  block %zu, line %d: %s\n", i + 1, block->line, block->label);
	}
}

/* A check prints all findings of its files; elsewhere, too, nobody may forget what is relaxed. */
static void print_policy(const struct site *site)
{
	for (size_t i = 0; i < site->findings.count; i++)
		if (strcmp(site->findings.items[i].id, "policy") == 0)
			print_finding(&site->findings.items[i], "  ");
}

/* Once for each chain, and not for each device. */
static void print_drift(const struct site *site)
{
	for (size_t i = 0; i < site->findings.count; i++)
		if (strcmp(site->findings.items[i].id, "drift") == 0)
			print_finding(&site->findings.items[i], "  ");
}

void report_text(const struct site *site, enum report_kind kind)
{
	int width = name_width(site);

	if (kind == REPORT_CHECK) {
		if (!site->request->quiet)
			print_bundle(site);
		report_findings(&site->findings, site->request->quiet);
		if (!site->request->quiet && findings_worst(&site->findings) < SEVERITY_ERROR)
			printf("%s: fit to be installed\n", site->bundle->path);
		return;
	}
	if (!site->request->quiet) {
		printf("%s\n", report_kind_name(kind));
		print_policy(site);
	}
	if (site->request->diff) {
		report_diff(site);
		return;
	}
	for (size_t i = 0; i < site->count && !site->request->summary; i++)
		print_result(site, &site->results[i], kind, width);
	report_vanished(site);
	print_drift(site);
	if (!site->request->quiet) {
		print_recap(site);
		report_compared(site);
	}
}
