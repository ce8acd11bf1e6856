#include "certroll/audits.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 86400 };

#define INVENTORY "/a/inventory.yaml"

static char folder[] = "/tmp/certroll-audits-XXXXXX";
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

/* A statement of somebody else's SQLite; what it prints is compared. */
static void sql(const char *statement, const char *expected)
{
	auto_free char *command = text_format(
		"python3 -c \"import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
		"got = ' '.join(str(v) for r in c.execute(sys.argv[2]) for v in r); c.commit(); "
		"sys.exit(0 if got == sys.argv[3] else print('got', got, 'not', sys.argv[3]) or "
		"1)\" "
		"'%s/journal.db' \"%s\" '%s'",
		folder, statement, expected);

	ck_assert_int_eq(system(command), 0);
}

static struct journal_hash hash(char letter)
{
	struct journal_hash hash = { .set = letter != 0 };

	memset(hash.bytes, letter, sizeof hash.bytes);
	return hash;
}

static struct sighting saw(const char *device, char leaf, const char *findings)
{
	return (struct sighting){ .device = device,
				  .service = "https",
				  .port = 443,
				  .name = "x.example.com",
				  .looked = true,
				  .findings = findings,
				  .leaf = hash(leaf),
				  .chain = hash(leaf),
				  .subject = leaf ? "*.example.com" : "",
				  .not_after = leaf ? 1000 * DAY : 0 };
}

static void note_in(const char *inventory, int64_t at, const struct sighting *seen, size_t count,
		    bool whole)
{
	struct audit audit = {
		.inventory = inventory, .started = at, .ended = at + 1, .well = (int64_t)count
	};
	struct err err = { 0 };

	ck_assert_msg(audits_note(journal, &audit, seen, count, whole, &err) == 0, "%s", err.text);
	ck_assert_int_gt(audit.id, 0);
}

static void note(int64_t at, const struct sighting *seen, size_t count, bool whole)
{
	note_in(INVENTORY, at, seen, count, whole);
}

/* The present sightings as "a:N error:P1; b:-; " with "(L)" for the last chain of a silent one. */
static void expect_present(const char *expected)
{
	struct err err = { 0 };
	char got[1024] = "";
	size_t count, len = 0;
	struct sighting *now = sightings_present(journal, INVENTORY, &count, &err);

	ck_assert_msg(!err.code, "%s", err.text);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(got + len, sizeof got - len,
					now[i].until ? "(%s:%c%s%s)" : "%s:%c%s%s;", now[i].device,
					now[i].leaf.set ? now[i].leaf.bytes[0] : '-',
					*now[i].findings ? " " : "", now[i].findings);
	ck_assert_str_eq(got, expected);
	sightings_free(now, count);
}

static size_t count_of(const char *device)
{
	size_t count;
	struct sighting *all = sightings_of(journal, INVENTORY, device, &count, NULL);

	sightings_free(all, count);
	return count;
}

START_TEST(test_audits_write_only_what_is_new)
{
	const struct sighting first[] = { saw("b", 'N', ""), saw("a", 'N', "warning:V4") };
	const struct sighting second[] = { saw("a", 'N', "warning:V4"), saw("b", 'M', "") };

	note(DAY, first, 2, true);
	expect_present("a:N warning:V4;b:N;");
	note(2 * DAY, first, 2, true);
	sql("SELECT COUNT(*) FROM sightings", "2");
	sql("SELECT COUNT(*) FROM leaves", "1");
	note(3 * DAY, second, 2, true);
	expect_present("a:N warning:V4;b:M;");
	sql("SELECT s.since, s.until FROM sightings s JOIN endpoints e ON e.id = s.endpoint "
	    "WHERE device = 'b' ORDER BY s.id",
	    "86400 259200 259200 None");
	sql("SELECT COUNT(*) FROM audits", "3");
}
END_TEST

/* Each of these is a change, and the last is none. */
START_TEST(test_audits_tell_changes)
{
	static const struct {
		char leaf, chain;
		const char *findings;
		size_t sightings;
	} rows[] = {
		{ 'N', 'N', "", 1 },           { 'M', 'N', "", 2 }, { 'N', 'O', "", 2 },
		{ 'N', 'N', "warning:V4", 2 }, { 0, 0, "", 2 },
	};
	struct sighting one = saw("a", 'N', "");

	note(DAY, &one, 1, true);
	one.leaf = hash(rows[_i].leaf);
	one.chain = hash(rows[_i].chain);
	one.findings = rows[_i].findings;
	note(2 * DAY, &one, 1, true);
	ck_assert_uint_eq(count_of("A"), rows[_i].sightings);
}
END_TEST

