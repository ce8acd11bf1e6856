/*
 * The history for programs.  Schema 1: names only ever get more, none changes its meaning.
 */
#include "certroll/history.h"
#include "stored_json.h"
#include <stdio.h>

static json_t *run_json(const struct history *history, const struct journal_run *run)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:o}",
			 "run", (json_int_t)run->id, "command", stored_text(run->command), "of",
			 run->of ? json_integer(run->of) : json_null(), "started",
			 stored_moment(run->started), "ended", stored_moment(run->ended), "user",
			 stored_text(run->user), "host", stored_text(run->host), "inventory",
			 stored_text(run->inventory), "inventory_sha256",
			 stored_hash(&run->inventory_sha256), "subject", stored_text(run->subject),
			 "leaf_sha256", stored_hash(&run->leaf), "chain_sha256",
			 stored_hash(&run->chain), "not_after", stored_moment(run->not_after),
			 "devices", (json_int_t)run->devices, "proved", (json_int_t)run->proved,
			 "failed", (json_int_t)run->failed, "outcome",
			 stored_text(history_state(history, run)));
}

static json_t *device_json(const struct journal_device *device)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "run",
			 (json_int_t)device->run, "device", stored_text(device->name), "driver",
			 stored_text(device->driver), "outcome",
			 stored_text(history_outcome(device)), "sentence",
			 stored_text(device->sentence), "leaf_sha256", stored_hash(&device->leaf),
			 "before_sha256", stored_hash(&device->before), "before",
			 stored_text(device->before_name), "proved", stored_moment(device->proved),
			 "changes", (json_int_t)device->changes);
}

static json_t *change_json(const struct journal_change *change)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "device", stored_text(change->device), "step",
			 stored_text(change->step), "state", stored_text(change->state), "begun",
			 stored_moment(change->begun), "ended", stored_moment(change->ended));
}

static json_t *proof_json(const struct journal_proof *proof)
{
	return json_pack("{s:o,s:o,s:I,s:o,s:b,s:o,s:o,s:o}", "device", stored_text(proof->device),
			 "service", stored_text(proof->service), "port", (json_int_t)proof->port,
			 "name", stored_text(proof->sni), "exact", proof->exact, "leaf_sha256",
			 stored_hash(&proof->leaf), "chain_sha256", stored_hash(&proof->chain),
			 "at", stored_moment(proof->at));
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
