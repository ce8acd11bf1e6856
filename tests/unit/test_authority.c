#include "certroll/authority.h"
#include "pki.h"
#include <stdarg.h>

enum { DAY = 86400 };

static char folder[64];

PRINTF_LIKE(1, 2)
static void shell(const char *format, ...)
{
	char command[256];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof command, format, values);
	va_end(values);
	ck_assert_int_eq(system(command), 0);
}

static int init(const char *name, const char *text, int64_t days, const struct secret *password,
		struct err *err)
{
	const struct authority_plan plan = { name, text, days, password, PKI_NOW };

	return authority_init(&plan, err);
}

/* Keys of 3072 bits take their time: one CA is made for all tests, and copied. */
static void make_folder(void)
{
	struct err err = { 0 };

	umask(077);
	snprintf(folder, sizeof folder, "/tmp/certroll-ca-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_msg(init("made", "Example", 3650, NULL, &err) == 0, "%s", err.text);
}

static void remove_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	shell("rm -rf '%s'", folder);
}

static void copy_ca(void)
{
	shell("rm -rf ca && cp -a made ca");
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	ck_assert_msg(stat(path, &status) == 0, "%s", path);
	return status.st_mode & 07777;
}

static void expect_open(const char *message, int64_t now)
{
	struct authority authority;
	struct err err = { 0 };
	int result = authority_open(&authority, "ca", NULL, now, &err);

	ck_assert_msg(message ? result && strstr(err.text, message) : !result, "%s", err.text);
	authority_close(&authority);
}

START_TEST(test_authority_init_makes_a_ca)
{
	struct authority authority;
	struct err err = { 0 };

	ck_assert_msg(init("deep/er/ca", "Example", 3650, NULL, &err) == 0, "%s", err.text);
	ck_assert_int_eq(mode_of("deep/er/ca"), 0700);
	ck_assert_int_eq(mode_of("deep/er/ca/root.key"), 0600);
	ck_assert_int_eq(mode_of("deep/er/ca/intermediate.key"), 0600);
	unlink("deep/er/ca/root.key"); /* not needed from here on */
	ck_assert_int_eq(authority_open(&authority, "deep/er/ca", NULL, PKI_NOW, &err), 0);
	ck_assert_str_eq(authority.root->subject_cn, "Example Root CA 2026");
	ck_assert_str_eq(authority.intermediate->subject_cn, "Example Intermediate CA 2026");
	ck_assert_int_eq(cert_lifetime(authority.root), INT64_C(3650) * DAY);
	ck_assert_int_eq(cert_lifetime(authority.intermediate), INT64_C(1825) * DAY);
	ck_assert_int_eq(authority.root->not_before, PKI_NOW - 3600);
	ck_assert_int_eq(authority.root->key_bits, 3072);
	authority_close(&authority);
}
END_TEST

START_TEST(test_authority_init_overwrites_nothing)
{
	struct err err = { 0 };

	copy_ca();
	ck_assert_int_eq(init("ca", "Example", 3650, NULL, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "there is a CA in this folder already"));
	expect_open(NULL, PKI_NOW);
	unlink("ca/root.key");
	unlink("ca/root.pem");
	unlink("ca/intermediate.pem");
	ck_assert_int_eq(init("ca", "Example", 3650, NULL, &err), -1);
}
END_TEST

