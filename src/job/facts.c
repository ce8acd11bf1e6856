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
	if (!job->expected_identity && *identity)
		job_expect(job, identity);
	if (!job->expected_identity || strcmp(job->expected_identity, identity) == 0)
		return;
	job->stranger = true;
	step_fail(job,
		  "it calls itself '%s', but '%s' is known at this address: another box; nothing "
		  "more was sent. If it was exchanged: certroll pin --replace %s",
		  identity, job->expected_identity, job->device->name);
}

/* What a box says of itself, fit for a report.  Owned. */
static char *fit(const struct job *job, const char *said)
{
	char *text = text_printable(said, strlen(said), FACT_MAX);

	job_hide(job, text);
	return text;
}

void job_fact(struct job *job, enum fact fact, const char *value)
{
	mem_free(job->facts[fact]);
	job->facts[fact] = value ? fit(job, value) : NULL;
	if (fact == FACT_IDENTITY && job->facts[fact])
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
		job->shown[job->shown_count++] = fit(job, subject);
}