START_TEST(test_audits_know_the_last_chain_of_a_silent_box)
{
	const struct sighting up[] = { saw("a", 'N', ""), saw("b", 'N', "") };
	const struct sighting down[] = { saw("a", 0, "error:net-closed"), saw("b", 'N', "") };
	const struct sighting slow[] = { saw("a", 0, "error:net-timeout"), saw("b", 'N', "") };

	note(DAY, up, 2, true);
	note(2 * DAY, down, 2, true);
	note(3 * DAY, slow, 2, true);
	expect_present("a:- error:net-timeout;(a:N)b:N;");
	note(4 * DAY, up, 2, true); /* and the row that follows is no endpoint of its own */
	expect_present("a:N;b:N;");
}
END_TEST

START_TEST(test_audits_tell_vanished_from_not_chosen)
{
	struct sighting two[] = { saw("a", 'N', ""), saw("b", 'N', "") };

	note(DAY, two, 2, true);
	note(2 * DAY, two, 1, false);
	expect_present("a:N;b:N;");
	two[1].looked = false; /* interrupted before its turn */
	two[1].leaf.set = two[1].chain.set = false;
	note(3 * DAY, two, 2, true);
	expect_present("a:N;b:N;");
	note(4 * DAY, two, 1, true);
	expect_present("a:N;");
	two[1] = saw("b", 'N', "");
	note(5 * DAY, two, 2, true); /* the same endpoint again, with its past */
	expect_present("a:N;b:N;");
	ck_assert_uint_eq(count_of("b"), 2);
	sql("SELECT COUNT(*) FROM endpoints", "2");
}
END_TEST

START_TEST(test_audits_keep_inventories_and_names_apart)
{
	struct sighting two[] = { saw("a", 'N', ""), saw("a", 'N', "") };

	note(DAY, two, 2, true); /* the same twice is one */
	expect_present("a:N;");
	two[1].name = "";
	two[1].port = 8443;
	note(2 * DAY, two, 2, true);
	expect_present("a:N;a:N;");
	note_in("/b/inventory.yaml", 3 * DAY, NULL, 0, true);
	expect_present("a:N;a:N;");
}
END_TEST

START_TEST(test_audits_list_the_newest_first)
{
	struct err err = { 0 };
	size_t count;
	struct audit *audits;

	for (int i = 1; i <= 5; i++)
		note(i * DAY, NULL, 0, true);
	note_in("/b", 6 * DAY, NULL, 0, true);
	audits = audits_list(journal, INVENTORY, 3, &count, &err);
	ck_assert_uint_eq(count, 3);
	ck_assert_int_eq(audits[0].started, 5 * DAY);
	ck_assert_int_eq(audits[2].started, 3 * DAY);
	ck_assert_str_eq(audits[0].limit, "");
	audits_free(audits, count);
	audits = audits_list(journal, NULL, 10, &count, &err);
	ck_assert_uint_eq(count, 6);
	ck_assert_str_eq(audits[0].inventory, "/b");
	audits_free(audits, count);
}
END_TEST

static void trim(int64_t before, const unsigned char (*leaves)[JOURNAL_HASH], size_t count)
{
	struct err err = { 0 };

	ck_assert_msg(journal_trim(journal, before, leaves, count, &err) == 0, "%s", err.text);
}

START_TEST(test_trim_forgets_audits_by_age)
{
	struct sighting one = saw("a", 'L', "");
	const struct sighting other = saw("z", 'X', "");

	note(1 * DAY, &one, 1, true);
	one = saw("a", 'M', "");
	note(2 * DAY, &one, 1, true);
	one = saw("a", 'N', "");
	note(9 * DAY, &one, 1, true);
	note_in("/b", 2 * DAY, &other, 1, true);
	trim(0, NULL, 0); /* nothing is too old */
	sql("SELECT COUNT(*) FROM sightings", "4");
	trim(5 * DAY, NULL, 0);
	sql("SELECT started FROM audits", "777600");
	/* M ended on day 9; the other inventory is not audited any more. */
	sql("SELECT hex(substr(l.sha256, 1, 1)) FROM sightings s JOIN leaves l ON l.id = s.leaf "
	    "ORDER BY s.id",
	    "4D 4E");
	sql("SELECT COUNT(*) FROM leaves", "2");
	sql("SELECT COUNT(*) FROM endpoints", "1");
	expect_present("a:N;");
}
END_TEST

