#include "certroll/executor.h"
#include "certroll/text.h"
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_executor(void);

/* Each with its end, the number of that, and what it says last. */
static const struct {
	const char *argv[4];
	const char *input;
	int within_ms;
	enum ran_end end;
	int number;
	const char *said;
} cases[] = {
	{ { "/bin/cat" }, "a line\n", 5000, RAN_EXITED, 0, "a line\n" },
	{ { "/bin/cat" }, NULL, 5000, RAN_EXITED, 0, "" },
	{ { "/bin/echo", "*", "$HOME; id" }, NULL, 5000, RAN_EXITED, 0, "* $HOME; id\n" },
	{ { "/bin/echo", "", "two" }, NULL, 5000, RAN_EXITED, 0, " two\n" },
	{ { "/bin/sh", "-c", "echo why >&2; exit 3" }, NULL, 5000, RAN_EXITED, 3, "why\n" },
	{ { "/bin/sh", "-c", "kill -9 $$" }, NULL, 5000, RAN_KILLED, 9, "" },
	{ { "/bin/sh", "-c", "sleep 60 & wait" }, NULL, 200, RAN_LATE, 0, "" },
	{ { "/bin/sh", "-c", "exec >&- 2>&-; sleep 60" }, NULL, 200, RAN_LATE, 0, "" },
	{ { "/nowhere/program" }, NULL, 5000, RAN_REFUSED, ENOENT, "" },
	{ { "/etc/passwd" }, NULL, 5000, RAN_REFUSED, EACCES, "" },
};

/* As the inventory would. */
static int run(const struct program *program, struct ran *ran, struct err *err)
{
	executor_permit_program(program->argv);
	return executor_run(program, ran, err);
}

START_TEST(test_executor_run_cases)
{
	struct program program = { .argv = cases[_i].argv,
				   .input = cases[_i].input,
				   .input_len = cases[_i].input ? strlen(cases[_i].input) : 0,
				   .within_ms = cases[_i].within_ms };
	struct ran ran;
	struct err err = { 0 };

	ck_assert_int_eq(run(&program, &ran, &err), 0);
	ck_assert_int_eq(ran.end, cases[_i].end);
	ck_assert_int_eq(ran.number, cases[_i].number);
	ck_assert_str_eq(ran.said, cases[_i].said);
	executor_stop();
}
END_TEST

/* However much it says or leaves unread, the end of it stays, and nobody waits for anybody. */
START_TEST(test_executor_run_much)
{
	static char input[4 << 20];
	struct program program = {
		.argv = (const char *const[]){ "/bin/sh", "-c",
					       "yes not this | head -n 200000; echo the end",
					       NULL },
		.input = input,
		.input_len = sizeof input,
		.within_ms = 20000
	};
	struct ran ran;
	struct err err = { 0 };

	ck_assert_int_eq(run(&program, &ran, &err), 0);
	ck_assert_int_eq(ran.end, RAN_EXITED);
	ck_assert_int_eq((int)ran.said_len, EXECUTOR_SAID);
	ck_assert_str_eq(ran.said + ran.said_len - 8, "the end\n");
	executor_stop();
}
END_TEST

/* No variable, descriptor or ignored signal of ours is to be seen. */
START_TEST(test_executor_run_surroundings)
{
	struct program program = {
		.argv = (const char *const[]){ "/bin/sh", "-c",
					       "echo \"$CERTROLL_SECRET$(ls /proc/self/fd | wc -l) "
					       "$(grep SigIgn /proc/self/status)\"",
					       NULL },
		.within_ms = 5000
	};
	struct ran ran;
	struct err err = { 0 };

	setenv("CERTROLL_SECRET", "hush", 1);
	ck_assert_int_eq(run(&program, &ran, &err), 0);
	ck_assert_msg(strncmp(ran.said, "4 SigIgn:\t", 10) == 0, "%s", ran.said);
	ck_assert_str_eq(ran.said + 10 + 9, "0000000\n"); /* signals 32 and 33 are libc's own */
	executor_stop();
}
END_TEST

