/*
 * What Nagios, Icinga and their kin read (Monitoring Plugins Development Guidelines): one line with
 * status and performance data, then a line for each endpoint that is not well.
 */
#include "certroll/exit.h"
#include "certroll/report.h"
#include "certroll/table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Schedulers keep 4 or 8 KiB of what a plugin says. */
enum { DATA_ENDPOINTS = 32, TEXT_ENDPOINTS = 24, SENTENCE_MOST = 160 };

static const char *const words[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

/* Behind '|' begins performance data. */
static void print_plain(const char *text, size_t most)
{
	for (size_t i = 0; text[i] && (i < most || (text[i] & 0xc0) == 0x80); i++)
		putchar(text[i] == '|' ? '?' : text[i]);
}

/* Labels are quoted; a quote or an equals sign would end them. */
static void print_label(const char *text)
{
	for (; *text; text++)
		putchar(strchr("|'=", *text) ? '_' : *text);
}

static int status_of(const struct site *site, const struct table *table)
{
	if (table->standings[STANDING_ERROR])
		return NAGIOS_CRITICAL;
	if (table->standings[STANDING_UNKNOWN] || site->interrupted || !table->count)
		return NAGIOS_UNKNOWN;
	return table->standings[STANDING_WARNING] || site->unsaved ? NAGIOS_WARNING : NAGIOS_OK;
}

int report_nagios_status(const struct site *site)
{
	auto_table table = table_make(site);

	return status_of(site, &table);
}

static void print_row(const struct row *row, size_t most)
{
	print_plain(row->result->device->name, SENTENCE_MOST);
	printf(" ");
	print_plain(row->endpoint ? row->endpoint->service->name : "", SENTENCE_MOST);
	printf(": ");
	print_plain(row_sentence(row), most);
}

/* The thresholds are lower bounds: an alert below them. */
static void print_days(const struct row *row, const struct site *site)
{
	struct judgement judgement = { 0 };
	int64_t warn, fail;

	site_set_life(site, row->result->device, &judgement);
	rules_life(&judgement, cert_lifetime(row->leaf), &warn, &fail);
	printf("=%" PRId64 ";%" PRId64 ":;%" PRId64 ":", row_days(row, row->leaf), warn / 86400,
	       fail / 86400);
}

static const struct row *soonest(const struct table *table)
{
	const struct row *first = NULL;

	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (row->leaf && (!first || row->leaf->not_after < first->leaf->not_after))
			first = row;
	}
	return first;
}

static void print_endpoint_days(const struct table *table, const struct site *site)
{
	size_t printed = 0;

	for (size_t i = 0; i < table->count && printed < DATA_ENDPOINTS; i++) {
		const struct row *row = &table->rows[i];

		if (!row->first || !row->leaf)
			continue;
		printf(" '");
		print_label(row->result->device->name);
		printf(" ");
		print_label(row->endpoint->service->name);
		printf(" ");
		print_label(row->endpoint->sni);
		printf("'");
		print_days(row, site);
		printed++;
	}
}

static void print_data(const struct table *table, const struct site *site)
{
	const struct row *first = soonest(table);

	printf(" | endpoints=%zu warnings=%zu errors=%zu unknown=%zu", table->count,
	       table->standings[STANDING_WARNING], table->standings[STANDING_ERROR],
	       table->standings[STANDING_UNKNOWN]);
	if (site->log && site->log->before)
		printf(" changed=%zu", site->log->changed);
	if (first) {
		printf(" days_left");
		print_days(first, site);
	}
	print_endpoint_days(table, site);
	printf("\n");
}

static enum standing standing_of_status(int status)
{
	return status == NAGIOS_CRITICAL  ? STANDING_ERROR
	       : status == NAGIOS_WARNING ? STANDING_WARNING
					  : STANDING_UNKNOWN;
}

static void print_head(const struct table *table, int status)
{
	enum standing worst = standing_of_status(status);

	printf("CERTROLL %s - ", words[status]);
	if (status == NAGIOS_OK) {
		printf("%zu endpoint%s well", table->count, table->count == 1 ? "" : "s");
		return;
	}
	if (status == NAGIOS_WARNING && !table->standings[STANDING_WARNING]) {
		printf("the new keys of the devices are not noted");
		return;
	}
	printf("%zu of %zu endpoints", table->standings[worst], table->count);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].standing == worst) {
			printf("; ");
			print_row(&table->rows[i], SENTENCE_MOST);
			return;
		}
}

static void print_changes(const struct site *site)
{
	size_t count;
	auto_free const struct audit_change **changes = audit_changes(site, &count);

	for (size_t i = 0; i < count && i < TEXT_ENDPOINTS; i++) {
		printf("CHANGED ");
		print_plain(changes[i]->device, SENTENCE_MOST);
		printf(" ");
		print_plain(changes[i]->service, SENTENCE_MOST);
		printf(": ");
		print_plain(changes[i]->sentence, SENTENCE_MOST);
		printf("\n");
	}
}

void report_nagios(const struct site *site, enum report_kind kind)
{
	auto_table table = table_make(site);
	size_t told = 0;

	(void)kind;
	print_head(&table, status_of(site, &table));
	print_data(&table, site);
	for (size_t i = 0; i < table.count && told < TEXT_ENDPOINTS; i++) {
		if (table.rows[i].standing == STANDING_WELL)
			continue;
		printf("%s ", words[table.rows[i].standing]);
		print_row(&table.rows[i], SENTENCE_MOST);
		printf("\n");
		told++;
	}
	print_changes(site);
}

int report_nagios_unknown(const struct err *err)
{
	printf("CERTROLL UNKNOWN - ");
	print_plain(err->text, sizeof err->text);
	printf("\n");
	return NAGIOS_UNKNOWN;
}
