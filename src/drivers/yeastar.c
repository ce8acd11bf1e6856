/*
 * Yeastar P-Series: its API logs on with a client id and secret, and gives a token of half an hour
 * that stands in each path.  A certificate is uploaded, put into a list of at most three, and then
 * selected for the web server.  The rows of docs/devices/yeastar.md are the sources.
 *
 * Every answer is HTTP 200; errcode tells.  When a token ends in between, the next exchange of the
 * step renews it, and then the step comes again: once per step.
 */
#include "certroll/driver.h"
#include <stdlib.h>
#include <string.h>

enum { QUOTA = 3, LOOK_MAX = 20, EXPIRED = 10004 };
enum order { SORTED, AS_IN_FILE };

struct yeastar {
	char *path, *name;
	int order;
};

struct talk {
	char access[200], refresh[200]; /* tokens */
	char file[128];                 /* as the PBX calls it */
	int64_t id;                     /* of the entry to be replaced; 0: there is none */
	bool stale;                     /* the token, so that the next exchange renews it */
	bool renewed;                   /* in this step */
};

static const char *const orders[] = { "sorted", "file", NULL };

#define OPTION(...) DRIVER_OPTION(yeastar, __VA_ARGS__)

/* clang-format off */
static const struct field upload_rows[] = {
	OPTION("name", TEXT, name, "certroll.pem", ASSUMED, "Y6", .min = 1, .max = 64,
	       .help = "file name at the PBX; the certificate that has it already is replaced"),
	OPTION("order", CHOICE, order, "sorted", ASSUMED, "Y6", .choices = orders,
	       .help = "of the blocks: leaf, issuers, root, key; or as in the bundle's file"),
	FIELD_END };
static const struct field options[] = {
	OPTION("path", PATH, path, "/openapi/v1.0", DOCUMENTED, "Y1", .help = "of the API"),
	DRIVER_GROUP("upload", upload_rows, "the file of the certificate; its layout is not published"),
	FIELD_END };
/* clang-format on */

static const struct yeastar *of(const struct job *job)
{
	return job_options(job);
}

/* What can be done about the codes of Y9 that come up here. */
static const struct {
	int code;
	const char *remedy;
} remedies[] = {
	{ 10001, "; its firmware does not have this call yet" },
	{ 10005, "; allow it for this application at Integrations > API" },
	{ 60002, "; delete a server certificate that nothing uses" },
	{ 70004, "; it blocks the address of this computer after failed log-ons" },
};

static enum verdict refused(struct job *job, const struct reply *reply, int code,
			    const char *remedy)
{
	auto_free char *said = reply_member(reply, "errmsg");
	auto_free char *shown = job_quote(job, said, 100);

	for (size_t i = 0; i < COUNT(remedies); i++)
		if (remedies[i].code == code)
			remedy = remedies[i].remedy;
	return step_fail(job, "the PBX refuses: '%s' (%d)%s", shown, code, remedy);
}

static enum verdict judge(struct job *job, const struct reply *reply, const char *remedy)
{
	auto_free char *code = reply_member(reply, "errcode");
	auto_free char *reboot = reply_member(reply, "reboot");

	if (!code)
		return step_fail(job,
				 "no answer of the API (HTTP %d); is this a P-Series PBX, and the "
				 "API switched on at Integrations > API?",
				 reply->status);
	if (reboot && !strcmp(reboot, "1"))
		job_reset_pending(job, true);
	return atoi(code) ? refused(job, reply, atoi(code), remedy) : STEP_OK;
}

static bool keep(char *out, size_t size, const char *value)
{
	if (!value || !*value || strlen(value) >= size)
		return false;
	memcpy(out, value, strlen(value) + 1);
	return true;
}

static enum verdict take_tokens(struct job *job, const struct reply *reply, const char *remedy)
{
	struct talk *talk = job_state(job);
	auto_free char *access = reply_member(reply, "access_token");
	auto_free char *refresh = reply_member(reply, "refresh_token");

	if (judge(job, reply, remedy) != STEP_OK)
		return STEP_FAIL;
	if (!keep(talk->access, sizeof talk->access, access) ||
	    !keep(talk->refresh, sizeof talk->refresh, refresh))
		return step_fail(job, "no token in the answer, or one that is too long");
	return STEP_OK;
}

