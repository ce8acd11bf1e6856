/*
 * template: the pattern of a driver.  Compiled with every build and walked through by the tests, but
 * not in drivers.def, so no inventory can name it.
 *
 * To support another device: copy this file to <device>.c, rename, write down in the first comment
 * what is known of the box and from where, and add the line DRIVER(<device>) to drivers.def.
 * docs/writing-a-driver.md goes through it in order.
 *
 * The box of this example has a page that takes a PEM file, and answers "done" or "failed".
 */
#include "certroll/driver.h"

/* What may differ from site to site.  Each member has a row below; strings are never NULL then. */
struct template
{
	char *status, *upload, *discard, *field, *ok;
};

/*
 * The key in the inventory, the type (it is checked), where the value goes, the default, how we know
 * the default (assumed, recorded, seen, documented, tested) and from where.  Never write
 * `documented` because it is probable.
 */
#define OPTION(...) DRIVER_OPTION(template, __VA_ARGS__)

static const struct field options[] = {
	OPTION("status", PATH, status, "/status.xml", ASSUMED, "an invented box"),
	OPTION("upload", PATH, upload, "/upload", ASSUMED, "an invented box"),
	OPTION("discard", PATH, discard, "/discard", ASSUMED, "an invented box"),
	OPTION("field", NAME, field, "pem", ASSUMED, "an invented box"),
	OPTION("ok", PATTERN, ok, "done", ASSUMED, "an invented box"),
	FIELD_END,
};

static const struct template *of(const struct job *job)
{
	return job_options(job);
}

/* A check reads the reply, notes facts, and gives a verdict.  reply->body is never NULL. */
static enum verdict status_check(struct job *job, const struct reply *reply)
{
	auto_free char *version = reply_attr(reply, "", "version");

	if (!version)
		return step_fail(job, "no version in the status page (HTTP %d)", reply->status);
	job_fact(job, FACT_FIRMWARE, version);
	return STEP_OK;
}

/* A build fills one exchange.  Bytes of the bundle are borrowed, never copied. */
static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	return exchange_upload(exchange, of(job)->upload, of(job)->field, "bundle.pem",
			       "application/x-pem-file", job_bundle(job, BUNDLE_PEM_CHAIN_KEY));
}

/* What the box says is only a hint: the job asks by handshake in any case. */
static enum verdict upload_check(struct job *job, const struct reply *reply)
{
	return step_accept(job, reply, of(job)->ok, "failed");
}

/* Read only: this is all a dry run does.  Without a build, the step is a GET of a path option. */
static const struct step identify[] = {
	{ .name = "status",
	  .path = offsetof(struct template, status),
	  .check = status_check,
	  .evidence = EVIDENCE_ASSUMED,
	  .source = "an invented box" },
	{ 0 },
};

/*
 * `changes` marks what alters the device, `repeats` what may be sent again to a busy one; `every_ms`
 * and `within_ms` make a step patient.
 */
static const struct step install[] = {
	{ .name = "upload",
	  .build = upload_build,
	  .check = upload_check,
	  .changes = true,
	  .evidence = EVIDENCE_ASSUMED,
	  .source = "an invented box" },
	{ 0 },
};

/*
 * Only where a failure half-way leaves something behind: takes it back.  Runs when the installation
 * failed after its first changing step, and never otherwise.
 */
static const struct step undo[] = {
	{ .name = "discard",
	  .path = offsetof(struct template, discard),
	  .changes = true,
	  .repeats = true,
	  .evidence = EVIDENCE_ASSUMED,
	  .source = "an invented box" },
	{ 0 },
};

/* What the box takes, as a column of the rule table and its limits. */
static struct profile profile(const void *values, const char *firmware)
{
	(void)values;
	(void)firmware;
	return profile_default(PROFILE_STRICT);
}

/* The certificate the box came with: how to tell it from one that somebody installed. */
static bool factory(const void *values, const struct cert *leaf)
{
	(void)values;
	return leaf->self_signed;
}

extern const struct driver driver_template;
const struct driver driver_template = {
	.name = "template",
	.summary = "an invented box, for the tests and for you to copy",
	.port = 443,
	.options = options,
	.options_size = sizeof(struct template),
	.profile = profile,
	.factory = factory,
	.identify = identify,
	.install = install,
	.undo = undo,
};
