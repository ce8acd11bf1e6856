/* Severities that are not simply the table's: adjusted ones, and those of several columns. */
#include "certroll/driver.h"
#include "certroll/site.h"
#include "pki.h"

Suite *suite_profile(void);

#define COLUMN(name) (1U << PROFILE_##name)

/* "E2 warning, P2 note": what is said, with severities. */
static char *said(const struct findings *findings)
{
	auto_buf text = BUF_MAX(1024);

	for (size_t i = 0; i < findings->count; i++)
		ck_assert_int_eq(buf_addf(&text, "%s%s %s", i ? ", " : "", findings->items[i].id,
					  severity_name(findings->items[i].severity)),
				 0);
	return text_copy(buf_text(&text));
}

/* A bundle if there is a key among the files, else a served chain; "+root": a public one. */
static void judge(const char *files, const char *anchor, const struct profile *profile,
		  const struct adjustments *adjustments, const char *expected)
{
	auto_pki pki = *anchor == '+' ? pki_open_public(anchor + 1) : pki_open(anchor);
	struct wanted_name wanted = { "pbx.example.com", NULL };
	struct judgement judgement = { .profile = profile,
				       .now = PKI_NOW,
				       .names = &wanted,
				       .name_count = 1,
				       .adjustments = adjustments };
	auto_findings findings = { 0 };
	auto_bundle *bundle = NULL;
	auto_free char *all = NULL, *got = NULL;

	if (strstr(files, ".key")) {
		bundle = pki_bundle(&pki, files, &findings);
		rules_judge_bundle(bundle, &judgement, &findings);
	} else {
		rules_judge_served(pki_take(&pki, files), &judgement, "here", &findings);
	}
	all = pki_dump(&findings);
	got = said(&findings);
	ck_assert_msg(strcmp(got, expected) == 0, "%s: '%s', not '%s'%s", files, got, expected,
		      all);
}

static const struct adjusting {
	const char *files;
	enum profile_column column;
	const char *rule;
	enum profile_column where;
	enum severity severity;
	const char *expected;
} adjustings[] = {
	{ "leaf issuing policy", PROFILE_INNOVAPHONE, "E2", PROFILE_INNOVAPHONE, SEVERITY_NONE,
	  "" },
	{ "leaf issuing policy", PROFILE_INNOVAPHONE, "E2", PROFILE_INNOVAPHONE, SEVERITY_ERROR,
	  "E2 error" },
	{ "leaf issuing policy", PROFILE_INNOVAPHONE, "E2", PROFILE_APPLE, SEVERITY_ERROR,
	  "E2 warning" },
	/* A rule the profile does not look at. */
	{ "leaf issuing policy", PROFILE_APPLE, "E2", PROFILE_APPLE, SEVERITY_NOTE, "E2 note" },
	/* Tests with a severity of their own have to give way ... */
	{ "leaf-tenth issuing policy", PROFILE_INNOVAPHONE, "V4", PROFILE_STRICT, SEVERITY_NOTE,
	  "V4 error" },
	{ "leaf-tenth issuing policy", PROFILE_INNOVAPHONE, "V4", PROFILE_INNOVAPHONE,
	  SEVERITY_WARNING, "V4 warning" },
	{ "leaf-third issuing policy", PROFILE_INNOVAPHONE, "V4", PROFILE_INNOVAPHONE,
	  SEVERITY_ERROR, "V4 error" },
	{ "leaf-client issuing policy", PROFILE_APPLE, "E1", PROFILE_APPLE, SEVERITY_NOTE,
	  "E1 note" },
	/* ... but what is no finding does not become one. */
	{ "leaf-no-eku issuing policy", PROFILE_SERVER, "E1", PROFILE_SERVER, SEVERITY_ERROR, "" },
	/* P1 keeps silent about what V1 says; not when V1 is silenced. */
	{ "leaf-expired issuing policy", PROFILE_APPLE, "K3", PROFILE_APPLE, SEVERITY_NOTE,
	  "V1 error" },
	{ "leaf-expired issuing policy", PROFILE_APPLE, "V1", PROFILE_APPLE, SEVERITY_NONE,
	  "P1 error" },
	{ "leaf-both issuing policy root", PROFILE_INNOVAPHONE, "K1", PROFILE_INNOVAPHONE,
	  SEVERITY_NOTE, "" },
	{ "leaf-both issuing policy root other.key", PROFILE_INNOVAPHONE, "K1", PROFILE_INNOVAPHONE,
	  SEVERITY_NOTE, "K1 note" },
};

