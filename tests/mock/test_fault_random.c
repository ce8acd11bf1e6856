/* fault_random: the same seed gives the same faults, and the rate is kept. */
#include "fault.h"
#include "suites.h"
#include "text.h"

#define FIRST   0x7f4d0001U
#define DEVICES 10000U

static size_t count_faults(const struct fault_lot *lot, enum step step)
{
	size_t count = 0;

	for (uint32_t i = 0; i < DEVICES; i++)
		count += fault_draw(lot, FIRST + i, step) != NULL;
	return count;
}

START_TEST(test_draw_keeps_the_rate)
{
	struct fault_lot lot = { .seed = _i };

	ck_assert_uint_eq(count_faults(&lot, STEP_UPLOAD), 0);
	lot.percent = 5;
	ck_assert_uint_gt(count_faults(&lot, STEP_UPLOAD), 400);
	ck_assert_uint_lt(count_faults(&lot, STEP_UPLOAD), 600);
	lot.percent = 100;
	ck_assert_uint_eq(count_faults(&lot, STEP_UPLOAD), DEVICES);
}
END_TEST

START_TEST(test_draw_depends_on_seed_device_and_step)
{
	struct fault_lot one = { .seed = 1, .percent = 50 }, two = { .seed = 2, .percent = 50 };
	size_t same = 0, other_seed = 0, other_step = 0;

	for (uint32_t i = 0; i < DEVICES; i++) {
		const struct fault *fault = fault_draw(&one, FIRST + i, STEP_STATE);

		same += fault == fault_draw(&one, FIRST + i, STEP_STATE);
		other_seed += fault == fault_draw(&two, FIRST + i, STEP_STATE);
		other_step += fault == fault_draw(&one, FIRST + i, STEP_INFO);
	}
	ck_assert_uint_eq(same, DEVICES);
	ck_assert_uint_lt(other_seed, DEVICES / 2);
	ck_assert_uint_lt(other_step, DEVICES / 2);
}
END_TEST

/* Every kind of the step turns up, and none that has no meaning there. */
START_TEST(test_draw_fits_the_step)
{
	struct fault_lot lot = { .seed = 7, .percent = 100 };
	bool seen[FAULT_COUNT] = { false };

	for (uint32_t i = 0; i < DEVICES; i++)
		seen[fault_draw(&lot, FIRST + i, STEP_TLS)->kind] = true;
	ck_assert(seen[FAULT_TLS10_ONLY] && seen[FAULT_REQUIRES_CLIENT_CERT]);
	ck_assert(seen[FAULT_NEVER_ANSWER] && seen[FAULT_RESET_CONNECTION]);
	ck_assert(!seen[FAULT_KEEP_OLD] && !seen[FAULT_REFUSE_LOGIN] && !seen[FAULT_SLOW]);
	ck_assert_ptr_null(fault_draw(&lot, FIRST, STEP_ANY));
	ck_assert_ptr_null(fault_draw(&lot, FIRST, STEP_OTHER));
}
END_TEST

static const struct {
	const char *text;
	bool good;
} texts[] = {
	{ "0:0", true },     { "42:5", true },  { "9223372036854775807:100", true },
	{ "", false },       { "42", false },   { ":5", false },
	{ "42:", false },    { "x:5", false },  { "42:101", false },
	{ "42:-1", false },  { "-1:5", false }, { "99999999999999999999:5", false },
	{ "42:5:6", false },
};

START_TEST(test_lot_parse)
{
	struct fault_lot lot;
	struct err err;

	ck_assert_int_eq(fault_lot_parse(texts[_i].text, &lot, &err), texts[_i].good ? 0 : -1);
}
END_TEST

Suite *suite_fault_random(void)
{
	Suite *suite = suite_create("fault_random");
	TCase *tcase = tcase_create("fault_random");

	tcase_add_loop_test(tcase, test_draw_keeps_the_rate, 1, 6);
	tcase_add_test(tcase, test_draw_depends_on_seed_device_and_step);
	tcase_add_test(tcase, test_draw_fits_the_step);
	tcase_add_loop_test(tcase, test_lot_parse, 0, sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
