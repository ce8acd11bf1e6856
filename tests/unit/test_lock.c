#include "certroll/lock.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/certroll-lock-XXXXXX";

static void make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

START_TEST(test_lock_is_free_again)
{
	struct err err = { 0 };
	struct lock *lock = lock_take(folder, "/a/inventory.yaml", "deploy", &err);

	ck_assert_ptr_nonnull(lock);
	ck_assert(lock_is_held(folder, "/a/inventory.yaml"));
	lock_free(lock);
	ck_assert(!lock_is_held(folder, "/a/inventory.yaml"));
	lock = lock_take(folder, "/a/inventory.yaml", "deploy", &err);
	ck_assert_ptr_nonnull(lock);
	lock_free(lock);
	lock_free(NULL);
}
END_TEST

START_TEST(test_lock_names_its_holder)
{
	struct err err = { 0 };
	struct lock *lock = lock_take(folder, "/a/inventory.yaml", "rollback", &err);
	auto_free char *process = text_format("(process %ld) since ", (long)getpid());

	ck_assert_ptr_null(lock_take(folder, "/a/inventory.yaml", "deploy", &err));
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_int_eq(err_exit_status(err.code), 75);
	ck_assert_ptr_nonnull(
		strstr(err.text, "/a/inventory.yaml is in use by 'certroll rollback' of "));
	ck_assert_ptr_nonnull(strstr(err.text, process));
	lock_free(lock);
}
END_TEST

START_TEST(test_lock_is_per_inventory)
{
	struct err err = { 0 };
	struct lock *a = lock_take(folder, "/a/inventory.yaml", "deploy", &err);
	struct lock *b = lock_take(folder, "/b/inventory.yaml", "deploy", &err);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	lock_free(a);
	lock_free(b);
}
END_TEST

/* kill -9: nothing is left to be cleaned up. */
START_TEST(test_lock_ends_with_its_process)
{
	struct err err = { 0 };
	struct lock *lock;
	int ready[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		lock = lock_take(folder, "/a/inventory.yaml", "deploy", NULL);
		status = write(ready[1], lock ? "y" : "n", 1) == 1 ? 0 : 1;
		pause();
		_exit(status);
	}
	ck_assert_int_eq(read(ready[0], &(char){ 0 }, 1), 1);
	ck_assert_ptr_null(lock_take(folder, "/a/inventory.yaml", "deploy", &err));
	ck_assert_int_eq(err.code, ERR_BUSY);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	lock = lock_take(folder, "/a/inventory.yaml", "deploy", &err);
	ck_assert_ptr_nonnull(lock);
	lock_free(lock);
}
END_TEST

START_TEST(test_lock_needs_a_folder)
{
	struct err err = { 0 };

	ck_assert_ptr_null(lock_take("/dev/null", "/a/inventory.yaml", "deploy", &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!lock_is_held("/dev/null", "/a/inventory.yaml"));
}
END_TEST

/* What stands in the file is shown to people: no tricks with their terminal. */
START_TEST(test_lock_shows_only_text)
{
	struct err err = { 0 };
	auto_free char *write = text_format("printf 'x\\033[2J' >%s/lock-*", folder);
	struct lock *lock = lock_take(folder, "/a/inventory.yaml", "deploy", &err);

	ck_assert_int_eq(system(write), 0);
	ck_assert_ptr_null(lock_take(folder, "/a/inventory.yaml", "deploy", &err));
	ck_assert_ptr_null(strchr(err.text, '\033'));
	lock_free(lock);
}
END_TEST

Suite *suite_lock(void);

Suite *suite_lock(void)
{
	Suite *suite = suite_create("lock");
	TCase *tests = tcase_create("lock");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, test_lock_is_free_again);
	tcase_add_test(tests, test_lock_names_its_holder);
	tcase_add_test(tests, test_lock_is_per_inventory);
	tcase_add_test(tests, test_lock_ends_with_its_process);
	tcase_add_test(tests, test_lock_needs_a_folder);
	tcase_add_test(tests, test_lock_shows_only_text);
	suite_add_tcase(suite, tests);
	return suite;
}