START_TEST(test_rules_follow_adjustments)
{
	const struct adjusting *one = &adjustings[_i];
	struct profile profile = profile_default(one->column);
	struct adjustment item = { .column = one->where, .severity = one->severity };
	const struct adjustments adjustments = { &item, 1 };
	size_t count;
	const struct rule *table = rules_table(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].id, one->rule) == 0)
			item.rule = &table[i];
	judge(one->files, "+root", &profile, &adjustments, one->expected);
}
END_TEST

static const struct merging {
	const char *files, *anchor;
	enum profile_column column;
	unsigned clients;
	const char *expected;
} mergings[] = {
	{ "leaf-both issuing policy", "+root", PROFILE_INNOVAPHONE, COLUMN(APPLE) | COLUMN(CABF),
	  "" },
	/* The strictest counts, and it is said once. */
	{ "leaf-no-eku issuing policy", "+root", PROFILE_INNOVAPHONE, 0, "E1 warning" },
	{ "leaf-no-eku issuing policy", "+root", PROFILE_INNOVAPHONE, COLUMN(APPLE), "E1 error" },
	{ "leaf-no-eku issuing policy", "+root", PROFILE_IP_OFFICE, COLUMN(APPLE) | COLUMN(CABF),
	  "E1 error" },
	{ "leaf-no-eku issuing policy", "+root", PROFILE_APPLE, COLUMN(INNOVAPHONE), "E1 error" },
	/* Each column's own, in the order of the table. */
	{ "leaf-ca issuing policy", "+root", PROFILE_IP_OFFICE, 0, "" },
	{ "leaf-ca issuing policy", "+root", PROFILE_IP_OFFICE, COLUMN(APPLE), "U4 warning" },
	{ "leaf-ca issuing policy", "+root", PROFILE_INNOVAPHONE, COLUMN(CABF), "U4 error" },
	{ "leaf-big issuing policy", "+root", PROFILE_INNOVAPHONE, COLUMN(CABF), "K4 error" },
	{ "leaf-no-ku issuing policy", "+root", PROFILE_INNOVAPHONE, COLUMN(CABF), "U1 warning" },
	/* The Baseline Requirements bind public CAs alone. */
	{ "leaf-ca issuing policy", "root", PROFILE_INNOVAPHONE, COLUMN(CABF), "U4 warning" },
	{ "leaf-no-eku issuing policy", "root", PROFILE_INNOVAPHONE, COLUMN(CABF), "E1 warning" },
	{ "leaf-no-eku issuing policy", "root", PROFILE_INNOVAPHONE, COLUMN(APPLE), "E1 error" },
	{ "leaf-no-san issuing policy", "root", PROFILE_IP_OFFICE, 0, "N1 warning, N3 error" },
	{ "leaf-client issuing policy", "root", PROFILE_INNOVAPHONE, COLUMN(CABF), "E1 error" },
	/* What only a file can do wrong is no business of clients. */
	{ "leaf-both issuing policy leaf-locked.key", "root", PROFILE_APPLE, COLUMN(SERVER),
	  "P2 warning" },
	{ "leaf-both issuing policy other.key", "+root", PROFILE_INNOVAPHONE, COLUMN(APPLE),
	  "K1 error, O3 error" },
	{ "leaf.key", "+root", PROFILE_INNOVAPHONE, COLUMN(APPLE) | COLUMN(CABF), "pem error" },
};

START_TEST(test_rules_merge_the_columns_of_clients)
{
	const struct merging *one = &mergings[_i];
	struct profile profile = profile_default(one->column);

	profile.clients = one->clients;
	judge(one->files, one->anchor, &profile, NULL, one->expected);
}
END_TEST

static struct profile profile_of_ip_office(const void *options, const char *firmware)
{
	(void)options;
	(void)firmware;
	return profile_default(PROFILE_IP_OFFICE);
}

static struct profile profile_of_innovaphone(const void *options, const char *firmware)
{
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);

	(void)options;
	profile.ec_allowed = firmware && strcmp(firmware, "16r1") == 0;
	return profile;
}

static const struct driver innovaphone = { .name = "i", .profile = profile_of_innovaphone };
static const struct driver ip_office = { .name = "a", .profile = profile_of_ip_office };

