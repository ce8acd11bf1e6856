/*
 * What a job learns about its box, and whether that is the box it should be.
 */
#include "certroll/job.h"
#include <string.h>

enum { FACT_MAX = 120 };

void job_expect(struct job *job, const char *identity)
{
	mem_free(job->expected_identity);
	job->expected_identity = text_copy(identity);
}

/* One wildcard makes all keys equal, so a key alone does not tell one box of a site from another. */
static void check_identity(struct job *job, const char *identity)
{
	auto_free char *shown = NULL, *known = NULL;

	if (!job->expected_identity && *identity)
		job_expect(job, identity);
	if (!job->expected_identity || strcmp(job->expected_identity, identity) == 0)
		return;
	shown = job_quote(job, identity, FACT_MAX);
	known = job_quote(job, job->expected_identity, FACT_MAX);
	job->stranger = true;
	step_fail(job,
		  "it calls itself '%s', but '%s' is known at this address: another box; nothing "
		  "more was sent. If it was exchanged: certroll pin --replace %s",
		  shown, known, job->device->name);
}

char *job_quote(const struct job *job, const char *said, size_t max)
{
	auto_free char *hidden = text_copy(said ? said : "");

	bundle_hide_key(job->bundle, hidden);
	secret_hide(job->password, hidden);
	return text_printable(hidden, strlen(hidden), max);
}

/* It is compared, so it stays what it is, but for the key: some have the serial number as password. */
static char *identity_of(const struct job *job, const char *value)
{
	char *identity = text_printable(value, strlen(value), FACT_MAX);

	bundle_hide_key(job->bundle, identity);
	return identity;
}

void job_fact(struct job *job, enum fact fact, const char *value)
{
	bool identity = fact == FACT_IDENTITY;

	mem_free(take(job->facts[fact]));
	if (!value)
		return;
	job->facts[fact] = identity ? identity_of(job, value) : job_quote(job, value, FACT_MAX);
	if (identity)
		check_identity(job, job->facts[fact]);
}

const char *job_known(const struct job *job, enum fact fact)
{
	return job->facts[fact];
}

void job_shown_clear(struct job *job)
{
	while (job->shown_count)
		mem_free(job->shown[--job->shown_count]);
}

void job_shown(struct job *job, const char *subject)
{
	if (!subject) /* an attribute that the box left out */
		subject = "";
	if (job->shown_count < JOB_MAX_SHOWN)
		job->shown[job->shown_count++] = job_quote(job, subject, FACT_MAX);
}
