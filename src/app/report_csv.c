/* RFC 4180, with a header line. */
#include "certroll/report.h"
#include "certroll/table.h"
#include "csv.h"
#include <stdio.h>
#include <string.h>

static bool is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text);
}

void csv_print(const char *text)
{
	bool quoted = is_formula(text) || strpbrk(text, ",\"\r\n");

	printf("%s%s", quoted ? "\"" : "", is_formula(text) ? "'" : "");
	for (const char *at = text; *at; at++)
		printf("%s%c", *at == '"' ? "\"" : "", *at);
	printf("%s", quoted ? "\"" : "");
}

static const char *vanished_value(const struct audit_change *gone, const char *column)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{ "device", gone->device },
		{ "service", gone->service },
		{ "name", gone->name },
		{ "state", "vanished" },
		{ "standing", standing_name(STANDING_UNKNOWN) },
		{ "outcome", outcome_name(OUTCOME_NONE) },
		{ "changed", "vanished" },
		{ "changes", gone->sentence },
	};

	for (size_t i = 0; i < COUNT(values); i++)
		if (!strcmp(values[i].name, column))
			return values[i].value;
	return "";
}

/* What is no longer in the inventory has a row once more. */
static void print_vanished(const struct audit_log *log)
{
	for (size_t i = 0; log && i < log->vanished_count; i++) {
		for (const struct column *column = columns; column->name; column++) {
			printf("%s", column == columns ? "" : ",");
			csv_print(vanished_value(&log->vanished[i], column->name));
		}
		printf("\r\n");
	}
}

void report_csv(const struct site *site, enum report_kind kind)
{
	auto_table table = table_make(site);
	auto_buf value = BUF_MAX(COLUMN_MAX);

	(void)kind;
	for (const struct column *column = columns; column->name; column++)
		printf("%s%s", column == columns ? "" : ",", column->name);
	printf("\r\n");
	for (size_t i = 0; i < table.count; i++) {
		for (const struct column *column = columns; column->name; column++) {
			buf_clear(&value);
			column->put(&table.rows[i], &value);
			printf("%s", column == columns ? "" : ",");
			if (column->number)
				printf("%s", buf_text(&value));
			else
				csv_print(buf_text(&value));
		}
		printf("\r\n");
	}
	print_vanished(site->log);
}
