#include "certroll/pins.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/certroll-pins-XXXXXX";
static char path[128];
static const unsigned char key_a[PIN_HASH] = { 0xaa, 1 }, key_b[PIN_HASH] = { 0xbb, 2 };

static void make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state/pins", folder);
}

static void remove_folder(void)
{
	char state[128];

	snprintf(state, sizeof state, "%s/state", folder);
	unlink(path);
	snprintf(state, sizeof state, "%s/state/pins.lock", folder);
	unlink(state);
	snprintf(state, sizeof state, "%s/state", folder);
	rmdir(state);
	rmdir(folder);
}

static void put_file(const char *text, mode_t mode)
{
	char state[128];
	int fd;

	snprintf(state, sizeof state, "%s/state", folder);
	mkdir(state, 0700);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(test_pins_come_back)
{
	struct err err = { 0 };
	struct pins *pins = pins_load(path, &err);
	struct stat status;

	ck_assert_ptr_nonnull(pins);
	ck_assert_ptr_null(pins_find(pins, "a@h:443"));
	pins_set(pins, "a@h:443", key_a, 1);
	pins_set(pins, "b@[::1]:443", key_b, 2);
	pins_set(pins, "a@h:443", key_b, 3);
	ck_assert_int_eq(pins_save(pins, &err), 0);
	pins_free(pins);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	pins = pins_load(path, &err);
	ck_assert_mem_eq(pins_find(pins, "a@h:443"), key_b, PIN_HASH);
	ck_assert_mem_eq(pins_find(pins, "b@[::1]:443"), key_b, PIN_HASH);
	pins_free(pins);
}
END_TEST

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *text;
	mode_t mode;
	const char *said;
} refused[] = {
	{ "# a remark\nnonsense\n", 0600, ":2: this is not a pin" },
	{ "a sha256:00 5\n", 0600, ":1: this is not a pin" },
	{ "a sha256:zz00000000000000000000000000000000000000000000000000000000000000 5\n", 0600,
	  ":1: this is not a pin" },
	{ "a@h:1 sha256:" ZEROS " 5 id=a b\n", 0600, ":1: this is not a pin" },
	{ "a@h:1 sha256:" ZEROS " 5 id=%2\n", 0600, ":1: this is not a pin" },
	{ "a@h:1 sha256:" ZEROS " 5 id=%00\n", 0600, ":1: this is not a pin" },
	{ "a@h:1 sha256:" ZEROS " 5 nonsense\n", 0600, ":1: this is not a pin" },
	{ "a@h:1 sha256:" ZEROS " 5x\n", 0600, ":1: this is not a pin" },
	{ "# fine\n", 0622, "others may write it" },
};

START_TEST(test_pins_refuse)
{
	struct err err = { 0 };

	put_file(refused[_i].text, refused[_i].mode);
	ck_assert_ptr_null(pins_load(path, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, refused[_i].said), "%s", err.text);
}
END_TEST

