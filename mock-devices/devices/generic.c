/*
 * generic: a box that takes a certificate over its pages, with a log-on and a form that are settings.
 *
 * Nobody's box in particular: it plays what the options of a client's generic driver say, and the
 * ways in which such boxes say no.  Its sessions end after a number of requests.
 */
#include "generic.h"

#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../profile.h"
#include "../serve.h"
#include "../service.h"
#include "../text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define FORM(at, name, path)                                                                       \
	[at + FORM_PAGE] = { name "-page", "" },                                                   \
	[at + FORM_METHOD] = { name "-method", "POST" },                                           \
	[at + FORM_PATH] = { name "-path", path },                                                 \
	[at + FORM_KIND] = { name "-form", "multipart" },                                          \
	[at + FORM_FIELDS] = { name "-fields", "" },                                               \
	[at + FORM_BODY] = { name "-body", "" },                                                   \
	[at + FORM_HEADER] = { name "-header", "" },                                               \
	[at + FORM_STATUS] = { name "-status", "200" },                                            \
	[at + FORM_OK] = { name "-ok", "it is done" },                                             \
	[at + FORM_ERROR] = { name "-error", "it is refused" }

static const struct setting settings[GENERIC_SETTINGS + 1] = {
	[GENERIC_AUTH] = { "auth", "basic" },
	[GENERIC_DIGEST] = { "digest-algorithm", "MD5" },
	[GENERIC_TOKEN] = { "token", "" },
	[GENERIC_TOKEN_ARGUMENT] = { "token-argument", "" },
	[GENERIC_LOOK_PATH] = { "look-path", "/" },
	[GENERIC_LOOK_OK] = { "look-ok", "certificates" },
	[GENERIC_LOGOUT_PATH] = { "logout-path", "" },
	[GENERIC_REFUSAL_STATUS] = { "refusal-status", "200" },
	[GENERIC_SESSION_REQUESTS] = { "session-requests", "1000" },
	[GENERIC_CONTAINER_PASSWORD] = { "container-password", "" },
	FORM(GENERIC_LOGIN, "login", "/login"),
	FORM(GENERIC_UPLOAD, "upload", "/upload"),
};
/* clang-format on */

static const char *set(const struct exchange *exchange, int setting)
{
	return device_setting(exchange->device, (size_t)setting);
}

static bool has_auth(const struct exchange *exchange, const char *kind)
{
	return strcmp(set(exchange, GENERIC_AUTH), kind) == 0;
}

/* "204"; or "2xx", any of a kind. */
static int number(const char *text)
{
	int value = atoi(text);

	if (value >= 100)
		return value;
	return value == 3 ? 302 : value >= 1 && value <= 5 ? 100 * value : 200;
}

static void make_word(char word[GENERIC_WORD])
{
	unsigned char random[(GENERIC_WORD - 1) / 2];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	text_hex(random, sizeof(random), word);
}

const char *generic_token(const struct exchange *exchange)
{
	return exchange->device->session.token;
}

/* What a client looks for may be a pattern: any text that fits it will do. */
static void add_words(struct evbuffer *out, const char *pattern)
{
	for (; *pattern; pattern++)
		if (*pattern != '*')
			evbuffer_add(out, *pattern == '?' ? "x" : pattern, 1);
	evbuffer_add(out, "\n", 1);
}

static void add_token(const struct exchange *exchange)
{
	const char *pattern = set(exchange, GENERIC_TOKEN), *star = strchr(pattern, '*');
	struct evbuffer *out = exchange->reply->body;

	if (star)
		evbuffer_add_printf(out, "%.*s%s%s\n", (int)(star - pattern), pattern,
				    generic_token(exchange), star + 1);
}

static void refuse(struct exchange *exchange, int form, const char *detail)
{
	struct reply *reply = exchange->reply;

	reply_refuse(reply, number(set(exchange, GENERIC_REFUSAL_STATUS)));
	add_words(reply->body, set(exchange, form + FORM_ERROR));
	reply->detail = detail;
}

/* --- who is there ----------------------------------------------------------------------------- */

static bool is_bearer(const struct exchange *exchange)
{
	const char *value = http_field(exchange->request, "Authorization");
	const char *password = profile_password(exchange->device->profile);

	return value && strncasecmp(value, "Bearer ", 7) == 0 && strcmp(value + 7, password) == 0;
}

