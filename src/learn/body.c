#include "body.h"
#include "base64.h"
#include "certroll/learn.h"
#include "certroll/text.h"
#include "har.h"
#include "key.h"
#include <ctype.h>
#include <string.h>

enum { BOUNDARY_MAX = 200 };

static struct part *add_part(struct body *body)
{
	if (body->count == LEARN_MAX_PARTS)
		return NULL;
	body->parts = mem_grow(body->parts, body->count, sizeof *body->parts);
	return &body->parts[body->count++];
}

/* A parameter of a header: name="value", with the escapes that browsers use.  Owned, or NULL. */
static char *parameter(const char *line, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (const char *at = line; (at = memchr(at, ';', (size_t)(line + len - at)));) {
		const char *end = line + len, *from;
		bool quoted;

		for (at++; at < end && isblank((unsigned char)*at); at++)
			;
		if ((size_t)(end - at) <= name_len || strncasecmp(at, name, name_len) != 0 ||
		    at[name_len] != '=')
			continue;
		from = at + name_len + 1;
		quoted = from < end && *from == '"';
		from += quoted;
		for (at = from; at < end && *at != (quoted ? '"' : ';'); at++)
			at += quoted && *at == '\\' && at + 1 < end;
		return mem_copy(from, (size_t)(at - from));
	}
	return NULL;
}

/* WHATWG HTML 4.10.21.8: only these three are escaped in names; older browsers wrote \". */
static char *unescape(char *text)
{
	static const struct {
		const char *written;
		char meant;
	} escapes[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' }, { "\\\"", '"' } };
	char *to = text;

	for (const char *at = text; text && *at;) {
		size_t i = 0;

		while (i < COUNT(escapes) &&
		       strncasecmp(at, escapes[i].written, strlen(escapes[i].written)) != 0)
			i++;
		*to++ = i < COUNT(escapes) ? escapes[i].meant : *at;
		at += i < COUNT(escapes) ? strlen(escapes[i].written) : 1;
	}
	if (text)
		*to = '\0';
	return text;
}

/* RFC 7578 4.2 to 4.4: the lines above the content. */
static void read_part_head(struct part *part, const char *head, const char *end)
{
	while (head < end) {
		const char *stop = memchr(head, '\n', (size_t)(end - head));
		size_t len = (size_t)((stop ? stop : end) - head);

		len -= len && head[len - 1] == '\r';
		if (len > 20 && strncasecmp(head, "Content-Disposition:", 20) == 0) {
			mem_free(part->name);
			mem_free(part->filename);
			part->name = unescape(parameter(head, len, "name"));
			part->filename = unescape(parameter(head, len, "filename"));
		} else if (len > 13 && strncasecmp(head, "Content-Type:", 13) == 0) {
			size_t skip = 13 + strspn(head + 13, " \t");

			mem_free(part->type);
			part->type = mem_copy(head + skip, len > skip ? len - skip : 0);
		}
		head = stop ? stop + 1 : end;
	}
}

/* Where the head of a part ends and its content begins; NULL: nowhere. */
static const char *end_of_head(const char *from, const char *end)
{
	const char *both = memmem(from, (size_t)(end - from), "\r\n\r\n", 4);
	const char *line = memmem(from, (size_t)(end - from), "\n\n", 2);

	if (both && (!line || both < line))
		return both + 4;
	return line ? line + 2 : NULL;
}

static void read_part(struct body *body, const char *from, const char *end, bool closed)
{
	const char *content = end_of_head(from, end);
	struct part *part = add_part(body);
	size_t len;

	if (!part)
		return;
	read_part_head(part, from, content ? content : end);
	content = content ? content : end;
	len = (size_t)(end - content);
	if (closed && len && content[len - 1] == '\n')
		len -= len > 1 && content[len - 2] == '\r' ? 2 : 1;
	part->content = mem_copy(content, len);
	part->len = len;
	part->cut = !closed || (part->filename && *part->filename && !len);
}

/* The boundary is in the type; a recording without headers still begins with it. */
static char *boundary_of(const char *type, const char *text, size_t len)
{
	char *known = parameter(type, strlen(type), "boundary");
	size_t line;

	if (known && strlen(known) <= BOUNDARY_MAX && *known)
		return known;
	mem_free(known);
	for (line = 0; line < len && text[line] != '\r' && text[line] != '\n'; line++)
		;
	if (line < 3 || line > BOUNDARY_MAX || memcmp(text, "--", 2) != 0)
		return NULL;
	return mem_copy(text + 2, line - 2);
}

static void read_multipart(struct body *body, const char *type, const char *text, size_t len)
{
	auto_free char *boundary = boundary_of(type, text, len);
	auto_free char *mark = boundary ? text_format("--%s", boundary) : NULL;
	size_t mark_len = mark ? strlen(mark) : 0;
	const char *end = text + len;
	const char *at = mark ? memmem(text, len, mark, mark_len) : NULL;

	while (at) {
		const char *from = at + mark_len, *next;

		if (end - from >= 2 && memcmp(from, "--", 2) == 0)
			return;
		next = memmem(from, (size_t)(end - from), mark, mark_len);
		read_part(body, from, next ? next : end, next != NULL);
		at = next;
	}
}

/* What the browser had taken apart already; Firefox and Chromium differ in what they keep. */
static void read_params(struct body *body, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *param = json_array_get(list, i), *value;
		struct part *part = add_part(body);

		if (!part)
			return;
		value = json_object_get(param, "value");
		part->name = text_copy(har_text(param, "name"));
		part->len = json_string_length(value);
		part->content = mem_copy(part->len ? json_string_value(value) : "", part->len);
		part->filename = text_copy(json_string_value(json_object_get(param, "fileName")));
		part->type = text_copy(json_string_value(json_object_get(param, "contentType")));
		part->cut = part->filename && *part->filename && !part->len;
	}
}

