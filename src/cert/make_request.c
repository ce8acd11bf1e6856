/* Requests (PKCS#10, RFC 2986): ours, and those of others that want to be signed. */
#include "certroll/text.h"
#include "make_ext.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char request_id[] = "request";
static const char ask_again[] =
	"Have the request made again: 'certroll request' makes proper ones.";

static void fill(X509_REQ *csr, EVP_PKEY *key, const struct name_list *names)
{
	const char *common_name = name_common(names);
	auto_extensions list = NULL;

	/* RFC 5280 4.2.1.6: without a subject the names are all there is, hence critical. */
	ext_names(&list, names, !common_name);
	ext_key_usage(&list, USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT);
	ext_server_and_client(&list);
	subject_set(X509_REQ_get_subject_name(csr), common_name);
	must(X509_REQ_set_version(csr, X509_REQ_VERSION_1));
	must(X509_REQ_set_pubkey(csr, key));
	must(X509_REQ_add_extensions(csr, list));
}

static void write_pem(X509_REQ *csr, struct secret *out)
{
	static const char label[] = "CERTIFICATE REQUEST";
	unsigned char *der = NULL;
	int len = i2d_X509_REQ(csr, &der);

	must(len);
	secret_init(out, pem_text_room(label, (size_t)len));
	pem_append(out, label, der, (size_t)len);
	OPENSSL_free(der);
}

int request_make(struct evp_pkey_st *key, const struct name_list *names, struct secret *out,
		 struct err *err)
{
	auto_of(X509_REQ_free) X509_REQ *csr = X509_REQ_new();

	must(csr != NULL);
	fill(csr, key, names);
	/* Verified at once: a key that was read may not be one whose halves belong together. */
	if (X509_REQ_sign(csr, key, EVP_sha256()) <= 0 || X509_REQ_verify(csr, key) != 1) {
		ERR_clear_error();
		return err_set(err, ERR_BUNDLE, "the private key cannot sign: it is damaged");
	}
	write_pem(csr, out);
	return 0;
}

/* --- requests of others ---------------------------------------------------------------------- */

PRINTF_LIKE(3, 4)
static void refuse(struct findings *findings, const char *path, const char *format, ...)
{
	char sentence[512];
	va_list values;

	va_start(values, format);
	vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	findings_add(findings, request_id, SEVERITY_ERROR, path, ask_again, "%s", sentence);
}

static void judge_ec(EVP_PKEY *key, const char *path, struct findings *findings)
{
	static const char *const groups[] = { "prime256v1", "secp384r1", "secp521r1" };
	char group[80] = "";

	EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
	for (size_t i = 0; i < COUNT(groups); i++)
		if (strcmp(group, groups[i]) == 0)
			return;
	refuse(findings, path,
	       "its EC key is on a curve that clients refuse; P-256, P-384 and "
	       "P-521 are known to them");
}

static void judge_key(EVP_PKEY *key, const char *path, struct findings *findings)
{
	int kind = key ? EVP_PKEY_get_base_id(key) : NID_undef;

	if (kind == EVP_PKEY_EC)
		judge_ec(key, path, findings);
	else if (kind != EVP_PKEY_RSA)
		refuse(findings, path, "its key is neither RSA nor EC");
	else if (EVP_PKEY_get_bits(key) < MAKE_LEAF_BITS)
		refuse(findings, path, "its RSA key has %d bits, and clients refuse less than %d",
		       EVP_PKEY_get_bits(key), MAKE_LEAF_BITS);
}

static void judge_signature(struct request *request, const char *path, struct findings *findings)
{
	if (!request->key || X509_REQ_verify(request->csr, request->key) != 1)
		refuse(findings, path,
		       "its signature is not that of its own key: it was changed, or whoever made "
		       "it does not have the key");
}

