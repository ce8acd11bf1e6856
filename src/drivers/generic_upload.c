/*
 * generic-upload: any box whose admin pages take the certificate in one request.  What the request
 * looks like, how one logs on before it and what is well are options; nothing is known of the box but
 * what they say.  `certroll learn` makes them of a browser's recording.
 *
 * Passwords, keys and cookies never come here: forms are patterns that the engine fills in.
 */
#include "certroll/driver.h"
#include <string.h>

enum auth { NO_LOGIN, BASIC, DIGEST, BEARER, BY_FORM };

/* A page that is read first for its token, a form, and what is well. */
struct request {
	char *page, *path, *body, *type, *header, *ok, *error;
	struct text_list fields, statuses;
	int method, form;
};

struct generic {
	char *look, *look_ok, *token, *logout;
	struct request login, upload;
	struct secret_ref *container_password;
	bool old_container;
	int auth;
};

/* From one step to the next: what {token} stands for. */
struct talk {
	char token[512];
};

static const char *const auths[] = { "none", "basic", "digest", "bearer", "form", NULL };
static const char *const methods[] = { "POST", "PUT", "PATCH", NULL };
static const char *const forms[] = { "multipart", "urlencoded", "json", "raw", NULL };

static char *refuse_token(const char *text)
{
	const char *star = strchr(text, '*');

	if (!*text || (star && star > text && !strchr(star + 1, '*')))
		return NULL;
	return text_copy("must be what stands around the token, with one * in its place: "
			 "'name=\"csrf\" value=\"*\"'");
}

static const char SHEET[] = "docs/devices/generic-upload.md";

#define OPTION(key, type, member, value, ...)                                                      \
	DRIVER_OPTION(generic, key, type, member, value, ASSUMED, SHEET, __VA_ARGS__)
#define GROUP DRIVER_GROUP

/* clang-format off */
#define REQUEST(in, sent_as, well, form_help)                                                      \
	OPTION("page", PATH, in.page, NULL, .refuse = compose_refuse_path,                         \
	       .help = "a page that is read just before, for its token"),                          \
	OPTION("method", CHOICE, in.method, "POST", .choices = methods),                           \
	OPTION("path", PATH, in.path, NULL, .refuse = compose_refuse_path,                         \
	       .help = "where it is sent; {token} and {user} are filled in"),                      \
	OPTION("form", CHOICE, in.form, sent_as, .choices = forms),                                \
	OPTION("fields", LIST, in.fields, form_help, .max = EXCHANGE_MAX_FIELDS,                   \
	       .refuse = form_refuse_field,                                                        \
	       .help = "multipart, urlencoded: NAME=VALUE, or NAME@FILENAME=VALUE for a file"),    \
	OPTION("body", TEXT, in.body, "", .max = 4096, .refuse = compose_refuse,                   \
	       .help = "json, raw: the whole body"),                                               \
	OPTION("type", TEXT, in.type, "application/octet-stream", .min = 1, .max = 100,            \
	       .help = "Content-Type of a raw body and of files"),                                 \
	OPTION("header", TEXT, in.header, "", .max = 200, .refuse = form_refuse_header,         \
	       .help = "one more header: 'X-CSRF-Token: {token}'"),                                \
	OPTION("status", LIST, in.statuses, well, .min = 1, .max = 16,                             \
	       .refuse = form_refuse_status, .help = "what may be answered: 200, or 2xx"),         \
	OPTION("ok", PATTERN, in.ok, NULL, .help = "must be in the answer"),                       \
	OPTION("error", PATTERN, in.error, NULL, .help = "must not be in it, whatever the status"),\
	FIELD_END

static const struct field look_rows[] = {
	OPTION("path", PATH, look, "/", .refuse = compose_refuse_path, .help = "a page that wants the log-on; all that a dry run reads behind it"),
	OPTION("ok", PATTERN, look_ok, NULL, .help = "must be in it: what only somebody sees who is logged on"),
	FIELD_END };
static const struct field login_rows[] = { REQUEST(login, "urlencoded", "[2xx, 3xx]", NULL) };
static const struct field upload_rows[] = { REQUEST(upload, "multipart", "[2xx]", NULL) };
static const struct field logout_rows[] = {
	OPTION("path", PATH, logout, NULL, .refuse = compose_refuse_path,
	       .help = "read at the end, so that no session stays open"), FIELD_END };
static const struct field pkcs12_rows[] = {
	OPTION("password", SECRET, container_password, NULL, .help = "of {pkcs12}: file:, env:, cred:, cmd: or prompt"),
	OPTION("old", SWITCH, old_container, "false", .help = "true: 3DES and SHA-1, for boxes from before about 2019"),
	FIELD_END };
static const struct field options[] = {
	OPTION("auth", CHOICE, auth, "basic", .choices = auths,
	       .help = "bearer: the password is the token; form: as login: says, and a cookie"),
	OPTION("token", TEXT, token, "", .max = 200, .refuse = refuse_token,
	       .help = "what stands around {token} in a page or an answer, * in its place"),
	GROUP("look", look_rows, "what is read before anything is changed"),
	GROUP("login", login_rows, "auth: form: how one logs on"),
	GROUP("upload", upload_rows, "the request with the certificate"),
	GROUP("logout", logout_rows, "auth: form: how one logs off"),
	GROUP("pkcs12", pkcs12_rows, "for boxes that take a container"),
	FIELD_END };
/* clang-format on */

static const struct generic *of(const struct job *job)
{
	return job_options(job);
}

static bool by_form(const struct job *job)
{
	return of(job)->auth == BY_FORM;
}

