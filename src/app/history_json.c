/*
 * The history for programs.  Schema 1: names only ever get more, none changes its meaning.
 */
#include "certroll/history.h"
#include "certroll/text.h"
#include <jansson.h>
#include <stdio.h>

/* Printable when it was written; "" stands in for a text that somebody put there by hand. */
static json_t *text(const char *value)
{
	json_t *string = json_string(value);

	return string ? string : json_string("");
}

static json_t *hash(const struct journal_hash *value)
{
	char hex[2 * JOURNAL_HASH + 1];

	if (!value->set)
		return json_null();
	text_hex(value->bytes, JOURNAL_HASH, hex);
	return json_string(hex);
}

static json_t *moment(int64_t seconds)
{
	char when[32];

	return seconds ? json_string(text_time(seconds, when)) : json_null();
}

static json_t *run_json(const struct history *history, const struct journal_run *run)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:o}",
			 "run", (json_int_t)run->id, "command", text(run->command), "of",
			 run->of ? json_integer(run->of) : json_null(), "started",
			 moment(run->started), "ended", moment(run->ended), "user", text(run->user),
			 "host", text(run->host), "inventory", text(run->inventory),
			 "inventory_sha256", hash(&run->inventory_sha256), "subject",
			 text(run->subject), "leaf_sha256", hash(&run->leaf), "chain_sha256",
			 hash(&run->chain), "not_after", moment(run->not_after), "devices",
			 (json_int_t)run->devices, "proved", (json_int_t)run->proved, "failed",
			 (json_int_t)run->failed, "outcome", text(history_state(history, run)));
}

static json_t *device_json(const struct journal_device *device)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "run",
			 (json_int_t)device->run, "device", text(device->name), "driver",
			 text(device->driver), "outcome", text(history_outcome(device)), "sentence",
			 text(device->sentence), "leaf_sha256", hash(&device->leaf),
			 "before_sha256", hash(&device->before), "before",
			 text(device->before_name), "proved", moment(device->proved), "changes",
			 (json_int_t)device->changes);
}

static json_t *change_json(const struct journal_change *change)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "device", text(change->device), "step",
			 text(change->step), "state", text(change->state), "begun",
			 moment(change->begun), "ended", moment(change->ended));
}

static json_t *proof_json(const struct journal_proof *proof)
{
	return json_pack("{s:o,s:o,s:I,s:o,s:b,s:o,s:o,s:o}", "device", text(proof->device),
			 "service", text(proof->service), "port", (json_int_t)proof->port, "name",
			 text(proof->sni), "exact", proof->exact, "leaf_sha256", hash(&proof->leaf),
			 "chain_sha256", hash(&proof->chain), "at", moment(proof->at));
}

static void add_detail(const struct history *history, json_t *root)
{
	json_t *devices = json_array(), *changes = json_array(), *proofs = json_array();

	for (size_t i = 0; i < history->device_count; i++)
		json_array_append_new(devices, device_json(&history->devices[i]));
	for (size_t i = 0; i < history->change_count; i++)
		json_array_append_new(changes, change_json(&history->changes[i]));
	for (size_t i = 0; i < history->proof_count; i++)
		json_array_append_new(proofs, proof_json(&history->proofs[i]));
	json_object_set_new(root, "devices", devices);
	json_object_set_new(root, "changes", changes);
	json_object_set_new(root, "proofs", proofs);
}

void history_json(const struct history *history)
{
	json_t *root = json_pack("{s:i,s:s}", "schema", 1, "kind", "history");
	json_t *runs = json_array();

	for (size_t i = 0; i < history->run_count; i++)
		json_array_append_new(runs, run_json(history, &history->runs[i]));
	json_object_set_new(root, "runs", runs);
	if (history->detail)
		add_detail(history, root);
	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(root);
}
