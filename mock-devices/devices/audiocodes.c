/*
 * audiocodes: a Mediant border controller, docs/devices/audiocodes.md M1 to M7.
 *
 * Key and certificate of a TLS context come one after the other and are in effect at once; only
 * saveConfiguration makes them survive a restart.  What is not published is a setting: what a box
 * does while they do not match, and whether it looks at that at all.
 */
#include "../bundle.h"
#include "../cleanup.h"
#include "../factory.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../multipart.h"
#include "../profile.h"
#include "../serve.h"
#include "../service.h"
#include "../text.h"
#include "../trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

enum { SET_PATH, SET_CONTEXT, SET_FIELD, SET_MIXED_PAIR, SET_CHECK_PAIR, SET_DIGEST, SET_COUNT };

/* clang-format off */
static const struct setting settings[SET_COUNT + 1] = {
	[SET_PATH] = { "path", "/api/v1" },
	[SET_CONTEXT] = { "context", "0" },
	[SET_FIELD] = { "field", "file" },
	[SET_MIXED_PAIR] = { "mixed-pair", "fail" }, /* new handshakes; or "old": the pair before */
	[SET_CHECK_PAIR] = { "check-pair", "yes" },  /* refuse a certificate of another key */
	[SET_DIGEST] = { "digest", "" },
};
/* clang-format on */

struct memory {
	EVP_PKEY *key;          /* loaded, and its certificate has not come yet */
	struct identity *saved; /* what a restart brings back; NULL: the factory's */
	bool unsaved;
};

static void forget(void *pointer)
{
	struct memory *memory = pointer;

	EVP_PKEY_free(memory->key);
	identity_free(memory->saved);
}

static bool has_setting(const struct device *device, size_t setting, const char *value)
{
	return strcmp(device_setting(device, setting), value) == 0;
}

static void describe(struct exchange *exchange, int status, const char *text)
{
	struct reply *reply = exchange->reply;

	reply->status = status;
	reply->type = "application/json";
	reply->detail = text;
	evbuffer_add_printf(reply->body, "{\n    \"description\": ");
	text_json(reply->body, text);
	evbuffer_add_printf(reply->body, "\n}\n");
}

static void refuse(struct exchange *exchange)
{
	describe(exchange, 400, "Operation failed");
}

/* M1. */
static void answer_status(struct exchange *exchange)
{
	struct device *device = exchange->device;
	const struct memory *memory = device_memory(device);
	struct evbuffer *out = exchange->reply->body;
	char serial[FAMILY_HWID_MAX];

	device_hardware_id(device, serial);
	exchange->reply->type = "application/json";
	evbuffer_add_printf(out, "{\"productType\":\"Mediant SW\",\"versionID\":");
	text_json(out, profile_firmware(device->profile));
	evbuffer_add_printf(out, ",\"operationalState\":\"UNLOCKED\",\"serialNumber\":");
	text_json(out, serial);
	evbuffer_add_printf(out, ",\"saveNeeded\":\"%s\",\"resetNeeded\":\"%s\"}\n",
			    memory->unsaved ? "true" : "false",
			    device_wants_reset(device) ? "true" : "false");
}

/* The part "file" of a context that exists; false: the reply says why not. */
static bool find_file(struct exchange *exchange, struct multipart_part *file)
{
	const struct http_request *request = exchange->request;
	struct device *device = exchange->device;
	auto_free char *context = mem_format("/files/tls/%s/", device_setting(device, SET_CONTEXT));

	if (!strstr(request->path, context)) {
		reply_refuse(exchange->reply, 404);
		return false;
	}
	if (!multipart_find(http_field(request, "Content-Type"), request->body,
			    request->body_length, device_setting(device, SET_FIELD), file)) {
		describe(exchange, 400, "no file");
		return false;
	}
	return true;
}

