#include "make_ext.h"
#include <arpa/inet.h>
#include <openssl/objects.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 16 };

static void add(STACK_OF(X509_EXTENSION) * *list, int nid, void *value, bool critical)
{
	must(X509V3_add1_i2d(list, nid, value, critical, X509V3_ADD_DEFAULT));
}

/* The bytes of an address, or of a name, as the entry wants them. */
static void set_entry(GENERAL_NAME *entry, const char *name)
{
	unsigned char address[16];
	bool v4 = inet_pton(AF_INET, name, address) == 1;
	bool ip = v4 || inet_pton(AF_INET6, name, address) == 1;
	ASN1_STRING *value = ASN1_STRING_type_new(ip ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	must(value && ASN1_STRING_set(value, ip ? (const void *)address : name,
				      ip ? (v4 ? 4 : 16) : (int)strlen(name)));
	GENERAL_NAME_set0_value(entry, ip ? GEN_IPADD : GEN_DNS, value);
}

void ext_names(STACK_OF(X509_EXTENSION) * *list, const struct name_list *names, bool critical)
{
	auto_of(GENERAL_NAMES_free) GENERAL_NAMES *entries = GENERAL_NAMES_new();

	for (size_t i = 0; i < names->count; i++) {
		GENERAL_NAME *entry = GENERAL_NAME_new();

		must(entry && sk_GENERAL_NAME_push(entries, entry));
		set_entry(entry, names->items[i]);
	}
	add(list, NID_subject_alt_name, entries, critical);
}

void ext_key_usage(STACK_OF(X509_EXTENSION) * *list, unsigned usage)
{
	static const struct {
		enum key_usage usage;
		int bit; /* RFC 5280 4.2.1.3 */
	} bits[] = {
		{ USAGE_DIGITAL_SIGNATURE, 0 },
		{ USAGE_KEY_ENCIPHERMENT, 2 },
		{ USAGE_KEY_CERT_SIGN, 5 },
		{ USAGE_CRL_SIGN, 6 },
	};
	auto_of(ASN1_BIT_STRING_free) ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();

	for (size_t i = 0; i < COUNT(bits); i++)
		if (usage & bits[i].usage)
			must(ASN1_BIT_STRING_set_bit(value, bits[i].bit, 1));
	add(list, NID_key_usage, value, true);
}

void ext_server_and_client(STACK_OF(X509_EXTENSION) * *list)
{
	auto_of(EXTENDED_KEY_USAGE_free) EXTENDED_KEY_USAGE *purposes = EXTENDED_KEY_USAGE_new();

	must(purposes && sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_server_auth)) &&
	     sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_client_auth)));
	add(list, NID_ext_key_usage, purposes, false);
}

void ext_constraints(STACK_OF(X509_EXTENSION) * *list, bool ca, int path_len)
{
	auto_of(BASIC_CONSTRAINTS_free) BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();

	must(basic != NULL);
	basic->ca = ca ? 0xff : 0;
	if (path_len >= 0) {
		basic->pathlen = ASN1_INTEGER_new();
		must(basic->pathlen && ASN1_INTEGER_set(basic->pathlen, path_len));
	}
	add(list, NID_basic_constraints, basic, true);
}

void subject_set(X509_NAME *subject, const char *common_name)
{
	if (common_name)
		must(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
						(const unsigned char *)common_name, -1, -1, 0));
}

int pem_load(const char *path, bool *open_to_others, struct secret *text, struct pem *pem,
	     struct err *err)
{
	if (secret_load(text, path, FILE_MAX_BYTES, open_to_others, err))
		return -1;
	return pem_scan(pem, text->bytes, text->len, err) ? err_wrap(err, "%s", path) : 0;
}

int pem_block_der(const struct pem_block *block, const char *path, struct secret *der,
		  struct err *err)
{
	int line = block->complaint_line;

	if (*block->complaint)
		return err_set(err, ERR_BUNDLE, "%s: line %d: %s", path, line, block->complaint);
	secret_init(der, pem_room(block));
	if (pem_decode(block, (unsigned char *)der->bytes, &der->len, &line, err))
		return err_wrap(err, "%s: line %d", path, line);
	return 0;
}