START_TEST(test_pins_save_says_why_not)
{
	struct err err = { 0 };
	struct pins *pins = pins_load("/dev/null/pins", NULL);

	if (!pins)
		return; /* not a folder: refused at once, which is as good */
	pins_set(pins, "a@h:443", key_a, 1);
	ck_assert_int_eq(pins_save(pins, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	pins_free(pins);
}
END_TEST

static struct pins *load(void)
{
	struct err err = { 0 };
	struct pins *pins = pins_load(path, &err);

	ck_assert_msg(pins, "%s", err.text);
	return pins;
}

static void save(struct pins *pins)
{
	struct err err = { 0 };

	ck_assert_msg(!pins_save(pins, &err), "%s", err.text);
}

/* A file of the first version: three fields, no identity. */
START_TEST(test_pins_load_old_file)
{
	struct pins *pins;

	put_file("# x\n\na@h:443 sha256:" ZEROS " 77\n", 0600);
	pins = load();
	ck_assert_ptr_nonnull(pins_find(pins, "a@h:443"));
	ck_assert_int_eq(pins_since(pins, "a@h:443"), 77);
	ck_assert_int_eq(pins_since(pins, "b@h:443"), 0);
	ck_assert_ptr_null(pins_identity(pins, "a@h:443"));
	pins_free(pins);
}
END_TEST

static const char *const identities[] = {
	"IP811-00-90-33-4d-00-01", "two words", "100%", "a=b,c", "\xc3\xa4", "#", "id="
};

START_TEST(test_pins_identity_comes_back)
{
	struct pins *pins = load();

	pins_identify(pins, "a@h:443", identities[_i]); /* not known: nothing to note it at */
	ck_assert_ptr_null(pins_identity(pins, "a@h:443"));
	pins_set(pins, "a@h:443", key_a, 1);
	pins_identify(pins, "a@h:443", identities[_i]);
	pins_set(pins, "a@h:443", key_b, 2); /* another key, the same box */
	save(pins);
	pins_free(pins);
	pins = load();
	ck_assert_str_eq(pins_identity(pins, "a@h:443"), identities[_i]);
	ck_assert_mem_eq(pins_find(pins, "a@h:443"), key_b, PIN_HASH);
	pins_identify(pins, "a@h:443", NULL);
	save(pins);
	pins_free(pins);
	pins = load();
	ck_assert_ptr_null(pins_identity(pins, "a@h:443"));
	pins_free(pins);
}
END_TEST

START_TEST(test_pins_identity_is_cut_and_printable)
{
	char text[400] = "\x1b[31m";
	struct pins *pins = load();

	memset(text + 5, '\xff', sizeof text - 6);
	pins_set(pins, "a@h:443", key_a, 1);
	pins_identify(pins, "a@h:443", text);
	ck_assert_uint_le(strlen(pins_identity(pins, "a@h:443")), PIN_MAX_IDENTITY + 3);
	ck_assert_ptr_null(strchr(pins_identity(pins, "a@h:443"), '\x1b'));
	save(pins);
	pins_free(pins);
	pins = load();
	ck_assert_ptr_nonnull(pins_identity(pins, "a@h:443"));
	pins_free(pins);
}
END_TEST

START_TEST(test_pins_forget)
{
	struct pins *pins = load();

	pins_set(pins, "a@h:443", key_a, 1);
	pins_set(pins, "a@h:443" PIN_NEXT, key_b, 1);
	pins_set(pins, "a@other:443", key_a, 1);
	pins_set(pins, "ab@h:443", key_a, 1);
	save(pins);
	ck_assert_uint_eq(pins_forget(pins, "a"), 3);
	ck_assert_uint_eq(pins_forget(pins, "a"), 0);
	ck_assert_uint_eq(pins_forget(pins, ""), 0);
	ck_assert_ptr_null(pins_find(pins, "a@h:443"));
	save(pins);
	pins_free(pins);
	pins = load();
	ck_assert_ptr_null(pins_find(pins, "a@h:443"));
	ck_assert_ptr_null(pins_find(pins, "a@h:443" PIN_NEXT));
	ck_assert_ptr_nonnull(pins_find(pins, "ab@h:443"));
	ck_assert(!pins_drop(pins, "a@h:443"));
	ck_assert(pins_drop(pins, "ab@h:443"));
	pins_set(pins, "ab@h:443", key_b, 9); /* and known again, with nothing left of before */
	save(pins);
	pins_free(pins);
	pins = load();
	ck_assert_mem_eq(pins_find(pins, "ab@h:443"), key_b, PIN_HASH);
	pins_free(pins);
}
END_TEST

/* Each saves what it set itself; what it only read is the other's to change. */
START_TEST(test_pins_two_writers)
{
	struct pins *one = load(), *two;

	pins_set(one, "a@h:443", key_a, 1);
	pins_set(one, "b@h:443", key_a, 1);
	save(one);
	two = load();
	pins_set(one, "c@h:443", key_a, 2);
	pins_forget(one, "b");
	pins_set(two, "a@h:443", key_b, 3);
	pins_identify(two, "a@h:443", "box");
	pins_set(two, "d@h:443", key_b, 3);
	save(two);
	save(one);
	pins_free(one);
	pins_free(two);
	one = load();
	ck_assert_mem_eq(pins_find(one, "a@h:443"), key_b, PIN_HASH);
	ck_assert_str_eq(pins_identity(one, "a@h:443"), "box");
	ck_assert_ptr_null(pins_find(one, "b@h:443"));
	ck_assert_ptr_nonnull(pins_find(one, "c@h:443"));
	ck_assert_ptr_nonnull(pins_find(one, "d@h:443"));
	pins_free(one);
}
END_TEST

enum { WRITERS = 4, PINS_EACH = 6 };

static void write_many(int writer)
{
	for (int i = 0; i < PINS_EACH; i++) {
		char name[64];
		struct pins *pins = pins_load(path, NULL);

		snprintf(name, sizeof name, "w%d-%d@h:443", writer, i);
		if (!pins)
			_exit(1);
		pins_set(pins, name, key_a, 1);
		if (pins_save(pins, NULL))
			_exit(2);
		pins_free(pins);
	}
	_exit(0);
}

START_TEST(test_pins_many_processes)
{
	struct pins *pins;
	int status;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(i);
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	pins = load();
	for (int i = 0; i < WRITERS * PINS_EACH; i++) {
		char name[64];

		snprintf(name, sizeof name, "w%d-%d@h:443", i / PINS_EACH, i % PINS_EACH);
		ck_assert_msg(pins_find(pins, name), "%s was lost", name);
	}
	pins_free(pins);
}
END_TEST

/* What became unusable since it was read is not written over. */
START_TEST(test_pins_save_keeps_what_it_cannot_read)
{
	struct err err = { 0 };
	struct pins *pins = load();

	put_file("nonsense\n", 0600);
	pins_set(pins, "a@h:443", key_a, 1);
	ck_assert_int_eq(pins_save(pins, &err), -1);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	pins_free(pins);
	ck_assert_ptr_null(pins_load(path, NULL));
}
END_TEST

Suite *suite_pins(void);

Suite *suite_pins(void)
{
	Suite *suite = suite_create("pins");
	TCase *file = tcase_create("file");

	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_add_test(file, test_pins_come_back);
	tcase_add_loop_test(file, test_pins_refuse, 0, sizeof refused / sizeof *refused);
	tcase_add_test(file, test_pins_save_says_why_not);
	tcase_add_test(file, test_pins_load_old_file);
	tcase_add_loop_test(file, test_pins_identity_comes_back, 0,
			    sizeof identities / sizeof *identities);
	tcase_add_test(file, test_pins_identity_is_cut_and_printable);
	tcase_add_test(file, test_pins_forget);
	tcase_add_test(file, test_pins_two_writers);
	tcase_add_test(file, test_pins_many_processes);
	tcase_add_test(file, test_pins_save_keeps_what_it_cannot_read);
	suite_add_tcase(suite, file);
	return suite;
}