static bool is_session(const struct exchange *exchange)
{
	struct device *device = exchange->device;
	const char *cookies = http_field(exchange->request, "Cookie");
	auto_free char *wanted = mem_format("session=%s", device->session.cookie);

	return *device->session.cookie && cookies && strstr(cookies, wanted) &&
	       device->session.left-- > 0;
}

/* Of the two challenges of a 401 the one that this box knows. */
static void challenge(const struct exchange *exchange, const struct auth_login *login, bool stale)
{
	auto_buffer struct evbuffer *both = mem_must(evbuffer_new());
	bool basic = has_auth(exchange, "basic");

	auth_challenge(login, &exchange->device->nonces, stale, both);
	auto_free char *digest = evbuffer_readln(both, NULL, EVBUFFER_EOL_CRLF);
	auto_free char *other = evbuffer_readln(both, NULL, EVBUFFER_EOL_CRLF);
	evbuffer_add_printf(exchange->reply->fields, "%s\r\n", basic ? other : digest);
}

static bool is_login(const struct exchange *exchange)
{
	struct device *device = exchange->device;
	const struct auth_login login = {
		.user = device->profile->user,
		.password = profile_password(device->profile),
		.realm = "box",
		.algorithm = set(exchange, GENERIC_DIGEST),
	};
	bool fits = auth_scheme(exchange->request) ==
		    (has_auth(exchange, "basic") ? AUTH_BASIC : AUTH_DIGEST);
	enum auth_verdict verdict =
		fits ? auth_check(&login, &device->nonces, exchange->request) : AUTH_MISSING;

	if (verdict == AUTH_GOOD)
		return true;
	device->counts.logins_refused += verdict == AUTH_REFUSED;
	reply_refuse(exchange->reply, 401);
	challenge(exchange, &login, verdict == AUTH_STALE);
	return false;
}

/* Let it pass, or answer why not. */
static bool admit(struct exchange *exchange)
{
	if (has_auth(exchange, "none") || (has_auth(exchange, "bearer") && is_bearer(exchange)) ||
	    (has_auth(exchange, "form") && is_session(exchange)))
		return true;
	if (has_auth(exchange, "bearer")) {
		reply_refuse(exchange->reply, 401);
		evbuffer_add_printf(exchange->reply->fields, "WWW-Authenticate: Bearer\r\n");
		return false;
	}
	if (has_auth(exchange, "form")) {
		reply_refuse(exchange->reply, 302);
		evbuffer_add_printf(exchange->reply->fields, "Location: %s?next=1\r\n",
				    set(exchange, GENERIC_LOGIN + FORM_PATH));
		return false;
	}
	return is_login(exchange);
}

/* --- what it answers -------------------------------------------------------------------------- */

static void answer_login_page(struct exchange *exchange)
{
	make_word(exchange->device->session.token);
	evbuffer_add_printf(exchange->reply->body, "<form>log on\n");
	add_token(exchange);
}

static void answer_login(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct reply *reply = exchange->reply;
	struct material material = { .bytes = NULL };
	const char *wrong = generic_form(exchange, GENERIC_LOGIN, &material);

	if (wrong || device_fault(device, FAULT_REFUSE_LOGIN, STEP_LOGIN)) {
		device->counts.logins_refused++;
		refuse(exchange, GENERIC_LOGIN, wrong ? wrong : "refuse-login");
		return;
	}
	make_word(device->session.cookie);
	make_word(device->session.token);
	device->session.left = atoi(set(exchange, GENERIC_SESSION_REQUESTS));
	reply->status = number(set(exchange, GENERIC_LOGIN + FORM_STATUS));
	evbuffer_add_printf(reply->fields,
			    "Set-Cookie: lang=en; Path=/\r\n"
			    "Set-Cookie: session=%s; Path=/; Secure; HttpOnly\r\n"
			    "X-Token: %s\r\n",
			    device->session.cookie, generic_token(exchange));
	if (reply->status / 100 == 3)
		evbuffer_add_printf(reply->fields, "Location: /\r\n");
	add_words(reply->body, set(exchange, GENERIC_LOGIN + FORM_OK));
	add_token(exchange);
}

static void answer_page(struct exchange *exchange)
{
	if (!admit(exchange))
		return;
	if (!*generic_token(exchange))
		make_word(exchange->device->session.token);
	add_words(exchange->reply->body, set(exchange, GENERIC_LOOK_OK));
	add_token(exchange);
}

