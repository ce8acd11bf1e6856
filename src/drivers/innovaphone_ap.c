/*
 * innovaphone Application Platform: its manager takes the certificate at Settings/Security, by a
 * WebSocket for the words (AppWebsocket: challenge, log-on by SHA-256) and a POST for the file.
 *
 * What is public about these messages stands, with sources, in docs/devices/innovaphone-ap.md under
 * the A numbers.  No news is good news here: an upload may be answered with nothing at all.
 */
#include "certroll/driver.h"
#include <stdlib.h>
#include <string.h>

enum send_order { AS_SORTED, AS_IN_FILE };
enum ec_mode { EC_BY_FIRMWARE, EC_YES, EC_NO };
/* ReleaseNotes14r1:SDK, change 135824; Reference16r1:Certificate management */
enum { FIRST_ROOTLESS_FIRMWARE = 14, FIRST_EC_FIRMWARE = 16 };

struct ap {
	char *socket, *app, *sip, *guid, *dn, *domain; /* log-on */
	char *info_mt, *key_mt, *upload, *type, *result_mt, *error, *clear_mt;
	int64_t wait_ms, leaf_rsa_max;
	int order, ec;
};

/* From one step to the next. */
struct talk {
	char challenge[80], key[300];
};

static const char *const orders[] = { "sorted", "file", NULL };
static const char *const ec_modes[] = { "by-firmware", "yes", "no", NULL };

#define OPTION(...) DRIVER_OPTION(ap, __VA_ARGS__)
#define GROUP       DRIVER_GROUP
#define NO_GUID     "00000000000000000000000000000000"

/* clang-format off */
static const struct field socket_rows[] = {
	OPTION("path", PATH, socket, "/manager", SEEN, "A1"), FIELD_END };
static const struct field login_rows[] = {
	OPTION("app", TEXT, app, "manager", SEEN, "A3", .min = 1, .max = 64),
	OPTION("sip", TEXT, sip, "manager", SEEN, "A3", .max = 64),
	OPTION("guid", TEXT, guid, NO_GUID, SEEN, "A3", .max = 64),
	OPTION("dn", TEXT, dn, "Admin", SEEN, "A3", .max = 64),
	OPTION("domain", TEXT, domain, "", SEEN, "A3", .max = 64), FIELD_END };
static const struct field info_rows[] = {
	OPTION("message", NAME, info_mt, "AppPlatformInfo", SEEN, "A4"), FIELD_END };
static const struct field key_rows[] = {
	OPTION("message", NAME, key_mt, "RequestHttpKey", SEEN, "A5"), FIELD_END };
static const struct field upload_rows[] = {
	OPTION("path", PATH, upload, "/manager/upload?src=server-certificate&key={key}", ASSUMED, "A7",
	       .help = "{key} becomes the key for HTTP"),
	OPTION("type", TEXT, type, "application/text", ASSUMED, "A7", .min = 1, .max = 64),
	OPTION("order", CHOICE, order, "sorted", DOCUMENTED, "Course13:IT Advanced 2 - 08", .choices = orders,
	       .help = "sorted: leaf to root, as certroll knows it; file: as in the bundle's file"), FIELD_END };
static const struct field result_rows[] = {
	OPTION("message", NAME, result_mt, "ServerCertificateResult", ASSUMED, "A7"),
	OPTION("error", NAME, error, "error", ASSUMED, "A7", .help = "its member with the name of an error"),
	OPTION("wait", DURATION, wait_ms, "3s", ASSUMED, "A7", .min = 100, .max = 60000,
	       .help = "for the result; silence is no failure, the handshake tells"), FIELD_END };
static const struct field clear_rows[] = {
	OPTION("message", NAME, clear_mt, "DeleteServerCertificate", ASSUMED, "A8"), FIELD_END };
static const struct field options[] = {
	GROUP("socket", socket_rows, "where the manager's WebSocket is"),
	GROUP("login", login_rows, "who logs on; the password is the manager's"),
	GROUP("info", info_rows, "version of the platform: this word with Request, answered with Result"),
	GROUP("key", key_rows, "key for HTTP: this word, answered with Result"),
	GROUP("upload", upload_rows, "the file"),
	GROUP("result", result_rows, "what the manager says of it"),
	GROUP("clear", clear_rows, "self-signed again: this word, answered with Result"),
	OPTION("leaf-rsa-max", NUMBER, leaf_rsa_max, "2048", DOCUMENTED, "Course13:IT Advanced 2 - 08",
	       .min = 1024, .max = 16384, .help = "longest RSA key of the leaf, bits (rule K4)"),
	OPTION("ec", CHOICE, ec, "by-firmware", DOCUMENTED, "Reference16r1:Certificate management",
	       .choices = ec_modes, .help = "EC keys (rule K5); by-firmware: from 16r1 on"),
	FIELD_END };
