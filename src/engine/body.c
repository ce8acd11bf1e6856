#include "body.h"
#include "certroll/inventory.h"
#include "certroll/text.h"
#include <stdio.h>
#include <string.h>

static size_t on_read(char *out, size_t size, size_t count, void *arg)
{
	struct body_part *part = arg;
	size_t left = part->bytes.len - part->sent;
	size_t step = size * count < left ? size * count : left;

	if (step)
		memcpy(out, part->bytes.data + part->sent, step);
	part->sent += step;
	return step;
}

/* Digest sends a request twice. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct body_part *part = arg;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > part->bytes.len)
		return CURL_SEEKFUNC_FAIL;
	part->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void add_header(struct body *body, const char *line)
{
	body->headers = curl_slist_append(body->headers, line);
	if (!body->headers)
		mem_exhausted();
}

/* One part, the body as it is. */
static void send_raw(struct body *body, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->parts[0].bytes.len);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &body->parts[0]);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, &body->parts[0]);
}

static curl_mime *mime_of(struct body *body, CURL *easy)
{
	if (!body->mime)
		body->mime = curl_mime_init(easy);
	if (!body->mime)
		mem_exhausted();
	return body->mime;
}

static void add_mime(struct body *body, CURL *easy, struct body_part *part, const char *name,
		     const char *filename, const char *type)
{
	curl_mimepart *mime = curl_mime_addpart(mime_of(body, easy));

	if (!mime)
		mem_exhausted();
	curl_mime_name(mime, name);
	if (*filename) {
		curl_mime_filename(mime, filename);
		curl_mime_type(mime, type);
	}
	curl_mime_data_cb(mime, (curl_off_t)part->bytes.len, on_read, on_seek, NULL, part);
}

/* Nothing secret: libcurl keeps a copy. */
static void add_text(struct body *body, CURL *easy, const char *name, const char *value)
{
	curl_mimepart *mime = curl_mime_addpart(mime_of(body, easy));

	curl_mime_name(mime, name);
	curl_mime_data(mime, value, CURL_ZERO_TERMINATED);
}

/* --- bodies of patterns ----------------------------------------------------------------------- */

static struct compose values_of(const struct exchange_form *form, const struct device *device)
{
	const struct secret_ref *password = device->password, *container = form->container_password;

	return (struct compose){
		.bundle = form->bundle,
		.user = device->user,
		.token = form->token,
		.password = password ? secret_ref_value(password) : NULL,
		.container_password = container ? secret_ref_value(container) : NULL,
		.old_container = form->old_container,
	};
}

static int add_part(struct body *body, const char *pattern, const struct compose *values,
		    enum compose_as as, struct err *err)
{
	struct body_part *part = &body->parts[body->count];

	if (body->count == COUNT(body->parts))
		return err_set(err, ERR_LIMIT, "more than %d fields", EXCHANGE_MAX_FIELDS);
	body->count++;
	if (compose(&part->value, pattern, values, as, err))
		return -1;
	part->bytes = (struct bytes){ part->value.bytes, part->value.len };
	return 0;
}

static int set_multipart(struct body *body, CURL *easy, const struct exchange_form *form,
			 const struct compose *values, struct err *err)
{
	for (size_t i = 0; i < form->fields->count; i++) {
		char name[EXCHANGE_MAX_FIELD], filename[EXCHANGE_MAX_FIELD];
		const char *value = form_split(form->fields->items[i], name, filename);

		if (!value || add_part(body, value, values, COMPOSE_PLAIN, err))
			return -1;
		add_mime(body, easy, &body->parts[i], name, filename, form->type);
	}
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, body->mime);
	return 0;
}

/* Names and values joined: the first part takes them all. */
static void join(struct body *body, const struct text_list *names)
{
	struct secret all = { 0 };
	size_t room = 0;

	for (size_t i = 0; i < body->count; i++)
		room += strlen(names->items[i]) + body->parts[i].value.len + 2;
	secret_init(&all, room);
	for (size_t i = 0; i < body->count; i++) {
		struct secret *value = &body->parts[i].value;

		all.len += (size_t)snprintf(all.bytes + all.len, room + 1 - all.len,
					    "%s%s=", i ? "&" : "", names->items[i]);
		memcpy(all.bytes + all.len, value->bytes, value->len);
		all.len += value->len;
		secret_free(value);
	}
	body->count = 1;
	body->parts[0] = (struct body_part){ .value = all, .bytes = { all.bytes, all.len } };
}

