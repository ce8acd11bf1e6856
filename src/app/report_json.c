/*
 * The report for programs.  Schema 1: names only ever get more, none changes its meaning.
 */
#include "certroll/report.h"
#include "certroll/way_back.h"
#include "plan_json.h"
#include <jansson.h>
#include <stdio.h>
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

static json_t *findings_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *one = &findings->items[i];

		json_array_append_new(list,
				      json_pack("{s:o,s:o,s:o,s:o,s:o}", "id", text(one->id),
						"severity", text(severity_name(one->severity)),
						"place", text(one->place), "sentence",
						text(one->sentence), "remedy", text(one->remedy)));
	}
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

static json_t *endpoint_json(const struct site *site, const struct endpoint *endpoint,
			     const char *name)
{
	const struct served *served = endpoint_look(endpoint);
	const struct cert *leaf = served->chain ? chain_leaf(served->chain) : NULL;
	auto_free char *address = endpoint_address(endpoint);
	json_t *object =
		json_pack("{s:o,s:o,s:o,s:o,s:o}", "device", text(endpoint->device->name),
			  "service", text(endpoint->service->name), "name", text(name), "address",
			  text(address), "state", text(endpoint_state(endpoint)));

	if (leaf) {
		json_object_set_new(object, "leaf_sha256", hash(leaf->sha256));
		json_object_set_new(object, "not_after", time_text(leaf->not_after));
		json_object_set_new(object, "days_left",
				    json_integer((leaf->not_after - site->now) / 86400));
		json_object_set_new(object, "tls_version", text(served->tls_version));
	} else {
		json_object_set_new(object, "detail", text(served->detail));
	}
	json_object_set_new(object, "chain", chain_json(served->chain));
	return object;
}

static void add_endpoints(json_t *list, const struct site *site, const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];

		if (!endpoint_look(endpoint)->looked)
			continue;
		for (size_t j = 0; j < endpoint->name_count; j++)
			json_array_append_new(list,
					      endpoint_json(site, endpoint, endpoint->names[j]));
		if (!endpoint->name_count)
			json_array_append_new(list, endpoint_json(site, endpoint, ""));
	}
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

void report_json(const struct site *site, enum report_kind kind)
{
	static const char *const kinds[] = {
		"check", "plan", "deploy", "verify", "audit", "clear"
	};
	json_t *root = json_pack("{s:i,s:s,s:o}", "schema", 1, "kind", kinds[kind], "findings",
				 findings_json(&site->findings));
	json_t *devices = json_array(), *endpoints = json_array();

	if (kind == REPORT_CHECK)
		json_object_set_new(root, "blocks", blocks_json(site->bundle));
	for (size_t i = 0; i < site->count && kind != REPORT_CHECK; i++) {
		json_array_append_new(devices, device_json(site, &site->results[i]));
		add_endpoints(endpoints, site, &site->results[i]);
	}
	json_object_set_new(root, "devices", devices);
	json_object_set_new(root, "endpoints", endpoints);
	if (kind == REPORT_PLAN)
		json_object_set_new(root, "plan", plan_json(site));
	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(root);
}
