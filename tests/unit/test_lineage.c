#include "certroll/inventory.h"
#include "certroll/lineage.h"
#include "pki.h"
#include <fcntl.h>

Suite *suite_lineage(void);

static char folder[] = "/tmp/certroll-lineage-XXXXXX";

static void make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *text, size_t len, mode_t mode)
{
	auto_free char *path = text_format("%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void put_pki(const char *name, const char *from, mode_t mode)
{
	size_t len;
	auto_free char *text = pki_text(from, &len);

	put(name, text, len, mode);
}

/* What certbot's folder is read as, whatever else is in it. */
START_TEST(test_folder)
{
	auto_lineage lineage = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(lineage_read(&lineage, folder, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "neither fullchain.pem nor cert.pem is in it"));
	put_pki("cert.pem", "leaf", 0644);
	put_pki("chain.pem", "issuing", 0644);
	put_pki("privkey.pem", "leaf.key", 0600);
	put("README", "x", 1, 0644);
	ck_assert_int_eq(lineage_read(&lineage, folder, &err), 0);
	ck_assert_uint_eq(lineage.count, 3);
	lineage_free(&lineage);
	put_pki("fullchain.pem", "leaf", 0644);
	ck_assert_int_eq(lineage_read(&lineage, folder, &err), 0);
	ck_assert_uint_eq(lineage.count, 2);
	ck_assert_ptr_nonnull(strstr(lineage.files[0].path, "/fullchain.pem"));
	ck_assert_ptr_nonnull(strstr(lineage.files[1].path, "/privkey.pem"));
	ck_assert(lineage.files[0].open && !lineage.files[1].open);
}
END_TEST

/* Nothing is opened any more once it was read: by then the reader may be somebody else. */
START_TEST(test_read_once)
{
	auto_lineage lineage = { 0 };
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };

	put_pki("fullchain.pem", "leaf", 0644);
	put_pki("privkey.pem", "leaf.key", 0640);
	ck_assert_int_eq(lineage_read(&lineage, folder, &err), 0);
	remove_folder();
	ck_assert_int_eq(lineage_gather(&lineage, &all, NULL, pki.pool, &findings, &err), 0);
	ck_assert_uint_eq(all.cert_count, 1);
	ck_assert_uint_eq(all.key_count, 1);
	ck_assert_ptr_nonnull(findings_find(&findings, "bundle-open"));
	ck_assert_ptr_nonnull(strstr(findings.items[0].place, "/privkey.pem"));
	ck_assert_int_eq(mkdir(folder, 0700), 0);
}
END_TEST

START_TEST(test_limits)
{
	auto_lineage lineage = { 0 };
	auto_free char *path = text_format("%s/one", folder);
	struct err err = { 0 };

	ck_assert_int_eq(lineage_read(&lineage, path, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	put("one", "x", 1, 0600);
	for (int i = 0; i < LINEAGE_MAX_FILES; i++)
		ck_assert_int_eq(lineage_read(&lineage, path, &err), 0);
	ck_assert_int_eq(lineage_read(&lineage, path, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

static int resolve(const char *reference, struct secret *out)
{
	struct err err = { 0 };

	return secret_resolve_one(reference, "box", out, &err);
}

/* cred: of a folder; and systemd's own folder, where each name has the unit's in front. */
START_TEST(test_credentials)
{
	auto_secret first = { 0 }, second = { 0 }, none = { 0 };
	struct err err = { 0 };

	unsetenv("CREDENTIALS_DIRECTORY");
	put("pbx", "word\n", 5, 0600);
	ck_assert_int_eq(resolve("cred:pbx", &none), -1);
	ck_assert_int_eq(secret_credentials_load(folder, &err), 0);
	ck_assert_int_eq(resolve("cred:pbx", &first), 0);
	ck_assert_str_eq(first.bytes, "word");
	ck_assert_int_eq(resolve("cred:other", &none), -1);
	secret_credentials_free();
	ck_assert_int_eq(resolve("cred:pbx", &none), -1);

	put("pbx", "word\n", 5, 0640);
	ck_assert_int_eq(secret_credentials_load(folder, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "others may read the file"));
	secret_credentials_free();
	ck_assert_int_eq(secret_credentials_load("/nonexistent", &err), -1);

	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	put("certroll_ap", "token", 5, 0400);
	ck_assert_int_eq(secret_credentials_load("/nonexistent", &err), 0);
	ck_assert_int_eq(resolve("cred:ap", &second), 0);
	ck_assert_str_eq(second.bytes, "token");
	unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

Suite *suite_lineage(void)
{
	Suite *suite = suite_create("lineage");
	TCase *tcase = tcase_create("lineage");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, test_folder);
	tcase_add_test(tcase, test_read_once);
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_credentials);
	suite_add_tcase(suite, tcase);
	return suite;
}
