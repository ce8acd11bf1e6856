/* Forms: patterns and what they are filled with, fields, tokens, and what is well. */
#include "certroll/job.h"
#include "pki.h"
#include <openssl/err.h>
#include <openssl/pkcs12.h>

Suite *suite_form(void);

static struct pki pki;
static struct bundle *bundle;
static struct secret password, container;

static void open_bundle(void)
{
	auto_findings findings = { 0 };

	pki = pki_open("root");
	bundle = pki_bundle(&pki, "leaf-both issuing policy root leaf.key", &findings);
	secret_set(&password, "a \"b\\&+=%", 9);
	secret_set(&container, "p12", 3);
}

static void close_bundle(void)
{
	secret_free(&password);
	secret_free(&container);
	bundle_free(bundle);
	pki_close(&pki);
}

static struct compose all_values(void)
{
	return (struct compose){ .bundle = bundle,
				 .user = "ad min",
				 .token = "t/1",
				 .password = &password,
				 .container_password = &container };
}

static const struct {
	const char *pattern, *wanted;
	enum compose_as as;
} fillings[] = {
	{ "", "", COMPOSE_PLAIN },
	{ "{user}:{password}", "ad min:a \"b\\&+=%", COMPOSE_PLAIN },
	{ "{user}", "ad+min", COMPOSE_FORM },
	{ "x y&{password}", "x+y%26a+%22b%5C%26%2B%3D%25", COMPOSE_FORM },
	{ "{\"u\":\"{user}\",\"p\":\"{password}\"}", "{\"u\":\"ad min\",\"p\":\"a \\\"b\\\\&+=%\"}",
	  COMPOSE_JSON },
	{ "{token:base64}", "dC8x", COMPOSE_PLAIN },
	{ "{password:base64}", "YSAiYlwmKz0l", COMPOSE_JSON },
	{ "{}{{user}}{ user}{User}", "{}{ad min}{ user}{User}", COMPOSE_PLAIN },
};

START_TEST(patterns_are_filled)
{
	struct compose values = all_values();
	auto_secret out = { 0 };
	struct err err = { 0 };

	ck_assert_msg(!compose(&out, fillings[_i].pattern, &values, fillings[_i].as, &err), "%s",
		      err.text);
	ck_assert_str_eq(out.bytes, fillings[_i].wanted);
	ck_assert_uint_eq(out.len, strlen(fillings[_i].wanted));
}
END_TEST

/* The parts together are the whole, each certificate once. */
START_TEST(parts_are_those_of_the_bundle)
{
	struct compose values = all_values();
	auto_secret whole = { 0 }, parts = { 0 }, issuers = { 0 }, split = { 0 };
	struct err err = { 0 };

	ck_assert(!compose(&whole, "{bundle}", &values, COMPOSE_PLAIN, &err));
	ck_assert(
		!compose(&parts, "{leaf}{intermediates}{root}{key}", &values, COMPOSE_PLAIN, &err));
	ck_assert_uint_eq(whole.len, parts.len);
	ck_assert_mem_eq(whole.bytes, parts.bytes, whole.len);
	ck_assert(!compose(&issuers, "{issuers}", &values, COMPOSE_PLAIN, &err));
	ck_assert(!compose(&split, "{intermediates}{root}", &values, COMPOSE_PLAIN, &err));
	ck_assert_str_eq(issuers.bytes, split.bytes);
	ck_assert_uint_gt(split.len, 100);
}
END_TEST

static bool opens(const struct secret *der, const char *pass)
{
	const unsigned char *at = (const unsigned char *)der->bytes;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->len);
	STACK_OF(X509) *above = NULL;
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	bool fine = p12 && PKCS12_parse(p12, pass, &key, &leaf, &above) == 1 && key && leaf &&
		    X509_check_private_key(leaf, key) == 1 && sk_X509_num(above) == 3;

	PKCS12_free(p12);
	EVP_PKEY_free(key);
	X509_free(leaf);
	sk_X509_pop_free(above, X509_free);
	ERR_clear_error();
	return fine;
}

START_TEST(containers_hold_all)
{
	struct compose values = all_values();
	auto_secret der = { 0 }, coded = { 0 };
	struct err err = { 0 };

	values.old_container = _i;
	ck_assert_msg(!compose(&der, "{pkcs12}", &values, COMPOSE_PLAIN, &err), "%s", err.text);
	ck_assert(opens(&der, "p12"));
	ck_assert(!opens(&der, "other"));
	ck_assert(!compose(&coded, "{pkcs12:base64}", &values, COMPOSE_FORM, &err));
	ck_assert(text_starts(coded.bytes, "MII"));
	ck_assert_ptr_null(strpbrk(coded.bytes, "+/=\n"));
}
END_TEST

