/*
 * yeastar: the API of a P-Series PBX, docs/devices/yeastar.md Y1 to Y9.
 *
 * Status 200 always; errcode says what became of it.  Each request has a connection of its own.
 * ASSUMPTIONS: the code of a wrong secret, what happens when all eight tokens are given out, the
 * layout of the certificate's file, and that an update of the certificate in use is served at once.
 */
#include "yeastar.h"

#include "../bundle.h"
#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../multipart.h"
#include "../profile.h"
#include "../serve.h"
#include "../service.h"
#include "../text.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

enum { SET_PATH, SET_COUNT };

#define TOKEN_SECONDS   1800
#define REFRESH_SECONDS 86400

static const struct setting settings[SET_COUNT + 1] = {
	[SET_PATH] = { "path", "/openapi/v1.0" },
};

static const struct {
	enum yeastar_code code;
	const char *message;
} messages[] = {
	{ YEASTAR_SUCCESS, "SUCCESS" },
	{ YEASTAR_FAILURE, "FAILURE" },
	{ YEASTAR_TOKEN_EXPIRED, "TOKEN EXPIRED" },
	{ YEASTAR_PARAMETER_ERROR, "PARAMETER ERROR" },
	{ YEASTAR_NOT_FOUND, "DATA NOT FOUND" },
	{ YEASTAR_LIMIT, "MAX LIMITATION EXCEEDED" },
	{ YEASTAR_BLOCKED, "ACCOUNT IP BLOCKED" },
};

static struct yeastar *memory_of(const struct exchange *exchange)
{
	struct yeastar *yeastar = device_memory(exchange->device);

	if (device_fault(exchange->device, FAULT_QUOTA_FULL, STEP_ANY))
		yeastar_fill(yeastar);
	return yeastar;
}

/* Answer with a code and the members of an object, which is consumed; NULL: there are none. */
static void answer(struct exchange *exchange, enum yeastar_code code, json_t *consumed)
{
	struct reply *reply = exchange->reply;
	json_t *object = json_object();

	(void)json_object_set_new(object, "errcode", json_integer(code));
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (messages[i].code != code)
			continue;
		reply->detail = messages[i].message;
		(void)json_object_set_new(object, "errmsg", json_string(messages[i].message));
	}
	(void)json_object_update(object, consumed);
	json_decref(consumed);
	char *text = mem_must(json_dumps(object, JSON_COMPACT));
	evbuffer_add_printf(reply->body, "%s\n", text);
	free(text);
	json_decref(object);
	reply->type = "application/json";
	reply->close = true;
}

static void refuse(struct exchange *exchange)
{
	answer(exchange, YEASTAR_FAILURE, NULL);
}

/* The JSON object of a request; owned by the caller. */
static json_t *read_object(const struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	json_t *object = json_loadb(request->body, request->body_length, 0, NULL);

	return object ? object : json_object();
}

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void answer_tokens(struct exchange *exchange, const struct yeastar_token *token)
{
	answer(exchange, YEASTAR_SUCCESS,
	       json_pack("{s:i, s:s, s:i, s:s}", "access_token_expire_time", TOKEN_SECONDS,
			 "access_token", token->access, "refresh_token_expire_time",
			 REFRESH_SECONDS, "refresh_token", token->renewal));
}

static bool is_client(const struct device *device, const json_t *login)
{
	const struct profile *profile = device->profile;

	return strcmp(member(login, "username"), profile->user) == 0 &&
	       strcmp(member(login, "password"), profile_password(profile)) == 0 &&
	       !device_fault(device, FAULT_REFUSE_LOGIN, STEP_LOGIN);
}

/* Y1. */
static void answer_login(struct exchange *exchange)
{
	struct yeastar *yeastar = memory_of(exchange);
	json_t *login = read_object(exchange);
	bool known = is_client(exchange->device, login);
	bool blocked = yeastar->failures >= YEASTAR_FAILURES;

	json_decref(login);
	if (blocked || !known) {
		yeastar->failures++;
		exchange->device->counts.logins_refused++;
		exchange->device->fleet->counts.logins_refused++;
		answer(exchange, blocked ? YEASTAR_BLOCKED : YEASTAR_FAILURE, NULL);
		return;
	}
	yeastar->failures = 0;
	const struct yeastar_token *token = yeastar_log_on(yeastar);
	if (token)
		answer_tokens(exchange, token);
	else
		answer(exchange, YEASTAR_LIMIT, NULL);
}

