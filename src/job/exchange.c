#include "certroll/exchange.h"
#include "certroll/xml.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum verdict exchange_path(struct exchange *exchange, const char *method, const char *path)
{
	exchange->kind = EXCHANGE_HTTP;
	exchange->method = method;
	if (strlen(path) < sizeof exchange->path)
		snprintf(exchange->path, sizeof exchange->path, "%s", path);
	return STEP_OK;
}

enum verdict exchange_get(struct exchange *exchange, const char *path)
{
	return exchange_path(exchange, "GET", path);
}

enum verdict exchange_upload(struct exchange *exchange, const char *path, const char *field,
			     const char *filename, const char *type, struct bytes body)
{
	exchange->upload = true;
	exchange->field = field;
	exchange->filename = filename;
	exchange->type = type;
	exchange->body = body;
	return exchange_path(exchange, "POST", path);
}

enum verdict exchange_post(struct exchange *exchange, const char *path, const char *type,
			   struct bytes body)
{
	exchange->raw = true;
	exchange->type = type;
	exchange->body = body;
	return exchange_path(exchange, "POST", path);
}

enum verdict exchange_send(struct exchange *exchange, const char *method, const char *path,
			   const char *type, struct bytes body)
{
	exchange_post(exchange, path, type, body);
	exchange->raw = body.len;
	exchange->method = method;
	return STEP_OK;
}

enum verdict exchange_ask(struct exchange *exchange, const char *method, const char *path)
{
	strcpy(exchange->text, "{}");
	return exchange_path(exchange, method, path);
}

enum verdict exchange_password(struct exchange *exchange, const char *name)
{
	exchange->password = name;
	return STEP_OK;
}

enum verdict exchange_also(struct exchange *exchange, const char *name, const char *value)
{
	exchange->also = name;
	exchange->also_value = value;
	return STEP_OK;
}

enum verdict exchange_header(struct exchange *exchange, const char *name, const char *value)
{
	int length = snprintf(exchange->header, sizeof exchange->header, "%s: %s", name, value);
	bool fits = length > 0 && (size_t)length < sizeof exchange->header;

	if (!fits || strpbrk(value, "\r\n"))
		exchange->path[0] = '\0';
	return STEP_OK;
}

enum verdict exchange_command(struct exchange *exchange, struct bytes payload, const char *format,
			      ...)
{
	size_t most = sizeof exchange->text - 1;
	va_list values;
	int length;

	exchange->kind = EXCHANGE_LINE;
	exchange->body = payload;
	va_start(values, format);
	length = vsnprintf(exchange->text, most, format, values);
	va_end(values);
	if (length <= 0 || (size_t)length >= most)
		exchange->text[0] = '\0';
	else
		strcpy(exchange->text + length, "\n");
	return STEP_OK;
}

enum verdict exchange_file(struct exchange *exchange, const char *path, struct bytes body,
			   bool secret)
{
	exchange->kind = EXCHANGE_FILES;
	if (*path && exchange->file_count < EXCHANGE_MAX_FILES)
		exchange->files[exchange->file_count++] =
			(struct exchange_file){ .path = path, .body = body, .secret = secret };
	return STEP_OK;
}

/* RFC 3986 2.3: letters, digits and -._~ stand for themselves, all else as %XX. */
static int percent_encode(struct buf *out, const char *value)
{
	for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
		bool plain = (*at < 0x80 && isalnum(*at)) || strchr("-._~", *at);

		if (buf_addf(out, plain ? "%c" : "%%%02X", *at))
			return -1;
	}
	return 0;
}

enum verdict exchange_fill(struct exchange *exchange, const char *name, const char *value)
{
	auto_buf filled = BUF_MAX(sizeof exchange->path - 1);
	auto_free char *mark = text_format("{%s}", name);
	const char *at = strstr(exchange->path, mark);

	if (!at)
		return STEP_OK;
	if (buf_add(&filled, exchange->path, (size_t)(at - exchange->path)) ||
	    percent_encode(&filled, value) || buf_addf(&filled, "%s", at + strlen(mark))) {
		exchange->path[0] = '\0'; /* too long: the job refuses an empty path */
		return STEP_OK;
	}
	memcpy(exchange->path, filled.data, filled.len + 1);
	return STEP_OK;
}

enum verdict exchange_handshake(struct exchange *exchange, uint16_t port, const char *sni)
{
	exchange->kind = EXCHANGE_HANDSHAKE;
	exchange->port = port;
	snprintf(exchange->sni, sizeof exchange->sni, "%s", sni ? sni : "");
	return STEP_OK;
}

char *reply_header(const struct reply *reply, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = reply->head; line && *line;) {
		const char *end = strchr(line, '\n');
		size_t size = end ? (size_t)(end - line) : strlen(line);

		if (size > length && line[length] == ':' && strncasecmp(line, name, length) == 0) {
			const char *value = line + length + 1;
			size_t left = size - length - 1;

			while (left && (*value == ' ' || *value == '\t')) {
				value++;
				left--;
			}
			while (left && isspace((unsigned char)value[left - 1]))
				left--;
			return mem_copy(value, left);
		}
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

/* realm=token or realm="quoted \"text\"" (RFC 9110 5.6.4). */
static char *realm_value(const char *at)
{
	auto_free char *out = mem_alloc(strlen(at) + 1);
	bool quoted = *at == '"';
	char *end = out;

	for (at += quoted; *at && (quoted ? *at != '"' : *at != ',' && *at != ' '); at++) {
		if (quoted && *at == '\\' && at[1])
			at++;
		*end++ = *at;
	}
	return take(out);
}

char *reply_realm(const struct reply *reply)
{
	auto_free char *challenge = reply_header(reply, "WWW-Authenticate");
	const char *at = challenge;

	while (at && (at = strcasestr(at, "realm="))) {
		if (at > challenge && (at[-1] == ' ' || at[-1] == ','))
			return realm_value(at + strlen("realm="));
		at++;
	}
	return NULL;
}

char *reply_attr(const struct reply *reply, const char *path, const char *name)
{
	auto_xml xml = reply->body ? xml_parse(reply->body) : NULL;

	return text_copy(xml_attr(xml_find(xml, path, 0), name));
}

const char *net_id(enum net net)
{
	static const char *const ids[] = {
		[NET_OK] = "net-ok",           [NET_RESOLVE] = "net-name",
		[NET_CLOSED] = "net-closed",   [NET_TIMEOUT] = "net-timeout",
		[NET_RESET] = "net-reset",     [NET_PLAINTEXT] = "net-plaintext",
		[NET_VERSION] = "tls-version", [NET_TLS] = "tls-handshake",
		[NET_UNTRUSTED] = "identity",  [NET_LIMIT] = "net-limit",
		[NET_STOPPED] = "stopped",
	};

	return (size_t)net < COUNT(ids) ? ids[net] : "net";
}