static EVP_PKEY *read_key(const struct multipart_part *file)
{
	auto_bio BIO *in = mem_must(BIO_new_mem_buf(file->bytes, (int)file->length));
	char none[] = "";
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, none);

	ERR_clear_error();
	return key;
}

static bool belongs(const struct identity *identity, EVP_PKEY *key)
{
	bool same = X509_check_private_key(sk_X509_value(identity->chain, 0), key) == 1;

	ERR_clear_error();
	return same;
}

/* M2. */
static void answer_key(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct memory *memory = device_memory(device);
	struct multipart_part file = { 0 };

	if (!find_file(exchange, &file))
		return;
	auto_pkey EVP_PKEY *key = read_key(&file);
	if (!key) {
		describe(exchange, 400, "Private key file is not in PEM format");
		return;
	}
	auto_identity struct identity *stored = device_stored(device);
	EVP_PKEY_free(memory->key);
	memory->key = take(key);
	memory->unsaved = true;
	device->torn = !belongs(stored, memory->key) && has_setting(device, SET_MIXED_PAIR, "fail");
	describe(exchange, 200, "Private key was successfully changed");
}

static void install(struct device *device, STACK_OF(X509) * chain, EVP_PKEY *key, enum step step)
{
	struct memory *memory = device_memory(device);

	device_install(device, identity_share(&device->fleet->identities, chain, key), step);
	EVP_PKEY_free(memory->key);
	memory->key = NULL;
	memory->unsaved = true;
	device->torn = false;
}

/* Its certificate's key: the one just loaded, else that of the certificate before. */
static EVP_PKEY *present_key(struct device *device)
{
	const struct memory *memory = device_memory(device);
	auto_identity struct identity *stored = device_stored(device);
	EVP_PKEY *key = memory->key ? memory->key : stored->key;

	EVP_PKEY_up_ref(key);
	return key;
}

/* M3. */
static void answer_certificate(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct multipart_part file = { 0 };

	device->counts.uploads++;
	device->fleet->counts.uploads++;
	if (!find_file(exchange, &file))
		return;
	auto_chain STACK_OF(X509) *chain = bundle_parse_trusted(file.bytes, file.length);
	auto_pkey EVP_PKEY *key = present_key(device);
	if (!chain) {
		describe(exchange, 400, "Certificate file is not in PEM format");
		return;
	}
	bool same = X509_check_private_key(sk_X509_value(chain, 0), key) == 1;
	ERR_clear_error();
	if (!same && has_setting(device, SET_CHECK_PAIR, "yes")) {
		describe(exchange, 400, "Certificate does not match the private key");
		return;
	}
	if (same)
		install(device, chain, key, STEP_UPLOAD);
	else
		device->torn = true;
	if (device_fault(device, FAULT_FAIL_BUT_INSTALL, STEP_UPLOAD))
		describe(exchange, 400, "Operation failed");
	else
		describe(exchange, 200, "Certificate was successfully changed");
}

/* M3 */
static void answer_download(struct exchange *exchange)
{
	auto_identity struct identity *stored = device_stored(exchange->device);
	auto_bio BIO *pem = mem_must(BIO_new(BIO_s_mem()));
	char *bytes = NULL;

	PEM_write_bio_X509(pem, sk_X509_value(stored->chain, 0));
	long length = BIO_get_mem_data(pem, &bytes);
	evbuffer_add(exchange->reply->body, bytes, (size_t)length);
	exchange->reply->type = "application/octet-stream";
}

/* M7. */
static void answer_root(struct exchange *exchange)
{
	struct memory *memory = device_memory(exchange->device);
	struct multipart_part file = { 0 };

	if (!find_file(exchange, &file))
		return;
	auto_chain STACK_OF(X509) *roots = bundle_parse_trusted(file.bytes, file.length);
	const char *error = roots ? NULL : "not in PEM format";
	for (int i = 0; !error && i < sk_X509_num(roots); i++)
		error = trust_add(exchange->device, sk_X509_value(roots, i));
	memory->unsaved = memory->unsaved || !error;
	describe(exchange, error ? 400 : 200,
		 error ? error : "Trusted root certificates were successfully changed");
}

