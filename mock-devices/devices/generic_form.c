/* generic_form: does a request hold the fields a box expects, and what of the certificate is in it? */
#include "generic.h"

#include "../cleanup.h"
#include "../family.h"
#include "../fleet.h"
#include "../http.h"
#include "../multipart.h"
#include "../profile.h"
#include "../text.h"

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <strings.h>

#define FIELD_MAX 256 /* bytes of a line of the settings up to '=' */

/* Where one form is compared; the strings are borrowed. */
struct match {
	const struct exchange *exchange;
	const char *kind;
	struct material *material;
};

/* --- patterns --------------------------------------------------------------------------------- */

static bool has_material(const char *pattern)
{
	static const char *const words[] = { "{leaf", "{chain",  "{inter",   "{issuers", "{root",
					     "{key",  "{bundle", "{pkcs12}", "{pkcs12:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(pattern, words[i]))
			return true;
	return false;
}

static const char *word_for(const struct exchange *exchange, const char *at, size_t *length)
{
	const struct {
		const char *mark, *value;
	} rows[] = {
		{ "{user}", exchange->device->profile->user },
		{ "{password}", profile_password(exchange->device->profile) },
		{ "{token}", generic_token(exchange) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*length = strlen(rows[i].mark);
		if (strncmp(at, rows[i].mark, *length) == 0)
			return rows[i].value;
	}
	return NULL;
}

/* A token that was never given out fits nothing. */
static bool fits(const struct exchange *exchange, const char *pattern, const char *value,
		 size_t length)
{
	auto_buffer struct evbuffer *wanted = mem_must(evbuffer_new());

	if (strstr(pattern, "{token}") && !*generic_token(exchange))
		return false;
	while (*pattern) {
		size_t step = 1;
		const char *word = word_for(exchange, pattern, &step);

		if (word)
			evbuffer_add(wanted, word, strlen(word));
		else
			evbuffer_add(wanted, pattern, step = 1);
		pattern += step;
	}
	return evbuffer_get_length(wanted) == length &&
	       (!length || memcmp(evbuffer_pullup(wanted, -1), value, length) == 0);
}

/* Base64 of PEM or DER; NULL: it is none. */
static unsigned char *decode_base64(const char *text, size_t length, size_t *decoded)
{
	EVP_ENCODE_CTX *context = mem_must(EVP_ENCODE_CTX_new());
	unsigned char *out = mem_alloc(length + 1);
	int first = 0, rest = 0;

	EVP_DecodeInit(context);
	int good = EVP_DecodeUpdate(context, out, &first, (const unsigned char *)text, (int)length);
	if (good >= 0)
		good = EVP_DecodeFinal(context, out + first, &rest);
	EVP_ENCODE_CTX_free(context);
	*decoded = (size_t)first + (size_t)rest;
	if (good < 0 || !*decoded) {
		free(out);
		return NULL;
	}
	return out;
}

/* PEM and DER as they are; anything else must be base64 of them. */
static bool add_material(struct evbuffer *out, const char *value, size_t length)
{
	bool plain = !length || (unsigned char)value[0] == 0x30 ||
		     memmem(value, length, "-----BEGIN", 10);
	size_t decoded = 0;
	auto_free unsigned char *bytes = plain ? NULL : decode_base64(value, length, &decoded);

	evbuffer_add(out, bytes ? (const void *)bytes : value, bytes ? decoded : length);
	return plain || bytes;
}

/* One value: part of the certificate, a password of a container, or something to compare. */
static bool take_value(const struct match *match, const char *pattern, const char *value,
		       size_t length)
{
	struct material *material = match->material;

	if (strcmp(pattern, "{pkcs12-password}") == 0) {
		if (length >= sizeof(material->password))
			return false;
		memcpy(material->password, value, length);
		material->password[length] = '\0';
		return true;
	}
	if (!has_material(pattern))
		return fits(match->exchange, pattern, value, length);
	return material->bytes && add_material(material->bytes, value, length);
}

/* --- forms ------------------------------------------------------------------------------------ */

static size_t decode(const char *text, size_t length, char *out)
{
	size_t size = 0;

	for (size_t i = 0; i < length; i++) {
		int high = text[i] == '%' && i + 2 < length ? text_hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? text_hex_digit(text[i + 2]) : -1;

		out[size++] = low >= 0 ? (char)(high * 16 + low) : text[i] == '+' ? ' ' : text[i];
		i += low >= 0 ? 2 : 0;
	}
	out[size] = '\0';
	return size;
}

/* The decoded value of a field, or NULL. */
static char *urlencoded_find(const struct http_request *request, const char *name, size_t *length)
{
	const char *at = request->body, *end = at + request->body_length;

	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		size_t pair = (size_t)((stop ? stop : end) - at);
		const char *equals = memchr(at, '=', pair);
		auto_free char *key = mem_alloc(pair + 1);

		if (equals && decode(at, (size_t)(equals - at), key) == strlen(name) &&
		    strcmp(key, name) == 0) {
			char *value = mem_alloc(pair + 1);

			*length = decode(equals + 1, pair - (size_t)(equals + 1 - at), value);
			return value;
		}
		at += pair + 1;
	}
	return NULL;
}

static bool match_field(const struct match *match, const char *name, const char *pattern)
{
	const struct http_request *request = match->exchange->request;
	const char *type = http_field(request, "Content-Type");
	struct multipart_part part;
	size_t length = 0;

	if (strcmp(match->kind, "multipart") == 0)
		return multipart_find(type, request->body, request->body_length, name, &part) &&
		       take_value(match, pattern, part.bytes, part.length);
	if (!type || strcasecmp(type, "application/x-www-form-urlencoded") != 0)
		return false;
	auto_free char *value = urlencoded_find(request, name, &length);
	return value && take_value(match, pattern, value, length);
}

/* A line each: NAME=PATTERN, NAME@FILENAME=PATTERN. */
static bool match_fields(const struct match *match, const char *lines)
{
	while (*lines) {
		size_t line = strcspn(lines, "\n"), head = strcspn(lines, "="), at;
		auto_free char *pattern = NULL;
		char name[FIELD_MAX];

		if (head >= line || head >= sizeof(name))
			return false;
		memcpy(name, lines, head);
		name[head] = '\0';
		at = strcspn(name, "@");
		name[at] = '\0';
		pattern = mem_copy(lines + head + 1, line - head - 1);
		if (!match_field(match, name, pattern))
			return false;
		lines += line + (lines[line] == '\n');
	}
	return true;
}

static bool match_json(const struct match *match, const json_t *wanted, const json_t *given)
{
	const char *name;
	json_t *member;

	if (json_is_string(wanted))
		return json_is_string(given) &&
		       take_value(match, json_string_value(wanted), json_string_value(given),
				  json_string_length(given));
	if (json_typeof(wanted) != json_typeof(given))
		return false;
	json_object_foreach((json_t *)wanted, name, member)
	{
		json_t *other = json_object_get(given, name);

		if (!other || !match_json(match, member, other))
			return false;
	}
	for (size_t i = 0; i < json_array_size(wanted); i++)
		if (i >= json_array_size(given) ||
		    !match_json(match, json_array_get(wanted, i), json_array_get(given, i)))
			return false;
	return json_is_object(wanted) || json_is_array(wanted) || json_equal(wanted, given);
}

static bool match_json_body(const struct match *match, const char *pattern)
{
	const struct http_request *request = match->exchange->request;
	const char *type = http_field(request, "Content-Type");
	json_t *wanted = json_loads(pattern, 0, NULL);
	json_t *given = json_loadb(request->body, request->body_length, 0, NULL);
	bool good = type && strcmp(type, "application/json") == 0 && wanted && given &&
		    match_json(match, wanted, given);

	json_decref(wanted);
	json_decref(given);
	return good;
}

static bool match_header(const struct exchange *exchange, const char *pattern)
{
	size_t length = strcspn(pattern, ":");
	auto_free char *name = mem_copy(pattern, length);
	const char *value = http_field(exchange->request, name);

	return !*pattern || (pattern[length] && value &&
			     fits(exchange, pattern + length + 2, value, strlen(value)));
}

const char *generic_form(const struct exchange *exchange, int form, struct material *material)
{
	const struct device *device = exchange->device;
	const struct http_request *request = exchange->request;
	const char *body = device_setting(device, (size_t)(form + FORM_BODY));
	struct match match = {
		.exchange = exchange,
		.kind = device_setting(device, (size_t)(form + FORM_KIND)),
		.material = material,
	};

	if (!match_header(exchange, device_setting(device, (size_t)(form + FORM_HEADER))))
		return "header";
	if (strcmp(match.kind, "json") == 0)
		return match_json_body(&match, body) ? NULL : "body";
	if (strcmp(match.kind, "raw") == 0)
		return take_value(&match, body, request->body, request->body_length) ? NULL
										     : "body";
	return match_fields(&match, device_setting(device, (size_t)(form + FORM_FIELDS)))
		       ? NULL
		       : "fields";
}

/* --- the certificate in it -------------------------------------------------------------------- */

/* Certificates once each, in the order they came. */
static void add_certificate(STACK_OF(X509) * chain, X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(chain); i++)
		if (X509_cmp(sk_X509_value(chain, i), certificate) == 0) {
			X509_free(certificate);
			return;
		}
	mem_must(sk_X509_push(chain, certificate) ? chain : NULL);
}

