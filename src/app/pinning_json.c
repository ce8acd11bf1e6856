/*
 * The keys of devices for programs.  Schema 1: names only ever get more, none changes its meaning.
 */
#include "certroll/pinning.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Everything textual was made printable, so valid UTF-8; "" stands in should that ever fail. */
static json_t *text(const char *value)
{
	json_t *string = json_string(value ? value : "");

	return string ? string : json_string("");
}

static void add_key(json_t *object, const char *prefix, const unsigned char key[PIN_HASH])
{
	char hex[2 * PIN_HASH + 1], base64[PINNING_BASE64];
	auto_free char *in_hex = text_format("%s_sha256", prefix);
	auto_free char *in_base64 = text_format("%s_base64", prefix);

	text_hex(key, PIN_HASH, hex);
	pinning_base64(key, base64);
	json_object_set_new(object, in_hex, text(hex));
	json_object_set_new(object, in_base64, text(base64));
}

static void add_known(json_t *object, const struct pinning *one)
{
	char when[32];

	if (!one->since)
		return;
	add_key(object, "known_key", one->known);
	json_object_set_new(object, "known_since", text(text_time(one->since, when)));
	json_object_set_new(object, "known_identity", text(one->known_identity));
}

static void add_seen(json_t *object, const struct pinning *one)
{
	const struct served *seen = &one->endpoint.before;
	const struct cert *leaf = seen->chain ? chain_leaf(seen->chain) : NULL;
	char hex[2 * CERT_HASH + 1];

	if (one->state == PIN_UNSEEN || !leaf) {
		json_object_set_new(
			object, "detail",
			text(one->job->err.code ? one->job->err.text : served_failure(seen)));
		return;
	}
	add_key(object, "key", leaf->key_sha256);
	text_hex(leaf->sha256, CERT_HASH, hex);
	json_object_set_new(object, "certificate_sha256", text(hex));
	json_object_set_new(object, "subject", text(leaf->subject));
	json_object_set_new(object, "issuer", text(leaf->issuer));
	json_object_set_new(object, "identity", text(job_known(one->job, FACT_IDENTITY)));
}

static json_t *one_json(const struct pinning *one)
{
	auto_free char *address = endpoint_address(&one->endpoint);
	json_t *object =
		json_pack("{s:o,s:o,s:o,s:o,s:b}", "device", text(one->device->name), "address",
			  text(address), "trust", text(trust_name(one->device->trust)), "state",
			  text(pin_state_name(one->state)), "noted", one->noted);

	add_known(object, one);
	add_seen(object, one);
	return object;
}

void pinnings_json(const struct pinnings *pinnings)
{
	json_t *devices = json_array();
	json_t *root = json_pack("{s:i,s:s,s:o}", "schema", 1, "kind", "pin", "devices", devices);

	for (size_t i = 0; i < pinnings->count; i++)
		json_array_append_new(devices, one_json(&pinnings->items[i]));
	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	fflush(stdout);
	json_decref(root);
}
