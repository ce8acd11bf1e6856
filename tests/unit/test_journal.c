#include "certroll/journal.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAY = 86400 };

static char folder[] = "/tmp/certroll-journal-XXXXXX";
static struct journal *journal;

static struct journal *open_journal(void)
{
	struct err err = { 0 };
	struct journal *opened = journal_open(folder, true, &err);

	ck_assert_msg(opened != NULL, "%s", err.text);
	return opened;
}

static void make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	journal = open_journal();
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	journal_close(journal);
	ck_assert_int_eq(system(command), 0);
}

static struct journal_hash hash(char letter)
{
	struct journal_hash hash = { .set = letter != 0 };

	memset(hash.bytes, letter, sizeof hash.bytes);
	return hash;
}

static struct journal_device device(const char *name, char leaf, char before)
{
	return (struct journal_device){
		.name = name, .driver = "innovaphone", .leaf = hash(leaf), .before = hash(before)
	};
}

/* A run of these devices; its number. */
static int64_t begin(const char *command, int64_t of, const struct journal_device *devices,
		     size_t count)
{
	struct journal_run run = { .command = command,
				   .of = of,
				   .user = "anna",
				   .host = "office",
				   .inventory = "/a/inventory.yaml",
				   .started = 1000,
				   .leaf = devices[0].leaf,
				   .subject = "*.example.com",
				   .not_after = 5000 };
	struct journal_cert chain = { .sha256 = devices[0].leaf.bytes, .subject = "*.example.com" };
	struct err err = { 0 };

	ck_assert_msg(journal_begin(journal, &run, &chain, 1, devices, count, &err) == 0, "%s",
		      err.text);
	return run.id;
}

static void prove(int64_t run, const char *name, int64_t when)
{
	struct journal_device proved = { .name = name, .proved = when };
	struct journal_proof proof = {
		.service = "https", .sni = "a.example.com", .port = 443, .exact = when > 0
	};

	ck_assert_int_eq(journal_prove(journal, run, &proved, &proof, 1, when, NULL), 0);
	ck_assert_int_eq(journal_flush(journal, NULL), 0);
}

START_TEST(test_journal_keeps_what_was_begun)
{
	const struct journal_device two[] = { device("a", 'N', 'L'), device("b", 'N', 0) };
	int64_t run = begin("deploy", 0, two, 2);
	struct journal_device *rows;
	struct journal_change *changes;
	size_t count;

	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1001, NULL), 0);
	ck_assert_int_eq(journal_flush(journal, NULL), 0);
	journal_close(journal); /* as after a kill: nothing was ended */
	journal = open_journal();
	rows = journal_devices(journal, run, &count, NULL);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(rows[0].name, "a");
	ck_assert_int_eq(rows[0].changes, 1);
	ck_assert_int_eq(rows[0].proved, 0);
	ck_assert_str_eq(rows[0].outcome, "");
	ck_assert(rows[0].before.set && rows[0].before.bytes[5] == 'L');
	ck_assert_int_eq(rows[1].changes, 0);
	ck_assert(!rows[1].before.set);
	journal_devices_free(rows, count);
	changes = journal_changes(journal, run, &count, NULL);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(changes[0].step, "upload");
	ck_assert_str_eq(changes[0].state, "begun");
	journal_changes_free(changes, count);
}
END_TEST

static size_t changes_of(int64_t run)
{
	size_t count;
	struct journal_change *changes = journal_changes(journal, run, &count, NULL);

	journal_changes_free(changes, count);
	return count;
}

START_TEST(test_journal_has_what_was_flushed_and_no_more)
{
	const struct journal_device two[] = { device("a", 'N', 'L'), device("b", 'N', 0) };
	int64_t run = begin("deploy", 0, two, 2);

	ck_assert_int_eq(journal_flush(journal, NULL), 0); /* nothing is nothing wrong */
	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1001, NULL), 0);
	ck_assert_int_eq(journal_flush(journal, NULL), 0);
	ck_assert_int_eq(journal_change_begin(journal, run, "b", "upload", 1002, NULL), 0);
	journal_close(journal);
	journal = open_journal();
	ck_assert_uint_eq(changes_of(run), 1);
}
END_TEST

