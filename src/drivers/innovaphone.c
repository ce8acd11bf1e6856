/*
 * innovaphone gateways: PBX master, slave, standby and reverse proxy run the same firmware, and all
 * take their certificate on the page General/Certificates.
 *
 * What is public about these exchanges stands, with sources, in docs/devices/innovaphone.md under
 * the F numbers.  Loading a file is documented as an action, its wire format is not: what is assumed
 * is an option, to be replaced by what a recording of the own box shows.
 */
#include "certroll/driver.h"
#include <stdlib.h>

enum trust_mode { BY_UPLOAD, BY_TICK, BY_NOBODY };
enum ec_mode { EC_BY_FIRMWARE, EC_YES, EC_NO };
enum identity_mode { BY_REALM, UNNAMED };
enum { FIRST_EC_FIRMWARE = 16 }; /* "RSA or ECDSA key": Reference16r1:Certificate management */

struct innovaphone {
	char *info, *login, *state, *upload, *trust, *tick, *clear, *reset; /* paths */
	char *field, *filename, *type, *trust_field, *ok, *error, *reset_ok, *factory_issuer;
	int identity, trust_mode, reset_mode, ec;
	int64_t leaf_rsa_max;
};

static const char *const identity_modes[] = { "realm", "none", NULL };
static const char *const trust_modes[] = { "upload", "tick", "none", NULL };
static const char *const ec_modes[] = { "by-firmware", "yes", "no", NULL };

#define OPTION(...) DRIVER_OPTION(innovaphone, __VA_ARGS__)
#define GROUP       DRIVER_GROUP

/* clang-format off */
static const struct field info_rows[] = {
	OPTION("path", PATH, info, "/CMD0/box_info.xml", SEEN, "F1"), FIELD_END };
static const struct field login_rows[] = {
	OPTION("path", PATH, login, "/CMD0/mod_cmd.xml?cmd=xml-info", ASSUMED, "F2"), FIELD_END };
static const struct field identity_rows[] = {
	OPTION("from", CHOICE, identity, "realm", ASSUMED, "F2i", .choices = identity_modes,
	       .help = "realm: the hardware id in its challenge, before the log-on; or none"), FIELD_END };
static const struct field state_rows[] = {
	OPTION("path", PATH, state, "/X509/mod_cmd.xml?cmd=xml-info", ASSUMED, "F3"), FIELD_END };
static const struct field upload_rows[] = {
	OPTION("path", PATH, upload, "/X509/mod_cmd.xml?cmd=servercert-upload&xsl=x509.xsl", ASSUMED, "F5"),
	OPTION("field", TEXT, field, "file", ASSUMED, "F5", .min = 1, .max = 64),
	OPTION("filename", TEXT, filename, "certificate.pem", ASSUMED, "F5", .min = 1, .max = 64),
	OPTION("type", TEXT, type, "application/x-pem-file", ASSUMED, "F5", .min = 1, .max = 64),
	OPTION("ok", PATTERN, ok, "state=\"ok\"", ASSUMED, "F5-ok"),
	OPTION("error", PATTERN, error, "error=\"", ASSUMED, "F5-err"), FIELD_END };
static const struct field trust_rows[] = {
	OPTION("mode", CHOICE, trust_mode, "upload", DOCUMENTED, "Reference12r2:General/Certificates",
	       .choices = trust_modes, .help = "upload the root first, tick it afterwards, or none"),
	OPTION("path", PATH, trust, "/X509/mod_cmd.xml?cmd=trusted-upload&xsl=x509.xsl", ASSUMED, "F6"),
	OPTION("field", TEXT, trust_field, "file", ASSUMED, "F6", .min = 1, .max = 64),
	OPTION("tick", PATH, tick, "/X509/mod_cmd.xml?cmd=servercert-trust&fingerprint={fingerprint}",
	       ASSUMED, "F6", .help = "{fingerprint} becomes the root's SHA-256"), FIELD_END };
static const struct field clear_rows[] = {
	OPTION("path", PATH, clear, "/X509/mod_cmd.xml?cmd=servercert-clear&op=OK", ASSUMED, "F8"), FIELD_END };
