/*
 * innovaphone: gateways (PBX, reverse proxy), docs/devices/innovaphone.md F1 to F9.
 *
 * A box shows three things: box_info.xml without credentials, the CMD0 module (name, reset) and
 * the X509 module (its chain, its trust list).  Commands are GETs with arguments, files come as
 * multipart forms, and an answer is always 200 with state="ok" or error="...".
 */
#include "innovaphone.h"
#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../multipart.h"
#include "../profile.h"
#include "../rejected.h"
#include "../serve.h"
#include "../service.h"
#include "../text.h"
#include "../trust.h"
#include "innovaphone_xml.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define MODEL "IP811"

/* clang-format off */
static const struct setting settings[SET_COUNT + 1] = {
	[SET_INFO_PATH] = { "info-path", "/CMD0/box_info.xml" },
	[SET_LOGIN_PATH] = { "login-path", "/CMD0/mod_cmd.xml?cmd=xml-info" },
	[SET_STATE_PATH] = { "state-path", "/X509/mod_cmd.xml?cmd=xml-info" },
	[SET_DOWNLOAD_PATH] = { "download-path", "/X509/servercert.pem" },
	[SET_UPLOAD_PATH] = { "upload-path", "/X509/mod_cmd.xml?cmd=servercert-upload" },
	[SET_UPLOAD_FIELD] = { "upload-field", "file" },
	[SET_TRUST_PATH] = { "trust-path", "/X509/mod_cmd.xml?cmd=trusted-upload" },
	[SET_TRUST_FIELD] = { "trust-field", "file" },
	[SET_TRUSTED_PATH] = { "trusted-path", "/X509/trusted.pem" },
	[SET_TICK_PATH] = { "tick-path", "/X509/mod_cmd.xml?cmd=servercert-trust" },
	[SET_UNTRUST_PATH] = { "untrust-path", "/X509/mod_cmd.xml?cmd=trusted-remove" },
	[SET_UNTRUST_ALL_PATH] = { "untrust-all-path", "/X509/mod_cmd.xml?cmd=trusted-clear" },
	[SET_CLEAR_PATH] = { "clear-path", "/X509/mod_cmd.xml?cmd=servercert-clear&op=OK" },
	[SET_RESET_PATH] = { "reset-path", "/CMD0/mod_cmd.xml?cmd=reset&reset=OK" },
	[SET_REJECTED_TRUST_PATH] = { "rejected-trust-path", "/X509/mod_cmd.xml?cmd=rejected-trust" },
	[SET_REJECTED_CLEAR_PATH] = { "rejected-clear-path", "/X509/mod_cmd.xml?cmd=rejected-clear" },
	[SET_PAGE_PATH] = { "page-path", "/certificates" },
	[SET_LOGIN_PAGE] = { "login-page", "/login.htm" },
	[SET_DIGEST] = { "digest", "MD5" },
};
/* clang-format on */

static const char *setting(const struct exchange *exchange, size_t which)
{
	return device_setting(exchange->device, which);
}

