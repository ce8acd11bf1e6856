/*
 * What continuous integration reads: one test case per endpoint and name.  Findings that are no
 * errors stand in its output.
 */
#include "certroll/report.h"
#include "certroll/table.h"
#include "markup.h"
#include <stdio.h>

enum { ESCAPED_MAX = 65536 };

static void print_escaped(const char *text)
{
	auto_buf out = BUF_MAX(ESCAPED_MAX);

	put_escaped(&out, text);
	fputs(buf_text(&out), stdout);
}

static void print_findings(const struct row *row, enum severity from, enum severity to)
{
	for (size_t i = 0; i < row->finding_count; i++) {
		const struct finding *one = &row->findings[i];

		if (one->severity < from || one->severity > to)
			continue;
		printf("%s %s: ", severity_name(one->severity), one->id);
		print_escaped(one->sentence);
		printf("\n");
	}
}

static const char *first_error(const struct row *row)
{
	for (size_t i = 0; i < row->finding_count; i++)
		if (row->findings[i].severity == SEVERITY_ERROR)
			return row->findings[i].id;
	return outcome_name(row->result->outcome);
}

static void print_body(const struct row *row)
{
	if (row->standing == STANDING_UNKNOWN) {
		printf("    <skipped message=\"");
		print_escaped(row_sentence(row));
		printf("\"/>\n");
	}
	if (row->standing == STANDING_ERROR) {
		printf("    <failure type=\"%s\" message=\"", first_error(row));
		print_escaped(row_sentence(row));
		printf("\">");
		print_findings(row, SEVERITY_ERROR, SEVERITY_ERROR);
		printf("</failure>\n");
	}
	printf("    <system-out>");
	print_findings(row, SEVERITY_NOTE, SEVERITY_WARNING);
	if (row->change && row->change->what) {
		printf("changed: ");
		print_escaped(row->change->sentence);
		printf("\n");
	}
	printf("</system-out>\n");
}

static void print_case(const struct row *row)
{
	printf("  <testcase classname=\"");
	print_escaped(row->result->device->name);
	printf("\" name=\"");
	print_escaped(row->endpoint ? row->endpoint->service->name : "device");
	printf("%s", *row->name ? " " : "");
	print_escaped(row->name);
	printf("\">\n");
	print_body(row);
	printf("  </testcase>\n");
}

void report_junit(const struct site *site, enum report_kind kind)
{
	auto_table table = table_make(site);

	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<testsuite name=\"certroll %s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
	       "skipped=\"%zu\">\n",
	       report_kind_name(kind), table.count, table.standings[STANDING_ERROR],
	       table.standings[STANDING_UNKNOWN]);
	for (size_t i = 0; i < table.count; i++)
		print_case(&table.rows[i]);
	printf("</testsuite>\n");
}