/* Y2. */
static void answer_renew(struct exchange *exchange)
{
	json_t *object = read_object(exchange);
	struct yeastar_token *token =
		yeastar_find_token(memory_of(exchange), member(object, "refresh_token"));
	bool right = token && strcmp(token->renewal, member(object, "refresh_token")) == 0;

	json_decref(object);
	if (!right) {
		answer(exchange, YEASTAR_TOKEN_EXPIRED, NULL);
		return;
	}
	yeastar_renew(token);
	answer_tokens(exchange, token);
}

/* The PBX if the request has a living token and says who it is; NULL: the reply is there. */
static struct yeastar *admit(struct exchange *exchange)
{
	struct yeastar *yeastar = memory_of(exchange);
	char text[YEASTAR_TOKEN_CHARS + 1] = "";
	const char *agent = http_field(exchange->request, "User-Agent");

	(void)http_argument(exchange->request, "access_token", text, sizeof(text));
	struct yeastar_token *token = yeastar_find_token(yeastar, text);
	bool lives = token && strcmp(token->access, text) == 0;
	if (lives && device_ends_token(exchange->device, exchange->reply->step))
		lives = false;
	if (lives && agent && *agent)
		return yeastar;
	answer(exchange, YEASTAR_TOKEN_EXPIRED, NULL);
	return NULL;
}

/* Y3. */
static void answer_info(struct exchange *exchange)
{
	struct device *device = exchange->device;
	char name[FLEET_NAME_MAX], serial[FAMILY_HWID_MAX];

	if (!admit(exchange))
		return;
	device_name(device, name);
	device_hardware_id(device, serial);
	answer(exchange, YEASTAR_SUCCESS,
	       json_pack("{s:{s:s, s:s, s:s, s:s}}", "data", "device_name", name, "model_name",
			 "Yeastar P550", "sn", serial, "firmware_version",
			 profile_firmware(device->profile)));
}

/* Y4. */
static void answer_list(struct exchange *exchange)
{
	const struct yeastar *yeastar = admit(exchange);
	json_t *list = json_array();

	for (int i = 0; yeastar && i < YEASTAR_PLACES; i++)
		if (yeastar->list[i].id)
			(void)json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s}", "id",
								    yeastar->list[i].id, "name",
								    yeastar->list[i].name, "type",
								    "server", "ca_type", "upload"));
	if (yeastar)
		answer(exchange, YEASTAR_SUCCESS,
		       json_pack("{s:i, s:O}", "total_number", (int)json_array_size(list),
				 "certificate_list", list));
	json_decref(list);
}

static bool find_part(const struct http_request *request, const char *name,
		      struct multipart_part *part)
{
	return multipart_find(http_field(request, "Content-Type"), request->body,
			      request->body_length, name, part);
}

/* Y5, Y6: leaf, issuers and key in one file, the root or not. */
static struct identity *read_file(struct device *device, const struct multipart_part *file)
{
	struct bundle_limits limits = device->profile->limits;
	struct identity *identity = NULL;

	limits.allow_incomplete = true;
	if (bundle_parse(file->bytes, file->length, &limits, &device->fleet->identities,
			 &identity) != BUNDLE_GOOD)
		return NULL;
	if (device_can_serve(device, identity))
		return identity;
	identity_free(identity);
	return NULL;
}

static void answer_upload(struct exchange *exchange)
{
	struct yeastar *yeastar = admit(exchange);
	struct device *device = exchange->device;
	struct multipart_part file = { 0 }, type = { 0 };

	if (!yeastar)
		return;
	device->counts.uploads++;
	device->fleet->counts.uploads++;
	bool whole = find_part(exchange->request, "type", &type) && type.length == 6 &&
		     memcmp(type.bytes, "server", 6) == 0 &&
		     find_part(exchange->request, "file", &file) && file.filename_length &&
		     file.filename_length < YEASTAR_NAME_MAX;
	struct identity *identity = whole ? read_file(device, &file) : NULL;
	if (!identity) {
		answer(exchange, YEASTAR_PARAMETER_ERROR, NULL);
		return;
	}
	auto_free char *name = mem_copy(file.filename, file.filename_length);
	yeastar_upload(yeastar, name, identity);
	answer(exchange, YEASTAR_SUCCESS, json_pack("{s:s}", "file", name));
}

