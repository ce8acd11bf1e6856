/* bundle: each refusal of docs/devices/innovaphone.md F5-err, and what is taken. */
#include "bundle.h"
#include "chain.h"
#include "suites.h"

#include <string.h>

static const struct {
	const char *recipe, *refusal; /* NULL: taken */
	struct bundle_limits limits;
} cases[] = {
	{ "LIRK", NULL, { 2048, false, false, NULL } },
	{ "RS", NULL, { 2048, false, false, NULL } },
	{ "EIRF", NULL, { 2048, true, false, NULL } },
	{ "LIK", NULL, { 2048, false, true, NULL } },
	{ "LK", NULL, { 2048, false, true, NULL } },
	{ "LIRK", NULL, { 2048, false, true, NULL } },
	{ "LRK", "incomplete chain", { 2048, false, true, NULL } },
	{ "LRIK", "invalid certificate order", { 2048, false, true, NULL } },
	{ "ILK", "invalid certificate order", { 2048, false, true, NULL } },
	{ "", "no certificate found", { 2048, false, false, NULL } },
	{ "K", "no certificate found", { 2048, false, false, NULL } },
	{ "LBIRK", "no certificate found", { 2048, false, false, NULL } },
	{ "LIR", "no private key", { 2048, false, false, NULL } },
	{ "LIRX", "key does not match", { 2048, false, false, NULL } },
	{ "LIRJ", "invalid certificate order", { 2048, false, false, NULL } },
	{ "RILK", "invalid certificate order", { 2048, false, false, NULL } },
	{ "LRIK", "invalid certificate order", { 2048, false, false, NULL } },
	{ "LIRRK", "invalid certificate order", { 2048, false, false, NULL } },
	{ "KLIR", "invalid certificate order", { 2048, false, false, NULL } },
	{ "LKIR", "invalid certificate order", { 2048, false, false, NULL } },
	{ "LIRKK", "invalid certificate order", { 2048, false, false, NULL } },
	{ "LIK", "incomplete chain", { 2048, false, false, NULL } },
	{ "LRK", "incomplete chain", { 2048, false, false, NULL } },
	{ "LK", "incomplete chain", { 2048, false, false, NULL } },
	{ "LIRK", "key too long", { 1024, false, false, NULL } },
	{ "LIRP", NULL, { 2048, false, false, "secret" } },
	{ "LIRK", NULL, { 2048, false, false, "secret" } },
	{ "LIRP", "unsupported key", { 2048, false, false, "wrong" } },
	{ "LIRP", "unsupported key", { 2048, false, false, NULL } },
	{ "EIRF", "unsupported key", { 2048, false, false, NULL } },
	{ "LIIIIIIIIIIIIIIIIIRK", "file too large", { 2048, false, false, NULL } },
};

START_TEST(test_parse)
{
	struct identity_table table = { { NULL } };
	auto_identity struct identity *identity = NULL;
	auto_free char *pem = chain_make(cases[_i].recipe);
	enum bundle_verdict verdict =
		bundle_parse(pem, strlen(pem), &cases[_i].limits, &table, &identity);

	ck_assert_pstr_eq(bundle_text(verdict), cases[_i].refusal);
	ck_assert_int_eq(identity != NULL, verdict == BUNDLE_GOOD);
}
END_TEST

START_TEST(test_parse_refuses_large_file)
{
	struct identity_table table = { { NULL } };
	struct identity *identity = NULL;
	struct bundle_limits limits = { 2048, false, false, NULL };
	auto_free char *bytes = mem_alloc(BUNDLE_BYTES_MAX + 1);

	ck_assert_int_eq(bundle_parse(bytes, BUNDLE_BYTES_MAX + 1, &limits, &table, &identity),
			 BUNDLE_TOO_LARGE);
}
END_TEST

START_TEST(test_parse_shares_equal_bundles)
{
	struct identity_table table = { { NULL } };
	auto_identity struct identity *first = NULL;
	auto_identity struct identity *second = NULL;
	struct bundle_limits limits = { 2048, false, false, NULL };
	auto_free char *pem = chain_make("LIRK");

	ck_assert_int_eq(bundle_parse(pem, strlen(pem), &limits, &table, &first), BUNDLE_GOOD);
	ck_assert_int_eq(bundle_parse(pem, strlen(pem), &limits, &table, &second), BUNDLE_GOOD);
	ck_assert_ptr_eq(first, second);
	auto_identity struct identity *swapped = identity_swap(first);
	ck_assert_ptr_ne(first, swapped);
	ck_assert_ptr_eq(sk_X509_value(first->chain, 1), sk_X509_value(swapped->chain, 2));
	auto_identity struct identity *shorter = identity_shorten(first);
	ck_assert_int_eq(sk_X509_num(shorter->chain), 2);
}
END_TEST

START_TEST(test_parse_trusted)
{
	auto_free char *pem = chain_make("RI");
	auto_chain STACK_OF(X509) *several = bundle_parse_trusted(pem, strlen(pem));
	unsigned char *der = NULL;

	ck_assert_int_eq(sk_X509_num(several), 2);
	int length = i2d_X509(sk_X509_value(several, 0), &der);
	auto_chain STACK_OF(X509) *single = bundle_parse_trusted((const char *)der, (size_t)length);
	ck_assert_int_eq(sk_X509_num(single), 1);
	ck_assert_ptr_null(bundle_parse_trusted((const char *)der, (size_t)length - 1));
	ck_assert_ptr_null(bundle_parse_trusted("", 0));
	ck_assert_ptr_null(bundle_parse_trusted("text", 4));
	OPENSSL_free(der);
}
END_TEST

Suite *suite_bundle(void)
{
	Suite *suite = suite_create("bundle");
	TCase *tcase = tcase_create("bundle");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, chain_setup, chain_teardown);
	tcase_add_loop_test(tcase, test_parse, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_parse_refuses_large_file);
	tcase_add_test(tcase, test_parse_shares_equal_bundles);
	tcase_add_test(tcase, test_parse_trusted);
	suite_add_tcase(suite, tcase);
	return suite;
}
