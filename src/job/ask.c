/*
 * What a driver's step may ask of its job and say to it.
 */
#include "certroll/job.h"
#include "certroll/rules.h"
#include "certroll/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const reset_words[] = { "never", "window", "now", NULL };

enum { FACT_MAX = 120 };

enum verdict step_accept(struct job *job, const struct reply *reply, const char *ok,
			 const char *error)
{
	auto_free char *said = reply_attr(reply, "", "error");
	auto_free char *shown = said ? job_quote(job, said, FACT_MAX) : NULL;

	if (reply->status == 200 && error && text_match(error, reply->body))
		return step_fail(job, "the box refuses%s%s%s", shown ? ": '" : "",
				 shown ? shown : "", shown ? "'" : "");
	if (reply->status != 200 || !text_match(ok, reply->body))
		return step_fail(job,
				 "an unexpected answer (HTTP %d); does the page of this firmware "
				 "differ from the driver's options?",
				 reply->status);
	return STEP_OK;
}

const struct device *job_device(const struct job *job)
{
	return job->device;
}

const void *job_options(const struct job *job)
{
	return job->device->options;
}

bool job_connected(const struct job *job)
{
	return job->connected;
}

void *job_state(struct job *job)
{
	return job->state;
}

struct bytes job_bundle(const struct job *job, enum bundle_form form)
{
	return job->bundle ? bundle_bytes(job->bundle, form) : (struct bytes){ 0 };
}

const struct cert *job_leaf(const struct job *job)
{
	return job->bundle && job->bundle->chain ? chain_leaf(job->bundle->chain) : NULL;
}

const struct cert *job_root(const struct job *job)
{
	return job->bundle ? bundle_root(job->bundle) : NULL;
}

void job_reset_pending(struct job *job, bool pending)
{
	if (!job->changed)
		job->reset_was_pending = pending;
	job->reset_pending = pending;
}

bool job_needs_reset(const struct job *job)
{
	return job->changed && job->reset_pending;
}

static bool names_rule(const char *rules, const char *id)
{
	auto_free char *all = text_format(" %s ", rules), *one = text_format(" %s ", id);

	return strstr(all, one);
}

char *job_flaw(const struct job *job, const char *rules)
{
	struct profile profile = profile_default(PROFILE_STRICT);
	struct judgement judgement = { .profile = &profile, .now = job->wall };
	auto_findings findings = { 0 };

	if (job->bundle)
		rules_judge_bundle(job->bundle, &judgement, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.items[i];

		if (names_rule(rules, finding->id))
			return text_format("%s%s%s", finding->sentence,
					   *finding->remedy ? ". " : "", finding->remedy);
	}
	return NULL;
}

bool job_may_reset(struct job *job, int mode)
{
	if (!job_needs_reset(job) || job->reset_was_pending)
		return false;
	return mode == RESET_NOW ||
	       (mode == RESET_WINDOW && window_open(&job->device->window, job->wall));
}

void job_note(struct job *job, enum severity severity, const char *format, ...)
{
	char sentence[512];
	va_list values;

	va_start(values, format);
	vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	bundle_hide_key(job->bundle, sentence);
	findings_add(&job->notes, "device", severity, NULL, NULL, "%s", sentence);
}

/* Once for each side: what failed first says most. */
void job_unsaved(struct job *job, const char *said)
{
	auto_free char *shown = job_quote(job, said, 2 * FACT_MAX);
	enum severity severity = job->changed ? SEVERITY_ERROR : SEVERITY_WARNING;

	for (size_t i = 0; i < job->notes.count; i++)
		if (!strcmp(job->notes.items[i].id, "unsaved") &&
		    job->notes.items[i].severity == severity)
			return;
	findings_add(
		&job->notes, "unsaved", severity, NULL,
		job->changed ? "Save the configuration at the box."
			     : "Find out whose they are, and save or drop them.",
		job->changed
			? "what is in effect now is not saved, and the next restart of the box "
			  "loses it (%s)"
			: "the box has changes that are not saved: a restart loses them, an "
			  "installation saves them, too (%s)",
		shown);
}
