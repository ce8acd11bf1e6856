/*
 * AudioCodes Mediant (SBC, gateway, MSBR; 7.2 and later): a REST interface takes private key and
 * certificate of a TLS context one after the other, in effect at once, and keeps them for good when
 * the configuration is saved.  The rows of docs/devices/audiocodes.md are the sources.
 *
 * Between key and certificate the context has a pair that does not match.  Both go over one
 * connection, and when the certificate does not get there the undo table has the box make a
 * certificate of its own for the key.  Nothing is saved then: a restart brings the old pair back.
 */
#include "certroll/driver.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum chain_mode { WHOLE_CHAIN, LEAF_ONLY };
enum trust_mode { BY_UPLOAD, BY_NOBODY };
enum { BUSY_EVERY_MS = 5000, BUSY_WITHIN_MS = 60000 };

struct audiocodes {
	char *path;
	int64_t context;
	int chain, trust;
};

struct talk {
	bool mixed;          /* the new key is there, or may be, and its certificate is not */
	bool told;           /* ... and said so */
	unsigned unanswered; /* keys sent of which the box has not said what became of them */
};

static const char *const chain_modes[] = { "chain", "leaf", NULL };
static const char *const trust_modes[] = { "upload", "none", NULL };

#define OPTION(...) DRIVER_OPTION(audiocodes, __VA_ARGS__)

/* clang-format off */
static const struct field options[] = {
	OPTION("path", PATH, path, "/api/v1", DOCUMENTED, "M1", .help = "of the REST interface"),
	OPTION("context", NUMBER, context, "0", SEEN, "M6", .min = 0, .max = 99,
	       .help = "TLS context; for more of them, an entry each in the inventory"),
	OPTION("certificate", CHOICE, chain, "chain", SEEN, "M3", .choices = chain_modes,
	       .help = "what goes into its certificate file: the whole chain, or the leaf alone"),
	OPTION("trust", CHOICE, trust, "none", ASSUMED, "M7", .choices = trust_modes,
	       .help = "whether the root is added to the context's trusted roots first"),
	FIELD_END };
/* clang-format on */

static const struct audiocodes *of(const struct job *job)
{
	return job_options(job);
}

static char *path_of(const struct job *job, const char *file)
{
	return text_format("%s/files/tls/%lld/%s", of(job)->path, (long long)of(job)->context,
			   file);
}

static enum verdict get(struct job *job, struct exchange *exchange, const char *what)
{
	auto_free char *path = text_format("%s/%s", of(job)->path, what);

	return exchange_get(exchange, path);
}

static enum verdict put(struct job *job, struct exchange *exchange, const char *file,
			const char *filename, enum bundle_form form)
{
	auto_free char *path = path_of(job, file);

	exchange_upload(exchange, path, "file", filename, "application/octet-stream",
			job_bundle(job, form));
	exchange->method = "PUT";
	return STEP_OK;
}

/* 409: "due to current device state", such as a partner that is being synchronised. */
static enum verdict accepted(struct job *job, const struct reply *reply)
{
	auto_free char *said = reply_member(reply, "description");
	auto_free char *shown = job_quote(job, said, 200);

	if (reply->status == 200)
		return STEP_OK;
	if (reply->status == 409)
		return STEP_AGAIN;
	if (reply->status == 403)
		return step_fail(
			job,
			"user '%s' may not do that (HTTP 403); give him an administrator's "
			"level at the box",
			job_device(job)->user);
	return step_fail(job, "the box refuses (HTTP %d)%s%s%s", reply->status, said ? ": '" : "",
			 shown, said ? "'" : "");
}

static bool means_yes(const char *word)
{
	return word && (!strcasecmp(word, "true") || !strcasecmp(word, "yes"));
}

static enum verdict status_build(struct job *job, struct exchange *exchange)
{
	return get(job, exchange, "status");
}

static enum verdict status_check(struct job *job, const struct reply *reply)
{
	auto_free char *version = reply_member(reply, "versionID");
	auto_free char *model = reply_member(reply, "productType");
	auto_free char *serial = reply_member(reply, "serialNumber");
	auto_free char *reset = reply_member(reply, "resetNeeded");
	auto_free char *save = reply_member(reply, "saveNeeded");

	if (!version)
		return step_fail(
			job,
			"no version in the answer (HTTP %d); is this an AudioCodes Mediant "
			"of 7.2 or later, and REST allowed for this user?",
			reply->status);
	job_fact(job, FACT_FIRMWARE, version);
	job_fact(job, FACT_HARDWARE, model);
	if (serial)
		job_fact(job, FACT_IDENTITY, serial);
	job_reset_pending(job, means_yes(reset));
	if (means_yes(save))
		job_unsaved(job, "its status says saveNeeded");
	return STEP_OK;
}

static enum verdict first_status_check(struct job *job, const struct reply *reply)
{
	job_note(job, SEVERITY_NOTE,
		 "key and certificate are changed one after the other: TLS connections that begin "
		 "in between may fail");
	return status_check(job, reply);
}

static enum verdict key_build(struct job *job, struct exchange *exchange)
{
	struct talk *talk = job_state(job);

	talk->mixed = true;
	talk->unanswered++;
	return put(job, exchange, "privateKey", "key.pem", BUNDLE_PEM_KEY);
}

static enum verdict key_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	talk->unanswered--;
	talk->mixed = reply->status == 200 || talk->unanswered;
	return accepted(job, reply);
}