/* Serve the entry with this number, or its own certificate. */
static void use(struct device *device, struct yeastar *yeastar, const struct yeastar_file *file)
{
	yeastar->selected = file ? file->id : 0;
	device_install(device, file ? identity_hold(file->identity) : NULL, STEP_UPLOAD);
}

static void answer_create(struct exchange *exchange)
{
	struct yeastar *yeastar = admit(exchange);
	json_t *object = read_object(exchange);
	bool imported = strcmp(member(object, "type"), "server") == 0 &&
			strcmp(member(object, "ca_type"), "upload") == 0;

	if (yeastar)
		answer(exchange,
		       imported ? yeastar_create(yeastar, member(object, "name"))
				: YEASTAR_PARAMETER_ERROR,
		       json_pack("{s:s}", "name", member(object, "name")));
	json_decref(object);
}

static void answer_update(struct exchange *exchange)
{
	struct yeastar *yeastar = admit(exchange);
	json_t *object = read_object(exchange);

	if (yeastar) {
		int id = (int)json_integer_value(json_object_get(object, "id"));
		enum yeastar_code code = yeastar_update(yeastar, id, member(object, "name"));

		if (!code && id == yeastar->selected)
			use(exchange->device, yeastar,
			    yeastar_find(yeastar, member(object, "name")));
		answer(exchange, code, NULL);
	}
	json_decref(object);
}

/* Y7. */
static void answer_select(struct exchange *exchange)
{
	struct yeastar *yeastar = admit(exchange);
	json_t *object = read_object(exchange);
	const char *wanted = member(object, "https_cert");
	bool own = strcmp(wanted, "default") == 0;
	const struct yeastar_file *file = yeastar && !own ? yeastar_find(yeastar, wanted) : NULL;

	if (yeastar && (own || (file && file->identity))) {
		use(exchange->device, yeastar, file);
		bool lies = device_fault(exchange->device, FAULT_FAIL_BUT_INSTALL, STEP_UPLOAD);
		answer(exchange, lies ? YEASTAR_FAILURE : YEASTAR_SUCCESS,
		       device_wants_reset(exchange->device) ? json_pack("{s:i}", "reboot", 1)
							    : NULL);
	} else if (yeastar) {
		answer(exchange, YEASTAR_NOT_FOUND, NULL);
	}
	json_decref(object);
}

/* Y8. */
static void answer_logout(struct exchange *exchange)
{
	struct yeastar *yeastar = admit(exchange);
	char text[YEASTAR_TOKEN_CHARS + 1] = "";

	if (!yeastar)
		return;
	(void)http_argument(exchange->request, "access_token", text, sizeof(text));
	*yeastar_find_token(yeastar, text) = (struct yeastar_token){ "", "" };
	answer(exchange, YEASTAR_SUCCESS, NULL);
}

static const struct route routes[] = {
	{ STEP_LOGIN, "POST", SET_PATH, ROUTE_OPEN, answer_login, "/get_token" },
	{ STEP_RENEW, "POST", SET_PATH, ROUTE_OPEN, answer_renew, "/refresh_token" },
	{ STEP_INFO, "GET", SET_PATH, ROUTE_OPEN, answer_info, "/system/information" },
	{ STEP_STATE, "GET", SET_PATH, ROUTE_OPEN, answer_list, "/certificate/list" },
	{ STEP_UPLOAD, "POST", SET_PATH, ROUTE_OPEN, answer_upload, "/certificate/upload" },
	{ STEP_STORE, "POST", SET_PATH, ROUTE_OPEN, answer_create, "/certificate/create" },
	{ STEP_STORE, "POST", SET_PATH, ROUTE_OPEN, answer_update, "/certificate/update" },
	{ STEP_SELECT, "POST", SET_PATH, ROUTE_OPEN, answer_select, "/webserver/update" },
	{ STEP_LOGOUT, "GET", SET_PATH, ROUTE_OPEN, answer_logout, "/del_token" },
	{ 0 },
};

static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "3631A%08X", address);
}

const struct family family_yeastar = {
	.name = "yeastar",
	.summary = "P-Series PBX",
	.password = "client-secret",
	.firmware = "37.7.0.16",
	.settings = settings,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS | 1U << SERVICE_SIPS,
	.self_signed = true,
	.memory_size = sizeof(struct yeastar),
	.forget = yeastar_forget,
	.refuse = refuse,
	.hardware_id = make_hardware_id,
};
