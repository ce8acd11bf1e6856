#include "certroll/life.h"
#include <check.h>
#include <stddef.h>

Suite *suite_life(void);

#define DAY INT64_C(86400)

static const struct {
	const char *text;
	int64_t of_ninety_days; /* seconds; 0: refused */
} cases[] = {
	{ "30d", 30 * DAY },
	{ "30", 30 * DAY },
	{ "36h", DAY * 3 / 2 },
	{ "20%", 18 * DAY },
	{ "1%", DAY * 9 / 10 },
	{ "99%", DAY * 891 / 10 },
	{ "3650d", 3650 * DAY },
	{ "3651d", 0 },
	{ "3651", 0 },
	{ "0", 0 },
	{ "0d", 0 },
	{ "0%", 0 },
	{ "100%", 0 },
	{ "%", 0 },
	{ "-1d", 0 },
	{ "-5%", 0 },
	{ "1.5d", 0 },
	{ "", 0 },
	{ "10 %", 0 },
	{ "500ms", 0 },
	{ "99999999999999999999", 0 },
};

START_TEST(test_life_limit_parse)
{
	struct life_limit limit;
	bool good = life_limit_parse(cases[_i].text, &limit);

	ck_assert_msg(good == (cases[_i].of_ninety_days > 0), "'%s'", cases[_i].text);
	ck_assert_int_eq(life_limit_given(&limit), good);
	ck_assert_int_eq(life_limit_seconds(&limit, 90 * DAY), cases[_i].of_ninety_days);
}
END_TEST

Suite *suite_life(void)
{
	Suite *suite = suite_create("life");
	TCase *tcase = tcase_create("life");

	tcase_add_loop_test(tcase, test_life_limit_parse, 0, (int)(sizeof cases / sizeof *cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