static void take_blocks(BIO *bio, STACK_OF(X509) * chain, EVP_PKEY **key)
{
	char *name = NULL, *header = NULL;
	unsigned char *bytes = NULL;
	long length;

	while (PEM_read_bio(bio, &name, &header, &bytes, &length)) {
		const unsigned char *at = bytes;
		X509 *certificate =
			strcmp(name, "CERTIFICATE") == 0 ? d2i_X509(NULL, &at, length) : NULL;

		if (certificate)
			add_certificate(chain, certificate);
		else if (!*key)
			*key = d2i_AutoPrivateKey(NULL, &at, length);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(bytes, (size_t)length);
	}
	ERR_clear_error();
}

static bool take_container(const unsigned char *bytes, size_t length, const char *password,
			   STACK_OF(X509) * chain, EVP_PKEY **key)
{
	PKCS12 *container = d2i_PKCS12(NULL, &bytes, (long)length);
	STACK_OF(X509) *above = NULL;
	X509 *leaf = NULL;
	bool good = container && PKCS12_parse(container, password, key, &leaf, &above) == 1;

	PKCS12_free(container);
	ERR_clear_error();
	if (leaf)
		add_certificate(chain, leaf);
	while (sk_X509_num(above) > 0)
		add_certificate(chain, sk_X509_shift(above));
	sk_X509_free(above);
	return good;
}

