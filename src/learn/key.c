#include "key.h"
#include "base64.h"
#include "certroll/text.h"
#include "har.h"
#include <string.h>

static const char *find(const char *bytes, size_t len, const char *word)
{
	return bytes ? memmem(bytes, len, word, strlen(word)) : NULL;
}

/* RFC 7468 10 and 11, and the older labels ("RSA PRIVATE KEY"). */
bool pem_has_key(const char *bytes, size_t len)
{
	const char *end = bytes + len;

	for (const char *at = bytes; (at = find(at, (size_t)(end - at), "-----BEGIN ")); at++) {
		size_t left = (size_t)(end - at);

		if (find(at, left < 64 ? left : 64, "PRIVATE KEY-----"))
			return true;
	}
	return false;
}

bool pem_has_certificate(const char *bytes, size_t len)
{
	return find(bytes, len, "-----BEGIN CERTIFICATE-----") ||
	       find(bytes, len, "-----BEGIN X509 CERTIFICATE-----") ||
	       find(bytes, len, "-----BEGIN TRUSTED CERTIFICATE-----");
}

static bool text_has_key(const json_t *value)
{
	return json_is_string(value) &&
	       pem_has_key(json_string_value(value), json_string_length(value));
}

/* Members of a message, not deeper: a key is a text beside its type. */
static bool frame_has_key(const struct frame *frame)
{
	const char *name;
	json_t *value;

	json_object_foreach(frame->message, name, value) if (text_has_key(value)) return true;
	return false;
}

/* PKCS#12 is no text, and under a password that is often a poor one. */
static bool is_key_store(const struct part *part)
{
	size_t len = part->filename ? strlen(part->filename) : 0;
	const char *end = len > 4 ? part->filename + len - 4 : "";

	return part->len && (text_same(end, ".p12") || text_same(end, ".pfx"));
}

static bool entry_has_key(const struct entry *entry)
{
	if (entry->answer && pem_has_key(entry->answer, entry->answer_len))
		return true;
	for (size_t i = 0; i < entry->body.count; i++)
		if (part_has_key(&entry->body.parts[i]) || is_key_store(&entry->body.parts[i]))
			return true;
	for (size_t i = 0; i < entry->frame_count; i++)
		if (frame_has_key(&entry->frames[i]))
			return true;
	return false;
}

bool key_in_recording(const struct har *har)
{
	for (size_t i = 0; i < har->count; i++)
		if (entry_has_key(&har->entries[i]))
			return true;
	return false;
}

bool pem_fingerprint(const char *text, size_t len, size_t n, char hex[2 * CERT_HASH + 1])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *end = text + len, *at = text, *stop;
	auto_free char *der = NULL;
	struct cert *cert;
	size_t der_len;

	for (size_t i = 0; i <= n; i++) {
		at = find(at, (size_t)(end - at), begin);
		if (!at)
			return false;
		at += sizeof begin - 1;
	}
	stop = find(at, (size_t)(end - at), "-----END");
	der = stop ? base64_decode(at, (size_t)(stop - at), &der_len) : NULL;
	cert = der ? cert_parse((const unsigned char *)der, der_len, NULL) : NULL;
	if (cert)
		text_hex(cert->sha256, CERT_HASH, hex);
	cert_free(cert);
	return cert != NULL;
}
