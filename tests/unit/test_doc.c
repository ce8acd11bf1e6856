#include "certroll/clock.h"
#include "certroll/doc.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static struct doc *parse(const char *text, struct findings *findings)
{
	return doc_parse(text, strlen(text), "x.yaml", findings);
}

static struct doc *parse_good(const char *text)
{
	auto_findings findings = { 0 };
	struct doc *doc = parse(text, &findings);

	ck_assert_msg(doc != NULL, "%s: %s", text,
		      findings.count ? findings.items[0].sentence : "no reason");
	ck_assert_uint_eq(findings.count, 0);
	return doc;
}

START_TEST(test_doc_parse_keeps_kinds_and_places)
{
	struct doc *doc = parse_good("a: 1\nb:\n  - x\n  - {c: \"5\"}\nd: ~\ne:\n");
	const struct node *list = doc_find(&doc->root, "b");

	ck_assert_int_eq(doc->root.kind, NODE_MAP);
	ck_assert_uint_eq(doc->root.count, 4);
	ck_assert_str_eq(doc_find(&doc->root, "a")->text, "1");
	ck_assert(!doc_find(&doc->root, "a")->quoted);
	ck_assert_int_eq(list->kind, NODE_LIST);
	ck_assert_int_eq(list->values[0].line, 3);
	ck_assert_int_eq(list->values[0].column, 5);
	ck_assert(doc_find(&list->values[1], "c")->quoted);
	ck_assert_int_eq(list->values[1].keys[0].column, 6);
	ck_assert_int_eq(doc_find(&doc->root, "d")->kind, NODE_NULL);
	ck_assert_int_eq(doc_find(&doc->root, "e")->kind, NODE_NULL);
	ck_assert_ptr_null(doc_find(&doc->root, "f"));
	ck_assert_ptr_null(doc_find(list, "a"));
	ck_assert_str_eq(doc->path, "x.yaml");
	doc_free(doc);
}
END_TEST

/* YAML 1.1 would make booleans, octals, sexagesimals, dates and numbers of these. */
START_TEST(test_doc_parse_leaves_scalars_as_they_are_written)
{
	static const char *const texts[] = { "yes",   "no",      "off",        "0443",
					     "22:00", "1.10",    "2026-11-22", "1e3",
					     "0x10",  "1.2.3.4", "true",       "=" };

	auto_free char *text = text_format("v: %s\n", texts[_i]);
	struct doc *doc = parse_good(text);

	ck_assert_str_eq(doc_find(&doc->root, "v")->text, texts[_i]);
	doc_free(doc);
}
END_TEST

START_TEST(test_doc_parse_takes_quotes_away)
{
	struct doc *doc = parse_good("a: 'it''s'\nb: \"x\\\"y\"\nc: '*.example.com'\nd: 'null'\n");

	ck_assert_str_eq(doc_find(&doc->root, "a")->text, "it's");
	ck_assert_str_eq(doc_find(&doc->root, "b")->text, "x\"y");
	ck_assert_str_eq(doc_find(&doc->root, "c")->text, "*.example.com");
	ck_assert_int_eq(doc_find(&doc->root, "d")->kind, NODE_SCALAR);
	doc_free(doc);
}
END_TEST

START_TEST(test_doc_parse_accepts_nothing_json_and_windows)
{
	static const char *const texts[] = { "",
					     "# remark\n",
					     "---\n",
					     "{\"a\": [1, 2]}",
					     "\xef\xbb\xbf- 1\r\n- 2\r\n",
					     "a: 1\n...\n" };

	doc_free(parse_good(texts[_i]));
}
END_TEST

START_TEST(test_doc_parse_counts_columns_in_characters)
{
	struct doc *doc = parse_good("a: [\xc3\xa4\xc3\xb6, x]\n");

	ck_assert_int_eq(doc_find(&doc->root, "a")->values[1].column, 9);
	doc_free(doc);
}
END_TEST

static const struct {
	const char *text, *place, *sentence;
} refusals[] = {
	{ "a: &x 1\n", "x.yaml:1:4", "anchors (&name) are not supported" },
	{ "a: *x\n", "x.yaml:1:4", "a value that starts with * must be in quotes" },
	{ "a: * x\n", "x.yaml:1:4", "a value that starts with * must be in quotes" },
	{ "a: & x\n", "x.yaml:1:4", "a value that starts with & must be in quotes" },
	{ "a: !!str x\n", "x.yaml:1:4", "tags (!name) are not supported" },
	{ "a: !x!y z\n", "x.yaml:1:4", "a value that starts with ! must be in quotes" },
	{ "a: %x\n", "x.yaml:1:4", "a value that starts with % must be in quotes" },
	{ "a: `x`\n", "x.yaml:1:4", "a value that starts with ` must be in quotes" },
	{ "a: |x\n", "x.yaml:1:4", "a value that starts with | or > must be in quotes" },
	{ "a: 1\nb: 2\na: 3\n", "x.yaml:3:1", "key \"a\" is given twice, first on line 1" },
	{ "{a: 1, a: 2}", "x.yaml:1:8", "key \"a\" is given twice, first on line 1" },
	{ "? [a]\n: b\n", "x.yaml:1:3", "a key must be plain text" },
	{ "a: 1\n--- \nb: 1\n", "x.yaml:2:1", "a second document starts here" },
	{ "a: 1\n  b\n c: d\n", "x.yaml:3:3", "a ':' is not expected here" },
	{ "a: \"x\\qy\"\n", "x.yaml:1:6", "a backslash means something else in \"...\"" },
	{ "a: 'x\n", "x.yaml:1:4", "the quote that opens here never closes" },
	{ "a:\n\t- b\n", "x.yaml:2:1", "YAML does not allow tabs for indentation; use blanks" },
	{ "a:\n  -\tb: c\n", "x.yaml:2:4", "YAML does not allow tabs for indentation; use blanks" },
	{ "a: \"\\0\"\n", "x.yaml:1:4",
	  "the value holds a line break or another control character" },
	{ "a: \x01\n", "x.yaml:1:4", "a control character (U+0001) does not belong here" },
	{ "a: \xc3\n", "x.yaml:1:4", "byte 0xc3 is not UTF-8 text" },
	{ "a: \xc0\xaf\n", "x.yaml:1:4", "byte 0xc0 is not UTF-8 text" },
	{ "a: \xed\xa0\x80\n", "x.yaml:1:4", "byte 0xed is not UTF-8 text" },
	{ "a: \xe2\x80\xae\n", "x.yaml:1:4",
	  "an invisible character (U+202E) does not belong here" },
	{ "a: 1\r\nb: \xc2\xa0\n", "x.yaml:2:4",
	  "a non-breaking space (U+00A0) does not belong here" },
	{ "[,]", "x.yaml:1:2", "a value is missing here" },
	{ "a: b: c\n", "x.yaml:1:5", "a ':' is not expected here" },
	{ "a: [b}\n", "x.yaml:1:6", "',' or ']' is missing in the list that starts on line 1" },
};

