/*
 * innovaphone_page: General/Certificates without any script.  Each form sends exactly the request
 * that the settings describe, so a recording of it (HAR) holds what a client has to learn; the
 * answer of the box is shown in a frame.
 */
#include "innovaphone.h"
#include "innovaphone_xml.h"

#include "../cleanup.h"
#include "../fleet.h"
#include "../rejected.h"
#include "../serve.h"
#include "../text.h"

#include <string.h>

/* A page being written. */
struct page {
	struct evbuffer *out;
	const struct device *device;
};

static void put(const struct page *page, const char *text)
{
	evbuffer_add(page->out, text, strlen(text));
}

static void put_field(const struct page *page, const char *name, size_t name_length,
		      const char *value, size_t value_length)
{
	auto_free char *name_text = mem_copy(name, name_length);
	auto_free char *value_text = mem_copy(value, value_length);

	put(page, "<input type=\"hidden\"");
	text_attribute(page->out, "name", name_text);
	text_attribute(page->out, "value", value_text);
	put(page, ">");
}

/* A form that is sent by GET loses the arguments of its address; they become fields. */
static void put_arguments(const struct page *page, const char *path)
{
	for (path += strcspn(path, "?"); *path;) {
		size_t pair = strcspn(++path, "&"), name = strcspn(path, "=");

		if (name < pair)
			put_field(page, path, name, path + name + 1, pair - name - 1);
		path += pair;
	}
}

/* A button that is one GET, about the certificate with a fingerprint if there is one. */
static void put_button(const struct page *page, size_t path, const char *label,
		       const X509 *certificate)
{
	const char *address = device_setting(page->device, path);
	auto_free char *action = mem_copy(address, strcspn(address, "?"));
	char fingerprint[IDENTITY_HEX];

	put(page, "<form method=\"get\" target=\"answer\"");
	text_attribute(page->out, "action", action);
	put(page, ">");
	put_arguments(page, address);
	if (certificate) {
		identity_fingerprint(certificate, fingerprint);
		put_field(page, "fingerprint", strlen("fingerprint"), fingerprint,
			  strlen(fingerprint));
	}
	put(page, "<button>");
	put(page, label);
	put(page, "</button></form>\n");
}

static void put_upload(const struct page *page, size_t path, size_t field, const char *label)
{
	put(page, "<form method=\"post\" enctype=\"multipart/form-data\" target=\"answer\"");
	text_attribute(page->out, "action", device_setting(page->device, path));
	put(page, ">\n<label>");
	put(page, label);
	put(page, " <input type=\"file\" required accept=\".pem,.crt,.cer,.der\"");
	text_attribute(page->out, "name", device_setting(page->device, field));
	put(page, "></label>\n<button>Upload</button></form>\n");
}

static void put_name(const struct page *page, const X509_NAME *name)
{
	auto_free char *text = innovaphone_common_name(name);

	put(page, "<td>");
	text_markup(page->out, text);
	put(page, "</td>");
}

static void put_row(const struct page *page, const X509 *certificate, size_t path,
		    const char *label)
{
	auto_bio BIO *until = mem_must(BIO_new(BIO_s_mem()));
	char fingerprint[IDENTITY_HEX];
	char *bytes = NULL;

	ASN1_TIME_print(until, X509_get0_notAfter(certificate));
	long length = BIO_get_mem_data(until, &bytes);
	identity_fingerprint(certificate, fingerprint);
	put(page, "<tr>");
	put_name(page, X509_get_subject_name(certificate));
	put_name(page, X509_get_issuer_name(certificate));
	evbuffer_add_printf(page->out, "<td>%.*s</td><td><code>%.16s</code></td><td>", (int)length,
			    bytes, fingerprint);
	put_button(page, path, label, certificate);
	put(page, "</td></tr>\n");
}

static void put_table(const struct page *page, const STACK_OF(X509) * list, const char *caption,
		      size_t path, const char *label)
{
	put(page, "<table><caption>");
	put(page, caption);
	put(page, "</caption>\n<tr><th>Subject</th><th>Issuer</th><th>Valid until</th>"
		  "<th>SHA-256</th><th></th></tr>\n");
	for (int i = 0; i < sk_X509_num(list); i++)
		put_row(page, sk_X509_value(list, i), path, label);
	put(page, "</table>\n");
}

static void put_rejected(const struct page *page)
{
	const STACK_OF(X509) * chain;

	put(page, "<h2>Rejected certificates</h2>\n");
	for (int place = 0; (chain = rejected_chain(page->device, place)); place++)
		put_table(page, chain, "Rejected chain", SET_REJECTED_TRUST_PATH, "Trust");
	put_button(page, SET_REJECTED_CLEAR_PATH, "Clear", NULL);
}

void innovaphone_page(struct exchange *exchange)
{
	struct page page = { exchange->reply->body, exchange->device };
	auto_identity struct identity *stored = device_stored(exchange->device);

	exchange->reply->type = "text/html; charset=utf-8";
	put(&page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		   "<title>General/Certificates</title>\n"
		   "<style>body{font-family:sans-serif}form{display:inline}</style></head>\n"
		   "<body><h1>General/Certificates</h1>\n<h2>Trust list</h2>\n");
	put_table(&page, exchange->device->trusted, "Trusted certificates", SET_UNTRUST_PATH,
		  "Remove");
	put_button(&page, SET_UNTRUST_ALL_PATH, "Clear", NULL);
	put_upload(&page, SET_TRUST_PATH, SET_TRUST_FIELD, "Trusted certificate");
	put_rejected(&page);
	put(&page, "<h2>Device certificate</h2>\n");
	put_table(&page, stored->chain, "Present chain", SET_TICK_PATH, "Trust");
	put_button(&page, SET_CLEAR_PATH, "Clear", NULL);
	put_upload(&page, SET_UPLOAD_PATH, SET_UPLOAD_FIELD, "Device certificate");
	put(&page, "<p><a href=\"\">Reload</a></p>\n"
		   "<iframe name=\"answer\" title=\"Answer of the box\"></iframe>\n"
		   "</body></html>\n");
}
