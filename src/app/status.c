#include "certroll/status.h"
#include "certroll/exit.h"
#include "certroll/history.h"
#include "certroll/journaling.h"
#include "certroll/lock.h"
#include "certroll/text.h"
#include "changes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUDITS_LOOKED_AT = 1000, DUE_NAMED = 5 };

static int load(struct status *status, struct journal *journal, struct err *err)
{
	struct err failure = { 0 };

	status->audits = audits_list(journal, status->inventory, AUDITS_LOOKED_AT,
				     &status->audit_count, &failure);
	if (!failure.code)
		status->sightings = sightings_present(journal, status->inventory,
						      &status->sighting_count, &failure);
	if (!failure.code)
		status->runs = journal_runs(journal, status->inventory, HISTORY_RUNS,
					    &status->run_count, &failure);
	if (!failure.code)
		status->devices =
			journal_latest(journal, status->inventory, &status->device_count, &failure);
	if (failure.code)
		*err = failure;
	return failure.code ? -1 : 0;
}

/* Errors before silence, silence before warnings. */
static int weight(const struct sighting *one)
{
	enum severity worst = changes_worst(one->findings);

	if (!one->leaf.set)
		return 2;
	return worst == SEVERITY_ERROR ? 3 : worst == SEVERITY_WARNING ? 1 : 0;
}

static void count_sightings(struct status *status)
{
	size_t counts[4] = { 0 };

	for (size_t i = 0; i < status->sighting_count; i++) {
		const struct sighting *one = &status->sightings[i];
		const struct sighting *worst = status->worst, *shortest = status->shortest;

		if (one->until)
			continue;
		counts[weight(one)]++;
		if (weight(one) > (worst ? weight(worst) : 0))
			status->worst = one;
		if (one->leaf.set && (!shortest || one->not_after < shortest->not_after))
			status->shortest = one;
	}
	status->well = counts[0];
	status->warnings = counts[1];
	status->unreachable = counts[2];
	status->errors = counts[3];
	status->endpoints = counts[0] + counts[1] + counts[2] + counts[3];
}

static int by_device(const void *a, const void *b)
{
	return strcmp(((const struct sighting *)a)->device, ((const struct sighting *)b)->device);
}

static void count_unseen(struct status *status)
{
	const struct inventory *inventory = status->site->inventory;

	for (size_t i = 0; i < inventory->count; i++) {
		const struct sighting key = { .device = inventory->devices[i].name };

		status->unseen += !status->sighting_count ||
				  !bsearch(&key, status->sightings, status->sighting_count,
					   sizeof key, by_device);
	}
}

static bool in_inventory(const struct status *status, const char *name)
{
	const struct inventory *inventory = status->site->inventory;

	for (size_t i = 0; i < inventory->count; i++)
		if (!strcmp(inventory->devices[i].name, name))
			return true;
	return false;
}

static void collect_due(struct status *status)
{
	status->due = mem_alloc((status->device_count + 1) * sizeof *status->due);
	for (size_t i = 0; i < status->device_count; i++)
		if (journaling_is_due(&status->devices[i]) &&
		    in_inventory(status, status->devices[i].name))
			status->due[status->due_count++] = &status->devices[i];
}

bool status_is_stale(const struct status *status)
{
	return !status->whole || status->site->now - status->whole > STATUS_AGE_MAX;
}

static const struct journal_run *run_of(const struct status *status, int64_t id)
{
	for (size_t i = 0; i < status->run_count; i++)
		if (status->runs[i].id == id)
			return &status->runs[i];
	return NULL;
}

/* The command that goes on with the newest run that left something. */
static char *next_of_due(const struct status *status, const char *rest)
{
	const struct journal_run *run = NULL;
	int64_t newest = 0;

	for (size_t i = 0; i < status->due_count; i++)
		if (status->due[i]->run > newest)
			newest = status->due[i]->run;
	run = run_of(status, newest);
	if (run && run->leaf.set && !strcmp(run->command, "deploy"))
		return text_format("certroll resume %lld%s", (long long)newest, rest);
	if (run && run->leaf.set && !strcmp(run->command, "resume"))
		return text_format("certroll resume %lld%s", (long long)run->of, rest);
	if (run && !strcmp(run->command, "rollback"))
		return text_format("certroll rollback %lld%s", (long long)run->of, rest);
	return text_format("certroll history %lld tells what is left to do again",
			   (long long)newest);
}

static char *next_step(const struct status *status)
{
	const char *folder = status->site->request->state;
	auto_free char *inventory = text_shell(status->site->request->inventory);
	auto_free char *state = folder ? text_shell(folder) : NULL;
	auto_free char *rest =
		text_format(" -i %s%s%s", inventory, state ? " --state " : "", state ? state : "");

	if (status->running)
		return text_format("wait: run %lld (%s) is under way",
				   (long long)(status->run_count ? status->runs[0].id : 0),
				   status->run_count ? status->runs[0].command : "?");
	if (status->due_count)
		return next_of_due(status, rest);
	if (status_is_stale(status) || status->unseen)
		return text_format("certroll audit%s", rest);
	if (status->errors || status->unreachable)
		return text_format("certroll audit%s -q", rest);
	if (status->shortest && strstr(status->shortest->findings, ":V4"))
		return text_format("get a new certificate, then: certroll deploy BUNDLE%s", rest);
	return text_copy("nothing");
}