static const struct field reset_rows[] = {
	OPTION("mode", CHOICE, reset_mode, "never", TESTED, NULL, .choices = reset_words,
	       .help = "when the box wants a reset: never, in the device's window, or now"),
	OPTION("path", PATH, reset, "/CMD0/mod_cmd.xml?cmd=reset&xsl=reset.xsl&reset=OK", SEEN, "F9"),
	OPTION("ok", PATTERN, reset_ok, "reset=\"true\"", SEEN, "F9"), FIELD_END };
static const struct field options[] = {
	GROUP("info", info_rows, "firmware and pending reset, mostly readable without log-on"),
	GROUP("login", login_rows, "needs the password, tells the name of the box"),
	GROUP("identity", identity_rows, "what tells this box from the others"),
	GROUP("state", state_rows, "what General/Certificates shows"),
	GROUP("upload", upload_rows, "Device certificate: Upload"),
	GROUP("trust", trust_rows, "Trust list: Upload, or tick and Trust"),
	GROUP("clear", clear_rows, "Device certificate: Clear"),
	GROUP("reset", reset_rows, "when the installation asks for one"),
	OPTION("leaf-rsa-max", NUMBER, leaf_rsa_max, "2048", DOCUMENTED, "Course13:IT Advanced 2 - 08",
	       .min = 1024, .max = 16384, .help = "longest RSA key of the leaf, bits (rule K4)"),
	OPTION("ec", CHOICE, ec, "by-firmware", DOCUMENTED, "Reference16r1:Certificate management",
	       .choices = ec_modes, .help = "EC keys (rule K5); by-firmware: from 16r1 on"),
	OPTION("factory-issuer", PATTERN, factory_issuer, "innovaphone Device Certification Authority*",
	       SEEN, "php-update-server", .help = "issuer CN of the certificate the box came with"),
	FIELD_END };
/* clang-format on */

static const struct innovaphone *of(const struct job *job)
{
	return job_options(job);
}

static enum verdict info_check(struct job *job, const struct reply *reply)
{
	auto_xml xml = xml_parse(reply->body);
	const struct xml *box = xml_find(xml, "sys", 0);
	const char *version = xml_attr(box ? box : xml, "version");

	if (!version)
		return step_fail(job,
				 "no firmware version in the answer (HTTP %d); is this an "
				 "innovaphone box, and its admin interface on this port?",
				 reply->status);
	job_fact(job, FACT_FIRMWARE, version);
	job_reset_pending(job, xml_attr(box ? box : xml, "reset-required"));
	return STEP_OK;
}

static enum verdict identity_build(struct job *job, struct exchange *exchange)
{
	return of(job)->identity == BY_REALM ? exchange_get(exchange, of(job)->login) : STEP_SKIP;
}

/* No challenge, no identity: what is wrong then, the log-on says better. */
static enum verdict identity_check(struct job *job, const struct reply *reply)
{
	auto_free char *realm = reply_realm(reply);

	if (reply->status == 401)
		job_fact(job, FACT_IDENTITY, realm ? realm : "");
	return STEP_OK;
}

static enum verdict login_check(struct job *job, const struct reply *reply)
{
	auto_free char *name = reply_attr(reply, "", "name");

	if (!name)
		return step_fail(
			job,
			"a log-in page instead of an answer (HTTP %d); switch off 'Disable "
			"Native Authentication' at General/Admin",
			reply->status);
	job_fact(job, FACT_NAME, name);
	return STEP_OK;
}

static enum verdict state_check(struct job *job, const struct reply *reply)
{
	auto_xml xml = reply->status == 200 ? xml_parse(reply->body) : NULL;
	const struct xml *shown;

	if (!xml)
		return step_fail(job, "the certificates cannot be read (HTTP %d)", reply->status);
	if (xml_find(xml, "busy", 0))
		return STEP_AGAIN;
	job_shown_clear(job);
	for (unsigned i = 0; (shown = xml_find(xml, "servercert/certificate", i)); i++)
		job_shown(job, xml_attr(shown, "subject_cn"));
	return STEP_OK;
}

static enum verdict accepted(struct job *job, const struct reply *reply)
{
	return step_accept(job, reply, of(job)->ok, of(job)->error);
}

static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	return exchange_upload(exchange, of(job)->upload, of(job)->field, of(job)->filename,
			       of(job)->type, job_bundle(job, BUNDLE_PEM_CHAIN_KEY));
}

static enum verdict trust_build(struct job *job, struct exchange *exchange)
{
	if (of(job)->trust_mode != BY_UPLOAD || !job_root(job))
		return STEP_SKIP;
	return exchange_upload(exchange, of(job)->trust, of(job)->trust_field, "root.pem",
			       of(job)->type, job_bundle(job, BUNDLE_PEM_ROOT));
}