/* M5: a key of its own; the mock takes the factory's, which costs no time. */
static void answer_new_key(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct memory *memory = device_memory(device);

	EVP_PKEY_free(memory->key);
	memory->key = factory_leaf_key(device->fleet->factory);
	EVP_PKEY_up_ref(memory->key);
	memory->unsaved = true;
	device->torn = has_setting(device, SET_MIXED_PAIR, "fail");
	describe(exchange, 200, "Private key was successfully generated");
}

/* M5: of the key that is there. */
static void answer_self_signed(struct exchange *exchange)
{
	struct device *device = exchange->device;
	auto_chain STACK_OF(X509) *chain = mem_must(sk_X509_new_null());
	auto_pkey EVP_PKEY *key = present_key(device);
	char name[FLEET_NAME_MAX];

	device_name(device, name);
	sk_X509_push(chain, factory_sign(device->fleet->factory, &(struct factory_order){
									 .common_name = name,
									 .serial = device->address,
									 .self_signed = true,
									 .key = key,
								 }));
	install(device, chain, key, STEP_CLEAR);
	describe(exchange, 200, "Self-signed certificate was successfully generated");
}

/* M4: without a body in either direction. */
static void answer_save(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct memory *memory = device_memory(device);

	if (exchange->request->body_length) {
		reply_refuse(exchange->reply, 400);
		return;
	}
	exchange->reply->type = "application/json";
	if (device_fault(device, FAULT_FORGET_SAVE, STEP_SAVE))
		return;
	identity_free(memory->saved);
	memory->saved = device_stored(device);
	memory->unsaved = false;
}

static void restart(struct device *device)
{
	struct memory *memory = device_memory(device);

	identity_free(device->stored);
	identity_free(device->served);
	device->stored = identity_hold(memory->saved);
	device->served = identity_hold(memory->saved);
	EVP_PKEY_free(memory->key);
	memory->key = NULL;
	memory->unsaved = false;
}

#define TLS "/files/tls/*/"
static const struct route routes[] = {
	{ STEP_INFO, "GET", SET_PATH, ROUTE_LOCKED, answer_status, "/status" },
	{ STEP_KEY, "PUT", SET_PATH, ROUTE_LOCKED, answer_key, TLS "privateKey" },
	{ STEP_UPLOAD, "PUT", SET_PATH, ROUTE_LOCKED, answer_certificate, TLS "certificate" },
	{ STEP_DOWNLOAD, "GET", SET_PATH, ROUTE_LOCKED, answer_download, TLS "certificate" },
	{ STEP_TRUST, "PUT", SET_PATH, ROUTE_LOCKED, answer_root, TLS "trustedRoot/incremental" },
	{ STEP_RENEW, "POST", SET_PATH, ROUTE_LOCKED, answer_new_key, TLS "privateKey/generate" },
	{ STEP_CLEAR, "POST", SET_PATH, ROUTE_LOCKED, answer_self_signed,
	  TLS "certificate/generate" },
	{ STEP_SAVE, "POST", SET_PATH, ROUTE_LOCKED, answer_save, "/actions/saveConfiguration" },
	{ 0 },
};

static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, "%u", address & 0xffffffU);
}

const struct family family_audiocodes = {
	.name = "audiocodes",
	.summary = "Mediant border controllers and gateways",
	.password = "Admin",
	.firmware = "7.40A.500.010",
	.settings = settings,
	.login_page = SET_PATH,
	.digest_algorithm = SET_DIGEST,
	.routes = routes,
	.services = 1U << SERVICE_HTTPS | 1U << SERVICE_SIPS,
	.self_signed = true,
	.memory_size = sizeof(struct memory),
	.forget = forget,
	.restart = restart,
	.refuse = refuse,
	.hardware_id = make_hardware_id,
};
