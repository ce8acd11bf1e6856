#include "certroll/finding.h"
#include <check.h>
#include <string.h>

Suite *suite_finding(void);

static void fill(struct findings *findings)
{
	findings_add(findings, "K1", SEVERITY_WARNING, "here", "do it", "no. %d", 1);
	findings_add(findings, "K2", SEVERITY_NONE, NULL, NULL, "never seen");
	findings_add(findings, "O2", SEVERITY_NOTE, NULL, NULL, "no. %d", 2);
	findings_add(findings, "K1", SEVERITY_WARNING, NULL, NULL, "no. %d", 3);
}

START_TEST(adds)
{
	auto_findings findings = { 0 };

	ck_assert_int_eq(findings_worst(&findings), SEVERITY_NONE);
	ck_assert_ptr_null(findings_find(&findings, "K1"));
	fill(&findings);
	ck_assert_uint_eq(findings.count, 3);
	ck_assert_str_eq(findings.items[0].place, "here");
	ck_assert_str_eq(findings.items[0].remedy, "do it");
	ck_assert_str_eq(findings.items[1].place, "");
	ck_assert_str_eq(findings.items[1].remedy, "");
	ck_assert_ptr_eq(findings_find(&findings, "K1"), &findings.items[0]);
	ck_assert_ptr_null(findings_find(&findings, "K2"));
	ck_assert_int_eq(findings_worst(&findings), SEVERITY_WARNING);
	ck_assert_uint_eq(findings_count(&findings, SEVERITY_WARNING), 2);
	ck_assert_uint_eq(findings_count(&findings, SEVERITY_ERROR), 0);
}
END_TEST

START_TEST(appends_copies)
{
	auto_findings all = { 0 };

	for (int i = 0; i < 5; i++) {
		auto_findings some = { 0 };

		fill(&some);
		findings_append(&all, &some);
	}
	ck_assert_uint_eq(all.count, 15);
	ck_assert_str_eq(all.items[14].sentence, "no. 3");
	findings_free(&all);
	ck_assert_uint_eq(all.count, 0);
	findings_free(&all);
}
END_TEST

/* However many there are, and in whichever order they go. */
START_TEST(says_the_same_once)
{
	struct findings many[40] = { 0 };
	struct findings other = { 0 };

	for (int i = 0; i < 40; i++) {
		findings_add(&many[i], "E1", SEVERITY_WARNING, "here", "do it", "the same");
		findings_add(&many[i], "N1", SEVERITY_ERROR, "here", "do it", "no. %d", i);
	}
	ck_assert_ptr_eq(many[0].items[1].remedy, many[0].items[0].remedy);
	ck_assert_ptr_eq(many[0].items[0].sentence, many[1].items[0].sentence);
	finding_advise(&many[0].items[0], "do that");
	ck_assert_str_eq(many[0].items[0].remedy, "do that");
	ck_assert_str_eq(many[1].items[0].remedy, "do it");
	for (int i = 0; i < 40; i += 2)
		findings_free(&many[i]);
	findings_add(&other, "E1", SEVERITY_WARNING, NULL, NULL, "the same");
	ck_assert_str_eq(many[1].items[1].sentence, "no. 1");
	ck_assert_str_eq(many[39].items[0].sentence, other.items[0].sentence);
	for (int i = 1; i < 40; i += 2)
		findings_free(&many[i]);
	ck_assert_str_eq(other.items[0].sentence, "the same");
	findings_free(&other);
}
END_TEST

START_TEST(cuts_long_sentences)
{
	auto_findings findings = { 0 };
	char text[5000];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	findings_add(&findings, "K1", SEVERITY_ERROR, NULL, NULL, "%s", text);
	ck_assert_uint_eq(strlen(findings.items[0].sentence), 1023);
}
END_TEST

START_TEST(severities_have_names)
{
	ck_assert_str_eq(severity_name(SEVERITY_NOTE), "note");
	ck_assert_str_eq(severity_name(SEVERITY_WARNING), "warning");
	ck_assert_str_eq(severity_name(SEVERITY_ERROR), "error");
	ck_assert_str_eq(severity_name((enum severity)77), "unknown");
}
END_TEST

Suite *suite_finding(void)
{
	Suite *suite = suite_create("finding");
	TCase *tcase = tcase_create("finding");

	tcase_add_test(tcase, adds);
	tcase_add_test(tcase, appends_copies);
	tcase_add_test(tcase, says_the_same_once);
	tcase_add_test(tcase, cuts_long_sentences);
	tcase_add_test(tcase, severities_have_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
