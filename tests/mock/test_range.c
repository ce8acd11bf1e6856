/* range: loopback only, and the edges of a fleet. */
#include "range.h"
#include "suites.h"
#include "text.h"

static const char *const bad_addresses[] = {
	"", "127.0.0", "127.0.0.256", "10.0.0.1", "::1", "127.0.0.1 ", "0.0.0.0", "localhost",
};

START_TEST(test_parse_refuses)
{
	uint32_t address = 0;
	struct err err;

	ck_assert_int_eq(range_parse_address(bad_addresses[_i], &address, &err), -1);
}
END_TEST

START_TEST(test_parse_and_format)
{
	uint32_t address = 0;
	char text[RANGE_TEXT_MAX];
	struct err err;

	ck_assert_int_eq(range_parse_address("127.77.0.1", &address, &err), 0);
	range_format(address, text);
	ck_assert_str_eq(text, "127.77.0.1");
	range_format(0xffffffff, text);
	ck_assert_str_eq(text, "255.255.255.255");
}
END_TEST

START_TEST(test_index_edges)
{
	struct range range = { 0x7f4d0001, 3 };
	size_t index = 99;

	ck_assert(!range_index(&range, 0x7f4d0000, &index));
	ck_assert(range_index(&range, 0x7f4d0001, &index) && index == 0);
	ck_assert(range_index(&range, 0x7f4d0003, &index) && index == 2);
	ck_assert(!range_index(&range, 0x7f4d0004, &index));
	ck_assert(!range_index(&range, 0, &index));
}
END_TEST

static const struct {
	struct range range;
	int result;
} ranges[] = {
	{ { 0x7f000001, 1 }, 0 },           { { 0x7f4d0001, 10000 }, 0 },
	{ { 0x7ffffffe, 1 }, 0 },           { { 0x7ffffffe, 2 }, -1 },
	{ { 0x7fffffff, 1 }, -1 },          { { 0x7f000001, 0 }, -1 },
	{ { 0x7f000001, 65537 }, -1 },      { { 0x0a000001, 1 }, -1 },
	{ { 0x7ffffff0, (size_t)-1 }, -1 },
};

START_TEST(test_check)
{
	struct err err;

	ck_assert_int_eq(range_check(&ranges[_i].range, &err), ranges[_i].result);
}
END_TEST

Suite *suite_range(void)
{
	Suite *suite = suite_create("range");
	TCase *tcase = tcase_create("range");

	tcase_add_loop_test(tcase, test_parse_refuses, 0,
			    sizeof(bad_addresses) / sizeof(bad_addresses[0]));
	tcase_add_test(tcase, test_parse_and_format);
	tcase_add_test(tcase, test_index_edges);
	tcase_add_loop_test(tcase, test_check, 0, sizeof(ranges) / sizeof(ranges[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
