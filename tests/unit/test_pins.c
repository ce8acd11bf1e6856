#include "certroll/pins.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static const struct {
	const char *text;
	mode_t mode;
	const char *said;
} refused[] = {
	{ "# a remark\nnonsense\n", 0600, ":2: this is not a pin" },
	{ "a sha256:00 5\n", 0600, ":1: this is not a pin" },
	{ "a sha256:zz00000000000000000000000000000000000000000000000000000000000000 5\n", 0600,
	  ":1: this is not a pin" },
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

Suite *suite_pins(void);

Suite *suite_pins(void)
{
	Suite *suite = suite_create("pins");
	TCase *file = tcase_create("file");

	tcase_add_checked_fixture(file, make_folder, remove_folder);
	tcase_add_test(file, test_pins_come_back);
	tcase_add_loop_test(file, test_pins_refuse, 0, sizeof refused / sizeof *refused);
	tcase_add_test(file, test_pins_save_says_why_not);
	suite_add_tcase(suite, file);
	return suite;
}