static enum verdict get(struct job *job, struct exchange *exchange, const char *path)
{
	static const enum exchange_auth kinds[] = { AUTH_NONE, AUTH_BASIC, AUTH_DIGEST, AUTH_BEARER,
						    AUTH_NONE };
	const struct talk *talk = job_state(job);

	if (!path)
		return STEP_SKIP;
	exchange->auth = kinds[of(job)->auth];
	return job_get(job, exchange, path, talk->token);
}

static enum verdict post(struct job *job, struct exchange *exchange, const char *name,
			 const struct request *request, const char *token)
{
	const struct exchange_form form = {
		.kind = FORM_MULTIPART + (unsigned)request->form,
		.fields = &request->fields,
		.body = request->body,
		.type = request->type,
		.header = request->header,
		.token = token,
		.container_password = of(job)->container_password,
		.old_container = of(job)->old_container,
	};

	if (!request->path)
		return step_fail(job, "the option %s.path is missing", name);
	get(job, exchange, request->path); /* for the log-on */
	return job_form(job, exchange, methods[request->method], request->path, &form);
}

static enum verdict judge(struct job *job, const struct reply *reply, const char *name,
			  const struct request *request)
{
	const struct demands demands = { .statuses = &request->statuses,
					 .ok = request->ok,
					 .error = request->error,
					 .option = name };

	return step_judge(job, reply, &demands);
}

static bool take_token(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	return !*of(job)->token ||
	       reply_pick(reply, of(job)->token, talk->token, sizeof talk->token);
}

static enum verdict page_check(struct job *job, const struct reply *reply)
{
	if (reply->status / 100 != 2)
		return step_fail(
			job,
			"the box answers HTTP %d in place of that page; is its path right, and "
			"the session alive?",
			reply->status);
	if (!take_token(job, reply))
		return step_fail(job, "the page does not hold the token as the option token says");
	return STEP_OK;
}

static enum verdict page_build(struct job *job, struct exchange *exchange)
{
	memset(job_state(job), 0, sizeof(struct talk));
	exchange->new_session = true;
	return by_form(job) ? get(job, exchange, of(job)->login.page) : STEP_SKIP;
}

static enum verdict login_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (!by_form(job))
		return STEP_SKIP;
	exchange->new_session = !of(job)->login.page;
	return post(job, exchange, "login", &of(job)->login, talk->token);
}

static enum verdict login_check(struct job *job, const struct reply *reply)
{
	enum verdict verdict = judge(job, reply, "login", &of(job)->login);

	if (verdict == STEP_OK)
		(void)take_token(job, reply); /* or it was in a page, or will be */
	return verdict;
}

static enum verdict check_auth(struct job *job)
{
	const struct generic *set = of(job);
	const struct device *device = job_device(job);
	bool named = set->auth == BASIC || set->auth == DIGEST;

	if ((named && !*device->user) || ((named || set->auth == BEARER) && !device->password))
		return step_fail(job,
				 "auth: %s needs %spassword: of the device; a box without a log-on "
				 "wants auth: none",
				 auths[set->auth], named ? "user: and " : "");
	if (set->login.path && !by_form(job))
		return step_fail(job, "login: is there, and auth: is %s; did you mean auth: form?",
				 auths[set->auth]);
	return STEP_OK;
}

/* What is wrong with the options is said before anything is sent to be changed. */
static enum verdict look_build(struct job *job, struct exchange *exchange)
{
	struct exchange trial = { 0 };
	enum verdict verdict = check_auth(job);

	if (verdict == STEP_OK)
		verdict = post(job, &trial, "upload", &of(job)->upload, "token");
	return verdict == STEP_OK ? get(job, exchange, of(job)->look) : verdict;
}

static enum verdict look_check(struct job *job, const struct reply *reply)
{
	if (reply->status / 100 != 2 && reply->status / 100 != 3)
		return step_fail(job,
				 "the box answers HTTP %d; set look.path to a page that wants the "
				 "log-on",
				 reply->status);
	if (of(job)->look_ok && !text_match(of(job)->look_ok, reply->body))
		return step_fail(job,
				 "the page does not hold what the option look.ok demands: has the "
				 "log-on failed?");
	return STEP_OK;
}

static enum verdict form_build(struct job *job, struct exchange *exchange)
{
	return get(job, exchange, of(job)->upload.page);
}

static enum verdict upload_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	return post(job, exchange, "upload", &of(job)->upload, talk->token);
}

static enum verdict upload_check(struct job *job, const struct reply *reply)
{
	return judge(job, reply, "upload", &of(job)->upload);
}

static enum verdict logout_build(struct job *job, struct exchange *exchange)
{
	return by_form(job) ? get(job, exchange, of(job)->logout) : STEP_SKIP;
}

/* Whatever it says: nothing is changed by it any more. */
static enum verdict logout_check(struct job *job, const struct reply *reply)
{
	(void)job;
	(void)reply;
	return STEP_OK;
}

/* clang-format off */
#define ROW(title, building, checking, ...)                                                        \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_ASSUMED,       \
	  .source = SHEET, __VA_ARGS__ }
#define LOGIN  ROW("page", page_build, page_check), ROW("login", login_build, login_check)
#define LOGOUT ROW("logout", logout_build, logout_check, .open = true, .may_drop = true)

static const struct step identify[] = { LOGIN,
	ROW("look", look_build, look_check), LOGOUT, { 0 } };
static const struct step install[] = { LOGIN,
	ROW("form", form_build, page_check),
	ROW("upload", upload_build, upload_check, .changes = true), LOGOUT, { 0 } };
/* clang-format on */

const struct driver driver_generic_upload = {
	.name = "generic-upload",
	.summary = "any box with one upload; its words are options (certroll learn)",
	.port = 443,
	.cookies = true,
	.options = options,
	.options_size = sizeof(struct generic),
	.state_size = sizeof(struct talk),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
};
