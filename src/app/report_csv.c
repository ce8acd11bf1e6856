/* RFC 4180, with a header line. */
#include "certroll/report.h"
#include "certroll/table.h"
#include <stdio.h>
#include <string.h>

/*
 * Spreadsheets take a text that begins with one of these for a formula, quoted or not, and a
 * certificate's text is anybody's: the apostrophe makes it text.
 */
static bool is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text);
}

static void print_text(const char *text)
{
	bool quoted = is_formula(text) || strpbrk(text, ",\"\r\n");

	printf("%s%s", quoted ? "\"" : "", is_formula(text) ? "'" : "");
	for (const char *at = text; *at; at++)
		printf("%s%c", *at == '"' ? "\"" : "", *at);
	printf("%s", quoted ? "\"" : "");
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
				print_text(buf_text(&value));
		}
		printf("\r\n");
	}
}
