#include "certroll/secret.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_secret(void);

static char path[64];

static void make(const char *text, mode_t mode)
{
	int fd;

	strcpy(path, "/tmp/certroll-secret-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static const struct {
	const char *text;
	mode_t mode;
	size_t max;
	enum err_code code;
	bool open;
} files[] = {
	{ "hunter2", 0600, 7, ERR_NONE, false }, { "hunter2", 0600, 6, ERR_LIMIT, false },
	{ "hunter2", 0640, 99, ERR_NONE, true }, { "hunter2", 0604, 99, ERR_NONE, true },
	{ "", 0600, 0, ERR_NONE, false },        { "x", 0600, 0, ERR_LIMIT, false },
};

START_TEST(loads_files)
{
	auto_secret secret = { 0 };
	struct err err = { 0 };
	bool open = false;
	int result;

	make(files[_i].text, files[_i].mode);
	result = secret_load(&secret, path, files[_i].max, &open, &err);
	unlink(path);
	ck_assert_int_eq(err.code, files[_i].code);
	ck_assert_int_eq(result, files[_i].code ? -1 : 0);
	ck_assert(open == files[_i].open);
	if (result)
		ck_assert_ptr_null(secret.bytes);
	else
		ck_assert_str_eq(secret.bytes, files[_i].text);
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	auto_secret secret = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(secret_load(&secret, "/nonexistent/x", 9, NULL, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_int_eq(secret_load(&secret, "/tmp", 9, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "folder"));
	ck_assert_int_eq(secret_read(&secret, -1, 9, &err), -1);
	ck_assert_ptr_null(secret.bytes);
}
END_TEST

START_TEST(chomps_one_line_end)
{
	static const char *const cases[][2] = {
		{ "a\n", "a" }, { "a\r\n", "a" }, { "a\n\n", "a\n" },
		{ "\n", "" },   { "", "" },       { " a ", " a " },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		auto_secret secret = { 0 };

		secret_set(&secret, cases[i][0], strlen(cases[i][0]));
		secret_chomp(&secret);
		ck_assert_str_eq(secret.bytes, cases[i][1]);
		ck_assert_uint_eq(secret.len, strlen(cases[i][1]));
	}
}
END_TEST

START_TEST(hides_where_it_is_said)
{
	char text[] = "hunter2hunter2, and hunter", words[] = "an admin";
	char sky[] = "a sky of **********************", binary_said[] = "hun";
	auto_secret secret = { 0 }, stars = { 0 }, binary = { 0 }, word = { 0 }, none = { 0 };

	secret_set(&secret, "hunter2", 7);
	secret_hide(&secret, text);
	ck_assert_str_eq(text, "**************, and hunter");
	secret_set(&stars, "********", 8); /* blanked, it is what it was */
	secret_hide(&stars, sky);
	ck_assert_str_eq(sky, "a sky of **********************");
	secret_set(&binary, "hun\0ter2", 8); /* no text has that */
	secret_hide(&binary, binary_said);
	ck_assert_str_eq(binary_said, "hun");
	ck_assert(secret_is_in(&secret, "my hunter2") && !secret_is_in(&secret, "my hunter"));
	secret_set(&word, "admin", 5); /* what everybody says */
	secret_hide(&word, words);
	secret_hide(&none, words);
	secret_hide(NULL, words);
	ck_assert_str_eq(words, "an admin");
}
END_TEST

START_TEST(freeing_twice_is_fine)
{
	struct secret secret = { 0 };

	secret_free(&secret);
	secret_set(&secret, "x", 1);
	secret_free(&secret);
	ck_assert_ptr_null(secret.bytes);
	secret_free(&secret);
}
END_TEST

/* A child that touches the pages dies: they are not there. */
START_TEST(children_do_not_get_it)
{
	auto_secret secret = { 0 };
	int status;
	pid_t child;

	secret_set(&secret, "x", 1);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(write(STDERR_FILENO, secret.bytes, 1) == 1 ? 0 : 3); /* EFAULT */
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

START_TEST(hardens)
{
	struct rlimit limit;

	secret_harden_process();
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
	ck_assert_uint_eq(umask(0), 077);
}
END_TEST

Suite *suite_secret(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = tcase_create("secret");

	tcase_add_loop_test(tcase, loads_files, 0, (int)COUNT(files));
	tcase_add_test(tcase, refuses_what_is_no_file);
	tcase_add_test(tcase, chomps_one_line_end);
	tcase_add_test(tcase, hides_where_it_is_said);
	tcase_add_test(tcase, freeing_twice_is_fine);
	tcase_add_test(tcase, children_do_not_get_it);
	tcase_add_test(tcase, hardens);
	suite_add_tcase(suite, tcase);
	return suite;
}