/* One that fails takes all with it that was gathered: the engine then sends none of them. */
START_TEST(test_journal_flushes_all_or_nothing)
{
	const struct journal_device one = device("a", 'N', 'L');
	int64_t run = begin("deploy", 0, &one, 1);
	struct err err = { 0 };

	ck_assert_int_eq(journal_change_begin(journal, run, "a", "trust", 1001, NULL), 0);
	ck_assert_int_eq(journal_change_begin(journal, 4711, "a", "upload", 1002, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO); /* there is no such run */
	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1003, NULL), -1);
	err = (struct err){ 0 };
	ck_assert_int_eq(journal_flush(journal, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_uint_eq(changes_of(run), 0);
	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1004, NULL), 0);
	ck_assert_int_eq(journal_flush(journal, NULL), 0);
	ck_assert_uint_eq(changes_of(run), 1);
}
END_TEST

/* The end of a run does not wait for a flush. */
START_TEST(test_journal_end_writes_what_was_gathered)
{
	struct journal_device one = device("a", 'N', 'L');
	int64_t run = begin("deploy", 0, &one, 1);

	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1001, NULL), 0);
	one.outcome = "failed", one.sentence = "no";
	ck_assert_int_eq(journal_end(journal, run, &one, 1, "incomplete", 1500, NULL), 0);
	journal_close(journal);
	journal = open_journal();
	ck_assert_uint_eq(changes_of(run), 1);
}
END_TEST

START_TEST(test_journal_tells_answered_from_lost)
{
	const struct journal_device one = device("a", 'N', 'L');
	int64_t run = begin("deploy", 0, &one, 1);
	struct journal_change *changes;
	size_t count;

	ck_assert_int_eq(journal_change_begin(journal, run, "a", "trust", 1001, NULL), 0);
	ck_assert_int_eq(journal_change_end(journal, run, "a", true, 1002, NULL), 0);
	ck_assert_int_eq(journal_change_begin(journal, run, "a", "upload", 1003, NULL), 0);
	ck_assert_int_eq(journal_change_end(journal, run, "a", false, 1004, NULL), 0);
	changes = journal_changes(journal, run, &count, NULL);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(changes[0].state, "answered");
	ck_assert_int_eq(changes[0].ended, 1002);
	ck_assert_str_eq(changes[1].state, "lost");
	journal_changes_free(changes, count);
}
END_TEST

START_TEST(test_journal_knows_runs)
{
	const struct journal_device one = device("a", 'N', 'L');
	int64_t first = begin("deploy", 0, &one, 1), second = begin("resume", first, &one, 1);
	struct journal_device end = { .name = "a", .outcome = "failed", .sentence = "no" };
	struct journal_run *runs, run = { 0 };
	size_t count;

	ck_assert_int_eq(journal_end(journal, first, &end, 1, "incomplete", 1500, NULL), 0);
	runs = journal_runs(journal, NULL, 10, &count, NULL);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(runs[0].id, second);
	ck_assert_int_eq(runs[0].of, first);
	ck_assert_int_eq(runs[0].ended, 0);
	ck_assert_str_eq(runs[1].outcome, "incomplete");
	ck_assert_int_eq(runs[1].failed, 1);
	ck_assert_str_eq(runs[1].user, "anna");
	journal_runs_free(runs, count);
	runs = journal_runs(journal, "/other.yaml", 10, &count, NULL);
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(runs);
	ck_assert_int_eq(journal_find(journal, second, &run, NULL), 1);
	ck_assert_str_eq(run.command, "resume");
	journal_run_free(&run);
	ck_assert_int_eq(journal_find(journal, 99, &run, NULL), 0);
}
END_TEST