static void read_fields(struct body *body, const char *text, size_t len)
{
	for (const char *at = text, *end = text + len; at < end;) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		size_t pair = (size_t)((stop ? stop : end) - at);
		const char *equals = memchr(at, '=', pair);
		size_t name = equals ? (size_t)(equals - at) : pair;
		struct part *part = add_part(body);

		if (!part)
			return;
		part->name = url_decode(at, name, true);
		part->content =
			equals ? url_decode(equals + 1, pair - name - 1, true) : text_copy("");
		part->len = strlen(part->content);
		at += pair + 1;
	}
}

static void read_raw(struct body *body, const char *type, const char *text, size_t len)
{
	struct part *part = add_part(body);

	if (!part)
		return;
	part->type = text_copy(type);
	part->content = mem_copy(text, len);
	part->len = len;
}

static enum body_kind kind_of(const char *type)
{
	if (text_starts(type, "multipart/"))
		return BODY_FORM;
	return text_starts(type, "application/x-www-form-urlencoded") ? BODY_FIELDS : BODY_RAW;
}

void body_read(struct body *body, const char *type, const json_t *post)
{
	const json_t *value = json_object_get(post, "text");
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	bool coded = text_same(har_text(post, "encoding"), "base64") ||
		     text_same(har_text(post, "_encoding"), "base64");
	auto_free char *decoded = coded && text ? base64_decode(text, len, &len) : NULL;

	body->kind = *type ? kind_of(type) : BODY_NONE;
	text = coded ? decoded : text;
	if (text && len && body->kind == BODY_FORM)
		read_multipart(body, type, text, len);
	else if (text && len && body->kind == BODY_FIELDS)
		read_fields(body, text, len);
	else if (text && len)
		read_raw(body, type, text, len);
	if (!body->count)
		read_params(body, json_object_get(post, "params"));
	body->missing = *type && !body->count;
}

void body_free(struct body *body)
{
	for (size_t i = 0; i < body->count; i++) {
		struct part *part = &body->parts[i];

		mem_free(part->name);
		mem_free(part->filename);
		mem_free(part->type);
		mem_free(part->content);
	}
	mem_free(body->parts);
	*body = (struct body){ 0 };
}

bool part_has_key(const struct part *part)
{
	return pem_has_key(part->content, part->len);
}

bool part_has_certificate(const struct part *part)
{
	return pem_has_certificate(part->content, part->len);
}

bool part_is_named_certificate(const struct part *part)
{
	static const char *const ends[] = { ".pem", ".crt", ".cer", ".der",
					    ".p12", ".pfx", ".key", ".txt" };
	static const char *const words[] = { "x509", "pem", "pkix-cert", "pkcs12" };
	auto_free char *name = text_copy(part->filename ? part->filename : "");

	for (char *at = name; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	for (size_t i = 0; i < COUNT(ends); i++)
		if (text_ends(name, ends[i]))
			return true;
	for (size_t i = 0; part->type && i < COUNT(words); i++)
		if (strcasestr(part->type, words[i]))
			return true;
	return false;
}

const struct part *body_file(const struct body *body)
{
	for (size_t i = 0; i < body->count; i++)
		if (body->parts[i].filename && *body->parts[i].filename)
			return &body->parts[i];
	for (size_t i = 0; i < body->count; i++)
		if (part_has_certificate(&body->parts[i]) || part_has_key(&body->parts[i]))
			return &body->parts[i];
	return NULL;
}