/* "WHAT" below the option's path; the token goes into it with its_token(). */
static char *path_of(const struct job *job, const char *what)
{
	return text_format("%s/%s%caccess_token={token}", of(job)->path, what,
			   strchr(what, '?') ? '&' : '?');
}

static enum verdict its_token(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	return exchange_fill(exchange, "token", talk->access);
}

static enum verdict login_build(struct job *job, struct exchange *exchange)
{
	auto_free char *path = text_format("%s/get_token", of(job)->path);

	exchange_ask(exchange, "POST", path);
	exchange_member(exchange, "username", job_device(job)->user);
	return exchange_password(exchange, "password");
}

static enum verdict login_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	*talk = (struct talk){ 0 };
	return take_tokens(job, reply,
			   "; user: is the client id, the password the client secret; certroll "
			   "does not try again, because failures block this computer");
}

/* Does this exchange renew the token, in place of what the step is for? */
static bool renews(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);
	auto_free char *path = text_format("%s/refresh_token", of(job)->path);

	if (talk->stale) {
		exchange_ask(exchange, "POST", path);
		exchange_member(exchange, "refresh_token", talk->refresh);
	}
	return talk->stale;
}

static enum verdict answered(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *code = reply_member(reply, "errcode");

	if (talk->stale) {
		talk->stale = false;
		return take_tokens(job, reply, "; the token had ended") == STEP_OK ? STEP_MORE
										   : STEP_FAIL;
	}
	if (code && atoi(code) == EXPIRED && !talk->renewed) {
		talk->stale = talk->renewed = true;
		return STEP_MORE;
	}
	talk->renewed = false;
	return judge(job, reply, "");
}

static enum verdict get(struct job *job, struct exchange *exchange, const char *what)
{
	auto_free char *path = path_of(job, what);

	if (renews(job, exchange))
		return STEP_OK;
	exchange_get(exchange, path);
	return its_token(job, exchange);
}

/* A JSON object to be sent, without members yet; NULL: the token is renewed first. */
static struct exchange *post(struct job *job, struct exchange *exchange, const char *what)
{
	auto_free char *path = path_of(job, what);

	if (renews(job, exchange))
		return NULL;
	exchange_ask(exchange, "POST", path);
	its_token(job, exchange);
	return exchange;
}

static enum verdict info_build(struct job *job, struct exchange *exchange)
{
	return get(job, exchange, "system/information");
}

static enum verdict info_check(struct job *job, const struct reply *reply)
{
	auto_free char *name = reply_item(reply, "data", 0, "device_name");
	auto_free char *model = reply_item(reply, "data", 0, "model_name");
	auto_free char *firmware = reply_item(reply, "data", 0, "firmware_version");
	auto_free char *serial = reply_item(reply, "data", 0, "sn");
	enum verdict verdict = answered(job, reply);

	if (verdict != STEP_OK)
		return verdict;
	job_fact(job, FACT_NAME, name);
	job_fact(job, FACT_HARDWARE, model);
	job_fact(job, FACT_FIRMWARE, firmware);
	if (serial)
		job_fact(job, FACT_IDENTITY, serial);
	return STEP_OK;
}

static enum verdict list_build(struct job *job, struct exchange *exchange)
{
	return get(job, exchange, "certificate/list?type=server");
}

/* Is one of them ours, or room for it? */
static enum verdict list_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	enum verdict verdict = answered(job, reply);
	size_t count = 0;

	if (verdict != STEP_OK)
		return verdict;
	for (talk->id = 0; count < LOOK_MAX; count++) {
		auto_free char *name = reply_item(reply, "certificate_list", count, "name");
		auto_free char *id = reply_item(reply, "certificate_list", count, "id");

		if (!name)
			break;
		if (!strcmp(name, of(job)->name) &&
		    (!id || !text_number(id, 1, INT32_MAX, &talk->id)))
			return step_fail(job, "the certificate '%.64s' has no id", name);
	}
	if (!talk->id && count >= QUOTA)
		return step_fail(
			job,
			"it holds %zu server certificates, which is all it can, and none is "
			"called '%s': delete one that nothing uses, or name the one to "
			"replace with the option upload.name",
			count, of(job)->name);
	return STEP_OK;
}

