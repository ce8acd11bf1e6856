/* main: runs all suites, or the one named by CK_RUN_SUITE. */
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	SRunner *runner = srunner_create(suite_ap());

	srunner_add_suite(runner, suite_auth());
	srunner_add_suite(runner, suite_bundle());
	srunner_add_suite(runner, suite_fault());
	srunner_add_suite(runner, suite_fault_random());
	srunner_add_suite(runner, suite_gear());
	srunner_add_suite(runner, suite_http());
	srunner_add_suite(runner, suite_multipart());
	srunner_add_suite(runner, suite_range());
	srunner_add_suite(runner, suite_roster());
	srunner_add_suite(runner, suite_serve());
	srunner_add_suite(runner, suite_text());
	srunner_add_suite(runner, suite_websocket());
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
