/* JSON messages over a channel. */
#include "certroll/exchange.h"
#include "certroll/text.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Takes the value.  What does not fit, or is no UTF-8: the job refuses an exchange without a path. */
static enum verdict add_member(struct exchange *exchange, const char *name, json_t *value)
{
	json_t *message = json_loads(exchange->text, 0, NULL);
	size_t room = sizeof exchange->text - 1, length = 0;

	if (json_object_set_new(message, name, value) == 0)
		length = json_dumpb(message, exchange->text, room, JSON_COMPACT);
	json_decref(message);
	if (length == 0 || length > room)
		exchange->path[0] = '\0';
	else
		exchange->text[length] = '\0';
	return STEP_OK;
}

enum verdict exchange_member(struct exchange *exchange, const char *name, const char *value)
{
	return add_member(exchange, name, json_string(value));
}

enum verdict exchange_number(struct exchange *exchange, const char *name, int64_t value)
{
	return add_member(exchange, name, json_integer(value));
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

char *reply_item(const struct reply *reply, const char *list, size_t index, const char *name)
{
	json_t *message = reply->body ? json_loads(reply->body, 0, NULL) : NULL;
	const json_t *items = json_object_get(message, list);
	const json_t *item = json_array_get(items, index);
	char *text;

	if (index == 0 && json_is_object(items))
		item = items;
	text = value_text(json_object_get(item, name));
	json_decref(message);
	return text;
}