int status_load(struct status *status, const struct site *site, struct err *err)
{
	char *path = realpath(site->request->inventory, NULL);
	struct journal *journal;
	int result;

	status->site = site;
	status->state = site_state(site->request->state);
	status->inventory = text_copy(path ? path : site->request->inventory);
	free(path);
	journal = journaling_read(status->state, err);
	if (!journal && err->code)
		return -1;
	result = journal ? load(status, journal, err) : 0;
	journal_close(journal);
	if (result)
		return -1;
	for (size_t i = 0; i < status->audit_count && !status->whole; i++)
		if (!*status->audits[i].limit && !status->audits[i].unlooked)
			status->whole = status->audits[i].started;
	count_sightings(status);
	count_unseen(status);
	collect_due(status);
	status->running = lock_is_held(status->state, status->inventory);
	status->next = next_step(status);
	return 0;
}

int status_exit(const struct status *status)
{
	bool due = status->due_count && !status->running;

	if (status->errors || due || status->unseen || status_is_stale(status))
		return EXIT_FINDINGS;
	return status->unreachable ? EXIT_UNREACHABLE : EXIT_WELL;
}

void status_free(struct status *status)
{
	audits_free(status->audits, status->audit_count);
	sightings_free(status->sightings, status->sighting_count);
	journal_runs_free(status->runs, status->run_count);
	journal_devices_free(status->devices, status->device_count);
	mem_free(status->due);
	mem_free(status->inventory);
	mem_free(status->state);
	mem_free(status->next);
}

static char *ago(const struct status *status, int64_t when)
{
	int64_t seconds = status->site->now - when;
	auto_free char *left = text_remaining(seconds < 0 ? 0 : seconds);

	return text_format("%s ago", left);
}

static void print_audit(const struct status *status)
{
	const struct audit *last = status->audit_count ? &status->audits[0] : NULL;
	auto_free char *age = last ? ago(status, last->started) : NULL;
	auto_free char *whole = status->whole ? ago(status, status->whole) : NULL;
	char when[32];

	if (!last) {
		printf("  audit      none yet: nobody knows what is served\n");
		return;
	}
	printf("  audit      %s, %s", text_time(last->started, when), age);
	if (*last->limit)
		printf(" (only -l %s)", last->limit);
	if (last->unlooked)
		printf(" (interrupted, %lld endpoints not looked at)", (long long)last->unlooked);
	if (!whole)
		printf("; there was none of the whole inventory yet");
	else if (last->started != status->whole)
		printf("; the last of the whole inventory %s", whole);
	printf("%s\n", whole && status_is_stale(status) ? ": older than two days" : "");
}

static void print_sighting(const char *label, const struct sighting *one)
{
	printf("  %-10s %s %s%s%s: ", label, one->device, one->service, *one->name ? " " : "",
	       one->name);
}

static void print_endpoints(const struct status *status)
{
	auto_free char *findings = status->worst ? changes_say(status->worst->findings) : NULL;
	auto_free char *left =
		status->shortest ? text_remaining(status->shortest->not_after - status->site->now)
				 : NULL;
	char when[32];

	printf("  endpoints  %zu: %zu well, %zu with warnings, %zu with errors, %zu unreachable\n",
	       status->endpoints, status->well, status->warnings, status->errors,
	       status->unreachable);
	if (status->unseen)
		printf("  unseen     %zu device%s of the inventory, in no audit yet\n",
		       status->unseen, status->unseen == 1 ? "" : "s");
	if (status->worst) {
		print_sighting("worst", status->worst);
		printf("%s, since %s\n", findings, text_time(status->worst->since, when));
	}
	if (status->shortest) {
		print_sighting("shortest", status->shortest);
		printf("'%s', %s%s (%.10s)\n", status->shortest->subject, left,
		       status->shortest->not_after < status->site->now ? "" : " left",
		       text_time(status->shortest->not_after, when));
	}
}

static void print_roll_out(const struct status *status)
{
	const struct journal_run *run = status->run_count ? &status->runs[0] : NULL;
	char when[32];

	if (!run) {
		printf("  roll-out   none yet\n");
		return;
	}
	printf("  roll-out   run %lld (%s) by %s, %s: %s, %lld of %lld devices proved\n",
	       (long long)run->id, run->command, run->user, text_time(run->started, when),
	       run->ended        ? run->outcome
	       : status->running ? "running"
				 : "cut off",
	       (long long)run->proved, (long long)run->devices);
	if (!status->due_count)
		return;
	printf("  due        ");
	for (size_t i = 0; i < status->due_count && i < DUE_NAMED; i++)
		printf("%s%s", i ? ", " : "", status->due[i]->name);
	if (status->due_count > DUE_NAMED)
		printf(" and %zu more", status->due_count - DUE_NAMED);
	printf("\n");
}

static void print_text(const struct status *status)
{
	const struct audit *last = status->audit_count ? &status->audits[0] : NULL;
	char now[32];

	printf("%s as of %s\n", status->inventory, text_time(status->site->now, now));
	print_audit(status);
	if (status->audit_count)
		print_endpoints(status);
	if (last && last->changed)
		printf("  changed    %lld endpoint%s, in that audit\n", (long long)last->changed,
		       last->changed == 1 ? "" : "s");
	print_roll_out(status);
	printf("  next       %s\n", status->next);
}

void status_print(const struct status *status, enum report_format format)
{
	if (status->site->request->quiet && status_exit(status) == EXIT_WELL)
		return;
	if (format == REPORT_JSON)
		status_json(status);
	else
		print_text(status);
	fflush(stdout);
}
