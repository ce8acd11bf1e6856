#include "pki.h"

Suite *suite_cert(void);

static void cert_cleanup(struct cert **cert)
{
	cert_free(*cert);
}

#define auto_cert __attribute__((cleanup(cert_cleanup))) struct cert

START_TEST(test_cert_parse_reads_the_facts_of_a_leaf)
{
	auto_cert *cert = pki_cert("leaf");

	ck_assert_str_eq(cert->subject, "CN=*.example.com");
	ck_assert_str_eq(cert->issuer, "CN=Example Issuing CA,O=Example");
	ck_assert_str_eq(cert->subject_cn, "*.example.com");
	ck_assert_str_eq(cert->issuer_cn, "Example Issuing CA");
	ck_assert_str_eq(cert->display, "*.example.com");
	ck_assert_int_eq(cert->not_before, INT64_C(1793491200));
	ck_assert_int_eq(cert->not_after, INT64_C(1801267199));
	ck_assert_int_eq(cert_lifetime(cert), INT64_C(90) * 86400);
	ck_assert_int_eq(cert->key_kind, KEY_RSA);
	ck_assert_int_eq(cert->key_bits, 2048);
	ck_assert_str_eq(cert->curve, "");
	ck_assert_int_eq(cert->sig_hash, HASH_SHA256);
	ck_assert(cert->sig_rsa && !cert->is_ca && !cert->self_issued && !cert->self_signed);
	ck_assert_uint_eq(cert->key_usage, USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT);
	ck_assert_uint_eq(cert->ext_key_usage, EKU_SERVER_AUTH);
	ck_assert_uint_eq(cert->dns_count, 2);
	ck_assert_str_eq(cert->dns_names[1], "example.com");
	ck_assert(!cert->has_name_constraints);
}
END_TEST

START_TEST(test_cert_parse_reads_the_facts_of_authorities)
{
	auto_cert *root = pki_cert("root");
	auto_cert *issuing = pki_cert("issuing");

	ck_assert(root->is_ca && root->has_basic_constraints && root->self_signed);
	ck_assert_int_eq(root->path_len, -1);
	ck_assert_uint_eq(root->key_usage, USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN);
	ck_assert_uint_eq(root->ext_key_usage, EKU_ABSENT);
	ck_assert_uint_eq(root->dns_count, 0);
	ck_assert_str_eq(root->issuer_url, "");
	ck_assert(!issuing->self_issued);
	ck_assert_str_eq(issuing->issuer_url, "http://ca.example.com/policy.crt");
}
END_TEST

START_TEST(test_cert_parse_prefers_http_for_the_issuer)
{
	auto_cert *windows = pki_cert("leaf-windows");
	auto_cert *ldap = pki_cert("leaf-ldap");

	ck_assert_str_eq(windows->issuer_url, "http://ca.example.com/issuing.crt");
	ck_assert_str_eq(ldap->issuer_url, "ldap:///CN=Issuing?cACertificate");
}
END_TEST

/* clang-format off */
static const struct {
	const char *name, *key;
	enum key_kind kind;
} keys[] = {
	{ "leaf", "RSA 2048", KEY_RSA },       { "leaf-big", "RSA 3072", KEY_RSA },
	{ "leaf-ec", "EC P-256", KEY_EC },     { "leaf-k256", "EC secp256k1", KEY_EC },
	{ "leaf-ed", "ED25519", KEY_OTHER },
};
/* clang-format on */

START_TEST(test_cert_key_text_names_kind_and_size)
{
	auto_cert *cert = pki_cert(keys[_i].name);
	auto_free char *text = cert_key_text(cert);

	ck_assert_str_eq(text, keys[_i].key);
	ck_assert_int_eq(cert->key_kind, keys[_i].kind);
}
END_TEST

START_TEST(test_cert_parse_counts_names_of_each_kind)
{
	auto_cert *many = pki_cert("leaf-many");
	auto_cert *addresses = pki_cert("leaf-ip");
	auto_cert *nameless = pki_cert("leaf-no-cn");

	ck_assert_uint_eq(many->dns_count, 6);
	ck_assert_uint_eq(many->ip_count, 1);
	ck_assert_uint_eq(many->other_names, 1);
	ck_assert_str_eq(addresses->ip_addresses[0], "192.0.2.10");
	ck_assert_str_eq(addresses->ip_addresses[1], "2001:db8::10");
	ck_assert_str_eq(nameless->subject_cn, "");
	ck_assert_str_eq(nameless->display, "*.example.com");
}
END_TEST

/* clang-format off */
static const struct {
	const char *cert, *issuer;
	bool right;
} signers[] = {
	{ "leaf", "issuing", true },    { "issuing", "policy", true },   { "root", "root", true },
	{ "yr1", "yr", true },          { "yr1", "yr-by-x1", true },     { "yr-by-x1", "x1", true },
	{ "leaf", "policy", false },    { "leaf", "impostor", false },   { "yr-by-x1", "yr", false },
	{ "issuing", "leaf", false },   { "leaf", "leaf", false },       { "yr", "yr-by-x1", true },
};
/* clang-format on */

