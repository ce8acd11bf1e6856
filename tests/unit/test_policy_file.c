#include "certroll/policy.h"
#include "certroll/site.h"
#include "pki.h"

Suite *suite_policy_file(void);

/* Load this text from a file called p.yaml in a folder of its own. */
static struct policy *load(const char *text, struct findings *findings)
{
	static const char *const profiles[] = { "innovaphone", "apple", "ip-office", "all" };
	static const char *const rules[] = { "K1", "K4", "E2", "O3", "V4" };
	const struct policy_words words = { profiles, COUNT(profiles), rules, COUNT(rules) };
	char folder[] = "/tmp/certroll-unit-XXXXXX";
	struct policy *policy;
	FILE *file;

	ck_assert(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	file = fopen("p.yaml", "wb");
	ck_assert(file);
	fputs(text, file);
	fclose(file);
	policy = policy_load("p.yaml", &words, findings);
	unlink("p.yaml");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
	return policy;
}

/* profile/rule=severity at line:column, by index. */
static const struct good {
	const char *text, *entries;
} good[] = {
	{ "profiles: {}\n", "" },
	{ "profiles:\n", "" },
	{ "profiles:\n  apple:\n", "" },
	{ "profiles:\n  innovaphone: {K4: off, E2: note, O3: warning}\n",
	  " 0/1=0 at 2:17 0/2=1 at 2:26 0/3=2 at 2:36" },
	{ "# why\nprofiles:\n  all:\n    V4: error # always\n  ip-office:\n    K1: 'off'\n",
	  " 3/4=3 at 4:5 2/0=0 at 6:5" },
};

START_TEST(test_policy_load_keeps_entries_and_places)
{
	auto_findings findings = { 0 };
	struct policy *policy = load(good[_i].text, &findings);
	auto_buf entries = BUF_MAX(1024);
	auto_free char *all = pki_dump(&findings);

	ck_assert_msg(policy && !findings.count, "%s", all);
	ck_assert_str_eq(policy->path, "p.yaml");
	for (size_t i = 0; i < policy->count; i++) {
		const struct policy_entry *one = &policy->entries[i];

		ck_assert_int_eq(buf_addf(&entries, " %zu/%zu=%d at %d:%d", one->profile, one->rule,
					  (int)one->severity, one->line, one->column),
				 0);
	}
	ck_assert_str_eq(buf_text(&entries), good[_i].entries);
	policy_free(policy);
}
END_TEST

static const struct bad {
	const char *text, *place, *sentence, *remedy;
} bad[] = {
	{ "", "p.yaml:1:1: profiles", "\"profiles\" is missing", "add it: severities" },
	{ "- K1\n", "p.yaml:1:1", "must be a mapping", "certroll rules" },
	{ "profiles: {}\nprofile: {}\n", "p.yaml:2:1: profile", "unknown key",
	  "did you mean \"profiles\"?" },
	{ "profiles: off\n", "p.yaml:1:11: profiles", "must be a mapping", "certroll rules" },
	{ "profiles:\n  innovafone: {K4: off}\n", "p.yaml:2:3: profiles.innovafone", "unknown key",
	  "did you mean \"innovaphone\"?" },
	{ "profiles:\n  nokia: {K4: off}\n", "p.yaml:2:3: profiles.nokia", "unknown key",
	  "certroll rules" },
	{ "profiles:\n  apple: {k4: off}\n", "p.yaml:2:11: profiles.apple.k4", "unknown key",
	  "did you mean \"K4\"?" },
	{ "profiles:\n  apple: {K4: on}\n", "p.yaml:2:15: profiles.apple.K4",
	  "must be one of off, note, warning, error, not \"on\"", "certroll rules" },
	{ "profiles:\n  apple: {K4: warnign}\n", "p.yaml:2:15: profiles.apple.K4",
	  "must be one of off, note, warning, error, not \"warnign\"",
	  "did you mean \"warning\"?" },
	{ "profiles:\n  apple: {K4: [off]}\n", "p.yaml:2:15: profiles.apple.K4", "not a list", "" },
	{ "profiles:\n  apple: {K4: }\n", "p.yaml:2:15: profiles.apple.K4", "has no value",
	  "give one" },
	{ "profiles:\n  apple: {K4: off, K4: note}\n", "p.yaml:2:20", "", "" },
	{ "profiles:\n  apple: &a {K4: off}\n", "p.yaml:2:", "", "" },
	{ "profiles:\n\tapple: {K4: off}\n", "p.yaml:2:1", "", "" },
};

START_TEST(test_policy_load_says_what_is_wrong_where)
{
	auto_findings findings = { 0 };
	struct policy *policy = load(bad[_i].text, &findings);
	auto_free char *all = pki_dump(&findings);
	const struct finding *first = findings.items;

	ck_assert_msg(!policy && findings.count == 1, "%s: %s", bad[_i].text, all);
	ck_assert_str_eq(first->id, "policy");
	ck_assert_int_eq(first->severity, SEVERITY_ERROR);
	ck_assert_msg(!strncmp(first->place, bad[_i].place, strlen(bad[_i].place)), "%s", all);
	ck_assert_msg(strstr(first->sentence, bad[_i].sentence), "%s", all);
	ck_assert_msg(strstr(first->remedy, bad[_i].remedy), "%s", all);
}
END_TEST

START_TEST(test_policy_load_tells_all_at_once)
{
	auto_findings findings = { 0 };
	struct policy *policy =
		load("profiles:\n  appel: {}\n  apple: {K9: off, E2: 1}\nx: 1\n", &findings);
	auto_free char *all = pki_dump(&findings);

	ck_assert_ptr_null(policy);
	ck_assert_msg(findings.count == 4, "%s", all);
}
END_TEST

/* A site with this policy; the caller frees. */
static void open_site(struct site *site, struct site_request *request, const char *text)
{
	char path[] = "/tmp/certroll-unit-XXXXXX";
	int file = mkstemp(path);
	struct err err = { 0 };

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, text, strlen(text)), (int)strlen(text));
	close(file);
	request->policy = path;
	*site = (struct site){ .request = request };
	ck_assert_msg(site_load_policy(site, &err) == 0, "%s", err.text);
	request->policy = NULL;
	unlink(path);
}