/* It was forked before the variable was there. */
START_TEST(test_executor_start_early)
{
	struct program program = { .argv = (const char *const[]){ "/bin/sh", "-c", "echo $HOME",
								  NULL },
				   .within_ms = 5000 };
	struct ran ran;
	struct err err = { 0 };

	setenv("HOME", "/before", 1);
	executor_permit_program(program.argv);
	ck_assert_int_eq(executor_start(&err), 0);
	setenv("HOME", "/after", 1);
	ck_assert_int_eq(run(&program, &ran, &err), 0);
	ck_assert_str_eq(ran.said, "/before\n");
	executor_stop();
}
END_TEST

/* To close the descriptor kills the program and what it started; others go on. */
START_TEST(test_executor_begin_given_up)
{
	char folder[] = "/tmp/executor.XXXXXX";
	auto_free char *mark = text_format("%s/mark", mkdtemp(folder));
	const char *const marking[] = { "/bin/sh", "-c", "sleep 1; touch \"$0\"", mark, NULL };
	struct program program = { .argv = marking, .within_ms = 5000 };
	struct program other = { .argv = (const char *const[]){ "/bin/sleep", "1.5", NULL },
				 .within_ms = 5000 };
	struct ran ran;
	struct err err = { 0 };
	int fd;

	executor_permit_program(other.argv);
	executor_permit_program(program.argv);
	fd = executor_begin(&program, &err);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(executor_run(&other, &ran, &err), 0);
	ck_assert_int_eq(ran.end, RAN_EXITED);
	ck_assert_int_ne(access(mark, F_OK), 0);
	rmdir(folder);
	executor_stop();
}
END_TEST