static void free_names(struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		curl_free(names->items[i]);
	mem_free(names->items);
}

static int set_urlencoded(struct body *body, CURL *easy, const struct exchange_form *form,
			  const struct compose *values, struct err *err)
{
	__attribute__((cleanup(free_names))) struct text_list names = { 0 };

	names.items = mem_alloc((form->fields->count + 1) * sizeof *names.items);
	for (size_t i = 0; i < form->fields->count; i++) {
		char name[EXCHANGE_MAX_FIELD], filename[EXCHANGE_MAX_FIELD];
		const char *value = form_split(form->fields->items[i], name, filename);

		if (!value || add_part(body, value, values, COMPOSE_FORM, err))
			return -1;
		names.items[i] = curl_easy_escape(easy, name, 0);
		if (!names.items[i])
			mem_exhausted();
		names.count++;
	}
	join(body, &names);
	add_header(body, "Content-Type: application/x-www-form-urlencoded");
	send_raw(body, easy);
	return 0;
}

static int set_pattern(struct body *body, CURL *easy, const struct exchange_form *form,
		       const struct compose *values, struct err *err)
{
	bool json = form->kind == FORM_JSON;
	auto_free char *type =
		text_format("Content-Type: %s", json ? "application/json" : form->type);

	if (add_part(body, form->body, values, json ? COMPOSE_JSON : COMPOSE_PLAIN, err))
		return -1;
	add_header(body, type);
	send_raw(body, easy);
	return 0;
}

static int set_form(struct body *body, CURL *easy, const struct exchange_form *form,
		    const struct compose *values, struct err *err)
{
	auto_secret header = { 0 };

	if (*form->header && compose(&header, form->header, values, COMPOSE_PLAIN, err))
		return -1;
	if (header.len && header.bytes[strcspn(header.bytes, "\r\n")])
		return err_set(err, ERR_CONFIG, "the header in the options would have two lines");
	if (header.len)
		add_header(body, header.bytes);
	if (form->kind == FORM_MULTIPART)
		return set_multipart(body, easy, form, values, err);
	if (form->kind == FORM_URLENCODED)
		return set_urlencoded(body, easy, form, values, err);
	return set_pattern(body, easy, form, values, err);
}

/* --- what a driver gave as it is -------------------------------------------------------------- */

static void set_given(struct body *body, CURL *easy, const struct exchange *exchange)
{
	auto_free char *type =
		exchange->raw ? text_format("Content-Type: %s", exchange->type) : NULL;

	body->count = 1;
	body->parts[0].bytes = exchange->body;
	if (type)
		add_header(body, type);
	if (exchange->raw) {
		send_raw(body, easy);
	} else if (exchange->upload) {
		if (exchange->also)
			add_text(body, easy, exchange->also, exchange->also_value);
		add_mime(body, easy, &body->parts[0], exchange->field, exchange->filename,
			 exchange->type);
		curl_easy_setopt(easy, CURLOPT_MIMEPOST, body->mime);
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
}

int body_set(struct body *body, CURL *easy, const struct exchange *exchange,
	     const struct device *device, struct err *err)
{
	struct compose values = values_of(&exchange->form, device);

	add_header(body, "Expect:"); /* 100-continue would cost a second on boxes without it */
	if (*exchange->header)
		add_header(body, exchange->header);
	if (exchange->at && exchange->at[0] == '/')
		add_header(body, "Host;"); /* empty: RFC 9110 7.2, and Caddy's rule */
	if (exchange->form.kind == FORM_NONE)
		set_given(body, easy, exchange);
	else if (set_form(body, easy, &exchange->form, &values, err))
		return -1;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, body->headers);
	if (strcmp(exchange->method, "GET") != 0 && strcmp(exchange->method, "POST") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
	return 0;
}

void body_clear(struct body *body, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
	curl_mime_free(body->mime);
	curl_slist_free_all(body->headers);
	for (size_t i = 0; i < body->count; i++)
		secret_free(&body->parts[i].value);
	*body = (struct body){ 0 };
}