/* What a policy makes of a rule, and what is said of that; -1: the table's. */
static const struct effect {
	const char *text, *rule;
	enum profile_column column;
	int severity;
	size_t notes;
	const char *sentence;
} effects[] = {
	{ "profiles: {innovaphone: {K4: off}}\n", "K4", PROFILE_INNOVAPHONE, SEVERITY_NONE, 1,
	  "K4 (RSA key of the leaf not longer than the boxes can bear) is not judged for "
	  "innovaphone; by the table it is an error" },
	{ "profiles: {innovaphone: {K4: off}}\n", "K4", PROFILE_APPLE, -1, 1, "" },
	{ "profiles: {innovaphone: {O3: warning}}\n", "O3", PROFILE_INNOVAPHONE, SEVERITY_WARNING,
	  1, "is a warning at most for innovaphone; by the table it is an error" },
	{ "profiles: {innovaphone: {V4: warning}}\n", "V4", PROFILE_INNOVAPHONE, SEVERITY_WARNING,
	  1, "is a warning at most for innovaphone" },
	{ "profiles: {all: {V4: error}}\n", "V4", PROFILE_STRICT, SEVERITY_ERROR, 0, "" },
	/* "all" does not switch on what a profile does not look at; its name does. */
	{ "profiles: {all: {E2: error}}\n", "E2", PROFILE_APPLE, -1, 0, "" },
	{ "profiles: {apple: {E2: note}}\n", "E2", PROFILE_APPLE, SEVERITY_NOTE, 0, "" },
	/* The named one wins, wherever it stands. */
	{ "profiles: {all: {N1: off}, apple: {N1: error}}\n", "N1", PROFILE_APPLE, SEVERITY_ERROR,
	  1, "for innovaphone, cabf, ip-office, strict, server, path; by" },
	{ "profiles: {apple: {N1: error}, all: {N1: note}}\n", "N1", PROFILE_IP_OFFICE,
	  SEVERITY_NOTE, 1, "is a note at most for innovaphone, cabf," },
};

START_TEST(test_site_load_policy_adjusts_and_tells)
{
	const struct effect *effect = &effects[_i];
	struct site_request request = { 0 };
	struct site site;
	int severity = -1;
	auto_free char *all = NULL;

	open_site(&site, &request, effect->text);
	all = pki_dump(&site.findings);
	for (size_t i = 0; i < site.adjustments.count; i++) {
		const struct adjustment *one = &site.adjustments.items[i];

		if (strcmp(one->rule->id, effect->rule) == 0 && one->column == effect->column)
			severity = (int)one->severity;
	}
	ck_assert_int_eq(severity, effect->severity);
	ck_assert_msg(site.findings.count == effect->notes, "%s", all);
	ck_assert_uint_eq(findings_count(&site.findings, SEVERITY_NOTE), effect->notes);
	if (effect->notes)
		ck_assert_msg(strstr(site.findings.items[0].sentence, effect->sentence), "%s", all);
	site_free(&site);
}
END_TEST

Suite *suite_policy_file(void)
{
	Suite *suite = suite_create("policy_file");
	TCase *files = tcase_create("files");
	TCase *effect = tcase_create("effect");

	tcase_add_loop_test(files, test_policy_load_keeps_entries_and_places, 0, COUNT(good));
	tcase_add_loop_test(files, test_policy_load_says_what_is_wrong_where, 0, COUNT(bad));
	tcase_add_test(files, test_policy_load_tells_all_at_once);
	tcase_add_loop_test(effect, test_site_load_policy_adjusts_and_tells, 0, COUNT(effects));
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, effect);
	return suite;
}
