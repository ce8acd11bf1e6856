/* JSON messages over a channel: written without a library, member by member; read by jansson. */
#include "certroll/buf.h"
#include "certroll/exchange.h"
#include "certroll/text.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* RFC 8259 7: what must be escaped.  Bytes of UTF-8 stand for themselves. */
static int add_string(struct buf *out, const char *value)
{
	if (buf_addf(out, "\""))
		return -1;
	for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
		bool quoted = *at == '"' || *at == '\\';

		if (quoted       ? buf_addf(out, "\\%c", *at)
		    : *at < 0x20 ? buf_addf(out, "\\u%04x", *at)
				 : buf_addf(out, "%c", *at))
			return -1;
	}
	return buf_addf(out, "\"");
}

/* Too long: the job refuses an exchange without a path. */
static enum verdict keep(struct exchange *exchange, const struct buf *text, bool fits)
{
	if (fits)
		snprintf(exchange->text, sizeof exchange->text, "%s", buf_text(text));
	else
		exchange->path[0] = '\0';
	return STEP_OK;
}

enum verdict exchange_member(struct exchange *exchange, const char *name, const char *value)
{
	auto_buf text = BUF_MAX(sizeof exchange->text - 1);
	size_t length = strlen(exchange->text);
	bool first = length <= 2;
	bool fits;

	if (length < 2)
		return STEP_OK;
	fits = buf_add(&text, exchange->text, length - 1) == 0 &&
	       buf_addf(&text, "%s", first ? "" : ",") == 0 && add_string(&text, name) == 0 &&
	       buf_addf(&text, ":") == 0 && add_string(&text, value) == 0 &&
	       buf_addf(&text, "}") == 0;
	return keep(exchange, &text, fits);
}

enum verdict exchange_say(struct exchange *exchange, const char *path, const char *mt)
{
	exchange_listen(exchange, path, 0);
	strcpy(exchange->text, "{}");
	return exchange_member(exchange, "mt", mt);
}

enum verdict exchange_prove(struct exchange *exchange, const char *name, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(exchange->proof, sizeof exchange->proof, format, values);
	va_end(values);
	if (length < 0 || (size_t)length >= sizeof exchange->proof)
		exchange->path[0] = '\0';
	return exchange_member(exchange, name, EXCHANGE_PROOF);
}

enum verdict exchange_listen(struct exchange *exchange, const char *path, int within_ms)
{
	exchange_get(exchange, path);
	exchange->kind = EXCHANGE_CHANNEL;
	exchange->within_ms = within_ms;
	return STEP_OK;
}

static char *value_text(const json_t *value)
{
	if (json_is_string(value))
		return text_copy(json_string_value(value));
	if (json_is_boolean(value))
		return text_copy(json_is_true(value) ? "true" : "false");
	if (json_is_integer(value))
		return text_format("%lld", (long long)json_integer_value(value));
	return NULL;
}

char *reply_member(const struct reply *reply, const char *name)
{
	json_t *message = reply->body ? json_loads(reply->body, 0, NULL) : NULL;
	char *text = value_text(json_object_get(message, name));

	json_decref(message);
	return text;
}