START_TEST(what_is_not_known_is_missed)
{
	static const char *const patterns[] = { "{password}", "{pkcs12}", "{pkcs12-password}" };
	struct compose values = { .bundle = bundle };

	for (size_t i = 0; i < COUNT(patterns); i++) {
		auto_secret out = { 0 };
		struct err err = { 0 };

		ck_assert_int_eq(compose(&out, patterns[i], &values, COMPOSE_PLAIN, &err), -1);
		ck_assert_int_eq(err.code, ERR_CONFIG);
		ck_assert_ptr_nonnull(strstr(err.text, "the inventory has no password"));
	}
}
END_TEST

static const struct {
	const char *text;
	bool pattern, path, field, header, status;
} judged[] = {
	{ "{chain}", true, false, false, false, false },
	{ "{chian}", false, false, false, false, false },
	{ "/a?b={token}", true, true, true, false, false },
	{ "/a?b={token:base64}", true, false, true, false, false },
	{ "/a?b={key}", true, false, true, false, false },
	{ "a=b", true, true, true, false, false },
	{ "a=", true, true, true, false, false },
	{ "a@b.pem={key}{chain}", true, false, true, false, false },
	{ "a@=x", true, true, false, false, false },
	{ "=x", true, true, false, false, false },
	{ "a", true, true, false, false, false },
	{ "X-A: {token}", true, true, false, true, false },
	{ "X-A:{token}", true, true, false, false, false },
	{ "host: a", true, true, false, false, false },
	{ "Content-Length: 1", true, true, false, false, false },
	{ "200", true, true, false, false, true },
	{ "2xx", true, true, false, false, true },
	{ "2x", true, true, false, false, false },
	{ "x00", true, true, false, false, false },
	{ "600", true, true, false, false, false },
};

static void expect_judged(char *why, const char *text, bool fine, const char *as)
{
	ck_assert_msg(!why == fine, "%s as %s: %s", text, as, why ? why : "fine");
	mem_free(why);
}

START_TEST(options_are_judged)
{
	const char *text = judged[_i].text;

	expect_judged(compose_refuse(text), text, judged[_i].pattern, "pattern");
	expect_judged(compose_refuse_path(text), text, judged[_i].path, "path");
	expect_judged(form_refuse_field(text), text, judged[_i].field, "field");
	expect_judged(form_refuse_header(text), text, judged[_i].header, "header");
	expect_judged(form_refuse_status(text), text, judged[_i].status, "status");
}
END_TEST

static const struct {
	const char *body, *head, *pattern, *token; /* NULL: not there */
} picks[] = {
	{ "<SID>12ab</SID>", "", "<SID>*</SID>", "12ab" },
	{ "<SID></SID><SID>7</SID>", "", "<SID>*</SID>", "7" },
	{ "<SID></SID>", "", "<SID>*</SID>", NULL },
	{ "<SID>a\nb</SID>", "", "<SID>*</SID>", NULL },
	{ "", "X-Token: abc\r\nA: b\r\n", "X-Token: *", "abc" },
	{ "x", "Set-Cookie: csrf=q9; Path=/\r\n", "csrf=*", "q9" },
	{ "t=1&", "t=2&", "t=*&", "1" },
	{ "{\"token\":\"0123456789abcdef\"}", "", "\"token\":\"*\"",
	  NULL }, /* longer than the room */
	{ "{\"token\":\"0123456789abcde\"}", "", "\"token\":\"*\"", "0123456789abcde" },
	{ "", "", "a*", NULL },
};

START_TEST(tokens_are_picked)
{
	struct reply reply = { .body = picks[_i].body, .head = picks[_i].head };
	char token[16] = "";
	bool found = reply_pick(&reply, picks[_i].pattern, token, sizeof token);

	ck_assert_msg(found == (picks[_i].token != NULL), "%s: %s", picks[_i].pattern, token);
	ck_assert_str_eq(token, found ? picks[_i].token : "");
}
END_TEST

Suite *suite_form(void)
{
	Suite *suite = suite_create("form");
	TCase *tcase = tcase_create("form");

	tcase_set_timeout(tcase, 60); /* containers hash their password 100,000 times */
	tcase_add_checked_fixture(tcase, open_bundle, close_bundle);
	tcase_add_loop_test(tcase, patterns_are_filled, 0, COUNT(fillings));
	tcase_add_test(tcase, parts_are_those_of_the_bundle);
	tcase_add_loop_test(tcase, containers_hold_all, 0, 2);
	tcase_add_test(tcase, what_is_not_known_is_missed);
	tcase_add_loop_test(tcase, options_are_judged, 0, COUNT(judged));
	tcase_add_loop_test(tcase, tokens_are_picked, 0, COUNT(picks));
	suite_add_tcase(suite, tcase);
	return suite;
}
