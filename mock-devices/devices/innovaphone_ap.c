/*
 * innovaphone_ap: the manager of an App Platform.
 *
 * A WebSocket for everything but the file: that is a POST with a key the socket gave out, and the
 * verdict on it comes over the socket again.  The login and the key were seen or are documented;
 * names and paths of the certificate are assumptions, hence settings.
 */
#include "innovaphone_ap.h"

#include "../channel.h"
#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../profile.h"
#include "../serve.h"
#include "../service.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WEBSOCKET_VERSION "13"
#define PASSWORD_MAX      128
#define PICKY_BEFORE      14 /* 14r1 lets the root be missing */

/* clang-format off */
static const struct setting settings[AP_SETTINGS + 1] = {
	[AP_WS_PATH] = { "ws-path", "/manager" },
	[AP_PAGE_PATH] = { "page-path", "/manager/manager.htm" },
	[AP_UPLOAD_PATH] = { "upload-path", "/manager/upload?src=server-certificate" },
	[AP_UPLOAD_KEY] = { "upload-key", "key" },
	[AP_UPLOAD_PASSWORD] = { "upload-password", "pwd" },
	[AP_UPLOAD_TYPE] = { "upload-type", "application/text" },
	[AP_APP] = { "app", "manager" },
	[AP_CHALLENGE_MT] = { "challenge-mt", "AppChallenge" },
	[AP_CHALLENGE_RESULT_MT] = { "challenge-result-mt", "AppChallengeResult" },
	[AP_LOGIN_MT] = { "login-mt", "AppLogin" },
	[AP_LOGIN_RESULT_MT] = { "login-result-mt", "AppLoginResult" },
	[AP_LOGIN_REFUSAL] = { "login-refusal", "absent" },
	[AP_INFO_MT] = { "info-mt", "AppPlatformInfoRequest" },
	[AP_INFO_RESULT_MT] = { "info-result-mt", "AppPlatformInfoResult" },
	[AP_KEY_MT] = { "key-mt", "RequestHttpKey" },
	[AP_KEY_RESULT_MT] = { "key-result-mt", "RequestHttpKeyResult" },
	[AP_STATE_MT] = { "state-mt", "GetServerCertificate" },
	[AP_STATE_RESULT_MT] = { "state-result-mt", "GetServerCertificateResult" },
	[AP_DELETE_MT] = { "delete-mt", "DeleteServerCertificate" },
	[AP_DELETE_RESULT_MT] = { "delete-result-mt", "DeleteServerCertificateResult" },
	[AP_RESULT_MT] = { "result-mt", "ServerCertificateResult" },
	[AP_RESULT_SRC] = { "result-src", "" },
	[AP_ERROR_FIELD] = { "error-field", "error" },
	[AP_NOISE_MT] = { "noise-mt", "InstanceStateChanged" },
	[AP_KEEP_ALIVE] = { "keep-alive", "ignore" },
	[AP_PICKY] = { "picky", "by-version" },
};
/* clang-format on */

/* 4.2.1 of RFC 6455. */
static void answer_websocket(struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	const char *version = http_field(request, "Sec-WebSocket-Version");
	const char *key = http_field(request, "Sec-WebSocket-Key");
	struct reply *reply = exchange->reply;
	char accept[WEBSOCKET_ACCEPT_MAX];

	if (!http_field_lists(request, "Upgrade", "websocket") ||
	    !http_field_lists(request, "Connection", "upgrade") || !version ||
	    strcmp(version, WEBSOCKET_VERSION) != 0) {
		reply_refuse(reply, 426);
		evbuffer_add_printf(reply->fields,
				    "Upgrade: websocket\r\n"
				    "Sec-WebSocket-Version: " WEBSOCKET_VERSION "\r\n");
		return;
	}
	if (!key || request->body_length || !websocket_accept(key, accept)) {
		reply_refuse(reply, 400);
		return;
	}
	reply->status = 101;
	reply->upgrade = true;
	evbuffer_add_printf(reply->fields, "Sec-WebSocket-Accept: %s\r\n", accept);
}

bool innovaphone_ap_is_picky(const struct profile *profile)
{
	const char *picky = profile_setting(profile, AP_PICKY);

	if (strcmp(picky, "by-version") != 0)
		return strcmp(picky, "yes") == 0;
	return strtol(profile_firmware(profile), NULL, 10) < PICKY_BEFORE;
}