/* However old it is: what an endpoint shows now is needed to tell what changes. */
START_TEST(test_trim_keeps_what_is_present)
{
	const struct sighting one = saw("a", 'N', "");

	note(1 * DAY, &one, 1, true);
	note(900 * DAY, &one, 1, true);
	trim(500 * DAY, NULL, 0);
	expect_present("a:N;");
	sql("SELECT since FROM sightings", "86400");
}
END_TEST

START_TEST(test_trim_bounds_a_box_that_is_never_the_same)
{
	sql("INSERT INTO audits SELECT NULL, '" INVENTORY "', 1, 2, NULL, 0, 0, 0, 0, 0, 0, 0 "
	    "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
	    "SELECT i FROM n)",
	    "");
	sql("INSERT INTO endpoints VALUES (1, '" INVENTORY "', 'a', 'https', 443, '')", "");
	sql("INSERT INTO sightings SELECT NULL, 1, i, NULLIF(i + 1, 3001), '', NULL, NULL "
	    "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
	    "SELECT i FROM n)",
	    "");
	trim(0, NULL, 0);
	sql("SELECT COUNT(*) FROM audits", "5000");
	sql("SELECT COUNT(*), MIN(since), COUNT(until) FROM sightings", "1001 2000 1000");
}
END_TEST

static int64_t run_of(const char *command, int64_t of, const char *device, char leaf, char before)
{
	const struct journal_device row = {
		.name = device, .driver = "innovaphone", .leaf = hash(leaf), .before = hash(before)
	};
	struct journal_run run = { .command = command,
				   .of = of,
				   .user = "anna",
				   .host = "office",
				   .inventory = INVENTORY,
				   .started = DAY,
				   .leaf = row.leaf };
	struct journal_cert chain = { .sha256 = row.leaf.bytes, .subject = "x" };
	struct err err = { 0 };

	ck_assert_msg(journal_begin(journal, &run, &chain, 1, &row, 1, &err) == 0, "%s", err.text);
	ck_assert_int_eq(journal_end(journal, run.id, &row, 1, "done", DAY + 1, NULL), 0);
	return run.id;
}

static void change(int64_t run, const char *device)
{
	ck_assert_int_eq(journal_change_begin(journal, run, device, "upload", DAY, NULL), 0);
	ck_assert_int_eq(journal_flush(journal, NULL), 0);
}

/* Old runs that something still needs, an old one that nothing does, and 60 newer ones. */
START_TEST(test_trim_keeps_runs_that_are_needed)
{
	const struct journal_hash archived = hash('A');
	unsigned char leaves[1][JOURNAL_HASH];
	int64_t spent = run_of("deploy", 0, "a", 'N', 'L'), last, changed, marked, kept, first,
		again;

	memcpy(leaves[0], archived.bytes, JOURNAL_HASH);
	change(spent, "a");
	last = run_of("deploy", 0, "alone", 'N', 'L'); /* the last row of a device */
	changed = run_of("deploy", 0, "b", 'N', 'L');  /* its last change */
	change(changed, "b");
	marked = run_of("deploy", 0, "a", 'N', 'L');
	ck_assert_int_eq(
		journal_compromise(journal, marked, hash('K').bytes, hash('L').bytes, 1, NULL), 0);
	kept = run_of("deploy", 0, "a", 'N', 'A');  /* a way back to what the archive holds */
	first = run_of("deploy", 0, "a", 'N', 'L'); /* resumed by one that is needed */
	again = run_of("resume", first, "c", 'N', 'L');
	run_of("resume", kept, "a", 'N', 'L'); /* what it finished counts for the one it resumed */
	for (int i = 0; i < 60; i++)
		change(i ? run_of("deploy", 0, "b", 'N', 'L') : run_of("deploy", 0, "a", 'N', 'L'),
		       i ? "z" : "a");
	trim(100 * DAY, (const unsigned char(*)[JOURNAL_HASH])leaves, 1);
	ck_assert_int_eq(last + 3, kept);
	ck_assert_int_eq(again, first + 1);
	sql("SELECT group_concat(id) FROM runs WHERE id <= 9", "2,3,4,5,6,7,8,9");
	sql("SELECT COUNT(*) FROM runs", "58");
	sql("SELECT COUNT(*) FROM devices WHERE run = 1", "0");
	sql("SELECT COUNT(*) FROM changes WHERE run = 1", "0");
	ck_assert_int_eq(journal_last_change(journal, INVENTORY, "b", NULL), changed);
	ck_assert_int_eq(journal_compromised(journal, hash('K').bytes, NULL), marked);
}
END_TEST

