/*
 * The names in a certificate, and whether they are that of a host: RFC 9525 6.3.
 *
 * Our own matching rather than X509_check_host(), whose defaults accept the CN and partial
 * wildcards, whose flags do not switch off the match of ".example.com", and which refuses '_'
 * below a wildcard though device names have it.
 */
#include "certroll/text.h"
#include "x509.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255 };

static void add_text(char ***list, size_t *count, char *text)
{
	*list = mem_grow(*list, *count, sizeof **list);
	(*list)[(*count)++] = text;
}

/* BR 7.1.4.3: a copy character for character, so before anything is made of the name. */
static bool is_cn(const struct cert *cert, const void *name, size_t len)
{
	return *cert->subject_cn && strlen(cert->subject_cn) == len &&
	       memcmp(cert->subject_cn, name, len) == 0;
}

static void add_dns(struct cert *cert, const ASN1_STRING *value)
{
	const char *raw = (const char *)ASN1_STRING_get0_data(value);
	size_t len = (size_t)ASN1_STRING_length(value);
	char *name = text_printable(raw, len, NAME_MAX_BYTES);

	for (char *at = name; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + ('a' - 'A'));
	cert->cn_is_san |= is_cn(cert, raw, len);
	add_text(&cert->dns_names, &cert->dns_count, name);
}

static void add_ip(struct cert *cert, const ASN1_STRING *value)
{
	char text[INET6_ADDRSTRLEN];
	int len = ASN1_STRING_length(value);

	/* Eight or 32 bytes would be an address with a mask: name constraints have these. */
	if ((len != 4 && len != 16) ||
	    !inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), text,
		       sizeof text)) {
		cert->other_names++;
		return;
	}
	cert->cn_is_san |= is_cn(cert, text, strlen(text));
	add_text(&cert->ip_addresses, &cert->ip_count, text_copy(text));
}

int names_read(struct cert *cert, struct err *err)
{
	auto_of(GENERAL_NAMES_free) GENERAL_NAMES *names =
		X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
	int count = names ? sk_GENERAL_NAME_num(names) : 0;

	if (count > CERT_MAX_NAMES)
		return err_set(err, ERR_BUNDLE, "it has %d names, more than the %d we look at",
			       count, CERT_MAX_NAMES);
	for (int i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS)
			add_dns(cert, name->d.dNSName);
		else if (name->type == GEN_IPADD)
			add_ip(cert, name->d.iPAddress);
		else
			cert->other_names++;
	}
	return 0;
}

bool name_host_valid(const char *name, size_t len)
{
	size_t label = 0;

	if (len == 0 || len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.' && label == 0)
			return false;
		if (name[i] != '.' && !isalnum((unsigned char)name[i]) && name[i] != '-' &&
		    name[i] != '_')
			return false;
		label = name[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

/* Exactly one '*', as the whole left-most label, above two labels or more. */
bool name_wildcard_valid(const char *name)
{
	const char *below = name + 2;

	return strncmp(name, "*.", 2) == 0 && name_host_valid(below, strlen(below)) &&
	       strchr(below, '.');
}

static bool same_bytes(const char *a, const char *b, size_t len)
{
	return strlen(a) == len && strncasecmp(a, b, len) == 0;
}

static bool dns_covers(const char *pattern, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);

	if (!strchr(pattern, '*'))
		return same_bytes(pattern, name, len);
	return dot && name_wildcard_valid(pattern) &&
	       same_bytes(pattern + 1, dot, len - (size_t)(dot - name));
}

bool cert_covers(const struct cert *cert, const char *name)
{
	size_t len = strlen(name);
	unsigned char address[16];

	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return X509_check_ip_asc(cert->x509, name, 0) == 1;
	if (len && name[len - 1] == '.')
		len--;
	if (!name_host_valid(name, len))
		return false;
	for (size_t i = 0; i < cert->dns_count; i++)
		if (dns_covers(cert->dns_names[i], name, len))
			return true;
	return false;
}