START_TEST(test_executor_begin_limits)
{
	static char longest[EXECUTOR_MAX_BYTES + 1];
	const char *many[EXECUTOR_MAX_ARGUMENTS + 2] = { 0 };
	struct program program = { .argv = many, .within_ms = 5000 };
	struct ran ran;
	struct err err = { 0 };

	ck_assert_int_eq(executor_begin(&program, &err), -1);
	executor_stop(); /* what is permitted from now on counts for the next one */
	for (size_t i = 0; i < EXECUTOR_MAX_ARGUMENTS; i++)
		many[i] = "/bin/true";
	ck_assert_int_eq(run(&program, &ran, &err), 0);
	ck_assert_int_eq(ran.end, RAN_EXITED);
	many[EXECUTOR_MAX_ARGUMENTS] = "more";
	ck_assert_int_eq(executor_begin(&program, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	memset(longest, 'x', sizeof longest - 1);
	program.argv = (const char *const[]){ "/bin/true", longest, NULL };
	ck_assert_int_eq(executor_begin(&program, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	executor_stop();
}
END_TEST

/* Neither another program, nor another argument, nor what is permitted too late. */
START_TEST(test_executor_run_not_permitted)
{
	static const char *const tried[][4] = {
		{ "/bin/echo", "permitted" },  { "/bin/echo" },
		{ "/bin/echo", "other" },      { "/bin/echo", "permitted", "and more" },
		{ "/bin/sh", "-c", "echo x" }, { "/bin/cat", "late" },
	};
	struct err err = { 0 };
	struct ran ran;

	executor_permit_program(tried[0]);
	executor_permit_file("/bin/cat");
	ck_assert_int_eq(executor_start(&err), 0);
	executor_permit_program(tried[5]);
	for (size_t i = 0; i < COUNT(tried); i++) {
		struct program program = { .argv = tried[i], .within_ms = 5000 };

		ck_assert_int_eq(executor_run(&program, &ran, &err), 0);
		ck_assert_int_eq(ran.end, i ? RAN_REFUSED : RAN_EXITED);
		ck_assert_int_eq(ran.number, i ? EPERM : 0);
	}
	executor_stop();
}
END_TEST

static void read_file(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "r");

	memset(out, 0, size);
	if (file && fread(out, 1, size - 1, file) == 0)
		out[0] = '\0';
	if (file)
		fclose(file);
}

/* Both or none; and a file that the inventory does not name, not at all. */
START_TEST(test_executor_place_files)
{
	char folder[] = "/tmp/executor.XXXXXX", text[64];
	auto_free char *key = text_format("%s/key", mkdtemp(folder));
	auto_free char *other = text_format("%s/other", folder);
	struct placed_file files[] = { { key, "the key", 7, true }, { other, "more", 4, false } };
	struct placing placing = { .files = files, .count = 1, .look = true };
	struct err err = { 0 };
	struct stat status;

	executor_permit_file(key);
	ck_assert_int_eq(executor_place(&placing, &err), 0);
	ck_assert_int_ne(access(key, F_OK), 0); /* a look writes nothing */
	placing.look = false;
	ck_assert_int_eq(executor_place(&placing, &err), 0);
	read_file(key, text, sizeof text);
	ck_assert_str_eq(text, "the key");
	ck_assert_int_eq(stat(key, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0600);
	placing.count = 2;
	files[0].bytes = "another";
	ck_assert_int_eq(executor_place(&placing, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/other: the inventory names no such file"));
	read_file(key, text, sizeof text);
	ck_assert_str_eq(text, "the key");
	unlink(key);
	rmdir(folder);
	executor_stop();
}
END_TEST

START_TEST(test_executor_place_limits)
{
	struct placed_file files[EXECUTOR_MAX_PARTS + 1] = { { "/tmp/x", "", 0, false } };
	struct placing placing = { .files = files, .count = 1 };
	struct err err = { 0 };

	executor_permit_file("/tmp/x");
	ck_assert_int_eq(executor_place(&placing, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "the bundle has nothing for it"));
	files[0].len = EXECUTOR_MAX_INPUT + 1;
	ck_assert_int_eq(executor_place(&placing, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	for (size_t i = 0; i <= EXECUTOR_MAX_PARTS; i++)
		files[i] = (struct placed_file){ "/tmp/x", "x", 1, false };
	placing.count = EXECUTOR_MAX_PARTS + 1;
	ck_assert_int_eq(executor_place(&placing, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	executor_stop();
}
END_TEST

static int add_up(const char *const *words, const struct call_part *parts, size_t count,
		  struct err *err)
{
	size_t len = count ? parts[0].len : 0;

	return err_set(err, ERR_IO, "%s: %zu parts, %.*s", words[0], count, (int)len,
		       count ? (const char *)parts[0].bytes : "");
}

START_TEST(test_executor_call_words)
{
	const char *const words[] = { "sum", NULL }, *const other[] = { "product", NULL };
	struct call_part parts[] = { { "one", 3 }, { "two", 3 } };
	struct err err = { 0 };

	executor_permit_call(add_up, words);
	ck_assert_int_eq(executor_call(words, parts, 2, &err), -1);
	ck_assert_str_eq(err.text, "sum: 2 parts, one");
	ck_assert_int_eq(executor_call(other, parts, 2, &err), -1);
	ck_assert_str_eq(err.text, "the inventory names no such thing");
	executor_stop();
}
END_TEST

START_TEST(test_ran_judge_words)
{
	static const struct {
		struct ran ran;
		const char *words; /* NULL: well */
	} ends[] = {
		{ { .end = RAN_EXITED }, NULL },
		{ { .end = RAN_EXITED,
		    .number = 3,
		    .said_len = 16,
		    .said = "first\nlast \x1b[m\r\n" },
		  "ended with status 3: last ?[m" },
		{ { .end = RAN_KILLED, .number = 9 }, "was ended by signal 9" },
		{ { .end = RAN_LATE }, "did not end within 2 seconds" },
		{ { .end = RAN_REFUSED, .number = ENOENT },
		  "could not be started: No such file or directory" },
	};

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct err err = { 0 };

		ck_assert_int_eq(ran_judge(&ends[i].ran, 2000, &err), ends[i].words ? -1 : 0);
		ck_assert_str_eq(err.text, ends[i].words ? ends[i].words : "");
	}
}
END_TEST

Suite *suite_executor(void)
{
	Suite *suite = suite_create("executor");
	TCase *run = tcase_create("run"), *words = tcase_create("words");

	tcase_set_timeout(run, 60);
	tcase_add_loop_test(run, test_executor_run_cases, 0, COUNT(cases));
	tcase_add_test(run, test_executor_run_much);
	tcase_add_test(run, test_executor_run_surroundings);
	tcase_add_test(run, test_executor_start_early);
	tcase_add_test(run, test_executor_begin_given_up);
	tcase_add_test(run, test_executor_begin_limits);
	tcase_add_test(run, test_executor_run_not_permitted);
	tcase_add_test(run, test_executor_place_files);
	tcase_add_test(run, test_executor_place_limits);
	tcase_add_test(run, test_executor_call_words);
	suite_add_tcase(suite, run);
	tcase_add_test(words, test_ran_judge_words);
	suite_add_tcase(suite, words);
	return suite;
}