static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	bool sorted = of(job)->order == SORTED;
	auto_free char *path = path_of(job, "certificate/upload");

	if (renews(job, exchange))
		return STEP_OK;
	exchange_upload(exchange, path, "file", of(job)->name, "application/octet-stream",
			job_bundle(job, sorted ? BUNDLE_PEM_CHAIN_KEY : BUNDLE_PEM_FILE));
	exchange_also(exchange, "type", "server");
	return its_token(job, exchange);
}

static enum verdict upload_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *file = reply_member(reply, "file");
	enum verdict verdict = answered(job, reply);

	if (verdict == STEP_OK && !keep(talk->file, sizeof talk->file, file))
		return step_fail(job, "it does not say under which name it keeps the file");
	return verdict;
}

static enum verdict create_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (talk->id)
		return STEP_SKIP;
	if (post(job, exchange, "certificate/create")) {
		exchange_member(exchange, "type", "server");
		exchange_member(exchange, "ca_type", "upload");
		exchange_member(exchange, "name", talk->file);
	}
	return STEP_OK;
}

static enum verdict update_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (!talk->id)
		return STEP_SKIP;
	if (post(job, exchange, "certificate/update")) {
		exchange_number(exchange, "id", talk->id);
		exchange_member(exchange, "name", talk->file);
	}
	return STEP_OK;
}

static enum verdict select_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (post(job, exchange, "webserver/update"))
		exchange_member(exchange, "https_cert", talk->file);
	return STEP_OK;
}

static enum verdict default_build(struct job *job, struct exchange *exchange)
{
	if (post(job, exchange, "webserver/update"))
		exchange_member(exchange, "https_cert", "default");
	return STEP_OK;
}

/* A token that stays takes one of eight places for half an hour; that fails nothing. */
static enum verdict logout_build(struct job *job, struct exchange *exchange)
{
	auto_free char *path = path_of(job, "del_token");

	exchange_get(exchange, path);
	return its_token(job, exchange);
}

static enum verdict logout_check(struct job *job, const struct reply *reply)
{
	(void)job;
	(void)reply;
	return STEP_OK;
}

/* clang-format off */
#define ROW(title, row, ...) ROW_AS(title, #title, answered, DOCUMENTED, row, __VA_ARGS__)
#define ROW_AS(building, title, checking, level, row, ...)                                         \
	{ .name = title, .build = building##_build, .check = checking,                             \
	  .evidence = EVIDENCE_##level, .source = row, __VA_ARGS__ }

#define LOGIN  ROW_AS(login, "login", login_check, DOCUMENTED, "Y1")
#define INFO   ROW_AS(info, "info", info_check, DOCUMENTED, "Y3")
#define LIST   ROW_AS(list, "list", list_check, DOCUMENTED, "Y4")
#define LOGOUT ROW_AS(logout, "logout", logout_check, DOCUMENTED, "Y8", .may_drop = true)

static const struct step identify[] = { LOGIN, INFO, LIST, LOGOUT, { 0 } };
static const struct step install[] = {
	LOGIN, INFO, LIST,
	ROW_AS(upload, "upload", upload_check, ASSUMED, "Y5, Y6", .changes = true),
	ROW(create, "Y5", .changes = true),
	ROW(update, "Y5", .changes = true),
	ROW(select, "Y7", .changes = true, .may_drop = true),
	LOGOUT, { 0 } };
static const struct step clear[] = {
	LOGIN, INFO,
	ROW_AS(default, "select", answered, DOCUMENTED, "Y7", .changes = true, .may_drop = true),
	LOGOUT, { 0 } };
/* clang-format on */

const struct driver driver_yeastar = {
	.name = "yeastar",
	.summary = "Yeastar P-Series PBX: its API",
	.port = 8088,
	.own_login = true,
	.options = options,
	.options_size = sizeof(struct yeastar),
	.state_size = sizeof(struct talk),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
	.clear = clear,
};
