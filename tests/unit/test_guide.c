#include "certroll/exchange.h"
#include "certroll/guide.h"
#include <check.h>
#include <string.h>

Suite *suite_guide(void);

START_TEST(test_guide_explains_each_rule)
{
	size_t count;
	const struct rule *rule = &rules_table(&count)[_i];
	const struct guide *guide = guide_find(rule->id);

	ck_assert_msg(guide, "%s: add a row to src/app/guide.def", rule->id);
	ck_assert_ptr_eq(guide->rule, rule);
	ck_assert_str_eq(guide->title, rule->title);
}
END_TEST

START_TEST(test_guide_explains_each_end_of_an_exchange)
{
	const char *id = net_id((enum net)_i);

	ck_assert_msg(guide_find(id), "%s: add a row to src/app/guide.def", id);
	ck_assert_ptr_null(guide_find(id)->rule);
}
END_TEST

START_TEST(test_guide_all_has_whole_sentences)
{
	size_t count;
	const struct guide *all = guide_all(&count);

	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(*all[i].title, "%s", all[i].id);
		ck_assert_msg(strlen(all[i].why) > 60, "%s", all[i].id);
		ck_assert_msg(all[i].why[strlen(all[i].why) - 1] == '.', "%s", all[i].id);
		ck_assert_msg(all[i].mend[strlen(all[i].mend) - 1] == '.', "%s", all[i].id);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(all[i].id, all[j].id);
	}
}
END_TEST

START_TEST(test_guide_all_begins_with_the_rules_in_their_order)
{
	size_t count, rule_count;
	const struct guide *all = guide_all(&count);
	const struct rule *rules = rules_table(&rule_count);

	ck_assert_uint_gt(count, rule_count);
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_eq(all[i].rule, i < rule_count ? &rules[i] : NULL);
}
END_TEST

START_TEST(test_guide_find_is_kind)
{
	ck_assert_str_eq(guide_find("k1")->id, "K1");
	ck_assert_str_eq(guide_find("PEM")->id, "pem");
	ck_assert_ptr_null(guide_find("K"));
	ck_assert_ptr_null(guide_find(""));
	ck_assert_str_eq(guide_nearest("net-timout"), "net-timeout");
	ck_assert_ptr_null(guide_nearest("something else"));
}
END_TEST

Suite *suite_guide(void)
{
	Suite *suite = suite_create("guide");
	TCase *tests = tcase_create("guide");
	size_t rules;

	rules_table(&rules);
	tcase_add_loop_test(tests, test_guide_explains_each_rule, 0, (int)rules);
	tcase_add_loop_test(tests, test_guide_explains_each_end_of_an_exchange, NET_OK + 1,
			    NET_STOPPED + 1);
	tcase_add_test(tests, test_guide_all_has_whole_sentences);
	tcase_add_test(tests, test_guide_all_begins_with_the_rules_in_their_order);
	tcase_add_test(tests, test_guide_find_is_kind);
	suite_add_tcase(suite, tests);
	return suite;
}