static void answer_logout(struct exchange *exchange)
{
	if (admit(exchange))
		memset(&exchange->device->session, 0, sizeof(exchange->device->session));
}

static const char *install(struct exchange *exchange, struct material *material)
{
	struct device *device = exchange->device;
	struct bundle_limits limits = device->profile->limits;
	auto_buffer struct evbuffer *pem = mem_must(evbuffer_new());
	auto_identity struct identity *identity = NULL;
	size_t length;

	limits.allow_incomplete = true;
	if (!*material->password)
		(void)snprintf(material->password, sizeof(material->password), "%s",
			       set(exchange, GENERIC_CONTAINER_PASSWORD));
	if (!generic_material(material, pem))
		return "cannot be read";
	length = evbuffer_get_length(pem);
	enum bundle_verdict verdict =
		bundle_parse(length ? (const char *)evbuffer_pullup(pem, -1) : "", length, &limits,
			     &device->fleet->identities, &identity);
	if (verdict != BUNDLE_GOOD)
		return bundle_text(verdict);
	if (!device_can_serve(device, identity))
		return "cannot be served";
	device_install(device, take(identity), STEP_UPLOAD);
	return device_fault(device, FAULT_FAIL_BUT_INSTALL, STEP_UPLOAD) ? "fail-but-install"
									 : NULL;
}

static bool has_token_argument(const struct exchange *exchange)
{
	const char *name = set(exchange, GENERIC_TOKEN_ARGUMENT);
	char value[GENERIC_WORD];

	return !*name || (http_argument(exchange->request, name, value, sizeof(value)) &&
			  strcmp(value, generic_token(exchange)) == 0);
}

static void answer_upload(struct exchange *exchange)
{
	struct device *device = exchange->device;
	auto_buffer struct evbuffer *bytes = mem_must(evbuffer_new());
	struct material material = { .bytes = bytes };
	const char *wrong;

	if (strcmp(exchange->request->method, set(exchange, GENERIC_UPLOAD + FORM_METHOD)) != 0) {
		reply_refuse(exchange->reply, 405);
		return;
	}
	if (!admit(exchange))
		return;
	device->counts.uploads++;
	device->fleet->counts.uploads++;
	wrong = has_token_argument(exchange) ? generic_form(exchange, GENERIC_UPLOAD, &material)
					     : "token in the address";
	if (!wrong)
		wrong = install(exchange, &material);
	if (wrong) {
		refuse(exchange, GENERIC_UPLOAD, wrong);
		return;
	}
	exchange->reply->status = number(set(exchange, GENERIC_UPLOAD + FORM_STATUS));
	add_words(exchange->reply->body, set(exchange, GENERIC_UPLOAD + FORM_OK));
	exchange->reply->detail = "ok";
}

/* clang-format off */
static const struct route routes[] = {
	{ STEP_OTHER, "GET", GENERIC_LOGIN + FORM_PAGE, ROUTE_OPEN, answer_login_page, NULL },
	{ STEP_LOGIN, "POST", GENERIC_LOGIN + FORM_PATH, ROUTE_OPEN, answer_login, NULL },
	{ STEP_OTHER, "GET", GENERIC_LOGOUT_PATH, ROUTE_OPEN, answer_logout, NULL },
	{ STEP_OTHER, "GET", GENERIC_UPLOAD + FORM_PAGE, ROUTE_OPEN, answer_page, NULL },
	{ STEP_STATE, "GET", GENERIC_LOOK_PATH, ROUTE_OPEN, answer_page, NULL },
	{ STEP_UPLOAD, "POST", GENERIC_UPLOAD + FORM_PATH, ROUTE_OPEN, answer_upload, NULL },
	{ STEP_UPLOAD, "PUT", GENERIC_UPLOAD + FORM_PATH, ROUTE_OPEN, answer_upload, NULL },
	{ STEP_UPLOAD, "PATCH", GENERIC_UPLOAD + FORM_PATH, ROUTE_OPEN, answer_upload, NULL },
	{ 0 },
};
/* clang-format on */

static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "BOX-%08x", address);
}

const struct family family_generic = {
	.name = "generic-upload",
	.summary = "any box with one upload form; everything about it is a setting",
	.password = "pwd",
	.firmware = "1.0",
	.settings = settings,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS,
	.self_signed = true,
	.hardware_id = make_hardware_id,
};