static enum verdict certificate_build(struct job *job, struct exchange *exchange)
{
	return put(job, exchange, "certificate", "cert.pem",
		   of(job)->chain == LEAF_ONLY ? BUNDLE_PEM_LEAF : BUNDLE_PEM_CHAIN);
}

static enum verdict certificate_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	talk->mixed = reply->status != 200;
	return accepted(job, reply);
}

static enum verdict root_build(struct job *job, struct exchange *exchange)
{
	if (of(job)->trust == BY_NOBODY)
		return STEP_SKIP;
	return put(job, exchange, "trustedRoot/incremental", "root.pem", BUNDLE_PEM_ROOT);
}

/* The request must have a body of no length. */
static enum verdict save_build(struct job *job, struct exchange *exchange)
{
	auto_free char *path = text_format("%s/actions/saveConfiguration", of(job)->path);

	return exchange_post(exchange, path, "application/json", (struct bytes){ 0 });
}

static enum verdict root_save_build(struct job *job, struct exchange *exchange)
{
	return of(job)->trust == BY_NOBODY ? STEP_SKIP : save_build(job, exchange);
}

static enum verdict renew_build(struct job *job, struct exchange *exchange)
{
	auto_free char *path = path_of(job, "privateKey/generate");

	exchange_ask(exchange, "POST", path);
	return exchange_number(exchange, "size", 2048);
}

static enum verdict self_build(struct job *job, struct exchange *exchange)
{
	auto_free char *path = path_of(job, "certificate/generate");

	exchange_ask(exchange, "POST", path);
	return exchange_member(exchange, "subjectName", job_device(job)->name);
}

/* The same PEM text, however its lines are broken. */
static bool holds(const char *text, struct bytes pem)
{
	const char *at = strstr(text, "-----BEGIN CERTIFICATE-----");

	if (!at)
		return false;
	for (size_t i = 0; i < pem.len; i++) {
		if (isspace((unsigned char)pem.data[i]))
			continue;
		at += strspn(at, " \r\n");
		if (*at++ != pem.data[i])
			return false;
	}
	return pem.len > 0;
}

static enum verdict look_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);
	auto_free char *path = path_of(job, "certificate");

	return talk->mixed ? exchange_get(exchange, path) : STEP_SKIP;
}

/* Boxes say no to what they have taken: then there is nothing to rescue, but nothing saved either. */
static enum verdict look_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	talk->mixed = !holds(reply->body, job_bundle(job, BUNDLE_PEM_LEAF));
	if (!talk->mixed)
		job_unsaved(job, "the installation ended before that");
	return STEP_OK;
}

/* Only where there is a half done pair; what else helps is said first. */
static enum verdict rescue_build(struct job *job, struct exchange *exchange)
{
	struct talk *talk = job_state(job);

	if (!talk->mixed)
		return STEP_SKIP;
	if (!talk->told)
		job_note(job, SEVERITY_WARNING,
			 "the new key is there without its certificate; nothing was saved, so a "
			 "restart of the box brings the old pair back");
	talk->told = true;
	return self_build(job, exchange);
}

/* clang-format off */
#define ROW(title, building, checking, level, row, ...)                                            \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_##level,       \
	  .source = row, __VA_ARGS__ }
#define PATIENT .every_ms = BUSY_EVERY_MS, .within_ms = BUSY_WITHIN_MS

#define SAVE(building) ROW("save", building, accepted, DOCUMENTED, "M4", .changes = true,          \
			   .repeats = true, .may_drop = true, .saves = true, PATIENT)

static const struct step identify[] = {
	ROW("status", status_build, first_status_check, DOCUMENTED, "M1"), { 0 } };
static const struct step trust[] = {
	ROW("root", root_build, accepted, DOCUMENTED, "M7", .changes = true, .repeats = true, PATIENT),
	SAVE(root_save_build), { 0 } };
static const struct step install[] = {
	ROW("box", status_build, status_check, DOCUMENTED, "M1"),
	ROW("key", key_build, key_check, DOCUMENTED, "M2", .changes = true, .repeats = true,
	    .may_drop = true, PATIENT),
	ROW("certificate", certificate_build, certificate_check, DOCUMENTED, "M3", .changes = true,
	    .repeats = true, .may_drop = true, PATIENT),
	SAVE(save_build),
	ROW("saved", status_build, status_check, DOCUMENTED, "M1", .saves = true), { 0 } };
static const struct step undo[] = {
	ROW("look", look_build, look_check, DOCUMENTED, "M3", .may_drop = true),
	ROW("rescue", rescue_build, accepted, DOCUMENTED, "M5", .changes = true, .repeats = true,
	    .may_drop = true, PATIENT), { 0 } };
static const struct step clear[] = {
	ROW("box", status_build, status_check, DOCUMENTED, "M1"),
	ROW("new-key", renew_build, accepted, DOCUMENTED, "M5", .changes = true, PATIENT),
	ROW("self-signed", self_build, accepted, DOCUMENTED, "M5", .changes = true, .repeats = true,
	    .may_drop = true, PATIENT),
	SAVE(save_build), { 0 } };
/* clang-format on */

const struct driver driver_audiocodes = {
	.name = "audiocodes",
	.summary = "AudioCodes Mediant (7.2 and later): REST interface",
	.port = 443,
	.options = options,
	.options_size = sizeof(struct audiocodes),
	.state_size = sizeof(struct talk),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
	.undo = undo,
	.trust = trust,
	.clear = clear,
};
