/* The history of audits for programs.  Schema 1: names only ever get more, none changes its meaning. */
#include "certroll/text.h"
#include "certroll/trend.h"
#include "changes.h"
#include "stored_json.h"
#include <stdio.h>

static json_t *audit_json(const struct audit *audit)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "audit",
			 (json_int_t)audit->id, "started", stored_moment(audit->started), "ended",
			 stored_moment(audit->ended), "inventory", stored_text(audit->inventory),
			 "limit", stored_text(audit->limit), "well", (json_int_t)audit->well,
			 "warnings", (json_int_t)audit->warnings, "errors",
			 (json_int_t)audit->errors, "unreachable", (json_int_t)audit->unreachable,
			 "unlooked", (json_int_t)audit->unlooked, "changed",
			 (json_int_t)audit->changed, "status", (json_int_t)audit->status);
}

static json_t *sighting_json(const struct sighting *one)
{
	return json_pack("{s:o,s:o,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "device",
			 stored_text(one->device), "service", stored_text(one->service), "port",
			 (json_int_t)one->port, "name", stored_text(one->name), "since",
			 stored_moment(one->since), "until", stored_moment(one->until),
			 "leaf_sha256", stored_hash(&one->leaf), "chain_sha256",
			 stored_hash(&one->chain), "leaf", stored_text(one->subject), "not_after",
			 stored_moment(one->not_after), "findings", stored_findings(one->findings));
}

static void print(const char *name, json_t *list)
{
	json_t *root = json_pack("{s:i,s:s,s:o}", "schema", 1, "kind", "history", name, list);

	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(root);
}

void trend_audits_json(const struct audit *audits, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, audit_json(&audits[i]));
	print("audits", list);
}

void trend_sightings_json(const struct sighting *sightings, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, sighting_json(&sightings[i]));
	print("sightings", list);
}
