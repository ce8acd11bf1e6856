#include "../../src/engine/crowd.h"
#include "certroll/mem.h"
#include <check.h>
#include <stdio.h>

Suite *suite_crowd(void);

enum { TOTAL = 20000 };

static char hosts[] = "a\0b\0c\0d\0", sites[] = "X\0Y\0";

/* Where each stands: "aX bY", a box and its site. */
static struct device devices[8];

static const struct device *device_at(size_t at, void *arg)
{
	(void)arg;
	return &devices[at];
}

static struct engine_work work_at(const char *places)
{
	struct engine_work work = { .device = device_at };

	for (; *places; places += places[2] ? 3 : 2) {
		struct device *device = &devices[work.count++];

		*device = (struct device){ .host = &hosts[2 * (places[0] - 'a')] };
		if (places[1] != '-')
			device->site = &sites[2 * (places[1] - 'X')];
	}
	return work;
}

/* Whoever may begin now, "0 1 3". */
static const char *begin_all(struct crowd *crowd)
{
	static char text[128];
	size_t at, used = 0;

	text[0] = '\0';
	while (crowd_next(crowd, &at))
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu", used ? " " : "",
					 at);
	return text;
}

START_TEST(test_crowd_waits_for_its_address_alone)
{
	struct engine_work work = work_at("a- a- a- b- c- a-");
	struct engine_config limits = { .jobs = 100, .per_address = 1 };
	struct crowd crowd;

	crowd_begin(&crowd, &work, &limits);
	ck_assert_str_eq(begin_all(&crowd), "0 3 4");
	ck_assert(crowd.admitted[0] && !crowd.admitted[1]);
	crowd_leave(&crowd, &devices[3]);
	ck_assert_str_eq(begin_all(&crowd), "");
	crowd_leave(&crowd, &devices[0]);
	ck_assert_str_eq(begin_all(&crowd), "1");
	crowd_leave(&crowd, &devices[1]);
	ck_assert_str_eq(begin_all(&crowd), "2");
	crowd_leave(&crowd, &devices[4]);
	crowd_leave(&crowd, &devices[2]);
	ck_assert_str_eq(begin_all(&crowd), "5");
	ck_assert_uint_eq(crowd.count, 1);
	crowd_end(&crowd);
}
END_TEST

START_TEST(test_crowd_keeps_the_limit_of_a_site)
{
	struct engine_work work = work_at("aX bX cX dY a- b-");
	struct engine_config limits = { .jobs = 100, .per_address = 9, .per_site = 2 };
	struct crowd crowd;

	crowd_begin(&crowd, &work, &limits);
	ck_assert_str_eq(begin_all(&crowd), "0 1 3 4 5");
	crowd_leave(&crowd, &devices[3]);
	ck_assert_str_eq(begin_all(&crowd), "");
	crowd_leave(&crowd, &devices[1]);
	ck_assert_str_eq(begin_all(&crowd), "2");
	crowd_end(&crowd);

	limits.per_site = 0;
	crowd_begin(&crowd, &work, &limits);
	ck_assert_str_eq(begin_all(&crowd), "0 1 2 3 4 5");
	crowd_end(&crowd);
}
END_TEST

START_TEST(test_crowd_keeps_the_limit_of_all)
{
	struct engine_work work = work_at("a- b- c-");
	struct engine_config limits = { .jobs = 2, .per_address = 1 };
	struct crowd crowd;

	crowd_begin(&crowd, &work, &limits);
	ck_assert_str_eq(begin_all(&crowd), "0 1");
	crowd_leave(&crowd, &devices[0]);
	ck_assert_str_eq(begin_all(&crowd), "2");
	crowd_end(&crowd);
}
END_TEST

static const struct device *many(size_t at, void *arg)
{
	return (struct device *)arg + at % 500;
}

START_TEST(test_crowd_takes_each_once)
{
	static char names[500][8];
	static struct device boxes[500];
	auto_free char *seen = mem_alloc(TOTAL);
	auto_free size_t *running = mem_alloc(TOTAL * sizeof *running);
	struct engine_work work = { .count = TOTAL, .device = many, .arg = boxes };
	struct engine_config limits = { .jobs = 256, .per_address = 3 };
	struct crowd crowd;
	size_t count = 0, total = 0;

	for (size_t i = 0; i < 500; i++) {
		snprintf(names[i], sizeof names[i], "n%zu", i);
		boxes[i].host = names[i];
	}
	crowd_begin(&crowd, &work, &limits);
	do {
		while (crowd_next(&crowd, &running[count])) {
			ck_assert(!seen[running[count]]);
			seen[running[count++]] = 1;
			total++;
		}
		ck_assert_uint_le(count, limits.jobs);
		crowd_leave(&crowd, many(running[--count], boxes));
	} while (count || total < TOTAL);
	ck_assert_uint_eq(total, TOTAL);
	crowd_end(&crowd);
}
END_TEST

START_TEST(test_crowd_of_nobody)
{
	struct engine_work work = { .device = device_at };
	struct engine_config limits = { .jobs = 1, .per_address = 1 };
	struct crowd crowd;
	size_t at;

	crowd_begin(&crowd, &work, &limits);
	ck_assert(!crowd_next(&crowd, &at));
	crowd_end(&crowd);
}
END_TEST

Suite *suite_crowd(void)
{
	Suite *suite = suite_create("crowd");
	TCase *tcase = tcase_create("crowd");

	tcase_add_test(tcase, test_crowd_waits_for_its_address_alone);
	tcase_add_test(tcase, test_crowd_keeps_the_limit_of_a_site);
	tcase_add_test(tcase, test_crowd_keeps_the_limit_of_all);
	tcase_add_test(tcase, test_crowd_takes_each_once);
	tcase_add_test(tcase, test_crowd_of_nobody);
	suite_add_tcase(suite, tcase);
	return suite;
}
