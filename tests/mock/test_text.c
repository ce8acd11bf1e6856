/* text: hostile names cannot break a line of JSON or an attribute. */
#include "cleanup.h"
#include "suites.h"
#include "text.h"

#include <string.h>

static void check_output(struct evbuffer *out, const char *wanted)
{
	ck_assert_uint_eq(evbuffer_get_length(out), strlen(wanted));
	ck_assert_mem_eq(evbuffer_pullup(out, -1), wanted, strlen(wanted));
}

START_TEST(test_json_escapes)
{
	auto_buffer struct evbuffer *out = evbuffer_new();

	text_json(out, "a\"b\\c\n\x01\x7f\xc3");
	check_output(out, "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\\u00c3\"");
}
END_TEST

START_TEST(test_attribute_escapes)
{
	auto_buffer struct evbuffer *out = evbuffer_new();

	text_attribute(out, "cn", "<&>\"'\n\x7f");
	check_output(out, " cn=\"&lt;&amp;&gt;&quot;'??\"");
}
END_TEST

static const struct {
	const char *text;
	bool good;
} numbers[] = {
	{ "0", true },   { "10", true },  { "-5", true },   { "11", false },
	{ "-6", false }, { "", false },   { "-", false },   { "+1", false },
	{ " 1", false }, { "1 ", false }, { "0x1", false }, { "99999999999999999999", false },
};

START_TEST(test_number)
{
	int64_t number = 77;

	ck_assert_int_eq(text_number(numbers[_i].text, -5, 10, &number), numbers[_i].good);
	ck_assert(numbers[_i].good || number == 77);
}
END_TEST

Suite *suite_text(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, test_json_escapes);
	tcase_add_test(tcase, test_attribute_escapes);
	tcase_add_loop_test(tcase, test_number, 0, sizeof(numbers) / sizeof(numbers[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