static bool write_pem(struct evbuffer *out, const STACK_OF(X509) * chain, EVP_PKEY *key)
{
	auto_bio BIO *bio = mem_must(BIO_new(BIO_s_mem()));
	char *bytes = NULL;
	bool good = key != NULL;

	for (int i = 0; i < sk_X509_num(chain); i++)
		good = good && PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1;
	good = good && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	long length = BIO_get_mem_data(bio, &bytes);
	evbuffer_add(out, bytes, (size_t)length);
	return good;
}

static bool take_bytes(const char *bytes, size_t length, const char *password,
		       STACK_OF(X509) * chain, EVP_PKEY **key)
{
	if (length && (unsigned char)bytes[0] == 0x30)
		return take_container((const unsigned char *)bytes, length, password, chain, key);
	auto_bio BIO *bio = mem_must(BIO_new_mem_buf(bytes, (int)length));
	take_blocks(bio, chain, key);
	return true;
}

bool generic_material(struct material *material, struct evbuffer *pem)
{
	size_t length = evbuffer_get_length(material->bytes);
	const char *bytes = length ? (const char *)evbuffer_pullup(material->bytes, -1) : "";
	auto_chain STACK_OF(X509) *chain = mem_must(sk_X509_new_null());
	auto_pkey EVP_PKEY *key = NULL;

	return take_bytes(bytes, length, material->password, chain, &key) &&
	       write_pem(pem, chain, key);
}