/* The last row counts for what is left, the first change for what was there before. */
START_TEST(test_journal_latest_is_of_the_last_run)
{
	const struct journal_device two[] = { device("a", 'N', 'L'), device("b", 'N', 'L') };
	int64_t first = begin("deploy", 0, two, 2), second = begin("resume", first, &two[1], 1);
	struct journal_device *rows;
	size_t count;

	ck_assert_int_eq(journal_change_begin(journal, first, "a", "upload", 1, NULL), 0);
	rows = journal_latest(journal, "/a/inventory.yaml", &count, NULL);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(rows[0].run, first);
	ck_assert_int_eq(rows[1].run, second);
	journal_devices_free(rows, count);
	rows = journal_devices(journal, first, &count, NULL);
	ck_assert_uint_eq(count, 3);
	journal_devices_free(rows, count);
	ck_assert_int_eq(journal_last_change(journal, "/a/inventory.yaml", "A", NULL), first);
	ck_assert_int_eq(journal_last_change(journal, "/a/inventory.yaml", "b", NULL), 0);
	ck_assert_int_eq(journal_last_change(journal, "/b/inventory.yaml", "a", NULL), 0);
}
END_TEST

START_TEST(test_journal_superseded)
{
	const struct journal_device old[] = { device("a", 'L', 0), device("b", 'L', 0) };
	const struct journal_device new[] = { device("a", 'N', 'L'), device("b", 'N', 'L') };
	const struct journal_device same[] = { device("a", 'N', 'N'), device("b", 'N', 'N') };
	const struct journal_hash leaf = hash('L');
	int64_t run = begin("deploy", 0, old, 2);

	ck_assert_int_eq(journal_superseded(journal, hash('X').bytes, NULL), 0); /* unknown */
	prove(run, "a", DAY);
	prove(run, "b", DAY);
	ck_assert_int_eq(journal_superseded(journal, leaf.bytes, NULL), 0); /* in use */
	run = begin("deploy", 0, new, 2);
	prove(run, "a", 2 * DAY);
	ck_assert_int_eq(journal_superseded(journal, leaf.bytes, NULL), 0); /* b is not proved */
	prove(run, "b", 3 * DAY);
	ck_assert_int_eq(journal_superseded(journal, leaf.bytes, NULL), 3 * DAY);
	run = begin("deploy", 0, same, 2);
	prove(run, "a", 9 * DAY);
	prove(run, "b", 9 * DAY);
	ck_assert_int_eq(journal_superseded(journal, leaf.bytes, NULL), 3 * DAY); /* still */
	run = begin("rollback", 0, old, 1);
	prove(run, "a", 10 * DAY);
	ck_assert_int_eq(journal_superseded(journal, leaf.bytes, NULL), 0); /* in use again */
}
END_TEST

/* Proved, and then it went back by itself. */
START_TEST(test_journal_takes_a_proof_back)
{
	const struct journal_device two[] = { device("a", 'N', 'L'), device("b", 'N', 'L') };
	const struct journal_device ends[] = {
		{ .name = "a", .outcome = "changed", .sentence = "", .proved = 1 },
		{ .name = "b", .outcome = "reverted", .sentence = "" },
	};
	int64_t run = begin("deploy", 0, two, 2);
	struct journal_device *rows;
	size_t count;

	prove(run, "a", DAY);
	prove(run, "b", DAY);
	ck_assert_int_eq(journal_end(journal, run, ends, 2, "incomplete", 2 * DAY, NULL), 0);
	rows = journal_devices(journal, run, &count, NULL);
	ck_assert_int_eq(rows[0].proved, DAY);
	ck_assert_int_eq(rows[1].proved, 0);
	journal_devices_free(rows, count);
}
END_TEST

