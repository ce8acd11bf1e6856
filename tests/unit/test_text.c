#include "certroll/text.h"
#include <check.h>
#include <string.h>

Suite *suite_text(void);

static const struct {
	const char *pattern, *text;
	bool match, glob;
} patterns[] = {
	{ "ok", "all ok here", true, false },
	{ "ok", "OK", false, true },
	{ "", "anything", true, false },
	{ "", "", true, true },
	{ "a*c", "abbbc", true, true },
	{ "a*c", "xabbbc", false, false },
	{ "a*c", "abbbcx", false, false },
	{ "A*C", "abc", false, true },
	{ "a?c", "abc", true, true },
	{ "a?c", "ac", false, false },
	{ "*", "", true, true },
	{ "?", "", false, false },
	{ "*ab*ab*", "abxab", true, true },
	{ "*ab*ab*", "abxa", false, false },
	{ "***x", "yyx", true, true },
};

START_TEST(matches)
{
	bool match = text_match(patterns[_i].pattern, patterns[_i].text);
	bool glob = text_glob(patterns[_i].pattern, patterns[_i].text);

	ck_assert_msg(match == patterns[_i].match, "%s", patterns[_i].pattern);
	ck_assert_msg(glob == patterns[_i].glob, "%s", patterns[_i].pattern);
}
END_TEST

/* Would take years if it went back to every star. */
START_TEST(matches_in_linear_time)
{
	char text[4096], pattern[256];

	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	for (size_t i = 0; i + 3 < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 3);
	strcat(pattern, "b");
	ck_assert(!text_match(pattern, text));
}
END_TEST

static const struct {
	const char *text;
	int64_t min, max;
	bool good;
	int64_t value;
} numbers[] = {
	{ "0", 0, 10, true, 0 },
	{ "10", 0, 10, true, 10 },
	{ "11", 0, 10, false, 0 },
	{ "-3", -5, 5, true, -3 },
	{ "-", -5, 5, false, 0 },
	{ "", 0, 10, false, 0 },
	{ " 1", 0, 10, false, 0 },
	{ "1 ", 0, 10, false, 0 },
	{ "+1", 0, 10, false, 0 },
	{ "0x1", 0, 10, false, 0 },
	{ "1.0", 0, 10, false, 0 },
	{ "007", 0, 10, true, 7 },
	{ "9223372036854775807", 0, INT64_MAX, true, INT64_MAX },
	{ "9223372036854775808", 0, INT64_MAX, false, 0 },
};

START_TEST(numbers_are_whole)
{
	int64_t value = 0;
	bool good = text_number(numbers[_i].text, numbers[_i].min, numbers[_i].max, &value);

	ck_assert_msg(good == numbers[_i].good, "%s", numbers[_i].text);
	ck_assert(value == numbers[_i].value);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms; /* -1: refused */
} durations[] = {
	{ "500ms", 500 },     { "5s", 5000 },
	{ "5", 5000 },        { "2m", 120000 },
	{ "1h", 3600000 },    { "30d", 2592000000 },
	{ "0", 0 },           { "", -1 },
	{ "s", -1 },          { "-1s", -1 },
	{ "5 s", -1 },        { "5S", -1 },
	{ "1w", -1 },         { "1h30m", -1 },
	{ "1000000001", -1 }, { "99999999999999999999", -1 },
};

START_TEST(durations_have_units)
{
	int64_t ms = -1;

	ck_assert_msg(text_duration(durations[_i].text, &ms) == (durations[_i].ms >= 0), "%s",
		      durations[_i].text);
	ck_assert_int_eq(ms, durations[_i].ms);
}
END_TEST

START_TEST(nearest_word)
{
	static const char *const words[] = { "upload", "trust", "reset", "factory-issuer" };
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "uplaod", "upload" },
		{ "rset", "reset" },
		{ "trust", "trust" },
		{ "quark", NULL },
		{ "x", NULL },
		{ "factory-isuer", "factory-issuer" },
		{ "a-word-longer-than-any-key-of-ours-could-ever-be-and-then-some-more", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_pstr_eq(text_nearest(cases[i].word, words, COUNT(words)),
				  cases[i].nearest);
	ck_assert_ptr_null(text_nearest("upload", words, 0));
}
END_TEST

#define DAYS INT64_C(86400)

static const struct {
	int64_t seconds;
	const char *words;
} spans[] = {
	{ 83 * DAYS, "83 days" }, { 2 * DAYS, "2 days" }, { DAYS, "24 hours" },
	{ 5 * 3600, "5 hours" },  { 3600, "1 hour" },     { 60, "1 minute" },
	{ 1, "1 second" },        { 0, "0 seconds" },     { -3 * DAYS, "expired 3 days ago" },
};

