#include "certroll/order.h"
#include "certroll/text.h"
#include "fixture.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_order(void);

/* Waves as text: a letter a device as below, "|" between waves, "!" behind a canary. */
static const struct {
	const char *devices, *serial, *waves;
	bool no_canary;
} cases[] = {
	{ "", NULL, "", false },
	{ "a", NULL, "a", false },
	{ "m", NULL, "m", false },
	/* ranks, whatever the order of the file; a driver's first device goes alone */
	{ "ms", NULL, "s!|m", false },
	{ "mrsb", NULL, "s!|b|r|m", false },
	{ "msss", NULL, "s!|ss|m", false },
	{ "msss", NULL, "sss|m", true },
	{ "aams", NULL, "a!|a|s|m", false },
	{ "AAms", NULL, "A!|A|s!|m", false },
	{ "mm", NULL, "m!|m", false }, /* a master only where there is nothing else */
	/* two drivers: each has its canary, side by side */
	{ "ssSS", NULL, "s!S!|sS", false },
	{ "sSS", NULL, "S!|sS", false }, /* alone with its driver: nobody waits for it */
	{ "ssMM", NULL, "s!|s|M!|M", false },
	/* sizes of waves */
	{ "ssssssssss", "1,30%,100%", "s!|sss|ssssss", false },
	{ "sssss", "2", "s!|ss|ss", false },
	{ "sssss", "2", "ss|ss|s", true },
	{ "ssSS", "1", "s!|S!|s|S", false },
	{ "sssmm", "100%", "s!|ss|mm", false },
	{ "sss", "1%", "s|s|s", true },       /* at least one */
	{ "sssmmm", "2", "ss|s|mm|m", true }, /* ranks are not mixed */
};

static const struct driver *driver_of(char letter)
{
	static const char marks[2];

	return (const void *)&marks[letter >= 'A' && letter <= 'Z'];
}

static enum role role_of(char letter)
{
	switch (letter | 0x20) {
	case 'a':
		return ROLE_AP;
	case 's':
		return ROLE_PBX_SLAVE;
	case 'b':
		return ROLE_PBX_STANDBY;
	case 'r':
		return ROLE_RP;
	default:
		return ROLE_PBX_MASTER;
	}
}

/* Sorted by rank and otherwise as given, as the roll-out does. */
static size_t make_turns(const char *letters, struct device *devices, struct turn *turns)
{
	size_t count = 0;

	for (int rank = 0; rank < 5; rank++)
		for (const char *at = letters; *at; at++) {
			if (order_rank(role_of(*at)) != rank)
				continue;
			devices[count] = (struct device){ .role = role_of(*at),
							  .driver = driver_of(*at),
							  .column = *at };
			turns[count] = (struct turn){ .device = &devices[count] };
			count++;
		}
	return count;
}

START_TEST(waves)
{
	struct order order = { .no_canary = cases[_i].no_canary };
	struct device devices[16];
	struct turn turns[16];
	struct err err = { 0 };
	size_t count = make_turns(cases[_i].devices, devices, turns), last, at = 0;
	char text[64] = "";

	ck_assert_int_eq(order_parse(&order, cases[_i].serial, NULL, &err), 0);
	last = order_waves(&order, turns, count);
	for (size_t wave = 1; wave <= last; wave++)
		for (size_t i = 0, first = 1; i < count; i++) {
			if (turns[i].wave != wave)
				continue;
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%c%s",
					       first && wave > 1 ? "|" : "",
					       turns[i].device->column, turns[i].canary ? "!" : "");
			first = 0;
		}
	ck_assert_str_eq(text, cases[_i].waves);
}
END_TEST

static const struct {
	const char *serial, *max_fail;
	const char *complaint; /* NULL: none */
} words[] = {
	{ NULL, NULL, NULL },
	{ "1", "1", NULL },
	{ "1,10%,100%", "20%", NULL },
	{ "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", NULL, NULL },
	{ "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", NULL, "--serial takes at most 16 waves" },
	{ "", NULL, "--serial cannot be ''" },
	{ "0", NULL, "--serial cannot be '0'" },
	{ "1,,2", NULL, "--serial cannot be '1,,2'" },
	{ "101%", NULL, "--serial cannot be '101%'" },
	{ "%", NULL, "--serial cannot be '%'" },
	{ "-1", NULL, "--serial cannot be '-1'" },
	{ "1 ,2", NULL, "--serial cannot be '1 ,2'" },
	{ "99999999999", NULL, "--serial cannot be" },
	{ NULL, "0", "--max-fail cannot be '0'" },
	{ NULL, "some", "--max-fail cannot be 'some'" },
	{ NULL, "0%", "--max-fail cannot be '0%'" },
};

START_TEST(parses)
{
	struct order order = { 0 };
	struct err err = { 0 };
	int status = order_parse(&order, words[_i].serial, words[_i].max_fail, &err);

	ck_assert_int_eq(status, words[_i].complaint ? -1 : 0);
	if (!words[_i].complaint)
		return;
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(text_starts(err.text, words[_i].complaint), "%s", err.text);
}
END_TEST

static const struct {
	const char *max_fail;
	size_t failed, total;
	bool stops;
} stops[] = {
	{ NULL, 5, 5, false },    { "1", 0, 5, false },     { "1", 1, 5, true },
	{ "3", 2, 9, false },     { "3", 3, 9, true },      { "20%", 1, 10, false },
	{ "20%", 2, 10, true },   { "1%", 0, 10, false },   { "1%", 1, 10, true },
	{ "100%", 9, 10, false }, { "100%", 10, 10, true }, { "33%", 3, 10, false },
	{ "33%", 4, 10, true },
};

START_TEST(stops_in_time)
{
	struct order order = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(order_parse(&order, NULL, stops[_i].max_fail, &err), 0);
	ck_assert(order_stops(&order, stops[_i].failed, stops[_i].total) == stops[_i].stops);
}
END_TEST

Suite *suite_order(void)
{
	Suite *suite = suite_create("order");
	TCase *tcase = tcase_create("order");

	tcase_add_loop_test(tcase, waves, 0, (int)COUNT(cases));
	tcase_add_loop_test(tcase, parses, 0, (int)COUNT(words));
	tcase_add_loop_test(tcase, stops_in_time, 0, (int)COUNT(stops));
	suite_add_tcase(suite, tcase);
	return suite;
}
