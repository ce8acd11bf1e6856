#include "object.h"
#include "certroll/inventory.h"
#include <stdio.h>
#include <string.h>

enum { ESCAPED = 6 }; /* "\u001f" */

static void add(struct secret *out, const char *bytes, size_t len)
{
	memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

/* The inside of a JSON string (RFC 8259 7). */
static void add_escaped(struct secret *out, const struct secret *value)
{
	for (size_t i = 0; i < value->len; i++) {
		const char *at = &value->bytes[i];
		char code[ESCAPED + 1];

		if (*at == '"' || *at == '\\')
			add(out, "\\", 1);
		if ((unsigned char)*at >= ' ') {
			add(out, at, 1);
			continue;
		}
		snprintf(code, sizeof code, "\\u%04x", (unsigned)(unsigned char)*at);
		add(out, code, ESCAPED);
		explicit_bzero(code, sizeof code);
	}
}

/* The object as it is, and the password as its last member: {"a":"b","NAME":"..."}. */
static void add_password(struct secret *out, const struct exchange *exchange,
			 const struct secret *password)
{
	size_t len = strlen(exchange->text) - 1, name = strlen(exchange->password);

	secret_init(out, len + name + sizeof ",\"\":\"\"}" + ESCAPED * password->len);
	add(out, exchange->text, len);
	add(out, ",\"", len > 1 ? 2 : 0);
	add(out, "\"", len > 1 ? 0 : 1);
	add(out, exchange->password, name);
	add(out, "\":\"", 3);
	add_escaped(out, password);
	add(out, "\"}", 2);
}

const char *object_fill(struct exchange *exchange, const struct device *device,
			struct secret *pages)
{
	const struct secret *password;

	exchange->raw = true;
	exchange->type = "application/json";
	exchange->body = (struct bytes){ exchange->text, strlen(exchange->text) };
	if (!exchange->password)
		return NULL;
	if (exchange->at)
		return "no password is sent without TLS";
	password = device->password ? secret_ref_value(device->password) : NULL;
	if (!password)
		return "the inventory has no password for this device";
	add_password(pages, exchange, password);
	exchange->body = (struct bytes){ pages->bytes, pages->len };
	return NULL;
}
