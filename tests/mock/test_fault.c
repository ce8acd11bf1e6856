/* fault: the notation, and where a fault applies. */
#include "fault.h"
#include "suites.h"
#include "text.h"

static const char *const good[] = {
	"refuse-login",
	"slow",
	"slow:1",
	"slow@upload:250",
	"cut-body",
	"keep-old",
	"busy:3",
	"never-answer@tls",
	"wrong-clock:-60",
	"blacklist:2",
	"expire-token",
	"refuse@save",
	"quota-full",
	"forget-save",
	"expire-token@store:3",
	"need-reset",
	"boot-time:1",
	"pending-reset",
	"tls10-only",
};

static const char *const bad[] = {
	"",         "nix",        "slow:",         "slow:0",  "slow:x", "slow@",
	"slow@nix", "keep-old:1", "slow:1@upload", "busy:-1", "Slow",   "slow ",
};

START_TEST(test_parse_takes)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse(good[_i], &fault, &err), 0);
}
END_TEST

START_TEST(test_parse_refuses)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse(bad[_i], &fault, &err), -1);
}
END_TEST

static const struct {
	const char *text;
	enum fault_kind kind;
	enum step step;
	bool applies;
} places[] = {
	{ "slow", FAULT_SLOW, STEP_INFO, true },
	{ "slow", FAULT_SLOW, STEP_OTHER, true },
	{ "slow", FAULT_SLOW, STEP_TLS, false },
	{ "slow", FAULT_BUSY, STEP_INFO, false },
	{ "slow@upload", FAULT_SLOW, STEP_UPLOAD, true },
	{ "slow@upload", FAULT_SLOW, STEP_INFO, false },
	{ "slow@upload", FAULT_SLOW, STEP_ANY, true },
	{ "keep-old", FAULT_KEEP_OLD, STEP_UPLOAD, true },
	{ "keep-old", FAULT_KEEP_OLD, STEP_CLEAR, false },
	{ "keep-old@clear", FAULT_KEEP_OLD, STEP_CLEAR, true },
	{ "never-answer@tls", FAULT_NEVER_ANSWER, STEP_TLS, true },
	{ "never-answer@tls", FAULT_NEVER_ANSWER, STEP_INFO, false },
};

START_TEST(test_find)
{
	struct faults faults = { 0 };
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse(places[_i].text, &fault, &err), 0);
	faults_add(&faults, &fault);
	ck_assert_int_eq(faults_find(&faults, places[_i].kind, places[_i].step) != NULL,
			 places[_i].applies);
}
END_TEST

Suite *suite_fault(void)
{
	Suite *suite = suite_create("fault");
	TCase *tcase = tcase_create("fault");

	tcase_add_loop_test(tcase, test_parse_takes, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, test_parse_refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tcase, test_find, 0, sizeof(places) / sizeof(places[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