START_TEST(test_journal_compromised)
{
	const struct journal_device one = device("a", 'N', 'L');
	int64_t run = begin("deploy", 0, &one, 1);

	ck_assert_int_eq(journal_compromised(journal, hash('K').bytes, NULL), 0);
	ck_assert_int_eq(
		journal_compromise(journal, run, hash('K').bytes, hash('L').bytes, 1, NULL), 0);
	ck_assert_int_eq(
		journal_compromise(journal, run, hash('K').bytes, hash('L').bytes, 2, NULL), 0);
	ck_assert_int_eq(journal_compromised(journal, hash('K').bytes, NULL), run);
	ck_assert_int_eq(journal_compromised_leaf(journal, hash('L').bytes, NULL), run);
	ck_assert_int_eq(journal_compromised_leaf(journal, hash('N').bytes, NULL), 0);
}
END_TEST

START_TEST(test_journal_writes_a_run_whole_or_not)
{
	const struct journal_device twice[] = { device("a", 'N', 0), device("a", 'N', 0) };
	struct journal_run run = {
		.command = "deploy", .user = "u", .host = "h", .inventory = "/i"
	};
	struct err err = { 0 };
	size_t count;

	ck_assert_int_eq(journal_begin(journal, &run, NULL, 0, twice, 2, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_null(journal_runs(journal, NULL, 10, &count, NULL));
	ck_assert_uint_eq(count, 0);
}
END_TEST

static void put_bytes(const char *name, off_t at, const char *text, mode_t mode)
{
	auto_free char *path = text_format("%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void sql(const char *statement)
{
	auto_free char *command =
		text_format("python3 -c \"import sqlite3; c = sqlite3.connect('%s/journal.db'); "
			    "c.executescript('%s')\"",
			    folder, statement);

	ck_assert_int_eq(system(command), 0);
}

START_TEST(test_journal_refuses_what_it_cannot_trust)
{
	static const struct {
		off_t at;
		const char *text, *statement;
		mode_t mode;
		const char *words;
	} rows[] = {
		{ 0, "no database at all, only text", NULL, 0600, "is damaged" },
		{ 100, "garbage garbage garbage garbage", NULL, 0600, "is damaged" },
		{ 0, "SQLite", NULL, 0620, "others may write it" },
		{ 0, "SQLite", "PRAGMA user_version = 99", 0600, "a newer certroll" },
	};
	struct err err = { 0 };

	journal_close(take(journal));
	if (rows[_i].statement)
		sql(rows[_i].statement);
	put_bytes("journal.db", rows[_i].at, rows[_i].text, rows[_i].mode);
	ck_assert_ptr_null(journal_open(folder, true, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, rows[_i].words) != NULL, "%s", err.text);
	ck_assert(journal_exists(folder));
}
END_TEST

START_TEST(test_journal_is_private_and_is_not_made_by_readers)
{
	auto_free char *path = text_format("%s/journal.db", folder);
	auto_free char *empty = text_format("%s/empty", folder);
	struct err err = { 0 };
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_ptr_null(journal_open(empty, false, &err));
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert(!journal_exists(empty));
}
END_TEST

Suite *suite_journal(void);

Suite *suite_journal(void)
{
	Suite *suite = suite_create("journal");
	TCase *tests = tcase_create("journal");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, test_journal_keeps_what_was_begun);
	tcase_add_test(tests, test_journal_has_what_was_flushed_and_no_more);
	tcase_add_test(tests, test_journal_flushes_all_or_nothing);
	tcase_add_test(tests, test_journal_end_writes_what_was_gathered);
	tcase_add_test(tests, test_journal_tells_answered_from_lost);
	tcase_add_test(tests, test_journal_knows_runs);
	tcase_add_test(tests, test_journal_latest_is_of_the_last_run);
	tcase_add_test(tests, test_journal_superseded);
	tcase_add_test(tests, test_journal_takes_a_proof_back);
	tcase_add_test(tests, test_journal_compromised);
	tcase_add_test(tests, test_journal_writes_a_run_whole_or_not);
	tcase_add_loop_test(tests, test_journal_refuses_what_it_cannot_trust, 0, 4);
	tcase_add_test(tests, test_journal_is_private_and_is_not_made_by_readers);
	suite_add_tcase(suite, tests);
	return suite;
}