/* clang-format on */

static const struct ap *of(const struct job *job)
{
	return job_options(job);
}

/* Is this the message of that name?  Others may come at any time and mean nothing here. */
static bool is(const struct reply *reply, const char *name, const char *suffix)
{
	auto_free char *mt = reply_member(reply, "mt");
	auto_free char *wanted = text_format("%s%s", name, suffix);

	return mt && strcmp(mt, wanted) == 0;
}

static enum verdict keep(struct job *job, const struct reply *reply, const char *member, char *out,
			 size_t size)
{
	auto_free char *value = reply_member(reply, member);

	if (!value || !*value || strlen(value) >= size)
		return step_fail(job, "the answer has no usable '%s'", member);
	memcpy(out, value, strlen(value) + 1);
	return STEP_OK;
}

/* The socket of the look may still be open, and logged on. */
static enum verdict challenge_build(struct job *job, struct exchange *exchange)
{
	if (job_connected(job))
		return STEP_SKIP;
	if (!job_device(job)->password)
		return step_fail(job, "the inventory has no password for this device");
	memset(job_state(job), 0, sizeof(struct talk));
	return exchange_say(exchange, of(job)->socket, "AppChallenge");
}

static enum verdict challenge_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	if (!is(reply, "AppChallenge", "Result"))
		return STEP_LISTEN;
	return keep(job, reply, "challenge", talk->challenge, sizeof talk->challenge);
}

static enum verdict login_build(struct job *job, struct exchange *exchange)
{
	const struct ap *set = of(job);
	struct talk *talk = job_state(job);

	if (!*talk->challenge)
		return STEP_SKIP;
	exchange_say(exchange, set->socket, "AppLogin");
	exchange_member(exchange, "app", set->app);
	exchange_member(exchange, "domain", set->domain);
	exchange_member(exchange, "sip", set->sip);
	exchange_member(exchange, "guid", set->guid);
	exchange_member(exchange, "dn", set->dn);
	return exchange_prove(exchange, "digest", "%s:%s:%s:%s:%s:%s:", set->app, set->domain,
			      set->sip, set->guid, set->dn, talk->challenge);
}

static enum verdict login_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *ok = reply_member(reply, "ok");

	if (!is(reply, "AppLogin", "Result"))
		return STEP_LISTEN;
	talk->challenge[0] = '\0';
	if (!ok || strcmp(ok, "true") != 0)
		return step_fail(job,
				 "the AP refuses the manager's password; certroll does not try "
				 "again, so that nothing is locked");
	return STEP_OK;
}

static enum verdict info_build(struct job *job, struct exchange *exchange)
{
	auto_free char *mt = text_format("%sRequest", of(job)->info_mt);

	return exchange_say(exchange, of(job)->socket, mt);
}

static enum verdict info_check(struct job *job, const struct reply *reply)
{
	auto_free char *version = reply_member(reply, "version");

	if (!is(reply, of(job)->info_mt, "Result"))
		return STEP_LISTEN;
	if (!version)
		return step_fail(job, "the answer has no version");
	job_fact(job, FACT_FIRMWARE, version);
	return STEP_OK;
}

static enum verdict key_build(struct job *job, struct exchange *exchange)
{
	return exchange_say(exchange, of(job)->socket, of(job)->key_mt);
}

static enum verdict key_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	if (!is(reply, of(job)->key_mt, "Result"))
		return STEP_LISTEN;
	return keep(job, reply, "key", talk->key, sizeof talk->key);
}

static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);
	bool sorted = of(job)->order == AS_SORTED;

	exchange_post(exchange, of(job)->upload, of(job)->type,
		      job_bundle(job, sorted ? BUNDLE_PEM_CHAIN_KEY : BUNDLE_PEM_FILE));
	return exchange_fill(exchange, "key", talk->key);
}

static enum verdict upload_check(struct job *job, const struct reply *reply)
{
	if (reply->status == 403)
		return step_fail(job, "the AP does not accept its own key for the upload (HTTP "
				      "403); does the path of this version differ?");
	if (reply->status != 200)
		return step_fail(job,
				 "an unexpected answer (HTTP %d); does the upload of this version "
				 "differ from the driver's options?",
				 reply->status);
	return STEP_OK;
}

static enum verdict result_build(struct job *job, struct exchange *exchange)
{
	return exchange_listen(exchange, of(job)->socket, (int)of(job)->wait_ms);
}

