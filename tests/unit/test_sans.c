#include "certroll/buf.h"
#include "certroll/sans.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

enum { WISHES = 12 };

/* A device's names are "owner:name", those of the user ":name"; entries are "name<owners". */
static const struct {
	const char *wishes[WISHES];
	struct sans_terms terms;
	const char *sans;     /* "*.example.com<a,b example.com<+" */
	const char *left_out; /* "name name" */
} sets[] = {
	/* One wildcard per depth; who caused it, each once. */
	{ { "a:pbx.example.com", "b:ap.example.com", "b:ap2.example.com" },
	  .sans = "*.example.com<a,b" },
	{ { "a:pbx.example.com" }, .sans = "*.example.com<a" },
	{ { "a:pbx.example.com", "b:pbx.berlin.example.com", "a:x.y.berlin.example.com" },
	  .sans = "*.example.com<a *.berlin.example.com<b *.y.berlin.example.com<a" },
	/* Bare domains. */
	{ { "a:example.com" }, .sans = "example.com<a" },
	{ { "a:example.com", "b:pbx.example.com" }, .sans = "example.com<a *.example.com<b" },
	{ { "a:pbx.berlin.example.com", "b:berlin.example.com" },
	  .sans = "*.berlin.example.com<a berlin.example.com<b" },
	{ { "a:pbx.berlin.example.com", "b:berlin.example.com", "c:ap.example.com" },
	  .sans = "*.berlin.example.com<a *.example.com<b,c" },
	/* Spelling. */
	{ { "a:PBX.Example.COM.", "b:pbx.example.com" }, .sans = "*.example.com<a,b" },
	{ { ":PBX.Example.COM.", ":pbx.example.com" }, .sans = "pbx.example.com<!" },
	/* Never above a registry. */
	{ { "a:pbx.co.uk", "b:pbx.example.co.uk" }, .sans = "pbx.co.uk<a *.example.co.uk<b" },
	{ { "a:example.com.au" }, .sans = "example.com.au<a" },
	/* International names in the form of the DNS. */
	{ { "a:pbx.xn--bcher-kva.example.com" }, .sans = "*.xn--bcher-kva.example.com<a" },
	{ { "a:pbx.b\xc3\xbc"
	    "cher.com",
	    "b:pbx.example.com" },
	  .sans = "*.example.com<b",
	  .left_out = "pbx.b\xc3\xbc"
		      "cher.com" },
	/* What the user names is as it is, and a wildcard brings its domain. */
	{ { ":pbx.example.com" }, .sans = "pbx.example.com<!" },
	{ { ":*.example.com" }, .sans = "*.example.com<! example.com<+" },
	{ { ":*.example.com", ":example.org" },
	  .sans = "*.example.com<! example.com<+ example.org<!" },
	{ { ":*.example.com", ":example.com" }, .sans = "*.example.com<! example.com<!" },
	{ { ":*.example.com", ":pbx.example.com" }, .sans = "*.example.com<! example.com<+" },
	{ { ":*.berlin.example.com", ":*.example.com" },
	  .sans = "*.berlin.example.com<! *.example.com<! example.com<+" },
	{ { ":pbx.example.com", "a:ap.example.com" }, .sans = "*.example.com<!a" },
	{ { "a:*.example.com" }, .sans = "*.example.com<a" },
	/* Exactly. */
	{ { ":*.example.com", ":pbx.example.com", "a:ap.example.com" },
	  .terms = { .exact = true },
	  .sans = "*.example.com<! pbx.example.com<! ap.example.com<a" },
	/* What only a CA of one's own issues. */
	{ { "a:pbx.example.com", "a:192.0.2.1", "b:2001:db8::1", "c:pbx", "d:x.firma.local" },
	  .sans = "*.example.com<a",
	  .left_out = "192.0.2.1 2001:db8::1 pbx *.firma.local" },
	{ { "a:pbx.example.com", "a:192.0.2.1", "b:2001:DB8:0::1", "c:pbx", "d:x.firma.local" },
	  .terms = { .private_ca = true },
	  .sans = "*.example.com<a 192.0.2.1<a 2001:db8::1<b pbx<c *.firma.local<d" },
	{ { ":192.0.2.1", "a:192.0.2.1" },
	  .terms = { .private_ca = true },
	  .sans = "192.0.2.1<!a" },
	/* OpenSSL lets no star stand for '_'. */
	{ { "a:my_pbx.example.com", "b:ap.example.com" },
	  .sans = "*.example.com<b",
	  .left_out = "my_pbx.example.com" },
	{ { "a:my_pbx.example.com", "b:ap.example.com" },
	  .terms = { .private_ca = true },
	  .sans = "my_pbx.example.com<a *.example.com<b" },
};

static size_t parse(const char *const wishes[WISHES], char owners[WISHES][32],
		    struct wanted_name wanted[WISHES])
{
	size_t count = 0;

	for (; count < WISHES && wishes[count]; count++) {
		const char *colon = strchr(wishes[count], ':');
		int len = (int)(colon - wishes[count]);

		snprintf(owners[count], 32, "%.*s", len, wishes[count]);
		wanted[count] = (struct wanted_name){ colon + 1, len ? owners[count] : NULL };
	}
	return count;
}

static void show(struct buf *text, const struct sans *sans)
{
	for (size_t i = 0; i < sans->count; i++) {
		const struct san *san = &sans->items[i];

		ck_assert_int_eq(buf_addf(text, "%s%s<%s%s", i ? " " : "", san->name,
					  san->named ? "!" : "", san->added ? "+" : ""),
				 0);
		for (size_t j = 0; j < san->owner_count; j++)
			ck_assert_int_eq(buf_addf(text, "%s%s", j ? "," : "", san->owners[j]), 0);
	}
}

