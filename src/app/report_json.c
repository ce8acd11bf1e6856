/*
 * The report for programs.  Schema 1: names only ever get more, none changes its meaning.
 */
#include "certroll/audit_log.h"
#include "certroll/report.h"
#include "certroll/table.h"
#include "certroll/way_back.h"
#include "plan_json.h"
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything textual was made printable, so valid UTF-8; "" stands in should that ever fail. */
static json_t *text(const char *value)
{
	json_t *string = json_string(value ? value : "");

	return string ? string : json_string("");
}

static json_t *hash(const unsigned char sha256[CERT_HASH])
{
	char hex[2 * CERT_HASH + 1];

	text_hex(sha256, CERT_HASH, hex);
	return json_string(hex);
}

static json_t *time_text(int64_t seconds)
{
	char when[32];

	return json_string(text_time(seconds, when));
}

static json_t *finding_json(const struct finding *one)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "id", text(one->id), "severity",
			 text(severity_name(one->severity)), "place", text(one->place), "sentence",
			 text(one->sentence), "remedy", text(one->remedy));
}

static json_t *findings_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++)
		json_array_append_new(list, finding_json(&findings->items[i]));
	return list;
}

static json_t *cert_json(const struct cert *cert)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "subject", text(cert->subject), "issuer",
			 text(cert->issuer), "not_before", time_text(cert->not_before), "not_after",
			 time_text(cert->not_after), "sha256", hash(cert->sha256));
}

static json_t *chain_json(const struct chain *chain)
{
	json_t *list = json_array();

	for (size_t i = 0; chain && i < chain->count; i++)
		json_array_append_new(list, cert_json(chain->certs[i]));
	return list;
}

static void add_column(json_t *object, const struct column *column, const struct row *row)
{
	auto_buf value = BUF_MAX(COLUMN_MAX);
	const char *shown;

	column->put(row, &value);
	shown = buf_text(&value);
	if (!*shown)
		return;
	json_object_set_new(object, column->name,
			    column->number ? json_integer(strtoll(shown, NULL, 10)) : text(shown));
}

static json_t *row_json(const struct row *row)
{
	struct findings findings = { (struct finding *)(uintptr_t)row->findings,
				     row->finding_count };
	json_t *object = json_object();

	for (const struct column *column = columns; column->name; column++)
		add_column(object, column, row);
	json_object_set_new(object, "name", text(row->name));
	json_object_set_new(object, "chain", chain_json(row->served ? row->served->chain : NULL));
	json_object_set_new(object, "findings", findings_json(&findings));
	return object;
}

/* One object a line, made and forgotten one after the other: a fleet may be large. */
static void print_object(json_t *object, const char *before)
{
	fputs(before, stdout);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(object);
}

static json_t *turn_json(const struct site *site, const struct result *result)
{
	return json_pack("{s:I,s:b,s:o,s:o}", "wave", (json_int_t)result->wave, "canary",
			 (int)result->canary, "way_back",
			 text(way_back_words(way_back_kind(site, result))), "warnings",
			 findings_json(&result->warnings));
}

static json_t *device_json(const struct site *site, const struct result *result)
{
	const struct job *job = result->job;
	json_t *object =
		json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "device", text(result->device->name), "role",
			  text(role_name(result->device->role)), "trust",
			  text(trust_name(result->device->trust)), "outcome",
			  text(outcome_name(result->outcome)), "sentence", text(result->sentence),
			  "findings", findings_json(&result->findings));

	if (result->wave)
		json_object_set_new(object, "plan", turn_json(site, result));
	if (!job)
		return object;
	json_object_set_new(object, "firmware", text(job_known(job, FACT_FIRMWARE)));
	json_object_set_new(object, "name", text(job_known(job, FACT_NAME)));
	if (job->clock_known)
		json_object_set_new(object, "clock_skew", json_integer(job->clock_skew));
	json_object_set_new(object, "notes", findings_json(&job->notes));
	return object;
}

