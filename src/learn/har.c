#include "har.h"
#include "base64.h"
#include "certroll/learn.h"
#include "certroll/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *har_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static const char *header_of(const json_t *message, const char *name)
{
	const json_t *list = json_object_get(message, "headers");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *header = json_array_get(list, i);

		if (text_same(har_text(header, "name"), name))
			return har_text(header, "value");
	}
	return "";
}

/* "+01:00", "-0530" or "Z" in seconds. */
static int offset_of(const char *text)
{
	auto_free char *hours = mem_copy(text + 1, *text ? strnlen(text + 1, 2) : 0);
	const char *rest = *text ? text + 1 + strlen(hours) : text;
	int64_t hour = 0, minute = 0;

	if (*text != '+' && *text != '-')
		return 0;
	rest += *rest == ':';
	if (!text_number(hours, 0, 23, &hour) || !text_number(rest, 0, 59, &minute))
		return 0;
	return (int)(60 * hour + minute) * (*text == '-' ? -60 : 60);
}

/* "2026-11-22T12:03:04.567+01:00": the clock as it is written, and the moment. */
static void read_time(struct entry *entry, const char *text)
{
	struct tm parts = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	char *end = NULL;

	if (!rest)
		return;
	snprintf(entry->clock, sizeof entry->clock, "%02d:%02d:%02d", parts.tm_hour, parts.tm_min,
		 parts.tm_sec);
	entry->at = (double)timegm(&parts);
	if (*rest == '.') {
		entry->at += strtod(rest, &end);
		rest = end;
	}
	entry->at -= offset_of(rest);
}

static void read_answer(struct entry *entry, const json_t *response)
{
	const json_t *content = json_object_get(response, "content");
	const json_t *text = json_object_get(content, "text");
	const char *bytes = json_string_value(text);
	size_t len = json_string_length(text);

	entry->challenge = header_of(response, "WWW-Authenticate");
	entry->status = (int)json_integer_value(json_object_get(response, "status"));
	entry->document = text_starts(har_text(content, "mimeType"), "text/html");
	if (!bytes)
		return;
	if (text_same(har_text(content, "encoding"), "base64")) {
		entry->answer = base64_decode(bytes, len, &entry->answer_len);
		return;
	}
	entry->answer = mem_copy(bytes, len);
	entry->answer_len = len;
}

/* Chromium: binary messages are base64, and none of ours. */
static bool read_frame(struct frame *frame, const json_t *message)
{
	const json_t *opcode = json_object_get(message, "opcode");
	const json_t *data = json_object_get(message, "data");
	const json_t *at = json_object_get(message, "time");

	if (!json_is_string(data) || (json_is_integer(opcode) && json_integer_value(opcode) != 1))
		return false;
	frame->message = json_loadb(json_string_value(data), json_string_length(data), 0, NULL);
	if (!json_is_object(frame->message)) {
		json_decref(frame->message);
		frame->message = NULL;
		return false;
	}
	frame->sent = strcmp(har_text(message, "type"), "send") == 0;
	frame->at = json_number_value(at);
	frame->mt = har_text(frame->message, "mt");
	return true;
}

static int read_frames(struct har *har, struct entry *entry, const json_t *item, struct err *err)
{
	const json_t *list = json_object_get(item, "_webSocketMessages");
	size_t count = json_array_size(list);

	entry->socket = list || text_same(har_text(item, "_resourceType"), "websocket") ||
			text_starts(entry->url.scheme, "ws") ||
			(entry->status == 101 && strcmp(entry->method, "GET") == 0);
	har->lost_frames += entry->socket && !count;
	har->frame_count += count;
	if (har->frame_count > LEARN_MAX_FRAMES)
		return err_set(err, ERR_LIMIT,
			       "more than %d messages of WebSockets; record only the "
			       "upload",
			       LEARN_MAX_FRAMES);
	entry->frames = count ? mem_alloc(count * sizeof *entry->frames) : NULL;
	for (size_t i = 0; i < count; i++)
		entry->frame_count +=
			read_frame(&entry->frames[entry->frame_count], json_array_get(list, i));
	return 0;
}

