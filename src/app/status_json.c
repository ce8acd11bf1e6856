/* The status for programs.  Schema 1: names only ever get more, none changes its meaning. */
#include "certroll/exit.h"
#include "certroll/status.h"
#include "stored_json.h"
#include <stdio.h>

static json_t *audit_json(const struct status *status)
{
	const struct audit *last = status->audits;

	if (!status->audit_count)
		return json_null();
	return json_pack("{s:I,s:o,s:o,s:o,s:I,s:I,s:o,s:b}", "audit", (json_int_t)last->id,
			 "started", stored_moment(last->started), "ended",
			 stored_moment(last->ended), "limit", stored_text(last->limit), "unlooked",
			 (json_int_t)last->unlooked, "changed", (json_int_t)last->changed, "whole",
			 stored_moment(status->whole), "stale", (int)status_is_stale(status));
}

static json_t *sighting_json(const struct sighting *one)
{
	if (!one)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "device", stored_text(one->device),
			 "service", stored_text(one->service), "name", stored_text(one->name),
			 "leaf_sha256", stored_hash(&one->leaf), "leaf", stored_text(one->subject),
			 "not_after", stored_moment(one->not_after), "since",
			 stored_moment(one->since), "findings", stored_findings(one->findings));
}

static json_t *run_json(const struct status *status)
{
	const struct journal_run *run = status->runs;
	json_t *due = json_array();
	const char *outcome;

	for (size_t i = 0; i < status->due_count; i++)
		json_array_append_new(due, stored_text(status->due[i]->name));
	if (!status->run_count) {
		json_decref(due);
		return json_null();
	}
	outcome = run->ended ? run->outcome : status->running ? "running" : "cut off";
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:o}", "run", (json_int_t)run->id,
			 "command", stored_text(run->command), "started",
			 stored_moment(run->started), "ended", stored_moment(run->ended), "user",
			 stored_text(run->user), "outcome", stored_text(outcome), "devices",
			 (json_int_t)run->devices, "proved", (json_int_t)run->proved, "failed",
			 (json_int_t)run->failed, "due", due);
}

void status_json(const struct status *status)
{
	json_t *counts = json_pack(
		"{s:I,s:I,s:I,s:I,s:I}", "total", (json_int_t)status->endpoints, "well",
		(json_int_t)status->well, "warnings", (json_int_t)status->warnings, "errors",
		(json_int_t)status->errors, "unreachable", (json_int_t)status->unreachable);
	json_t *root = json_pack(
		"{s:i,s:s,s:o,s:o,s:b,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "schema", 1, "kind", "status",
		"inventory", stored_text(status->inventory), "at", stored_moment(status->site->now),
		"well", status_exit(status) == EXIT_WELL, "audit", audit_json(status), "endpoints",
		counts, "unseen_devices", (json_int_t)status->unseen, "worst",
		sighting_json(status->worst), "shortest", sighting_json(status->shortest),
		"roll_out", run_json(status), "next", stored_text(status->next));

	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(root);
}