START_TEST(test_trim_of_runs_needs_age_or_number)
{
	for (int i = 0; i < 60; i++)
		run_of("deploy", 0, "a", 'N', 'L');
	trim(DAY, NULL, 0); /* all ended later than that */
	sql("SELECT COUNT(*) FROM runs", "60");
	trim(100 * DAY, NULL, 0);
	sql("SELECT COUNT(*), MIN(id) FROM runs", "50 11");
}
END_TEST

START_TEST(test_audits_write_all_or_nothing)
{
	struct sighting two[] = { saw("a", 'N', ""), saw("b", 'N', "") };
	struct audit audit = { .inventory = INVENTORY, .started = DAY, .ended = DAY };
	struct err err = { 0 };

	two[1].findings = NULL;
	ck_assert_int_eq(audits_note(journal, &audit, two, 2, true, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	sql("SELECT COUNT(*) FROM audits", "0");
	expect_present("");
}
END_TEST

/* A journal of the version before, as that version wrote it: nothing is lost, and audits can be noted. */
START_TEST(test_audits_take_an_older_journal_over)
{
	const struct sighting one = saw("a", 'N', "");
	auto_free char *command = text_format(
		"rm '%1$s'/journal.db*; python3 -c \"import sqlite3, sys; "
		"sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())\" "
		"'%1$s/journal.db' '%2$s/journal/version-1.sql' && chmod 600 "
		"'%1$s/journal.db'",
		folder, CERTROLL_TEST_DATA);
	struct journal_device *devices;
	struct err err = { 0 };
	size_t count;

	journal_close(take(journal));
	ck_assert_int_eq(system(command), 0);
	ck_assert_ptr_null(journal_open(folder, false, &err)); /* to read it is not to change it */
	ck_assert_int_eq(err.code, ERR_CONFIG);
	journal = open_journal();
	sql("PRAGMA user_version", "2");
	devices = journal_devices(journal, 2, &count, NULL);
	ck_assert_uint_eq(count, 5);
	ck_assert_str_eq(devices[1].name, "pbx-slave1");
	ck_assert_str_eq(devices[1].outcome, "failed");
	journal_devices_free(devices, count);
	note(DAY, &one, 1, true);
	trim(2000000000, NULL, 0);
	sql("SELECT COUNT(*) FROM runs", "2");
}
END_TEST

Suite *suite_audits(void);

Suite *suite_audits(void)
{
	Suite *suite = suite_create("audits");
	TCase *tests = tcase_create("audits");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_audits_write_only_what_is_new);
	tcase_add_loop_test(tests, test_audits_tell_changes, 0, 5);
	tcase_add_test(tests, test_audits_know_the_last_chain_of_a_silent_box);
	tcase_add_test(tests, test_audits_tell_vanished_from_not_chosen);
	tcase_add_test(tests, test_audits_keep_inventories_and_names_apart);
	tcase_add_test(tests, test_audits_list_the_newest_first);
	tcase_add_test(tests, test_trim_forgets_audits_by_age);
	tcase_add_test(tests, test_trim_keeps_what_is_present);
	tcase_add_test(tests, test_trim_bounds_a_box_that_is_never_the_same);
	tcase_add_test(tests, test_trim_keeps_runs_that_are_needed);
	tcase_add_test(tests, test_trim_of_runs_needs_age_or_number);
	tcase_add_test(tests, test_audits_write_all_or_nothing);
	tcase_add_test(tests, test_audits_take_an_older_journal_over);
	suite_add_tcase(suite, tests);
	return suite;
}
