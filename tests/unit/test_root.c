#include "certroll/root.h"
#include "certroll/text.h"
#include "pki.h"

enum { DAY = 86400 };

/* As site_load() would make it, with anchors and time of our own. */
static struct site site_of(const struct pki *pki, struct site_request *request)
{
	return (struct site){
		.request = request, .anchors = pki->anchors, .chains = pki->pool, .now = PKI_NOW
	};
}

static const struct cert *find(struct site *site, const char *names, struct err *err)
{
	char folder[] = "/tmp/certroll-unit-XXXXXX";
	auto_buf text = BUF_MAX(1 << 20);
	const struct cert *root;
	FILE *file;

	pki_join(&text, names);
	ck_assert(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	file = fopen("root.pem", "wb");
	ck_assert(file);
	ck_assert_uint_eq(fwrite(text.data, 1, text.len, file), text.len);
	fclose(file);
	root = root_in_file(site, "root.pem", err);
	unlink("root.pem");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
	return root;
}

static const struct {
	const char *names, *root, *says; /* root NULL: refused, and says that */
} files[] = {
	{ "root", "Example Root", NULL },
	{ "root root", "Example Root", NULL },
	{ "leaf-both issuing policy root leaf.key", "Example Root", NULL },
	{ "leaf.key root policy issuing leaf-both", "Example Root", NULL },
	{ "issuing policy root", "Example Root", NULL },
	{ "chain-der.p7b", "Example Root", NULL },
	{ "chain.p7b", "Example Root", NULL },
	{ "leaf-both.der", NULL, "issued by 'Example Issuing CA'" },
	{ "leaf-both root issuing policy leaf-locked.key", "Example Root", NULL },
	/* the leaf tells which of two */
	{ "stranger leaf-both issuing policy root", "Example Root", NULL },
	{ "x1 yr-by-x1 yr1 leaf-yr", "Root X1", NULL },
	{ "root stranger", NULL, "do not belong together" },
	{ "issuing policy root stranger", NULL, "do not belong together" },
	{ "leaf-both issuing policy", NULL, "issued by 'Example Root'" },
	{ "leaf-both", NULL, "issued by 'Example Issuing CA'" },
	{ "leaf-ring ring-a ring-b", NULL, "no self-signed certificate" },
	{ "leaf.key", NULL, "no certificate" },
	{ "leaf.pfx", NULL, "a root needs none" },
	{ "leaf-locked.key", NULL, "no certificate" },
};

START_TEST(test_file_leads_to_its_root)
{
	auto_pki pki = pki_open(NULL);
	struct site_request request = { 0 };
	struct site site = site_of(&pki, &request);
	struct err err = { 0 };
	const struct cert *root = find(&site, files[_i].names, &err);

	if (files[_i].root) {
		ck_assert_msg(root, "%s: %s", files[_i].names, err.text);
		ck_assert_str_eq(root->display, files[_i].root);
	} else {
		ck_assert_msg(!root, "%s: %s", files[_i].names, root ? root->display : "");
		ck_assert_msg(strstr(err.text, files[_i].says), "%s", err.text);
		ck_assert_msg(strstr(err.text, "root.pem: "), "%s", err.text);
		ck_assert_int_eq(err.code,
				 strstr(files[_i].names, ".pfx") ? ERR_SECRET : ERR_BUNDLE);
	}
	findings_free(&site.findings);
}
END_TEST

START_TEST(test_public_root_is_found_without_being_in_the_file)
{
	auto_pki pki = pki_open_public("root");
	struct site_request request = { 0 };
	struct site site = site_of(&pki, &request);
	struct err err = { 0 };
	const struct cert *root = find(&site, "leaf-both issuing policy", &err);

	ck_assert_msg(root, "%s", err.text);
	ck_assert(root_is_public(&site, root));
	request.root_kind = ROOT_PRIVATE;
	ck_assert(!root_is_public(&site, root));
	findings_free(&site.findings);
}
END_TEST

START_TEST(test_private_root_is_private_unless_told)
{
	auto_pki pki = pki_open_public("stranger");
	struct site_request request = { 0 };
	struct site site = site_of(&pki, &request);
	struct err err = { 0 };
	const struct cert *root = find(&site, "root", &err);

	ck_assert_msg(root, "%s", err.text);
	ck_assert(!root_is_public(&site, root));
	request.root_kind = ROOT_PUBLIC;
	ck_assert(root_is_public(&site, root));
	findings_free(&site.findings);
}
END_TEST

/* One fact changed in each. */
static void fact_none(struct cert *root)
{
	(void)root;
}

static void fact_no_ca(struct cert *root)
{
	root->is_ca = false;
}

static void fact_no_sign(struct cert *root)
{
	root->key_usage = USAGE_CRL_SIGN;
}

static void fact_no_usage(struct cert *root)
{
	root->key_usage = USAGE_ABSENT;
}

static void fact_expired(struct cert *root)
{
	root->not_after = PKI_NOW - 1;
}

static void fact_last_second(struct cert *root)
{
	root->not_after = PKI_NOW;
}

static void fact_early(struct cert *root)
{
	root->not_before = PKI_NOW + 1;
}

static void fact_soon(struct cert *root)
{
	root->not_after = PKI_NOW + 30 * DAY;
}

static void fact_year(struct cert *root)
{
	root->not_after = PKI_NOW + 365 * DAY;
}

static void fact_short(struct cert *root)
{
	root->key_bits = 1024;
}

static void fact_kind(struct cert *root)
{
	root->key_kind = KEY_OTHER;
}

static void fact_server(struct cert *root)
{
	root->ip_count = 1;
}

static void fact_sha1(struct cert *root)
{
	root->sig_hash = HASH_SHA1;
}

static const struct {
	void (*change)(struct cert *);
	const char *refused, *ids; /* refused NULL: it will do, with findings of these ids */
} facts[] = {
	{ fact_none, NULL, "" },
	{ fact_no_ca, "basicConstraints CA:TRUE", "" },
	{ fact_no_sign, "keyCertSign", "" },
	{ fact_no_usage, NULL, "" },
	{ fact_expired, "expired on 2026-11-22 11:59:59", "" },
	{ fact_last_second, NULL, "root-time" },
	{ fact_early, "not valid before 2026-11-22 12:00:01", "" },
	{ fact_soon, NULL, "root-time" },
	{ fact_year, NULL, "" },
	{ fact_short, NULL, "root-key" },
	{ fact_kind, NULL, "root-key" },
	{ fact_server, NULL, "root-server" },
	{ fact_sha1, NULL, "" }, /* a note */
};

START_TEST(test_judge)
{
	auto_pki pki = pki_open(NULL);
	struct site_request request = { 0 };
	struct site site = site_of(&pki, &request);
	struct cert *root = pki_cert("root"), changed = *root;
	auto_free char *ids = NULL;
	struct err err = { 0 };
	int status;

	facts[_i].change(&changed);
	status = root_judge(&site, &changed, &err);
	ids = pki_ids(&site.findings);
	ck_assert_int_eq(status, facts[_i].refused ? -1 : 0);
	ck_assert_str_eq(ids, facts[_i].ids);
	if (facts[_i].refused)
		ck_assert_msg(strstr(err.text, facts[_i].refused), "%s", err.text);
	findings_free(&site.findings);
	cert_free(root);
}
END_TEST

START_TEST(test_judge_notes_old_hashes)
{
	auto_pki pki = pki_open(NULL);
	struct site_request request = { 0 };
	struct site site = site_of(&pki, &request);
	struct cert *root = pki_cert("root"), changed = *root;
	struct err err = { 0 };

	fact_sha1(&changed);
	ck_assert_int_eq(root_judge(&site, &changed, &err), 0);
	ck_assert(findings_find(&site.findings, "root-hash"));
	ck_assert_int_eq(findings_worst(&site.findings), SEVERITY_NOTE);
	findings_free(&site.findings);
	cert_free(root);
}
END_TEST

/* The digest as people paste it. */
static const char *const separators[] = { "", ":", " ", "-" };

START_TEST(test_compare_takes_any_writing)
{
	struct cert *root = pki_cert("root");
	char text[4 * CERT_HASH] = "";
	struct err err = { 0 };

	for (size_t i = 0; i < CERT_HASH; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 i % 2 ? "%s%02x" : "%s%02X", i ? separators[_i] : "", root->sha256[i]);
	ck_assert_msg(!root_compare(root, text, &err), "%s: %s", text, err.text);
	cert_free(root);
}
END_TEST

static const struct {
	const char *text;
	enum err_code code;
} fingerprints[] = {
	{ "", ERR_USAGE },
	{ "ab", ERR_USAGE },
	{ "xyz", ERR_USAGE },
	/* SHA-1, one digit less, one more */
	{ "da39a3ee5e6b4b0d3255bfef95601890afd80709", ERR_USAGE },
	{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85", ERR_USAGE },
	{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555", ERR_USAGE },
	{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g", ERR_USAGE },
	{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ERR_DEVICE },
};

START_TEST(test_compare_refuses)
{
	struct cert *root = pki_cert("root");
	struct err err = { 0 };

	ck_assert_int_eq(root_compare(root, fingerprints[_i].text, &err), -1);
	ck_assert_int_eq(err.code, fingerprints[_i].code);
	cert_free(root);
}
END_TEST

Suite *suite_root(void);

Suite *suite_root(void)
{
	Suite *suite = suite_create("root");
	TCase *tests = tcase_create("root");

	tcase_add_loop_test(tests, test_file_leads_to_its_root, 0, COUNT(files));
	tcase_add_test(tests, test_public_root_is_found_without_being_in_the_file);
	tcase_add_test(tests, test_private_root_is_private_unless_told);
	tcase_add_loop_test(tests, test_judge, 0, COUNT(facts));
	tcase_add_test(tests, test_judge_notes_old_hashes);
	tcase_add_loop_test(tests, test_compare_takes_any_writing, 0, COUNT(separators));
	tcase_add_loop_test(tests, test_compare_refuses, 0, COUNT(fingerprints));
	suite_add_tcase(suite, tests);
	return suite;
}
