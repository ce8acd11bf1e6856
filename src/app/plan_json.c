/*
 * A plan as JSON: what it was made with and of, and what each device looked like.
 */
#include "plan_json.h"
#include "certroll/driver.h"
#include "certroll/plan_file.h"
#include "certroll/report.h"
#include "certroll/sign.h"
#include <string.h>

static json_t *text(const char *value)
{
	json_t *string = json_string(value ? value : "");

	return string ? string : json_string("");
}

static json_t *hex(const unsigned char digest[CERT_HASH])
{
	char out[2 * CERT_HASH + 1];

	text_hex(digest, CERT_HASH, out);
	return json_string(out);
}

/* Of the bytes of the files: a comment that changed is a change, too.  "": they cannot be read. */
static json_t *inventory_hash(const struct inventory *inventory)
{
	unsigned char digest[CERT_HASH];

	return inventory && site_digest(inventory, digest) == 0 ? hex(digest) : text("");
}

/* In the order of the file: some boxes are given it as it is. */
static json_t *bundle_hash(const struct bundle *bundle)
{
	const struct chain *chain = bundle && bundle->file ? bundle->file
				    : bundle               ? bundle->chain
							   : NULL;

	return chain ? hex(chain->sha256) : text("");
}

static json_t *endpoints_json(const struct result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];
		const struct chain *chain = endpoint->before.chain;

		if (!endpoint->after_only)
			json_array_append_new(
				list,
				json_pack("{s:o,s:o,s:o}", "service", text(endpoint->service->name),
					  "name", text(endpoint->sni), "leaf_sha256",
					  chain ? hex(chain_leaf(chain)->sha256) : text("")));
	}
	return list;
}

/* What waits for its window would be changed, and was planned so. */
static const char *planned(const struct result *result)
{
	return outcome_name(result->later ? OUTCOME_WOULD : result->outcome);
}

static json_t *device_json(const struct result *result)
{
	const char *firmware = result->job ? job_known(result->job, FACT_FIRMWARE) : NULL;

	return json_pack("{s:o,s:o,s:o,s:I,s:o}", "device", text(result->device->name), "firmware",
			 text(firmware), "outcome", text(planned(result)), "wave",
			 (json_int_t)result->wave, "endpoints", endpoints_json(result));
}

json_t *plan_json(const struct site *site)
{
	const struct site_request *request = site->request;
	json_t *plan = json_pack(
		"{s:i,s:o,s:o,s:o,s:o,s:o,s:b,s:b,s:I,s:I}", "schema", 1, "inventory_sha256",
		inventory_hash(site->inventory), "bundle_sha256", bundle_hash(site->bundle),
		"limit", text(request->limit), "serial", text(request->serial), "max_fail",
		text(request->max_fail), "no_canary", (int)request->no_canary, "trust_only",
		(int)request->trust_only, "per_site", (json_int_t)request->per_site, "recheck_ms",
		(json_int_t)request->recheck_ms);
	json_t *devices = json_array();

	for (size_t i = 0; i < site->count; i++)
		json_array_append_new(devices, device_json(&site->results[i]));
	json_object_set_new(plan, "devices", devices);
	return plan;
}

char *plan_text(const struct site *site)
{
	json_t *root =
		json_pack("{s:i,s:s,s:o}", "schema", 1, "kind", "plan", "plan", plan_json(site));
	char *printed = json_dumps(root, JSON_COMPACT);
	char *owned = text_copy(printed);

	free(printed);
	json_decref(root);
	return owned;
}