static char *dns_text(const ASN1_STRING *value)
{
	size_t len = (size_t)ASN1_STRING_length(value);
	const char *bytes = (const char *)ASN1_STRING_get0_data(value);
	char *text = memchr(bytes, '\0', len) ? NULL : mem_copy(bytes, len);

	for (char *at = text; at && *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return text;
}

static char *address_text(const ASN1_STRING *value)
{
	int len = ASN1_STRING_length(value);
	char text[INET6_ADDRSTRLEN];

	if ((len != 4 && len != 16) || !inet_ntop(len == 4 ? AF_INET : AF_INET6,
						  ASN1_STRING_get0_data(value), text, sizeof text))
		return NULL;
	return text_copy(text);
}

static void take_name(struct request *request, const GENERAL_NAME *entry, const char *path,
		      struct findings *findings)
{
	struct name_list *names = &request->names;
	auto_free char *name = NULL, *problem = NULL, *shown = NULL;

	if (entry->type == GEN_DNS)
		name = dns_text(entry->d.dNSName);
	else if (entry->type == GEN_IPADD)
		name = address_text(entry->d.iPAddress);
	if (!name) {
		refuse(findings, path, "it asks for something else than DNS names and addresses");
		return;
	}
	shown = text_printable(name, strlen(name), 100);
	problem = name_refuse(name);
	/* The address as text in a DNS entry matches nothing: RFC 9525 6.3. */
	if (!problem && entry->type == GEN_DNS && name_is_address(name))
		problem = text_copy("is an address that stands there as a name");
	if (problem) {
		refuse(findings, path, "'%s' %s", shown, problem);
		return;
	}
	names->items = mem_grow(names->items, names->count, sizeof *names->items);
	names->items[names->count++] = take(name);
}

/* What OpenSSL says of an extension: -1 there is none, -2 there are two. */
static void *extension(STACK_OF(X509_EXTENSION) * list, int nid, const char *path,
		       struct findings *findings)
{
	int critical = 0;
	void *value = X509V3_get_d2i(list, nid, &critical, NULL);

	if (!value && critical != -1)
		refuse(findings, path, "its %s cannot be read, or stands there twice",
		       OBJ_nid2ln(nid));
	return value;
}

static void judge_names(struct request *request, STACK_OF(X509_EXTENSION) * list, const char *path,
			struct findings *findings)
{
	size_t before = findings->count;
	auto_of(GENERAL_NAMES_free) GENERAL_NAMES *names =
		extension(list, NID_subject_alt_name, path, findings);
	int count = names ? sk_GENERAL_NAME_num(names) : 0;

	if (count == 0 && findings->count == before)
		refuse(findings, path,
		       "it has no names in subjectAltName; clients ignore the name in its subject");
	if (count > MAKE_MAX_NAMES)
		refuse(findings, path, "it asks for %d names, more than %d", count, MAKE_MAX_NAMES);
	for (int i = 0; i < count && count <= MAKE_MAX_NAMES; i++)
		take_name(request, sk_GENERAL_NAME_value(names, i), path, findings);
}

static void judge_constraints(STACK_OF(X509_EXTENSION) * list, const char *path,
			      struct findings *findings)
{
	auto_of(BASIC_CONSTRAINTS_free) BASIC_CONSTRAINTS *basic =
		extension(list, NID_basic_constraints, path, findings);

	if (basic && basic->ca)
		refuse(findings, path,
		       "it wants to be a CA (basicConstraints CA:TRUE); only servers are certified "
		       "here");
}

static void judge_extensions(struct request *request, const char *path, struct findings *findings)
{
	auto_extensions list = X509_REQ_get_extensions(request->csr);

	judge_names(request, list, path, findings);
	judge_constraints(list, path, findings);
}

static const struct pem_block *only_request(const struct pem *pem)
{
	const struct pem_block *found = NULL;

	for (size_t i = 0; i < pem->count; i++) {
		if (!text_ends(pem->blocks[i].label, "CERTIFICATE REQUEST"))
			continue;
		if (found)
			return NULL;
		found = &pem->blocks[i];
	}
	return found;
}

/* DER as it is; of PEM the one block. */
static int load_der(const char *path, struct secret *der, struct err *err)
{
	auto_free struct pem *pem = mem_alloc(sizeof *pem);
	const struct pem_block *block;
	auto_secret text = { 0 };

	if (pem_load(path, NULL, &text, pem, err))
		return -1;
	if (text.len && text.bytes[0] == 0x30) {
		secret_set(der, text.bytes, text.len);
		return 0;
	}
	block = only_request(pem);
	if (!block)
		return err_set(err, ERR_BUNDLE,
			       "%s: one certificate request is needed (a block CERTIFICATE "
			       "REQUEST), and it holds none, or several",
			       path);
	return pem_block_der(block, path, der, err);
}

static X509_REQ *parse(const char *path, const struct secret *der, struct err *err)
{
	const unsigned char *begin = (const unsigned char *)der->bytes, *at = begin;
	auto_of(X509_REQ_free) X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der->len);

	ERR_clear_error();
	if (csr && at == begin + der->len)
		return take(csr);
	err_set(err, ERR_BUNDLE, "%s: these are not the bytes of a certificate request", path);
	return NULL;
}

struct request *request_load(const char *path, struct findings *findings, struct err *err)
{
	struct request *request;
	auto_secret der = { 0 };
	X509_REQ *csr;

	if (load_der(path, &der, err))
		return NULL;
	csr = parse(path, &der, err);
	if (!csr)
		return NULL;
	request = mem_alloc(sizeof *request);
	request->csr = csr;
	request->key = X509_REQ_get0_pubkey(csr);
	judge_signature(request, path, findings);
	judge_key(request->key, path, findings);
	judge_extensions(request, path, findings);
	ERR_clear_error();
	return request;
}

void request_free(struct request *request)
{
	if (!request)
		return;
	for (size_t i = 0; i < request->names.count; i++)
		mem_free(request->names.items[i]);
	mem_free(request->names.items);
	X509_REQ_free(request->csr);
	mem_free(request);
}