START_TEST(test_sans_make_finds_the_smallest_set)
{
	char owners[WISHES][32];
	struct wanted_name wanted[WISHES];
	size_t count = parse(sets[_i].wishes, owners, wanted);
	auto_buf text = BUF_MAX(4096), left = BUF_MAX(4096);
	struct sans sans;
	struct err err = { 0 };

	ck_assert_msg(sans_make(&sans, wanted, count, &sets[_i].terms, &err) == 0, "%s", err.text);
	show(&text, &sans);
	ck_assert_str_eq(buf_text(&text), sets[_i].sans);
	for (size_t i = 0; i < sans.left_out.count; i++) {
		const char *sentence = sans.left_out.items[i].sentence;
		int len = (int)(strstr(sentence, "' is left out") - sentence) - 1;

		ck_assert_int_eq(buf_addf(&left, "%s%.*s", i ? " " : "", len, sentence + 1), 0);
		ck_assert_int_eq(sans.left_out.items[i].severity, SEVERITY_WARNING);
	}
	ck_assert_str_eq(buf_text(&left), sets[_i].left_out ? sets[_i].left_out : "");
	sans_free(&sans);
}
END_TEST

static const struct {
	const char *wishes[WISHES];
	enum err_code code;
	const char *message;
} refusals[] = {
	{ { ":*.com" }, ERR_USAGE, "'*.com' would cover domains of everybody" },
	{ { ":*.co.uk" }, ERR_USAGE, "'*.co.uk' would cover" },
	{ { ":a.*.example.com" }, ERR_USAGE, "the star must be the whole first part" },
	{ { ":pbx*.example.com" }, ERR_USAGE, "the star must be the whole first part" },
	{ { ":my_pbx.example.com" }, ERR_USAGE, "holds a '_'" },
	{ { ":192.0.2.1" }, ERR_USAGE, "is an address" },
	{ { ":pbx" }, ERR_USAGE, "add --private" },
	{ { ":" }, ERR_USAGE, "'' is empty" },
	{ { ":b\xc3\xbc"
	    "cher.de" },
	  ERR_USAGE,
	  "xn-- form" },
	{ { ":https://pbx.example.com" },
	  ERR_USAGE,
	  "holds the character ':', which host names do not have" },
	{ { "a:192.0.2.1" }, ERR_CONFIG, "no name is left" },
	{ { NULL }, ERR_CONFIG, "no name is left" },
};

START_TEST(test_sans_make_refuses)
{
	const struct sans_terms terms = { 0 };
	char owners[WISHES][32];
	struct wanted_name wanted[WISHES];
	size_t count = parse(refusals[_i].wishes, owners, wanted);
	struct sans sans;
	struct err err = { 0 };

	ck_assert_int_eq(sans_make(&sans, wanted, count, &terms, &err), -1);
	ck_assert_int_eq(err.code, refusals[_i].code);
	ck_assert_msg(strstr(err.text, refusals[_i].message), "%s", err.text);
	sans_free(&sans);
}
END_TEST

/* As many domains, each with as many names. */
static int make_many(size_t domains, size_t names, struct sans *sans, struct err *err)
{
	static char texts[20000][64];
	static struct wanted_name wanted[20000];
	const struct sans_terms terms = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < domains; i++)
		for (size_t j = 0; j < names; j++, count++) {
			snprintf(texts[count], sizeof texts[count], "n%zu.d%zu.example.com", j, i);
			wanted[count] = (struct wanted_name){ texts[count], texts[count] };
		}
	return sans_make(sans, wanted, count, &terms, err);
}

START_TEST(test_sans_make_many_names)
{
	struct sans sans;
	struct err err = { 0 };

	ck_assert_int_eq(make_many(MAKE_MAX_NAMES, 200, &sans, &err), 0);
	ck_assert_uint_eq(sans.count, MAKE_MAX_NAMES);
	ck_assert_uint_eq(sans.items[7].owner_count, 200);
	sans_free(&sans);
	ck_assert_int_eq(make_many(MAKE_MAX_NAMES + 1, 1, &sans, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "101 names, and CAs take at most 100"));
	sans_free(&sans);
}
END_TEST

START_TEST(test_sans_names_borrow)
{
	const struct wanted_name wanted[] = { { "*.example.com", NULL } };
	const struct sans_terms terms = { 0 };
	struct name_list names;
	struct sans sans;
	struct err err = { 0 };

	ck_assert_int_eq(sans_make(&sans, wanted, 1, &terms, &err), 0);
	names = sans_names(&sans);
	ck_assert_uint_eq(names.count, 2);
	ck_assert_str_eq(names.items[1], "example.com");
	mem_free(names.items);
	sans_free(&sans);
}
END_TEST

Suite *suite_sans(void);

Suite *suite_sans(void)
{
	Suite *suite = suite_create("sans");
	TCase *tcase = tcase_create("make");

	tcase_add_loop_test(tcase, test_sans_make_finds_the_smallest_set, 0, (int)COUNT(sets));
	tcase_add_loop_test(tcase, test_sans_make_refuses, 0, (int)COUNT(refusals));
	tcase_add_test(tcase, test_sans_make_many_names);
	tcase_add_test(tcase, test_sans_names_borrow);
	suite_add_tcase(suite, tcase);
	return suite;
}