/* The names of certificates.h in the maker's SDK. */
static const char *error_name(enum bundle_verdict verdict)
{
	static const char *const names[BUNDLE_VERDICTS] = {
		[BUNDLE_NO_CERTIFICATE] = "CERTIFICATE_PARSING_FAILED",
		[BUNDLE_NO_KEY] = "CERTIFICATE_PRIVATE_KEY_INVALID",
		[BUNDLE_KEY_MISMATCH] = "CERTIFICATE_PRIVATE_KEY_INVALID",
		[BUNDLE_WRONG_ORDER] = "CERTIFICATE_CHAIN_INVALID",
		[BUNDLE_INCOMPLETE] = "CERTIFICATE_CHAIN_INVALID",
		[BUNDLE_KEY_TOO_LONG] = "CERTIFICATE_PUBLIC_KEY_INVALID",
		[BUNDLE_KEY_UNSUPPORTED] = "CERTIFICATE_PRIVATE_KEY_INVALID",
		[BUNDLE_TOO_LARGE] = "CERTIFICATE_PARSING_FAILED",
	};

	return names[verdict];
}

/* Install the body, or say why not; existing connections keep what they have. */
static const char *install(struct device *device, const struct http_request *request)
{
	struct bundle_limits limits = device->profile->limits;
	char password[PASSWORD_MAX] = "";
	auto_identity struct identity *identity = NULL;

	device->counts.uploads++;
	device->fleet->counts.uploads++;
	limits.allow_incomplete = !innovaphone_ap_is_picky(device->profile);
	if (http_argument(request, device_setting(device, AP_UPLOAD_PASSWORD), password,
			  sizeof(password)))
		limits.password = password;
	enum bundle_verdict verdict = bundle_parse(request->body, request->body_length, &limits,
						   &device->fleet->identities, &identity);
	OPENSSL_cleanse(password, sizeof(password));
	if (verdict != BUNDLE_GOOD)
		return error_name(verdict);
	if (!device_can_serve(device, identity))
		return "CERTIFICATE_LOAD_FAILED";
	device_install(device, take(identity), STEP_UPLOAD);
	if (device_fault(device, FAULT_FAIL_BUT_INSTALL, STEP_UPLOAD))
		return "CERTIFICATE_LOAD_FAILED";
	return NULL;
}

/* Parameters of a media type do not matter here. */
static bool has_type(const struct http_request *request, const char *wanted)
{
	const char *type = http_field(request, "Content-Type");
	size_t length = strlen(wanted);

	return type && strncasecmp(type, wanted, length) == 0 &&
	       (!type[length] || strchr("; \t", type[length]));
}

static void answer_upload(struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	struct device *device = exchange->device;
	struct reply *reply = exchange->reply;
	char key[CHANNEL_KEY_CHARS + 1] = "";

	(void)http_argument(request, device_setting(device, AP_UPLOAD_KEY), key, sizeof(key));
	struct channel *channel = channel_find(device, key);
	if (!channel) {
		reply_refuse(reply, 403);
		reply->close = device_blame(device);
		return;
	}
	if (!has_type(request, device_setting(device, AP_UPLOAD_TYPE))) {
		reply_refuse(reply, 415);
		return;
	}
	const char *error = install(device, request);
	reply->type = "text/plain";
	reply->detail = error ? error : "ok";
	innovaphone_ap_tell(channel, error);
}

static const struct route routes[] = {
	{ STEP_WEBSOCKET, "GET", AP_WS_PATH, ROUTE_OPEN, answer_websocket, NULL },
	{ STEP_UPLOAD, "POST", AP_UPLOAD_PATH, ROUTE_OPEN, answer_upload, NULL },
	{ STEP_OTHER, "GET", AP_PAGE_PATH, ROUTE_OPEN, innovaphone_ap_page, NULL },
	{ 0 },
};

/* The same prefix as its gateways have, on virtual hardware. */
static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "AP-00-90-33-%02x-%02x-%02x", (address >> 16) & 255U,
		       (address >> 8) & 255U, address & 255U);
}

const struct family family_innovaphone_ap = {
	.name = "innovaphone-ap",
	.summary = "manager of an App Platform",
	.password = "pwd",
	.firmware = "14r1 (141234)",
	.settings = settings,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS,
	.self_signed = true,
	.hear = innovaphone_ap_hear,
	.hardware_id = make_hardware_id,
};