START_TEST(spans_in_words)
{
	auto_free char *words = text_remaining(spans[_i].seconds);

	ck_assert_str_eq(words, spans[_i].words);
}
END_TEST

static const struct {
	const char *text;
	size_t max;
	const char *shown;
} printables[] = {
	{ "plain", 10, "plain" },
	{ "plain", 5, "plain" },
	{ "plain", 4, "plai..." },
	{ "", 0, "" },
	{ "a\tb\nc\x7f", 10, "a?b?c?" },
	{ "\x1b[31m", 10, "?[31m" },
	{ "z\xc3\xbcrich", 10, "z\xc3\xbcrich" },
	{ "z\xc3\xbcrich", 2, "z..." }, /* never half a character */
	{ "\xc2\x9b"
	  "1m",
	  10, "?1m" }, /* C1: CSI in one character */
	{ "\xe2\x80\xae"
	  "abc",
	  10, "?abc" }, /* right-to-left override */
	{ "\xe2\x81\xa6"
	  "abc",
	  10, "?abc" },                         /* isolate */
	{ "\xe2\x82\xac", 10, "\xe2\x82\xac" }, /* euro */
	{ "\xf0\x9f\x94\x92", 10, "\xf0\x9f\x94\x92" },
	{ "\xff\xfe", 10, "??" },
	{ "\xc0\xaf", 10, "??" }, /* overlong */
	{ "\xe0\x80\xaf", 10, "???" },
	{ "\xed\xa0\x80", 10, "???" },      /* surrogate */
	{ "\xf4\x90\x80\x80", 10, "????" }, /* past U+10FFFF */
	{ "\xe2\x82", 10, "??" },           /* cut */
};

START_TEST(printable)
{
	const char *text = printables[_i].text;
	auto_free char *shown = text_printable(text, strlen(text), printables[_i].max);

	ck_assert_str_eq(shown, printables[_i].shown);
}
END_TEST

START_TEST(printable_with_nul)
{
	auto_free char *shown = text_printable("a\0b", 3, 10);

	ck_assert_str_eq(shown, "a?b");
}
END_TEST

START_TEST(small_questions)
{
	char hex[9], time[32];

	ck_assert(text_same("HTTPS", "https") && !text_same("http", "https"));
	ck_assert(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("a", "ab"));
	ck_assert(text_ends("abc", "bc") && text_ends("abc", "") && !text_ends("c", "bc"));
	text_hex("\x00\x7f\x80\xff", 4, hex);
	ck_assert_str_eq(hex, "007f80ff");
	text_hex("", 0, hex);
	ck_assert_str_eq(hex, "");
	ck_assert_str_eq(text_time(1795348800, time), "2026-11-22 12:00:00 UTC");
	ck_assert_str_eq(text_time(INT64_MAX, time), "@9223372036854775807");
}
END_TEST

static const struct {
	const char *path, *shown;
} words[] = {
	{ "a/b-c_d.pem", "a/b-c_d.pem" },
	{ "", "''" },
	{ "two words", "'two words'" },
	{ "it's", "'it'\\''s'" },
	{ "$(reboot);`x`", "'$(reboot);`x`'" },
	{ "a\nb", "'a\nb'" },
	{ "-rf", "./-rf" },
	{ "-r f", "'./-r f'" },
	{ "m\xc3\xbc.pem", "m\xc3\xbc.pem" },
	{ "~root", "'~root'" },
	{ "*.pem", "'*.pem'" },
};

START_TEST(one_word_for_a_shell)
{
	auto_free char *shown = text_shell(words[_i].path);

	ck_assert_str_eq(shown, words[_i].shown);
}
END_TEST

Suite *suite_text(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, matches, 0, (int)COUNT(patterns));
	tcase_add_test(tcase, matches_in_linear_time);
	tcase_add_loop_test(tcase, numbers_are_whole, 0, (int)COUNT(numbers));
	tcase_add_loop_test(tcase, durations_have_units, 0, (int)COUNT(durations));
	tcase_add_test(tcase, nearest_word);
	tcase_add_loop_test(tcase, spans_in_words, 0, (int)COUNT(spans));
	tcase_add_loop_test(tcase, printable, 0, (int)COUNT(printables));
	tcase_add_test(tcase, printable_with_nul);
	tcase_add_test(tcase, small_questions);
	tcase_add_loop_test(tcase, one_word_for_a_shell, 0, (int)COUNT(words));
	suite_add_tcase(suite, tcase);
	return suite;
}
