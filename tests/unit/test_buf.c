#include "certroll/buf.h"
#include <check.h>
#include <string.h>

Suite *suite_buf(void);

START_TEST(empty)
{
	auto_buf buf = BUF_MAX(4);

	ck_assert_str_eq(buf_text(&buf), "");
	buf_clear(&buf);
	ck_assert_int_eq(buf_add(&buf, NULL, 0), 0);
	ck_assert_str_eq(buf_text(&buf), "");
}
END_TEST

START_TEST(grows_to_its_maximum)
{
	auto_buf buf = BUF_MAX(1000);
	char expected[1001] = "";

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(buf_add(&buf, "0123456789", 10), 0);
		strcat(expected, "0123456789");
	}
	ck_assert_uint_eq(buf.len, 1000);
	ck_assert_str_eq(buf_text(&buf), expected);
	ck_assert_int_eq(buf_add(&buf, "x", 1), -1);
	ck_assert_int_eq(buf_addf(&buf, "%d", 1), -1);
	ck_assert_int_eq(buf_add(&buf, "x", SIZE_MAX), -1);
	ck_assert_int_eq(buf_addf(&buf, "%s", ""), 0);
	ck_assert_str_eq(buf_text(&buf), expected);
}
END_TEST

START_TEST(formats)
{
	auto_buf buf = BUF_MAX(8);

	ck_assert_int_eq(buf_addf(&buf, "%s-%03d", "abc", 7), 0);
	ck_assert_str_eq(buf_text(&buf), "abc-007");
	ck_assert_int_eq(buf_addf(&buf, "%s", "xy"), -1);
	ck_assert_str_eq(buf_text(&buf), "abc-007");
}
END_TEST

START_TEST(holds_any_byte)
{
	auto_buf buf = BUF_MAX(8);

	ck_assert_int_eq(buf_add(&buf, "a\0b", 3), 0);
	ck_assert_uint_eq(buf.len, 3);
	ck_assert_mem_eq(buf.data, "a\0b\0", 4);
}
END_TEST

START_TEST(clear_wipes_and_free_keeps_the_maximum)
{
	auto_buf buf = BUF_MAX(8);

	ck_assert_int_eq(buf_add(&buf, "secret", 6), 0);
	buf_clear(&buf);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_mem_eq(buf.data, "\0\0\0\0\0\0", 6);
	ck_assert_int_eq(buf_add(&buf, "again", 5), 0);
	buf_free(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_int_eq(buf_add(&buf, "123456789", 9), -1);
	ck_assert_int_eq(buf_add(&buf, "12345678", 8), 0);
}
END_TEST

Suite *suite_buf(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");

	tcase_add_test(tcase, empty);
	tcase_add_test(tcase, grows_to_its_maximum);
	tcase_add_test(tcase, formats);
	tcase_add_test(tcase, holds_any_byte);
	tcase_add_test(tcase, clear_wipes_and_free_keeps_the_maximum);
	suite_add_tcase(suite, tcase);
	return suite;
}