/* The AP has six words for what is wrong, and does not say where: 13r1-SDK, certificates.h. */
static const struct complaint {
	const char *name, *words, *rules, *rules_sorted;
} complaints[] = {
	{ "CERTIFICATE_CHAIN_INVALID", "the chain is invalid", "O1 O2 O4 O3 P1 V1", "O3 P1 V1" },
	{ "CERTIFICATE_PARSING_FAILED", "the file cannot be read", "K1 K2", "K1 K2" },
	{ "CERTIFICATE_PUBLIC_KEY_INVALID", "the public key is not accepted", "K3 K4 K5 K6 K7",
	  "K3 K4 K5 K6 K7" },
	{ "CERTIFICATE_PRIVATE_KEY_INVALID", "the private key is not accepted", "K1 K2 K4 K5",
	  "K1 K2 K4 K5" },
	{ "CERTIFICATE_LOAD_FAILED", "the certificate could not be put to use", "", "" },
};

static enum verdict refused(struct job *job, const char *name)
{
	bool sorted = of(job)->order == AS_SORTED;
	auto_free char *shown = job_quote(job, name, 60);

	for (size_t i = 0; i < COUNT(complaints); i++) {
		const struct complaint *one = &complaints[i];
		auto_free char *flaw = NULL;

		if (strcmp(one->name, name) != 0)
			continue;
		flaw = job_flaw(job, sorted ? one->rules_sorted : one->rules);
		return step_fail(job, "the AP says that %s: %s", one->words,
				 flaw ? flaw : "certroll sees no reason for that in the bundle");
	}
	return step_fail(job, "the AP refuses the certificate: '%s'", shown);
}

static enum verdict result_check(struct job *job, const struct reply *reply)
{
	auto_free char *error = reply_member(reply, of(job)->error);

	if (!is(reply, of(job)->result_mt, ""))
		return STEP_LISTEN;
	return error ? refused(job, error) : STEP_OK;
}

static enum verdict clear_build(struct job *job, struct exchange *exchange)
{
	return exchange_say(exchange, of(job)->socket, of(job)->clear_mt);
}

static enum verdict clear_check(struct job *job, const struct reply *reply)
{
	auto_free char *error = reply_member(reply, of(job)->error);

	if (!is(reply, of(job)->clear_mt, "Result"))
		return STEP_LISTEN;
	return error ? refused(job, error) : STEP_OK;
}

static const char SHEET[] = "docs/devices/innovaphone-ap.md";

/* clang-format off */
#define ROW(title, building, checking, level, ...)                                                 \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_##level,       \
	  .source = SHEET, __VA_ARGS__ }
#define LOGIN                                                                                      \
	ROW("challenge", challenge_build, challenge_check, DOCUMENTED),                            \
	ROW("login", login_build, login_check, DOCUMENTED)

static const struct step identify[] = { LOGIN,
	ROW("info", info_build, info_check, SEEN), { 0 } };
static const struct step install[] = { LOGIN,
	ROW("key", key_build, key_check, SEEN),
	ROW("upload", upload_build, upload_check, ASSUMED, .changes = true, .repeats = true),
	ROW("result", result_build, result_check, ASSUMED, .may_drop = true), { 0 } };
static const struct step clear[] = { LOGIN,
	ROW("clear", clear_build, clear_check, ASSUMED, .changes = true), { 0 } };
/* clang-format on */

/* "14r1 [...]": an unknown or older version wants the whole chain. */
static struct profile profile(const void *values, const char *firmware)
{
	const struct ap *set = values;
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	int version = firmware ? atoi(firmware) : 0;

	profile.leaf_rsa_max = (int)set->leaf_rsa_max;
	profile.ec_allowed =
		set->ec == EC_YES || (set->ec == EC_BY_FIRMWARE && version >= FIRST_EC_FIRMWARE);
	profile.root_optional = version >= FIRST_ROOTLESS_FIRMWARE && version < 100;
	return profile;
}

/* It begins with a certificate of its own making. */
static bool factory(const void *values, const struct cert *leaf)
{
	(void)values;
	return leaf->self_signed;
}

const struct driver driver_innovaphone_ap = {
	.name = "innovaphone-ap",
	.summary = "innovaphone Application Platform: manager, Settings/Security",
	.port = 443,
	.own_login = true,
	.options = options,
	.options_size = sizeof(struct ap),
	.state_size = sizeof(struct talk),
	.profile = profile,
	.factory = factory,
	.identify = identify,
	.install = install,
	.clear = clear,
};
