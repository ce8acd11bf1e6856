/*
 * The text exposition format, for node_exporter's textfile collector.  Names and units follow
 * prometheus.io, "Metric and label naming": base units, the unit last, a prefix of our own.
 */
#include "certroll/report.h"
#include "certroll/table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_value(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			putchar('\\');
		putchar(*text);
	}
}

static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	print_value(value);
	printf("\"");
}

static void print_labels(const struct row *row)
{
	auto_free char *address = row->endpoint ? endpoint_address(row->endpoint) : NULL;

	print_label("{device", row->result->device->name);
	print_label(",service", row->endpoint ? row->endpoint->service->name : "");
	print_label(",name", row->name);
	print_label(",address", address ? address : "");
}

static void print_head(const char *name, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* One metric with one sample per row; false: the row has none. */
struct metric {
	const char *name, *help;
	bool (*value)(const struct row *row, int64_t *out);
};

static bool looked(const struct row *row)
{
	return row->served && row->served->looked;
}

static bool seen(const struct row *row, int64_t *out)
{
	*out = row->leaf != NULL;
	return looked(row) && row->endpoint->proof != PROOF_CLOSED;
}

static bool end_of(const struct cert *cert, int64_t *out)
{
	*out = cert ? cert->not_after : 0;
	return cert;
}

static bool leaf_end(const struct row *row, int64_t *out)
{
	return end_of(row->leaf, out);
}

static bool leaf_begin(const struct row *row, int64_t *out)
{
	*out = row->leaf ? row->leaf->not_before : 0;
	return row->leaf;
}

static bool chain_end(const struct row *row, int64_t *out)
{
	return end_of(row->chain_end, out);
}

static bool path_end(const struct row *row, int64_t *out)
{
	return end_of(row->path_end, out);
}

static bool serves_bundle(const struct row *row, int64_t *out)
{
	*out = row->endpoint && row->endpoint->proof == PROOF_EXACT;
	return row->endpoint && row->endpoint->proof != PROOF_NONE &&
	       row->endpoint->proof != PROOF_CLOSED;
}

static bool changed_at(const struct row *row, int64_t *out)
{
	*out = row->change ? row->change->since : 0;
	return row->change && row->change->looked;
}

static const struct metric metrics[] = {
	{ "certroll_probe_success", "Was a certificate chain seen?", seen },
	{ "certroll_cert_not_before_timestamp_seconds", "Begin of the leaf's validity.",
	  leaf_begin },
	{ "certroll_cert_not_after_timestamp_seconds", "End of the leaf's validity.", leaf_end },
	{ "certroll_chain_earliest_not_after_timestamp_seconds",
	  "Earliest end of validity among the certificates sent.", chain_end },
	{ "certroll_verified_chain_earliest_not_after_timestamp_seconds",
	  "Earliest end of validity between the leaf and its trust anchor.", path_end },
	{ "certroll_serves_bundle", "Is exactly the intended chain served?", serves_bundle },
	{ "certroll_endpoint_changed_timestamp_seconds",
	  "When an audit first saw chain and findings as they are now.", changed_at },
};

static void print_metric(const struct table *table, const struct metric *metric)
{
	int64_t value;

	print_head(metric->name, metric->help);
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (!metric->value(row, &value))
			continue;
		printf("%s", metric->name);
		print_labels(row);
		printf("} %" PRId64 "\n", value);
	}
}

static void print_findings(const struct table *table)
{
	print_head("certroll_findings", "Findings by severity.");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];
		size_t counts[SEVERITY_ERROR + 1] = { 0 };

		for (size_t j = 0; j < row->finding_count; j++)
			counts[row->findings[j].severity]++;
		for (int severity = SEVERITY_WARNING; looked(row) && severity <= SEVERITY_ERROR;
		     severity++) {
			printf("certroll_findings");
			print_labels(row);
			print_label(",severity", severity_name((enum severity)severity));
			printf("} %zu\n", counts[severity]);
		}
	}
}

/* Two findings with one id, about two certificates, are one sample. */
static bool told_before(const struct row *row, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(row->findings[i].id, row->findings[at].id) == 0 &&
		    row->findings[i].severity == row->findings[at].severity)
			return true;
	return false;
}

static void print_ids(const struct table *table)
{
	print_head("certroll_finding", "A warning or an error, by its id.");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		for (size_t j = 0; j < row->finding_count; j++) {
			const struct finding *finding = &row->findings[j];

			if (finding->severity < SEVERITY_WARNING || told_before(row, j))
				continue;
			printf("certroll_finding");
			print_labels(row);
			print_label(",severity", severity_name(finding->severity));
			print_label(",id", finding->id);
			printf("} 1\n");
		}
	}
}

static void print_infos(const struct table *table)
{
	char hex[2 * CERT_HASH + 1];

	print_head("certroll_cert_info", "The leaf that is served.");
	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (!row->leaf)
			continue;
		text_hex(row->leaf->sha256, CERT_HASH, hex);
		printf("certroll_cert_info");
		print_labels(row);
		print_label(",subject", row->leaf->subject);
		print_label(",issuer", row->leaf->issuer);
		print_label(",serial_number", row->leaf->serial);
		print_label(",fingerprint_sha256", hex);
		print_label(",tls_version",
			    row->served->tls_version ? row->served->tls_version : "");
		printf("} 1\n");
	}
}

static void print_run(const struct site *site, const struct table *table)
{
	static const enum standing all[] = { STANDING_WELL, STANDING_WARNING, STANDING_ERROR,
					     STANDING_UNKNOWN };

	print_head("certroll_endpoints", "Endpoints of the last run by how they stand.");
	for (size_t i = 0; i < COUNT(all); i++)
		printf("certroll_endpoints{standing=\"%s\"} %zu\n", standing_name(all[i]),
		       table->standings[all[i]]);
	print_head("certroll_last_run_timestamp_seconds", "When the last run began.");
	printf("certroll_last_run_timestamp_seconds %" PRId64 "\n", site->now);
}

void report_prometheus(const struct site *site, enum report_kind kind)
{
	auto_table table = table_make(site);

	(void)kind;
	for (size_t i = 0; i < COUNT(metrics); i++)
		print_metric(&table, &metrics[i]);
	print_findings(&table);
	print_ids(&table);
	print_infos(&table);
	print_run(site, &table);
}
