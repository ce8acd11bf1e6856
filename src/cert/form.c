/* What RFC 5280 4.1 and 4.2 demand of the form of a certificate, as facts for rules_rfc.c. */
#include "certroll/text.h"
#include "x509.h"
#include <openssl/bn.h>

/* A certificate has about ten; what comes behind these is not looked at. */
enum { MOST_EXTENSIONS = 100, NAME_SHOWN = 100 };

static const struct kind {
	int nid;
	enum extension bit;
	const char *name;
} kinds[] = {
	{ NID_authority_key_identifier, EXT_AUTHORITY_KEY_ID, "authority key identifier" },
	{ NID_subject_key_identifier, EXT_SUBJECT_KEY_ID, "subject key identifier" },
	{ NID_key_usage, EXT_KEY_USAGE, "key usage" },
	{ NID_certificate_policies, EXT_POLICIES, "certificate policies" },
	{ NID_policy_mappings, EXT_POLICY_MAPPINGS, "policy mappings" },
	{ NID_subject_alt_name, EXT_SUBJECT_NAMES, "subjectAltName" },
	{ NID_issuer_alt_name, EXT_ISSUER_NAMES, "issuerAltName" },
	{ NID_subject_directory_attributes, EXT_DIRECTORY, "subject directory attributes" },
	{ NID_basic_constraints, EXT_BASIC_CONSTRAINTS, "basic constraints" },
	{ NID_name_constraints, EXT_NAME_CONSTRAINTS, "name constraints" },
	{ NID_policy_constraints, EXT_POLICY_CONSTRAINTS, "policy constraints" },
	{ NID_ext_key_usage, EXT_EXT_KEY_USAGE, "extended key usage" },
	{ NID_crl_distribution_points, EXT_CRL_POINTS, "CRL distribution points" },
	{ NID_inhibit_any_policy, EXT_ANY_POLICY, "inhibit anyPolicy" },
	{ NID_freshest_crl, EXT_FRESHEST_CRL, "freshest CRL" },
	{ NID_info_access, EXT_AUTHORITY_INFO, "authority information access" },
	{ NID_sinfo_access, EXT_SUBJECT_INFO, "subject information access" },
};

const char *extension_name(enum extension extension)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].bit == extension)
			return kinds[i].name;
	return "of another kind";
}

enum extension extension_kind(X509_EXTENSION *extension)
{
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].nid == nid)
			return kinds[i].bit;
	return EXT_OTHER;
}

/* 4.2.1.10: one of the two lists must be there, and a list has an element. */
static bool constraints_empty(const NAME_CONSTRAINTS *constraints)
{
	const STACK_OF(GENERAL_SUBTREE) *permitted = constraints->permittedSubtrees;
	const STACK_OF(GENERAL_SUBTREE) *excluded = constraints->excludedSubtrees;

	return (!permitted && !excluded) || (permitted && sk_GENERAL_SUBTREE_num(permitted) == 0) ||
	       (excluded && sk_GENERAL_SUBTREE_num(excluded) == 0);
}

/* 4.2.1.3: at least one bit must be set. */
static bool bits_empty(const ASN1_BIT_STRING *bits)
{
	const unsigned char *octets = ASN1_STRING_get0_data(bits);

	for (int i = 0; i < ASN1_STRING_length(bits); i++)
		if (octets[i])
			return false;
	return true;
}

/* SEQUENCE SIZE (1..MAX) is said of nearly every list, and OpenSSL does not look. */
static bool is_empty(enum extension kind, const ASN1_VALUE *value)
{
	switch (kind) {
	case EXT_POLICIES:
	case EXT_SUBJECT_NAMES:
	case EXT_ISSUER_NAMES:
	case EXT_EXT_KEY_USAGE:
	case EXT_CRL_POINTS:
	case EXT_FRESHEST_CRL:
	case EXT_AUTHORITY_INFO:
	case EXT_SUBJECT_INFO:
		return OPENSSL_sk_num((const OPENSSL_STACK *)value) == 0;
	case EXT_KEY_USAGE:
		return bits_empty((const ASN1_BIT_STRING *)value);
	case EXT_NAME_CONSTRAINTS:
		return constraints_empty((const NAME_CONSTRAINTS *)value);
	default:
		return false;
	}
}