static const struct mapping {
	const struct driver *driver;
	const char *clients;       /* two words at most */
	enum profile_column given; /* PROFILE_COLUMNS: none */
	enum profile_column column;
	unsigned columns;
} mappings[] = {
	{ &innovaphone, "", PROFILE_COLUMNS, PROFILE_INNOVAPHONE, 0 },
	{ &innovaphone, "apple", PROFILE_COLUMNS, PROFILE_INNOVAPHONE, COLUMN(APPLE) },
	{ &innovaphone, "android", PROFILE_COLUMNS, PROFILE_INNOVAPHONE, COLUMN(CABF) },
	{ &innovaphone, "browsers apple", PROFILE_COLUMNS, PROFILE_INNOVAPHONE,
	  COLUMN(CABF) | COLUMN(APPLE) },
	{ &innovaphone, "phones", PROFILE_COLUMNS, PROFILE_INNOVAPHONE, 0 },
	{ &ip_office, "", PROFILE_COLUMNS, PROFILE_IP_OFFICE, COLUMN(APPLE) },
	{ &ip_office, "phones apple", PROFILE_COLUMNS, PROFILE_IP_OFFICE, COLUMN(APPLE) },
	{ &ip_office, "browsers", PROFILE_COLUMNS, PROFILE_IP_OFFICE,
	  COLUMN(APPLE) | COLUMN(CABF) },
	/* --profile takes the place of both. */
	{ &innovaphone, "apple browsers", PROFILE_SERVER, PROFILE_SERVER, 0 },
	{ &ip_office, "browsers", PROFILE_INNOVAPHONE, PROFILE_INNOVAPHONE, 0 },
	{ &innovaphone, "browsers", PROFILE_IP_OFFICE, PROFILE_IP_OFFICE, COLUMN(APPLE) },
	/* host:port without an inventory. */
	{ NULL, "", PROFILE_COLUMNS, PROFILE_INNOVAPHONE, 0 },
};

START_TEST(test_site_profile_adds_what_clients_demand)
{
	const struct mapping *one = &mappings[_i];
	bool given = one->given != PROFILE_COLUMNS;
	struct site_request request = { .profile = given ? one->given : PROFILE_INNOVAPHONE,
					.profile_given = given };
	struct site site = { .request = &request };
	char firmware[] = "16r1", words[2][64] = { "" };
	char *items[2] = { words[0], words[1] };
	struct device device = { .driver = one->driver, .firmware = firmware };
	const char *list = one->clients;
	struct profile profile;

	device.clients.items = items;
	while (device.clients.count < 2 && pki_word(&list, words[device.clients.count]))
		device.clients.count++;
	profile = site_profile(&site, &device, NULL);
	ck_assert_str_eq(profile_name(profile.column), profile_name(one->column));
	ck_assert_uint_eq(profile.clients, one->columns);
	ck_assert_int_eq(profile.ec_allowed, one->driver == &innovaphone && !given);
	ck_assert(!site_profile(&site, &device, "14r2").ec_allowed);
}
END_TEST

START_TEST(test_findings_merge_keeps_the_worst_once)
{
	auto_findings all = { 0 }, more = { 0 };

	findings_add(&all, "K1", SEVERITY_WARNING, "here", "mend", "x");
	findings_add(&more, "K1", SEVERITY_ERROR, "here", "mend", "x");
	findings_add(&more, "K1", SEVERITY_NOTE, "there", "mend", "x");
	findings_add(&more, "K1", SEVERITY_NOTE, "here", "mend", "y");
	findings_add(&more, "K1", SEVERITY_NOTE, "here", "mend", "x");
	findings_add(&more, "K2", SEVERITY_NOTE, "here", "mend", "x");
	findings_merge(&all, &more);
	ck_assert_uint_eq(all.count, 4);
	ck_assert_int_eq(all.items[0].severity, SEVERITY_ERROR);
	ck_assert_str_eq(all.items[1].place, "there");
	ck_assert_str_eq(all.items[2].sentence, "y");
	ck_assert_str_eq(all.items[3].id, "K2");
}
END_TEST

Suite *suite_profile(void)
{
	Suite *suite = suite_create("profile");
	TCase *tests = tcase_create("profile");

	tcase_add_loop_test(tests, test_rules_follow_adjustments, 0, COUNT(adjustings));
	tcase_add_loop_test(tests, test_rules_merge_the_columns_of_clients, 0, COUNT(mergings));
	tcase_add_loop_test(tests, test_site_profile_adds_what_clients_demand, 0, COUNT(mappings));
	tcase_add_test(tests, test_findings_merge_keeps_the_worst_once);
	suite_add_tcase(suite, tests);
	return suite;
}