static void add_cookie(struct har *har, const char *value)
{
	if (strlen(value) < 4)
		return;
	/* one more stays NULL, for the end */
	har->cookies = mem_grow(har->cookies, har->cookie_count + 1, sizeof *har->cookies);
	har->cookies[har->cookie_count++] = value;
	har->cookies[har->cookie_count] = NULL;
}

static void read_cookies(struct har *har, const json_t *message)
{
	const json_t *list = json_object_get(message, "cookies");

	for (size_t i = 0; i < json_array_size(list); i++)
		add_cookie(har, har_text(json_array_get(list, i), "value"));
}

static void read_request(struct entry *entry, const json_t *request)
{
	const json_t *post = json_object_get(request, "postData");
	const char *type = header_of(request, "Content-Type");
	const char *origin = header_of(request, "Origin");

	entry->method = har_text(request, "method");
	entry->headers = json_object_get(request, "headers");
	entry->authorization = header_of(request, "Authorization");
	entry->type = *type ? type : har_text(post, "mimeType");
	entry->from = *origin ? origin : header_of(request, "Referer");
	if (strcmp(entry->method, "GET") != 0)
		body_read(&entry->body, entry->type, post);
}

/* 0; entries that went to no host are left out. */
static int read_entry(struct har *har, size_t index, const json_t *item, struct err *err)
{
	const json_t *request = json_object_get(item, "request");
	const json_t *response = json_object_get(item, "response");
	struct entry *entry = &har->entries[har->count];

	if (!url_read(&entry->url, har_text(request, "url")))
		return 0;
	har->count++;
	entry->number = index + 1;
	entry->page = har_text(item, "pageref");
	read_time(entry, har_text(item, "startedDateTime"));
	read_request(entry, request);
	read_answer(entry, response);
	read_cookies(har, request);
	read_cookies(har, response);
	return read_frames(har, entry, item, err);
}

static int read_entries(struct har *har, struct err *err)
{
	const json_t *list = json_object_get(json_object_get(har->root, "log"), "entries");
	size_t count = json_array_size(list);

	if (!json_is_array(list))
		return err_set(
			err, ERR_CONFIG,
			"is JSON, but no recording of a browser: log.entries is missing; export "
			"it at the network tab of the developer tools (HAR with content)");
	if (count > LEARN_MAX_ENTRIES)
		return err_set(err, ERR_LIMIT,
			       "holds %zu requests, more than %d; record only the upload", count,
			       LEARN_MAX_ENTRIES);
	har->entries = count ? mem_alloc(count * sizeof *har->entries) : NULL;
	for (size_t i = 0; i < count; i++)
		if (read_entry(har, i, json_array_get(list, i), err))
			return -1;
	return 0;
}

struct har *har_read(const char *bytes, size_t len, struct err *err)
{
	auto_har har = mem_alloc(sizeof *har);
	json_error_t error;

	/* Wiped when freed; what jansson allocated before is freed by this as well. */
	json_set_alloc_funcs(mem_library_alloc, mem_library_free);
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		len -= 3;
	}
	har->root = json_loadb(bytes, len, JSON_ALLOW_NUL, &error);
	if (!har->root) {
		/* error.text quotes the file */
		err_set(err, ERR_CONFIG,
			"is no recording of a browser, or only a part of one: its JSON ends or "
			"goes wrong in line %d, column %d; export it again",
			error.line, error.column);
		return NULL;
	}
	if (read_entries(har, err))
		return NULL;
	return take(har);
}

static void free_entry(struct entry *entry)
{
	for (size_t i = 0; i < entry->frame_count; i++)
		json_decref(entry->frames[i].message);
	mem_free(entry->frames);
	mem_free(entry->answer);
	body_free(&entry->body);
	url_free(&entry->url);
}

void har_free(struct har *har)
{
	if (!har)
		return;
	for (size_t i = 0; i < har->count; i++)
		free_entry(&har->entries[i]);
	mem_free(har->entries);
	mem_free(har->cookies);
	json_decref(har->root);
	mem_free(har);
}

const char *har_page_title(const struct har *har, const char *page)
{
	const json_t *list = json_object_get(json_object_get(har->root, "log"), "pages");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (*page && strcmp(har_text(one, "id"), page) == 0)
			return har_text(one, "title");
	}
	return "";
}