START_TEST(test_authority_init_refuses)
{
	static const char long_name[] = "12345678901234567890123456789012345678901";
	struct err err = { 0 };

	ck_assert_int_eq(init("no", "", 3650, NULL, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_int_eq(init("no", long_name, 3650, NULL, &err), -1);
	ck_assert_int_eq(init("no", "a\nb", 3650, NULL, &err), -1);
	ck_assert_int_eq(access("no", F_OK), -1);
	ck_assert_int_eq(init("long", long_name + 1, 3650, NULL, &err), 0);
	ck_assert_int_eq(mkdir("open", 0700), 0);
	ck_assert_int_eq(chmod("open", 0750), 0);
	ck_assert_int_eq(init("open", "x", 3650, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod 700"));
}
END_TEST

START_TEST(test_authority_password)
{
	auto_secret password = { 0 };
	struct authority authority;
	struct err err = { 0 };

	secret_set(&password, "S3cret", 6);
	shell("rm -rf ca");
	ck_assert_int_eq(init("ca", "Example", 3650, &password, &err), 0);
	expect_open("its password was not given", PKI_NOW);
	ck_assert_int_eq(authority_open(&authority, "ca", &password, PKI_NOW, &err), 0);
	authority_close(&authority);
}
END_TEST

START_TEST(test_authority_open_refuses)
{
	const int64_t end = PKI_NOW - 3600 + INT64_C(1825) * DAY - 1;

	shell("rm -rf ca");
	expect_open("no CA here ('certroll ca init' makes one)", PKI_NOW);
	copy_ca();
	expect_open("not valid before", PKI_NOW - 3601);
	expect_open(NULL, end - DAY);
	expect_open("can sign no more", end - DAY + 1);
	ck_assert_int_eq(chmod("ca/intermediate.key", 0640), 0);
	expect_open("others may read this private key", PKI_NOW);
	ck_assert_int_eq(chmod("ca/intermediate.key", 0600), 0);
	ck_assert_int_eq(rename("ca/root.key", "ca/intermediate.key"), 0);
	expect_open("intermediate.key is not the key of intermediate.pem", PKI_NOW);
	ck_assert_int_eq(rename("ca/root.pem", "ca/intermediate.pem"), 0);
	expect_open("root.pem: No such file", PKI_NOW);
}
END_TEST

START_TEST(test_authority_open_refuses_a_foreign_root)
{
	struct err err = { 0 };

	copy_ca();
	ck_assert_int_eq(init("other", "Example", 3650, NULL, &err), 0);
	ck_assert_int_eq(rename("other/root.pem", "ca/root.pem"), 0);
	expect_open("do not belong together", PKI_NOW);
}
END_TEST

/* @p days asked for at @p now, and the second at which the certificate must end. */
static void expect_life(const struct authority *authority, EVP_PKEY *key, int64_t days, int64_t now,
			int64_t from, int64_t until)
{
	char *items[] = { "*.example.com" };
	struct name_list names = { items, 1 };
	struct err err = { 0 };
	struct cert *leaf = authority_issue(authority, key, &names, days, now, &err);

	ck_assert_msg(leaf, "%s", err.text);
	ck_assert_int_eq(leaf->not_before, from);
	ck_assert_int_eq(leaf->not_after, until);
	cert_free(leaf);
}

START_TEST(test_authority_issue_counts_days)
{
	const int64_t hour = 3600;
	struct authority authority;
	struct err err = { 0 };
	EVP_PKEY *key = key_make(MAKE_LEAF_BITS, &err);
	int64_t begin, end;

	copy_ca();
	ck_assert_int_eq(authority_open(&authority, "ca", NULL, PKI_NOW, &err), 0);
	begin = authority.intermediate->not_before;
	end = authority.intermediate->not_after;
	expect_life(&authority, key, 820, PKI_NOW, begin, begin + INT64_C(820) * DAY - 1);
	expect_life(&authority, key, 825, PKI_NOW + DAY, PKI_NOW + DAY - hour,
		    PKI_NOW + DAY - hour + INT64_C(825) * DAY - 1);
	expect_life(&authority, key, 1, PKI_NOW, begin, begin + DAY - 1);
	/* Neither before nor beyond its issuer. */
	expect_life(&authority, key, 820, begin, begin, begin + INT64_C(820) * DAY - 1);
	expect_life(&authority, key, 820, end - 10 * DAY, end - 10 * DAY - hour, end);
	authority_close(&authority);
	key_free(key);
}
END_TEST

/* Ids of what a profile says of the bundle. */
static char *judge(const struct bundle *bundle, enum profile_column column)
{
	const struct wanted_name wanted[] = { { "pbx.example.com", "pbx" },
					      { "example.com", "pbx" },
					      { "192.0.2.1", "ap" } };
	const struct profile profile = profile_default(column);
	const struct judgement judgement = {
		.profile = &profile, .now = PKI_NOW, .names = wanted, .name_count = COUNT(wanted)
	};
	auto_findings findings = { 0 };

	rules_judge_bundle(bundle, &judgement, &findings);
	return pki_ids(&findings);
}

/* What boxes and phones demand: of all profiles only P2, a root that clients do not bring along. */
START_TEST(test_authority_bundle_passes_all_profiles)
{
	char *items[] = { "*.example.com", "example.com", "192.0.2.1" };
	struct name_list names = { items, COUNT(items) };
	auto_findings findings = { 0 };
	struct authority authority;
	struct err err = { 0 };
	EVP_PKEY *key = key_make(MAKE_LEAF_BITS, &err);
	auto_secret pem = { 0 };
	auto_pki pki = pki_open(NULL);
	auto_bundle *bundle = NULL;
	struct cert *leaf;

	copy_ca();
	ck_assert_int_eq(authority_open(&authority, "ca", NULL, PKI_NOW, &err), 0);
	leaf = authority_issue(&authority, key, &names, LEAF_DAYS, PKI_NOW, &err);
	ck_assert_int_eq(authority_pem(&authority, leaf, key, &pem, &err), 0);
	bundle = pki_bundle_text(&pki, pem.bytes, pem.len, &findings, &err);
	ck_assert_msg(bundle && bundle->has_root && bundle->key_matches, "%s", err.text);
	ck_assert_uint_eq(findings.count, 0);
	for (int column = 0; column < PROFILE_COLUMNS; column++) {
		auto_free char *ids = judge(bundle, (enum profile_column)column);

		ck_assert_msg(!*ids || !strcmp(ids, "P2"), "%s: %s",
			      profile_name((enum profile_column)column), ids);
	}
	cert_free(leaf);
	key_free(key);
	authority_close(&authority);
}
END_TEST

Suite *suite_authority(void);

Suite *suite_authority(void)
{
	Suite *suite = suite_create("authority");
	TCase *tcase = tcase_create("authority");

	tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 60); /* keys of 3072 bits */
	tcase_add_test(tcase, test_authority_init_makes_a_ca);
	tcase_add_test(tcase, test_authority_init_overwrites_nothing);
	tcase_add_test(tcase, test_authority_init_refuses);
	tcase_add_test(tcase, test_authority_password);
	tcase_add_test(tcase, test_authority_open_refuses);
	tcase_add_test(tcase, test_authority_open_refuses_a_foreign_root);
	tcase_add_test(tcase, test_authority_issue_counts_days);
	tcase_add_test(tcase, test_authority_bundle_passes_all_profiles);
	suite_add_tcase(suite, tcase);
	return suite;
}