START_TEST(test_cert_signed_by_trusts_signatures)
{
	auto_cert *cert = pki_cert(signers[_i].cert);
	auto_cert *issuer = pki_cert(signers[_i].issuer);

	ck_assert_int_eq(cert_signed_by(cert, issuer), signers[_i].right);
}
END_TEST

static const struct {
	const char *cert, *name;
	bool covered;
} coverage[] = {
	{ "leaf", "pbx.example.com", true },
	{ "leaf", "PBX.Example.COM", true },
	{ "leaf", "example.com", true },
	{ "leaf", "pbx.example.com.", true },
	{ "leaf", "xn--mnchen-3ya.example.com", true },
	{ "leaf", "a_b.example.com", true },
	{ "leaf", "a.b.example.com", false },
	{ "leaf", ".example.com", false },
	{ "leaf", "example.com..", false },
	{ "leaf", "", false },
	{ "leaf", ".", false },
	{ "leaf", "*.example.com", false },
	{ "leaf", "pbx.example.org", false },
	{ "leaf", "pbxexample.com", false },
	{ "leaf", "192.0.2.10", false },
	{ "leaf", "pbx example.com", false },
	{ "leaf-no-san", "pbx.example.com", false },
	{ "leaf-partial", "foo.example.com", false },
	{ "leaf-partial", "ok.example.com", true },
	{ "leaf-partial", "example.com", false },
	{ "leaf-partial", "a.b.example.com", false },
	{ "leaf-ip", "192.0.2.10", true },
	{ "leaf-ip", "192.0.2.11", false },
	{ "leaf-ip", "2001:DB8:0::10", true },
	{ "leaf-ip", "pbx.example.com", false },
	{ "leaf-no-cn", "pbx.example.com", true },
};

START_TEST(test_cert_covers_as_rfc_9525_says)
{
	auto_cert *cert = pki_cert(coverage[_i].cert);

	ck_assert_msg(cert_covers(cert, coverage[_i].name) == coverage[_i].covered, "%s, %s",
		      coverage[_i].cert, coverage[_i].name);
}
END_TEST

START_TEST(test_cert_parse_refuses_every_truncation)
{
	auto_cert *cert = pki_cert("leaf");

	for (size_t len = 0; len < cert->der_len; len++) {
		auto_free unsigned char *part = mem_copy(cert->der, len);
		struct err err = { 0 };

		ck_assert_ptr_null(cert_parse(part, len, &err));
		ck_assert_int_eq(err.code, ERR_BUNDLE);
	}
}
END_TEST

START_TEST(test_cert_parse_survives_every_flipped_byte)
{
	auto_cert *cert = pki_cert("leaf");
	auto_free unsigned char *bytes = mem_copy(cert->der, cert->der_len);

	for (size_t at = 0; at < cert->der_len; at++) {
		auto_cert *read = NULL;

		bytes[at] ^= 0xff;
		read = cert_parse(bytes, cert->der_len, NULL);
		ck_assert(!read || read->der_len == cert->der_len);
		bytes[at] ^= 0xff;
	}
}
END_TEST

START_TEST(test_cert_parse_says_what_is_wrong_with_the_bytes)
{
	auto_cert *cert = pki_cert("leaf");
	auto_free unsigned char *longer = mem_alloc(cert->der_len + 2);
	auto_free unsigned char *huge = mem_alloc(CERT_MAX_BYTES + 1);
	struct err err = { 0 };

	memcpy(longer, cert->der, cert->der_len);
	ck_assert_ptr_null(cert_parse(longer, cert->der_len + 2, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "2 more bytes follow"));
	ck_assert_ptr_null(cert_parse(longer, cert->der_len - 9, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "cut off"));
	ck_assert_ptr_null(cert_parse(huge, CERT_MAX_BYTES + 1, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "more than any"));
	ck_assert_ptr_null(cert_parse((const unsigned char *)"hello", 5, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not DER"));
}
END_TEST

Suite *suite_cert(void)
{
	Suite *suite = suite_create("cert");
	TCase *facts = tcase_create("facts");
	TCase *names = tcase_create("names");
	TCase *hostile = tcase_create("hostile");

	tcase_add_test(facts, test_cert_parse_reads_the_facts_of_a_leaf);
	tcase_add_test(facts, test_cert_parse_reads_the_facts_of_authorities);
	tcase_add_test(facts, test_cert_parse_prefers_http_for_the_issuer);
	tcase_add_test(facts, test_cert_parse_counts_names_of_each_kind);
	tcase_add_loop_test(facts, test_cert_key_text_names_kind_and_size, 0, COUNT(keys));
	tcase_add_loop_test(facts, test_cert_signed_by_trusts_signatures, 0, COUNT(signers));
	tcase_add_loop_test(names, test_cert_covers_as_rfc_9525_says, 0, COUNT(coverage));
	tcase_set_timeout(hostile, 60);
	tcase_add_test(hostile, test_cert_parse_refuses_every_truncation);
	tcase_add_test(hostile, test_cert_parse_survives_every_flipped_byte);
	tcase_add_test(hostile, test_cert_parse_says_what_is_wrong_with_the_bytes);
	suite_add_tcase(suite, facts);
	suite_add_tcase(suite, names);
	suite_add_tcase(suite, hostile);
	return suite;
}