START_TEST(test_doc_parse_refuses)
{
	auto_findings findings = { 0 };

	ck_assert_ptr_null(parse(refusals[_i].text, &findings));
	ck_assert_uint_ge(findings.count, 1);
	ck_assert_str_eq(findings.items[0].place, refusals[_i].place);
	ck_assert_str_eq(findings.items[0].sentence, refusals[_i].sentence);
	ck_assert_int_eq(findings.items[0].severity, SEVERITY_ERROR);
}
END_TEST

START_TEST(test_doc_parse_reports_all_problems)
{
	auto_findings findings = { 0 };

	ck_assert_ptr_null(parse("a: &x 1\nb: *x\nb: !t 2\nc: {d: 1, d: 2}\n", &findings));
	ck_assert_uint_eq(findings.count, 5);
}
END_TEST

START_TEST(test_doc_parse_stops_at_limits)
{
	auto_findings findings = { 0 };
	auto_free char *text = mem_alloc(DOC_MAX_BYTES + 2);

	memset(text, '[', 20000);
	ck_assert_ptr_null(doc_parse(text, 20000, "x", &findings));
	ck_assert_str_eq(findings.items[0].sentence, "more than 16 levels of nesting");
	findings_free(&findings);
	memset(text, '#', DOC_MAX_BYTES + 1);
	ck_assert_ptr_null(doc_parse(text, DOC_MAX_BYTES + 1, "x", &findings));
	ck_assert_str_eq(findings.items[0].sentence, "the file is larger than 16 MiB");
	findings_free(&findings);
	for (size_t i = 0; i < 3 << 20; i += 2)
		memcpy(text + 1 + i, "a,", 2);
	text[0] = '[';
	ck_assert_ptr_null(doc_parse(text, 3 << 20, "x", &findings));
	ck_assert_str_eq(findings.items[0].sentence, "more than 1048576 values in one file");
}
END_TEST

START_TEST(test_doc_parse_is_not_quadratic_in_keys)
{
	auto_findings findings = { 0 };
	auto_free char *text = mem_alloc(4 << 20);
	int64_t start = clock_mono_ms();
	size_t length = 0;

	for (int i = 0; i < 100000; i++)
		length += (size_t)sprintf(text + length, "k%d: v\n", i);
	length += (size_t)sprintf(text + length, "k0: v\n");
	ck_assert_ptr_null(doc_parse(text, length, "x", &findings));
	ck_assert_str_eq(findings.items[0].sentence, "key \"k0\" is given twice, first on line 1");
	ck_assert_int_lt(clock_mono_ms() - start, 20000);
}
END_TEST

START_TEST(test_doc_load_refuses_a_folder)
{
	auto_findings findings = { 0 };

	ck_assert_ptr_null(doc_load("/", &findings));
	ck_assert_str_eq(findings.items[0].sentence, "cannot be read: Is a directory");
}
END_TEST

START_TEST(test_doc_free_accepts_null)
{
	doc_free(NULL);
}
END_TEST

Suite *suite_doc(void);

Suite *suite_doc(void)
{
	Suite *suite = suite_create("doc");
	TCase *accepts = tcase_create("accepts");
	TCase *refuses = tcase_create("refuses");

	tcase_add_test(accepts, test_doc_parse_keeps_kinds_and_places);
	tcase_add_loop_test(accepts, test_doc_parse_leaves_scalars_as_they_are_written, 0, 12);
	tcase_add_test(accepts, test_doc_parse_takes_quotes_away);
	tcase_add_loop_test(accepts, test_doc_parse_accepts_nothing_json_and_windows, 0, 6);
	tcase_add_test(accepts, test_doc_parse_counts_columns_in_characters);
	tcase_add_test(accepts, test_doc_free_accepts_null);
	suite_add_tcase(suite, accepts);
	tcase_set_timeout(refuses, 60);
	tcase_add_loop_test(refuses, test_doc_parse_refuses, 0, (int)COUNT(refusals));
	tcase_add_test(refuses, test_doc_parse_reports_all_problems);
	tcase_add_test(refuses, test_doc_parse_stops_at_limits);
	tcase_add_test(refuses, test_doc_parse_is_not_quadratic_in_keys);
	tcase_add_test(refuses, test_doc_load_refuses_a_folder);
	suite_add_tcase(suite, refuses);
	return suite;
}