/* Start an XML reply; the root element is info for all of them. */
static struct evbuffer *begin_xml(struct reply *reply)
{
	reply->type = "text/xml";
	evbuffer_add_printf(reply->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	return reply->body;
}

/* F5-ok and F5-err: the status is 200 either way. */
static void answer_outcome(struct exchange *exchange, const char *error)
{
	struct evbuffer *out = begin_xml(exchange->reply);

	evbuffer_add_printf(out, "<info");
	text_attribute(out, error ? "error" : "state", error ? error : "ok");
	evbuffer_add_printf(out, "/>\n");
	exchange->reply->detail = error ? error : "ok";
}

/* F1: the label, then firmware, boot code and hardware in brackets. */
static void answer_info(struct exchange *exchange)
{
	const char *label = profile_firmware(exchange->device->profile);
	auto_free char *version = strchr(label, '[') ? mem_format("%s", label)
						     : mem_format("%s[13.6146], Bootcode[136146], "
								  "Hardware[" MODEL "]",
								  label);
	struct evbuffer *out = begin_xml(exchange->reply);

	evbuffer_add_printf(out, "<info><sys");
	text_attribute(out, "version", version);
	if (device_wants_reset(exchange->device))
		text_attribute(out, "reset-required", "true");
	evbuffer_add_printf(out, "/></info>\n");
}

/* F2; hwid is an ASSUMPTION, so that a swapped box can be told from the right one. */
static void answer_login(struct exchange *exchange)
{
	char name[FLEET_NAME_MAX], hardware_id[FAMILY_HWID_MAX];
	struct evbuffer *out = begin_xml(exchange->reply);

	device_name(exchange->device, name);
	device_hardware_id(exchange->device, hardware_id);
	evbuffer_add_printf(out, "<info");
	text_attribute(out, "name", name);
	text_attribute(out, "hwid", hardware_id);
	evbuffer_add_printf(out, "/>\n");
}

static void add_chain(struct evbuffer *out, const STACK_OF(X509) * chain)
{
	evbuffer_add_printf(out, "<chain>\n");
	for (int i = 0; i < sk_X509_num(chain); i++)
		innovaphone_certificate(out, sk_X509_value(chain, i));
	evbuffer_add_printf(out, "</chain>\n");
}

/* F3: the box's page shows the chain root first, so document order proves nothing. */
static void answer_state(struct exchange *exchange)
{
	struct device *device = exchange->device;
	auto_identity struct identity *stored = device_stored(device);
	struct evbuffer *out = begin_xml(exchange->reply);

	evbuffer_add_printf(out, "<info>\n%s<servercert>\n",
			    device_is_busy(device, STEP_STATE) ? "<busy/>\n" : "");
	for (int i = sk_X509_num(stored->chain) - 1; i >= 0; i--)
		innovaphone_certificate(out, sk_X509_value(stored->chain, i));
	evbuffer_add_printf(out, "</servercert>\n<trusted>\n");
	for (int i = 0; i < sk_X509_num(device->trusted); i++)
		innovaphone_certificate(out, sk_X509_value(device->trusted, i));
	evbuffer_add_printf(out, "</trusted>\n<rejected>\n");
	for (int place = 0; rejected_chain(device, place); place++)
		add_chain(out, rejected_chain(device, place));
	evbuffer_add_printf(out, "</rejected>\n</info>\n");
}

static void add_pem(struct reply *reply, const STACK_OF(X509) * certificates)
{
	auto_bio BIO *pem = mem_must(BIO_new(BIO_s_mem()));
	char *bytes = NULL;

	for (int i = 0; i < sk_X509_num(certificates); i++)
		PEM_write_bio_X509(pem, sk_X509_value(certificates, i));
	long length = BIO_get_mem_data(pem, &bytes);
	evbuffer_add(reply->body, bytes, (size_t)length);
	reply->type = "application/x-pem-file";
}

/* F4: never the key. */
static void answer_download(struct exchange *exchange)
{
	auto_identity struct identity *stored = device_stored(exchange->device);

	add_pem(exchange->reply, stored->chain);
}

/* F7. */
static void answer_trusted(struct exchange *exchange)
{
	add_pem(exchange->reply, exchange->device->trusted);
}

static bool find_file(const struct exchange *exchange, size_t field, struct multipart_part *file)
{
	const struct http_request *request = exchange->request;

	return multipart_find(http_field(request, "Content-Type"), request->body,
			      request->body_length, setting(exchange, field), file);
}

/* F5: on error the old certificate stays. */
static void answer_upload(struct exchange *exchange)
{
	struct device *device = exchange->device;
	struct fleet *fleet = device->fleet;
	auto_identity struct identity *identity = NULL;
	struct multipart_part file = { 0 };

	device->counts.uploads++;
	fleet->counts.uploads++;
	if (!find_file(exchange, SET_UPLOAD_FIELD, &file)) {
		answer_outcome(exchange, "no certificate found");
		return;
	}
	enum bundle_verdict verdict = bundle_parse(
		file.bytes, file.length, &device->profile->limits, &fleet->identities, &identity);
	const char *error = bundle_text(verdict);
	if (!error && !device_can_serve(device, identity))
		error = bundle_text(BUNDLE_KEY_UNSUPPORTED);
	if (!error) {
		device_install(device, take(identity), STEP_UPLOAD);
		if (device_fault(device, FAULT_FAIL_BUT_INSTALL, STEP_UPLOAD))
			error = "internal error";
	}
	answer_outcome(exchange, error);
}

/* F6. */
static void answer_trust(struct exchange *exchange)
{
	struct multipart_part file = { 0 };
	auto_chain STACK_OF(X509) *certificates = NULL;
	const char *error = NULL;

	if (find_file(exchange, SET_TRUST_FIELD, &file))
		certificates = bundle_parse_trusted(file.bytes, file.length);
	if (!certificates)
		error = "no certificate found";
	for (int i = 0; !error && i < sk_X509_num(certificates); i++)
		error = trust_add(exchange->device, sk_X509_value(certificates, i));
	answer_outcome(exchange, error);
}

/* The place of the certificate named by the request's fingerprint argument, or -1. */
static int find_named(const struct http_request *request, const STACK_OF(X509) * certificates)
{
	char wanted[IDENTITY_HEX];

	if (!http_argument(request, "fingerprint", wanted, sizeof(wanted)))
		return -1;
	return identity_find(certificates, wanted);
}

/* ASSUMPTION: the page's Trust button on a certificate of the device's own chain (2.1). */
static void answer_tick(struct exchange *exchange)
{
	auto_identity struct identity *stored = device_stored(exchange->device);
	int place = find_named(exchange->request, stored->chain);
	const char *error = "not found";

	if (place >= 0)
		error = trust_add(exchange->device, sk_X509_value(stored->chain, place));
	answer_outcome(exchange, error);
}

/* F7a. */
static void answer_untrust(struct exchange *exchange)
{
	int place = find_named(exchange->request, exchange->device->trusted);

	if (place >= 0)
		trust_remove(exchange->device, place);
	answer_outcome(exchange, place >= 0 ? NULL : "not found");
}

static void answer_untrust_all(struct exchange *exchange)
{
	trust_clear(exchange->device);
	answer_outcome(exchange, NULL);
}

/* ASSUMPTION: the page's Trust button on a refused certificate, which also drops its chain (2.1). */
static void answer_rejected_trust(struct exchange *exchange)
{
	struct device *device = exchange->device;
	const char *error = "not found";
	const STACK_OF(X509) * chain;

	for (int place = 0; (chain = rejected_chain(device, place)); place++) {
		int found = find_named(exchange->request, chain);

		if (found < 0)
			continue;
		error = trust_add(device, sk_X509_value(chain, found));
		if (!error)
			rejected_drop(device, place);
		break;
	}
	answer_outcome(exchange, error);
}

static void answer_rejected_clear(struct exchange *exchange)
{
	rejected_clear(exchange->device);
	answer_outcome(exchange, NULL);
}

/* F8. */
static void answer_clear(struct exchange *exchange)
{
	device_install(exchange->device, NULL, STEP_CLEAR);
	answer_outcome(exchange, NULL);
}

/* F9: the answer comes first, then nothing for the boot time. */
static void answer_reset(struct exchange *exchange)
{
	device_reset(exchange->device);
	evbuffer_add_printf(begin_xml(exchange->reply), "<info reset=\"true\"/>\n");
	exchange->reply->close = true;
	exchange->reply->detail = "ok";
}

/* F2a: what the browser of a box without native authentication shows. */
static void answer_login_page(struct exchange *exchange)
{
	evbuffer_add_printf(exchange->reply->body,
			    "<html><body><form method=\"post\"><input name=\"user\"/>"
			    "<input name=\"password\" type=\"password\"/></form></body></html>\n");
}

static const struct route routes[] = {
	{ STEP_INFO, "GET", SET_INFO_PATH, ROUTE_OPEN_UNLESS_PROTECTED, answer_info, NULL },
	{ STEP_LOGIN, "GET", SET_LOGIN_PATH, ROUTE_LOCKED, answer_login, NULL },
	{ STEP_STATE, "GET", SET_STATE_PATH, ROUTE_LOCKED, answer_state, NULL },
	{ STEP_DOWNLOAD, "GET", SET_DOWNLOAD_PATH, ROUTE_LOCKED, answer_download, NULL },
	{ STEP_UPLOAD, "POST", SET_UPLOAD_PATH, ROUTE_LOCKED, answer_upload, NULL },
	{ STEP_TRUST, "POST", SET_TRUST_PATH, ROUTE_LOCKED, answer_trust, NULL },
	{ STEP_TRUSTED, "GET", SET_TRUSTED_PATH, ROUTE_LOCKED, answer_trusted, NULL },
	{ STEP_TICK, "GET", SET_TICK_PATH, ROUTE_LOCKED, answer_tick, NULL },
	{ STEP_UNTRUST, "GET", SET_UNTRUST_PATH, ROUTE_LOCKED, answer_untrust, NULL },
	{ STEP_UNTRUST, "GET", SET_UNTRUST_ALL_PATH, ROUTE_LOCKED, answer_untrust_all, NULL },
	{ STEP_TRUST, "GET", SET_REJECTED_TRUST_PATH, ROUTE_LOCKED, answer_rejected_trust, NULL },
	{ STEP_UNTRUST, "GET", SET_REJECTED_CLEAR_PATH, ROUTE_LOCKED, answer_rejected_clear, NULL },
	{ STEP_CLEAR, "GET", SET_CLEAR_PATH, ROUTE_LOCKED, answer_clear, NULL },
	{ STEP_RESET, "GET", SET_RESET_PATH, ROUTE_LOCKED, answer_reset, NULL },
	{ STEP_OTHER, "GET", SET_PAGE_PATH, ROUTE_LOCKED, innovaphone_page, NULL },
	{ STEP_OTHER, "GET", SET_LOGIN_PAGE, ROUTE_OPEN, answer_login_page, NULL },
	{ 0 },
};

/* The maker's prefix, then something that differs from address to address. */
static void make_hardware_id(uint32_t address, char text[FAMILY_HWID_MAX])
{
	(void)snprintf(text, FAMILY_HWID_MAX, MODEL "-00-90-33-%02x-%02x-%02x",
		       (address >> 16) & 255U, (address >> 8) & 255U, address & 255U);
}

const struct family family_innovaphone = {
	.name = "innovaphone",
	.summary = "gateways: PBX and reverse proxy",
	.password = "ip811",
	.firmware = "13r3 sr2",
	.settings = settings,
	.login_page = SET_LOGIN_PAGE,
	.digest_algorithm = SET_DIGEST,
	.routes = routes,
	.services = SERVICES_GATEWAY,
	.hardware_id = make_hardware_id,
};
