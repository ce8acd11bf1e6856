/* innovaphone_xml: the certificate element of the X509 module (F3, F3a, F3b). */
#include "innovaphone_xml.h"

#include "../identity.h"
#include "../text.h"

#include <stdio.h>

char *innovaphone_common_name(const X509_NAME *name)
{
	int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *text = NULL;

	if (index >= 0) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, index);
		(void)ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
	}
	char *copy = mem_format("%s", text ? (const char *)text : "");
	OPENSSL_free(text);
	return copy;
}

static void add_common_name(struct evbuffer *out, const char *attribute, const X509_NAME *name)
{
	auto_free char *text = innovaphone_common_name(name);

	text_attribute(out, attribute, text);
}

/* F3b: UTC, as a PHP DateTime reads it. */
static void add_time(struct evbuffer *out, const char *attribute, const ASN1_TIME *time)
{
	char text[64] = "";
	struct tm utc;

	if (ASN1_TIME_to_tm(time, &utc))
		(void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d",
			       utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
			       utc.tm_min, utc.tm_sec);
	text_attribute(out, attribute, text);
}

static void add_key(struct evbuffer *out, X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	const char *name = kind == EVP_PKEY_RSA ? "RSA" : kind == EVP_PKEY_EC ? "EC" : "other";
	auto_free char *text = mem_format("%s-%d", name, key ? EVP_PKEY_get_bits(key) : 0);

	text_attribute(out, "key", text);
}

void innovaphone_certificate(struct evbuffer *out, X509 *certificate)
{
	char fingerprint[IDENTITY_HEX];

	identity_fingerprint(certificate, fingerprint);
	evbuffer_add_printf(out, "<certificate");
	add_common_name(out, "subject_cn", X509_get_subject_name(certificate));
	add_common_name(out, "issuer_cn", X509_get_issuer_name(certificate));
	add_time(out, "not_before", X509_get0_notBefore(certificate));
	add_time(out, "not_after", X509_get0_notAfter(certificate));
	text_attribute(out, "fingerprint", fingerprint);
	add_key(out, certificate);
	evbuffer_add_printf(out, "/>\n");
}