static bool is_malformed(X509_EXTENSION *extension, enum extension kind)
{
	const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
	const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(extension);
	const unsigned char *begin = ASN1_STRING_get0_data(octets), *at = begin;
	int len = ASN1_STRING_length(octets);
	ASN1_VALUE *value;
	bool fine;

	if (kind == EXT_OTHER || !method || !method->it)
		return false;
	value = ASN1_item_d2i(NULL, &at, len, ASN1_ITEM_ptr(method->it));
	fine = value && at == begin + len && !is_empty(kind, value);
	ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	return !fine;
}

static void read_extension(struct cert *cert, int index)
{
	X509_EXTENSION *extension = X509_get_ext(cert->x509, index);
	enum extension kind = extension_kind(extension);

	if (X509_get_ext_by_OBJ(cert->x509, X509_EXTENSION_get_object(extension), -1) < index)
		cert->form.repeated |= kind;
	if (X509_EXTENSION_get_critical(extension))
		cert->form.critical |= kind;
	if (is_malformed(extension, kind))
		cert->form.malformed |= kind;
	cert->form.extensions |= kind;
}

static void read_authority_key(struct cert *cert)
{
	auto_of(AUTHORITY_KEYID_free) AUTHORITY_KEYID *id =
		X509_get_ext_d2i(cert->x509, NID_authority_key_identifier, NULL, NULL);

	if (id && id->keyid)
		cert->form.authority_key |= KEY_ID_KEY;
	if (id && id->issuer)
		cert->form.authority_key |= KEY_ID_ISSUER;
	if (id && id->serial)
		cert->form.authority_key |= KEY_ID_SERIAL;
}

bool form_key_id_fits(const struct cert *cert, const struct cert *issuer)
{
	auto_of(AUTHORITY_KEYID_free) AUTHORITY_KEYID *id =
		X509_get_ext_d2i(cert->x509, NID_authority_key_identifier, NULL, NULL);

	return !id || X509_check_akid(issuer->x509, id) == X509_V_OK;
}

/* A star that stands elsewhere is N2's: RFC 5280 leaves wildcards to others. */
static bool dns_name_valid(const ASN1_STRING *value)
{
	const char *name = (const char *)ASN1_STRING_get0_data(value);
	size_t len = (size_t)ASN1_STRING_length(value);
	char plain[256];

	if (len >= sizeof plain)
		return false;
	for (size_t i = 0; i < len; i++)
		plain[i] = name[i] == '*' ? 'x' : name[i];
	return name_host_valid(plain, len);
}

/* 4.2.1.6: four or sixteen octets; with a mask behind it is for name constraints only. */
static bool address_valid(const ASN1_STRING *value)
{
	return ASN1_STRING_length(value) == 4 || ASN1_STRING_length(value) == 16;
}

static char *bad_name(const struct cert *cert)
{
	auto_of(GENERAL_NAMES_free) GENERAL_NAMES *names =
		X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS && !dns_name_valid(name->d.dNSName))
			return text_printable((const char *)ASN1_STRING_get0_data(name->d.dNSName),
					      (size_t)ASN1_STRING_length(name->d.dNSName),
					      NAME_SHOWN);
		if (name->type == GEN_IPADD && !address_valid(name->d.iPAddress))
			return text_format("an address of %d octets",
					   ASN1_STRING_length(name->d.iPAddress));
	}
	return text_copy("");
}

static void read_serial(struct cert *cert)
{
	auto_of(BN_free) BIGNUM *number =
		ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert->x509), NULL);

	if (!number)
		return;
	cert->form.serial_sign = BN_is_zero(number) ? 0 : BN_is_negative(number) ? -1 : 1;
	cert->form.serial_octets = BN_num_bytes(number);
}

void form_read(struct cert *cert)
{
	const X509_ALGOR *outside;

	X509_get0_signature(NULL, &outside, cert->x509);
	cert->form.algorithms_agree =
		X509_ALGOR_cmp(outside, X509_get0_tbs_sigalg(cert->x509)) == 0;
	cert->form.version = (int)X509_get_version(cert->x509) + 1;
	read_serial(cert);
	for (int i = 0; i < X509_get_ext_count(cert->x509) && i < MOST_EXTENSIONS; i++)
		read_extension(cert, i);
	read_authority_key(cert);
	cert->form.bad_name = bad_name(cert);
}