static json_t *blocks_json(const struct bundle *bundle)
{
	json_t *list = json_array();

	for (size_t i = 0; bundle && i < bundle->block_count; i++) {
		const struct block *block = &bundle->blocks[i];
		json_t *object = json_pack("{s:I,s:i,s:o}", "block", (json_int_t)i + 1, "line",
					   block->line, "label", text(block->label));

		if (block->cert)
			json_object_set_new(object, "certificate", cert_json(block->cert));
		json_array_append_new(list, object);
	}
	return list;
}

/* With --diff only devices of which something changed. */
static bool is_shown(const struct site *site, const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct audit_change *change =
			audit_log_of(site, result, &result->endpoints[i]);

		if (change && change->what)
			return true;
	}
	return !site->request->diff;
}

static void print_devices(const struct site *site)
{
	const char *before = "\n";

	printf(",\n\"devices\":[");
	for (size_t i = 0; i < site->count; i++) {
		if (!is_shown(site, &site->results[i]))
			continue;
		print_object(device_json(site, &site->results[i]), before);
		before = ",\n";
	}
	printf("]");
}

/* As rows, with what can be said of an endpoint that was not looked at. */
static json_t *vanished_json(const struct audit_log *log)
{
	json_t *list = json_array();

	for (size_t i = 0; i < log->vanished_count; i++) {
		const struct audit_change *gone = &log->vanished[i];

		json_array_append_new(
			list, json_pack("{s:o,s:o,s:o,s:s,s:s,s:s,s:s,s:o,s:[],s:[]}", "device",
					text(gone->device), "service", text(gone->service), "name",
					text(gone->name), "state", "vanished", "standing",
					standing_name(STANDING_UNKNOWN), "outcome",
					outcome_name(OUTCOME_NONE), "changed", "vanished",
					"changes", text(gone->sentence), "chain", "findings"));
	}
	return list;
}

static void print_compared(const struct audit_log *log)
{
	if (!log)
		return;
	print_object(log->before ? time_text(log->before) : json_null(), ",\n\"compared_with\":");
	print_object(vanished_json(log), ",\n\"vanished\":");
}

static void print_endpoints(const struct site *site)
{
	auto_table table = table_make(site);
	const char *before = "\n";

	printf(",\n\"endpoints\":[");
	for (size_t i = 0; i < table.count; i++) {
		if (!table.rows[i].endpoint)
			continue;
		print_object(row_json(&table.rows[i]), before);
		before = ",\n";
	}
	printf("]");
}

void report_json(const struct site *site, enum report_kind kind)
{
	printf("{\"schema\":1,\"kind\":\"%s\"", report_kind_name(kind));
	print_object(findings_json(&site->findings), ",\n\"findings\":");
	if (kind == REPORT_CHECK)
		print_object(blocks_json(site->bundle), ",\n\"blocks\":");
	if (kind == REPORT_CHECK)
		printf(",\n\"devices\":[],\n\"endpoints\":[]");
	else
		print_devices(site);
	if (kind != REPORT_CHECK)
		print_endpoints(site);
	print_compared(site->log);
	if (kind == REPORT_PLAN)
		print_object(plan_json(site), ",\n\"plan\":");
	printf("}\n");
}

static void print_lines(json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		print_object(json_incref(json_array_get(list, i)), "");
		printf("\n");
	}
	json_decref(list);
}

/* A check has no endpoints: one finding a line. */
static void print_finding_lines(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		print_object(finding_json(&findings->items[i]), "");
		printf("\n");
	}
}

void report_jsonl(const struct site *site, enum report_kind kind)
{
	auto_table table = { 0 };

	if (kind == REPORT_CHECK) {
		print_finding_lines(&site->findings);
		return;
	}
	table = table_make(site);
	for (size_t i = 0; i < table.count; i++) {
		print_object(row_json(&table.rows[i]), "");
		printf("\n");
	}
	if (site->log)
		print_lines(vanished_json(site->log));
}
