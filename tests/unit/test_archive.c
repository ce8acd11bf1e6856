#include "certroll/archive.h"
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAF_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LEAF_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char folder[] = "/tmp/certroll-archive-XXXXXX";

static void make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return status.st_mode & 0777;
}

static int keep(const char *leaf, const char *bundle, struct err *err)
{
	return archive_keep(folder, leaf, bundle, strlen(bundle), "chain", 5, err);
}

START_TEST(test_archive_keeps_for_its_owner_alone)
{
	auto_free char *bundle = archive_bundle(folder, LEAF_A),
		       *chain = archive_chain(folder, LEAF_A);
	auto_free char *archive = text_format("%s/archive", folder);
	struct err err = { 0 };

	ck_assert(!archive_holds(folder, LEAF_A));
	ck_assert_int_eq(keep(LEAF_A, "chain and key", &err), 0);
	ck_assert(archive_holds(folder, LEAF_A));
	ck_assert(!archive_holds(folder, LEAF_B));
	ck_assert_uint_eq(mode_of(bundle), 0600);
	ck_assert_uint_eq(mode_of(archive), 0700);
	ck_assert_uint_eq(mode_of(chain), 0644);
	ck_assert_int_eq(keep(LEAF_A, "chain and key", &err), 0);
}
END_TEST

START_TEST(test_archive_wipes_the_key_and_keeps_the_chain)
{
	auto_free char *bundle = archive_bundle(folder, LEAF_A),
		       *chain = archive_chain(folder, LEAF_A);
	struct err err = { 0 };
	char text[16] = "";
	int fd;

	ck_assert_int_eq(keep(LEAF_A, "chain and key", &err), 0);
	fd = open(bundle, O_RDONLY);
	ck_assert_int_eq(archive_wipe(folder, LEAF_A, &err), 0);
	ck_assert(!archive_holds(folder, LEAF_A));
	ck_assert_int_eq(access(chain, F_OK), 0);
	/* through a descriptor from before: overwritten, not only unlinked */
	ck_assert_int_eq(pread(fd, text, 13, 0), 13);
	ck_assert_mem_eq(text, (char[13]){ 0 }, 13);
	close(fd);
	ck_assert_int_eq(archive_wipe(folder, LEAF_A, &err), 0);
}
END_TEST

START_TEST(test_archive_replaces_another_chain_of_one_leaf)
{
	auto_free char *bundle = archive_bundle(folder, LEAF_A);
	struct err err = { 0 };
	char text[16] = "";
	int old, fd;

	ck_assert_int_eq(keep(LEAF_A, "short", &err), 0);
	old = open(bundle, O_RDONLY);
	ck_assert_int_eq(keep(LEAF_A, "longer", &err), 0);
	ck_assert_int_eq(pread(old, text, sizeof text, 0), 5);
	ck_assert_mem_eq(text, (char[5]){ 0 }, 5);
	fd = open(bundle, O_RDONLY);
	ck_assert_int_eq(read(fd, text, sizeof text), 6);
	ck_assert_mem_eq(text, "longer", 6);
	close(fd);
	close(old);
}
END_TEST

START_TEST(test_archive_lists_bundles_alone)
{
	auto_free char *stray = text_format(
		"touch '%s/archive/notes.pem' '%s/archive/%s.pem.Xy12ab'", folder, folder, LEAF_B);
	struct err err = { 0 };
	size_t count = 7;
	archive_name *leaves = archive_list(folder, &count);

	ck_assert_ptr_null(leaves);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(keep(LEAF_A, "a", &err), 0);
	ck_assert_int_eq(system(stray), 0);
	leaves = archive_list(folder, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(leaves[0], LEAF_A);
	mem_free(leaves);
}
END_TEST

/* A folder that others can open, or a link to somewhere else, gets no key. */
START_TEST(test_archive_refuses_an_open_folder)
{
	auto_free char *archive = text_format("%s/archive", folder);
	struct err err = { 0 };

	ck_assert_int_eq(mkdir(archive, 0755), 0);
	chmod(archive, 0755);
	ck_assert_int_eq(keep(LEAF_A, "key", &err), -1);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod 700"));
	rmdir(archive);
	ck_assert_int_eq(symlink("/tmp", archive), 0);
	ck_assert_int_eq(keep(LEAF_A, "key", &err), -1);
	ck_assert(!archive_holds(folder, LEAF_A));
}
END_TEST

Suite *suite_archive(void);

Suite *suite_archive(void)
{
	Suite *suite = suite_create("archive");
	TCase *tests = tcase_create("archive");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, test_archive_keeps_for_its_owner_alone);
	tcase_add_test(tests, test_archive_wipes_the_key_and_keeps_the_chain);
	tcase_add_test(tests, test_archive_replaces_another_chain_of_one_leaf);
	tcase_add_test(tests, test_archive_lists_bundles_alone);
	tcase_add_test(tests, test_archive_refuses_an_open_folder);
	suite_add_tcase(suite, tests);
	return suite;
}