static enum verdict tick_build(struct job *job, struct exchange *exchange)
{
	char fingerprint[2 * CERT_HASH + 1];

	if (of(job)->trust_mode != BY_TICK || !job_root(job))
		return STEP_SKIP;
	text_hex(job_root(job)->sha256, CERT_HASH, fingerprint);
	exchange_get(exchange, of(job)->tick);
	return exchange_fill(exchange, "fingerprint", fingerprint);
}

static enum verdict reset_build(struct job *job, struct exchange *exchange)
{
	bool *resets = job_state(job);

	*resets = job_may_reset(job, of(job)->reset_mode);
	return *resets ? exchange_get(exchange, of(job)->reset) : STEP_SKIP;
}

static enum verdict reset_check(struct job *job, const struct reply *reply)
{
	return step_accept(job, reply, of(job)->reset_ok, NULL);
}

static enum verdict boot_build(struct job *job, struct exchange *exchange)
{
	const bool *resets = job_state(job);

	return *resets ? exchange_get(exchange, of(job)->info) : STEP_SKIP;
}

/* Until it goes down the box still answers, and still wants its reset; coming up it may say 503. */
static enum verdict boot_check(struct job *job, const struct reply *reply)
{
	enum verdict verdict = reply->status == 200 ? info_check(job, reply) : STEP_AGAIN;

	return verdict == STEP_OK && job_may_reset(job, RESET_NOW) ? STEP_AGAIN : verdict;
}

static const char SHEET[] = "docs/devices/innovaphone.md";

/* clang-format off */
#define GET(option) .path = offsetof(struct innovaphone, option)
#define ROW(title, building, checking, level, ...)                                                 \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_##level,       \
	  .source = SHEET, __VA_ARGS__ }
#define STATE ROW("state", NULL, state_check, ASSUMED, GET(state), .every_ms = 1000, .within_ms = 30000)
#define IDENTITY ROW("identity", identity_build, identity_check, ASSUMED, .open = true)
#define RESET                                                                                      \
	ROW("pending", NULL, info_check, SEEN, GET(info)),                                              \
	ROW("reset", reset_build, reset_check, SEEN, .changes = true, .may_drop = true),           \
	ROW("boot", boot_build, boot_check, SEEN, .every_ms = 2000, .within_ms = 180000,           \
	    .may_drop = true)

static const struct step identify[] = { IDENTITY,
	ROW("info", NULL, info_check, SEEN, GET(info)),
	ROW("login", NULL, login_check, ASSUMED, GET(login)),
	STATE, { 0 } };
static const struct step trust[] = {
	ROW("trust", trust_build, accepted, ASSUMED, .changes = true, .repeats = true), { 0 } };
static const struct step install[] = { IDENTITY,
	ROW("upload", upload_build, accepted, ASSUMED, .changes = true, .repeats = true),
	STATE,
	ROW("tick", tick_build, accepted, ASSUMED, .changes = true, .repeats = true),
	RESET, { 0 } };
static const struct step clear[] = { IDENTITY,
	ROW("clear", NULL, accepted, ASSUMED, GET(clear), .changes = true, .repeats = true),
	STATE,
	RESET, { 0 } };
/* clang-format on */

static struct profile profile(const void *values, const char *firmware)
{
	const struct innovaphone *set = values;
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	bool new_enough = firmware && atoi(firmware) >= FIRST_EC_FIRMWARE; /* "16r1 [16.12..." */

	profile.leaf_rsa_max = (int)set->leaf_rsa_max;
	profile.ec_allowed = set->ec == EC_YES || (set->ec == EC_BY_FIRMWARE && new_enough);
	return profile;
}

static bool factory(const void *values, const struct cert *leaf)
{
	return text_match(((const struct innovaphone *)values)->factory_issuer, leaf->issuer_cn);
}

const struct driver driver_innovaphone = {
	.name = "innovaphone",
	.summary = "innovaphone PBX and reverse proxy: General/Certificates",
	.port = 443,
	.options = options,
	.options_size = sizeof(struct innovaphone),
	.state_size = sizeof(bool),
	.profile = profile,
	.factory = factory,
	.identify = identify,
	.install = install,
	.trust = trust,
	.clear = clear,
};
