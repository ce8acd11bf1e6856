#include "fixture.h"

Suite *suite_rules(void);

#define GOOD "leaf-both issuing policy root leaf.key"

#define N SEVERITY_NONE
#define W SEVERITY_WARNING
#define F SEVERITY_ERROR

/* The root counts as public unless P2 is what a row is about.  More rows are in test_policy.c. */
/* clang-format off */
static const struct fixture fixtures[] = {
	/* Well, in every profile. */
	{ GOOD, "+root", PROFILE_INNOVAPHONE, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_APPLE, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_CABF, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_IP_OFFICE, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_STRICT, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_SERVER, false, "", N, "", "", "" },
	{ GOOD, "+root", PROFILE_PATH, false, "", N, "", "", "" },
	{ "leaf-both issuing policy", "+root", PROFILE_INNOVAPHONE, true, "", N, "", "", "" },
	/* What public CAs issue today: one warning. */
	{ "leaf issuing policy root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "E2", W,
	  "bundle.pem: block 1, line 1", "does not include clientAuth: only needed where", "MTLS" },
	{ "leaf issuing policy root leaf.key", "+root", PROFILE_CABF, false, "", N, "", "", "" },
	{ "leaf issuing policy", "root", PROFILE_APPLE, true, "", N, "", "", "" },
	/* K */
	{ "leaf-both issuing policy root", "+root", PROFILE_INNOVAPHONE, false, "K1", F, "bundle.pem",
	  "no private key", "Append the private key" },
	{ "leaf-both issuing policy root leaf.key other.key", "+root", PROFILE_APPLE, false, "K1", F,
	  "bundle.pem: block 6, line", "more than one private key: block 5, line", "Remove block 6 (lines " },
	{ "leaf-both issuing policy root other.key", "+root", PROFILE_INNOVAPHONE, false, "K1", F,
	  "bundle.pem: block 5, line", "does not belong to the leaf '*.example.com' (block 1)", "" },
	{ "leaf-both issuing policy root issuing.key", "+root", PROFILE_INNOVAPHONE, false, "K1", F,
	  "bundle.pem: block 5, line", "but to 'Example Issuing CA' (block 2)", "" },
	{ "leaf-both issuing policy root leaf-locked.key", "+root", PROFILE_INNOVAPHONE, false, "K2", F,
	  "bundle.pem: block 5, line", "pass phrase", "openssl pkey" },
	{ "leaf-both issuing policy root leaf-locked-old.key", "+root", PROFILE_STRICT, false, "K2", F,
	  "bundle.pem: block 5, line", "pass phrase", "openssl pkey" },
	{ "leaf-both issuing policy root leaf-locked.key", "+root", PROFILE_IP_OFFICE, false, "", N, "",
	  "", "" },
	{ "leaf.key", "+root", PROFILE_INNOVAPHONE, false, "pem", F, "bundle.pem", "no certificate", "" },
	{ "leaf-small issuing policy root small.key", "+root", PROFILE_INNOVAPHONE, false, "K3", F,
	  "bundle.pem: block 1, line 1", "has 1024 bits", "2048" },
	{ "leaf-small issuing policy", "root", PROFILE_SERVER, true, "K3", W, "here: certificate 1",
	  "has 1024 bits", "2048" },
	{ "leaf-big issuing policy root big.key", "+root", PROFILE_INNOVAPHONE, false, "K4", F,
	  "bundle.pem: block 1, line 1", "has 3072 bits, more than the 2048", "raise the limit" },
	{ "leaf-big issuing policy root big.key", "+root", PROFILE_APPLE, false, "", N, "", "", "" },
	{ "leaf-ec issuing policy root p256.key", "+root", PROFILE_INNOVAPHONE, false, "K5", F,
	  "bundle.pem: block 1, line 1", "EC (P-256)", "16r1" },
	{ "leaf-ec issuing policy root p256.key", "+root", PROFILE_IP_OFFICE, false, "K5", W,
	  "bundle.pem: block 1, line 1", "EC (P-256)", "" },
	{ "leaf-ec issuing policy root p256-sec1.key", "+root", PROFILE_CABF, false, "", N, "", "", "" },
	{ "leaf-k256 issuing policy root k256.key", "+root", PROFILE_INNOVAPHONE, false, "K6", F,
	  "bundle.pem: block 1, line 1", "EC secp256k1", "RSA" },
	{ "leaf-ed issuing policy", "root", PROFILE_SERVER, true, "K6", F, "here: certificate 1",
	  "ED25519", "RSA" },
	/* O */
	{ "issuing leaf-both policy root leaf.key", "+root", PROFILE_APPLE, false, "O1", F,
	  "bundle.pem: block 1, line 1", "'Example Issuing CA' (block 1), not the leaf's, "
	  "'*.example.com' (block 2)", "order: 2, 1, 3, 4, then the key (block 5)." },
	{ "policy issuing leaf-both", "root", PROFILE_PATH, true, "O1", F, "here: certificate 1",
	  "not the leaf's", "Put the certificates in this order: 3, 2, 1." },
	{ "leaf-both policy issuing root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "O2", F,
	  "bundle.pem: block 2, line", "'Example Policy CA' (block 2) stands before that of 'Example "
	  "Issuing CA' (block 3), which it signed", "order: 1, 3, 2, 4, then the key (block 5)." },
	{ "leaf-both root policy issuing", "root", PROFILE_SERVER, true, "O2", W, "here: certificate 3",
	  "'Example Policy CA' (certificate 3) stands before that of 'Example Issuing CA'",
	  "Put the certificates in this order: 1, 4, 3, 2." },
	{ "leaf-both issuing policy leaf.key", "+root", PROFILE_INNOVAPHONE, false, "O3", F,
	  "bundle.pem: block 3, line", "'Example Root' above it is missing",
	  "'CN=Example Root,O=Example' behind block 3 (lines " },
	{ "leaf-both issuing policy leaf.key", "+root", PROFILE_APPLE, false, "", N, "", "", "" },
	{ "leaf-both issuing stranger policy root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "O4", F,
	  "bundle.pem: block 3, line", "'Other Root' (block 3) has no part", "Remove block 3 (lines " },
	{ "leaf-both issuing policy root issuing leaf.key", "+root", PROFILE_INNOVAPHONE, false, "O4", F,
	  "bundle.pem: block 5, line", "block 5 repeats the certificate of 'Example Issuing CA' (block 2)",
	  "Remove block 5 (lines " },
	{ "leaf-both leaf-next issuing policy root leaf.key", "+root", PROFILE_APPLE, false, "O4", W,
	  "bundle.pem: block 2, line", "is a second leaf", "Remove block 2 (lines " },
	{ "leaf-yr yr1 yr yr-by-x1 x1 leaf.key", "+x1", PROFILE_INNOVAPHONE, false, "O4", F,
	  "bundle.pem: block 3, line", "another certificate for the name and key of 'Root YR' (block 4)",
	  "Remove block 3 (lines " },
	{ "leaf-yr yr1 yr-by-x1 x1 leaf.key", "+x1", PROFILE_INNOVAPHONE, false, "", N, "", "", "" },
	{ "stranger leaf-both issuing policy", "root", PROFILE_APPLE, true, "O1 O4", F,
	  "here: certificate 1", "'Other Root' (certificate 1), not the leaf's", "order: 2, 3, 4." },
	{ "leaf.key leaf-both issuing policy root", "+root", PROFILE_INNOVAPHONE, false, "O5", F,
	  "bundle.pem: block 1, line 1", "stands before a certificate (block 5)",
	  "order: 2, 3, 4, 5, then the key (block 1)." },
	{ "leaf.key leaf-both issuing policy root", "+root", PROFILE_APPLE, false, "", N, "", "", "" },
	{ "leaf-brief brief policy root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "O6", W,
	  "bundle.pem: block 2, line", "'Brief CA' (block 2) ends on 2026-12-31 00:00:00 UTC", "" },
	{ "leaf-brief brief policy", "+root", PROFILE_STRICT, true, "O6", F, "here: certificate 2",
	  "before the leaf", "" },
	/* V */
	{ "leaf-expired issuing policy root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "V1", F,
	  "bundle.pem: block 1, line 1", "ended on 2026-11-19 12:00:00 UTC (expired 3 days ago)",
	  "Renew it." },
	{ "leaf-under-expired expired policy", "root", PROFILE_PATH, true, "V1", F,
	  "here: certificate 2", "'Expired CA' (certificate 2) ended on", "" },
	{ "leaf-early issuing policy", "root", PROFILE_SERVER, true, "V1", F, "here: certificate 1",
	  "not valid before 2026-11-23 12:00:00 UTC", "clock" },
	{ "leaf-third issuing policy", "root", PROFILE_INNOVAPHONE, true, "V4", W,
	  "here: certificate 1", "has 20 days left of its 90 days", "Renew it" },
	{ "leaf-tenth issuing policy", "root", PROFILE_INNOVAPHONE, true, "V4", F,
	  "here: certificate 1", "has 4 days left", "Renew it" },
	{ "leaf-tenth issuing policy", "root", PROFILE_PATH, true, "", N, "", "", "" },
	/* E, U */
	{ "leaf-client issuing policy", "root", PROFILE_APPLE, true, "E1", F, "here: certificate 1",
	  "does not include serverAuth", "issued again" },
	{ "leaf-client issuing policy", "root", PROFILE_INNOVAPHONE, true, "E1", F,
	  "here: certificate 1", "does not include serverAuth", "" },
	{ "leaf-no-eku issuing policy", "root", PROFILE_APPLE, true, "E1", F, "here: certificate 1",
	  "no extended key usage", "" },
	{ "leaf-no-eku issuing policy", "+root", PROFILE_IP_OFFICE, true, "E1", W,
	  "here: certificate 1", "no extended key usage", "" },
	{ "leaf-no-eku issuing policy", "root", PROFILE_PATH, true, "", N, "", "", "" },
	{ "leaf issuing policy", "+root", PROFILE_IP_OFFICE, true, "E2", W, "here: certificate 1",
	  "clientAuth", "" },
	{ "leaf-no-ku issuing policy", "+root", PROFILE_IP_OFFICE, true, "U1", F,
	  "here: certificate 1", "no key usage", "" },
	{ "leaf-no-ku issuing policy", "root", PROFILE_CABF, true, "U1", W, "here: certificate 1",
	  "no key usage", "" },
	{ "leaf-encipher issuing policy", "root", PROFILE_INNOVAPHONE, true, "U1", W,
	  "here: certificate 1", "does not include digitalSignature", "" },
	{ "leaf-sign issuing policy", "root", PROFILE_INNOVAPHONE, true, "U2", W,
	  "here: certificate 1", "does not include keyEncipherment", "" },
	{ "leaf-sign issuing policy", "root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "leaf-ca issuing policy", "root", PROFILE_CABF, true, "U4", F, "here: certificate 1",
	  "is a CA certificate", "CA:FALSE" },
	{ "leaf-ca issuing policy", "+root", PROFILE_IP_OFFICE, true, "", N, "", "", "" },
	/* N */
	{ "leaf-no-san issuing policy", "root", PROFILE_APPLE, true, "N1", F, "here: certificate 1",
	  "no DNS name in subjectAltName; clients ignore", "subjectAltName" },
	{ "leaf-no-san issuing policy", "root", PROFILE_IP_OFFICE, true, "N1 N3", W,
	  "here: certificate 1", "no DNS name", "" },
	{ "leaf-ip issuing policy", "root", PROFILE_INNOVAPHONE, true, "N1", F, "here: certificate 1",
	  "no DNS name", "" },
	{ "leaf-partial issuing policy", "root", PROFILE_PATH, true, "N2 N2 N2 N3", F,
	  "here: certificate 1", "'f*.example.com' covers nothing", "" },
	{ "lone", "lone", PROFILE_SERVER, true, "N3", F, "here: certificate 1",
	  "'pbx.example.com' (device pbx7) is not covered: the certificate is for 'box.example.com'",
	  "further name 'pbx.example.com'" },
	{ "leaf-narrow narrow policy", "root", PROFILE_INNOVAPHONE, true, "N6", F,
	  "here: certificate 1", "name constraints, permitted", "" },
	{ "leaf-nc issuing policy", "root", PROFILE_APPLE, true, "N6", F, "here: certificate 1",
	  "which only CA certificates may have", "" },
	/* S */
	{ "leaf-sha1 issuing policy", "root", PROFILE_SERVER, true, "S1", F, "here: certificate 1",
	  "signed with SHA-1", "SHA-256" },
	{ "leaf-weak weak-issuing policy", "root", PROFILE_INNOVAPHONE, true, "S1", F,
	  "here: certificate 2", "'Weak CA' (certificate 2) is signed with SHA-1", "" },
	{ "leaf-sha384 issuing policy", "root", PROFILE_INNOVAPHONE, true, "S2", W,
	  "here: certificate 1", "not signed with SHA-224 or SHA-256 and RSA", "" },
	{ "leaf-sha384 issuing policy", "root", PROFILE_APPLE, true, "", N, "", "", "" },
	/* P */
	{ "leaf-both leaf.key", "+root", PROFILE_INNOVAPHONE, false, "P1", F,
	  "bundle.pem: block 1, line 1", "'Example Issuing CA', which signed '*.example.com' (block 1), "
	  "is missing", "after block 1" },
	{ "leaf-both issuing leaf.key", "+root", PROFILE_INNOVAPHONE, false, "P1", F,
	  "bundle.pem: block 2, line", "'Example Policy CA', which signed",
	  "http://ca.example.com/policy.crt" },
	{ "leaf-both root leaf.key", "+root", PROFILE_INNOVAPHONE, false, "P1", F,
	  "bundle.pem: block 1, line 1", "'Example Issuing CA', which signed", "after block 1" },
	{ "leaf-both", "root", PROFILE_PATH, true, "P1", F, "here: certificate 1", "is missing", "" },
	{ "leaf-both impostor policy", "root", PROFILE_SERVER, true, "P1", F, "here: certificate 1",
	  "'Example Issuing CA' (certificate 2) has that name but another key", "" },
	{ "leaf-ring ring-a ring-b", "root", PROFILE_SERVER, true, "R4", F, "here: certificate 3",
	  "'Ring B' (certificate 3) and 'Ring A' (certificate 2) lead in a circle", "" },
	{ "leaf-both issuing policy root", "", PROFILE_INNOVAPHONE, true, "P1", F,
	  "here: certificate 4", "ends in 'Example Root' (certificate 4), which signed itself",
	  "--ca-file" },
	{ "lone", "", PROFILE_PATH, true, "N3 P1", F, "here: certificate 1", "", "" },
	{ "leaf-no-ca no-ca policy", "root", PROFILE_INNOVAPHONE, true, "P1", F,
	  "here: certificate 2", "'Not a CA' signed another certificate but is no CA", "" },
	{ "leaf-no-certsign no-certsign policy", "root", PROFILE_CABF, true, "P1", F,
	  "here: certificate 2", "key usage does not allow", "" },
	{ "leaf-critical issuing policy", "root", PROFILE_INNOVAPHONE, true, "P1", F,
	  "here: certificate 1", "critical extension", "" },
	{ "leaf-both issuing policy root leaf.key", "", PROFILE_INNOVAPHONE, false, "P2", W,
	  "bundle.pem: block 4, line", "only because the bundle holds it", "Install it on the clients" },
	{ "leaf-both issuing policy root leaf.key", "root", PROFILE_APPLE, false, "P2", W,
	  "bundle.pem: block 4, line", "'Example Root' (block 4) is not in", "" },
	{ "leaf-both issuing policy root leaf.key", "root", PROFILE_SERVER, false, "", N, "", "", "" },
};
/* clang-format on */

START_TEST(test_rules_judge_fixture)
{
	fixture_check(&fixtures[_i], PKI_NOW);
}
END_TEST

/* A row without a test is in the table to be read; those of RFC 5280 (R) are in test_rfc.c. */
START_TEST(test_rules_each_row_has_a_failing_and_a_passing_fixture)
{
	size_t count;
	const struct rule *rule = &rules_table(&count)[_i];
	bool fails = policy_fails(rule), passes = policy_passes(rule);

	if (rule->id[0] == 'R')
		return;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		fails |= fixture_fails(&fixtures[i], rule);
		passes |= fixture_passes(&fixtures[i], rule);
	}
	ck_assert_msg(fails == (rule->test != NULL), "%s fixture fails %s", fails ? "a" : "no",
		      rule->id);
	ck_assert_msg(passes == (rule->test != NULL), "%s fixture passes %s", passes ? "a" : "no",
		      rule->id);
}
END_TEST

static bool silent(const struct rule *rule)
{
	for (size_t i = 0; i < COUNT(rule->severity); i++)
		if (rule->severity[i] != SEVERITY_NONE)
			return false;
	return true;
}

START_TEST(test_rules_table_is_complete)
{
	size_t count;
	const struct rule *table = rules_table(&count);

	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_gt(strlen(table[i].title), 5);
		ck_assert_uint_gt(strlen(table[i].basis), 5);
		ck_assert(table[i].bundle || table[i].served);
		ck_assert(silent(&table[i]) == !table[i].test);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(table[i].id, table[j].id);
	}
}
END_TEST

START_TEST(test_rules_limits_of_the_profile_count)
{
	static const struct fixture big = { .files = "leaf-big issuing policy", .served = true };
	static const struct fixture ec = { .files = "leaf-ec issuing policy", .served = true };
	static const struct fixture rootless = { .files = "leaf-both issuing policy leaf.key" };
	auto_pki pki = pki_open("root");
	auto_findings findings = { 0 };
	struct profile profile = { .column = PROFILE_INNOVAPHONE,
				   .leaf_rsa_max = 4096,
				   .ec_allowed = true,
				   .root_optional = true };
	struct judgement judgement = { .profile = &profile,
				       .now = PKI_NOW,
				       .root_kind = ROOT_PUBLIC };
	auto_free char *all = NULL;

	fixture_judge_with(&pki, &big, &judgement, &findings);
	fixture_judge_with(&pki, &ec, &judgement, &findings);
	fixture_judge_with(&pki, &rootless, &judgement, &findings);
	all = pki_dump(&findings);
	ck_assert_msg(findings.count == 0, "%s", all);
}
END_TEST

START_TEST(test_rules_root_kind_overrides_detection)
{
	static const struct fixture good = { .files = "leaf-both issuing policy root leaf.key" };
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	auto_pki private = pki_open(NULL);
	auto_pki public = pki_open_public("root");
	auto_findings findings = { 0 };

	fixture_judge_with(&private, &good,
			   &(struct judgement){
				   .profile = &profile, .now = PKI_NOW, .root_kind = ROOT_PUBLIC },
			   &findings);
	ck_assert_uint_eq(findings.count, 0);
	fixture_judge_with(&public, &good,
			   &(struct judgement){
				   .profile = &profile, .now = PKI_NOW, .root_kind = ROOT_PRIVATE },
			   &findings);
	ck_assert_str_eq(findings.items[0].id, "P2");
}
END_TEST

static const struct {
	const char *name, *words;
} wanted[] = {
	{ "a.b.example.com", "'*.example.com' covers exactly one label" },
	{ "pbx.example.org", "the certificate is for '*.example.com', 'example.com'" },
	{ ".example.com", "does not begin with a dot" },
	{ "192.0.2.1", "iPAddress" },
};

START_TEST(test_rules_say_why_a_name_is_not_covered)
{
	static const struct fixture good = { .files = "leaf-both issuing policy", .served = true };
	auto_pki pki = pki_open("root");
	auto_findings findings = { 0 };
	struct profile profile = profile_default(PROFILE_SERVER);
	struct wanted_name name = { wanted[_i].name, NULL };

	fixture_judge_with(
		&pki, &good,
		&(struct judgement){
			.profile = &profile, .now = PKI_NOW, .names = &name, .name_count = 1 },
		&findings);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_str_eq(findings.items[0].id, "N3");
	ck_assert_msg(strstr(findings.items[0].sentence, wanted[_i].words), "%s",
		      findings.items[0].sentence);
}
END_TEST

START_TEST(test_rules_do_not_drown_the_reader_in_names)
{
	static const struct fixture good = { .files = "leaf-both issuing policy", .served = true };
	auto_pki pki = pki_open("root");
	auto_findings findings = { 0 };
	struct profile profile = profile_default(PROFILE_SERVER);
	struct wanted_name names[50];

	for (size_t i = 0; i < COUNT(names); i++)
		names[i] =
			(struct wanted_name){ i % 2 ? "a.example.org" : "pbx.example.com", "pbx" };
	fixture_judge_with(&pki, &good,
			   &(struct judgement){ .profile = &profile,
						.now = PKI_NOW,
						.names = names,
						.name_count = COUNT(names) },
			   &findings);
	ck_assert_uint_eq(findings.count, 21);
	ck_assert_str_eq(findings.items[20].sentence, "and 5 more names are not covered");
}
END_TEST

START_TEST(test_profile_names_lead_back)
{
	for (size_t i = 0; i < PROFILE_COLUMNS; i++) {
		enum profile_column column = PROFILE_COLUMNS;

		ck_assert(profile_find(profile_name((enum profile_column)i), &column));
		ck_assert_uint_eq(column, i);
	}
	ck_assert(!profile_find("nokia", &(enum profile_column){ 0 }));
}
END_TEST

Suite *suite_rules(void)
{
	Suite *suite = suite_create("rules");
	TCase *rows = tcase_create("rows");
	TCase *profiles = tcase_create("profiles");
	size_t count;

	rules_table(&count);
	tcase_add_loop_test(rows, test_rules_judge_fixture, 0, COUNT(fixtures));
	tcase_add_loop_test(rows, test_rules_each_row_has_a_failing_and_a_passing_fixture, 0,
			    (int)count);
	tcase_add_test(rows, test_rules_table_is_complete);
	tcase_add_test(profiles, test_rules_limits_of_the_profile_count);
	tcase_add_test(profiles, test_rules_root_kind_overrides_detection);
	tcase_add_loop_test(profiles, test_rules_say_why_a_name_is_not_covered, 0, COUNT(wanted));
	tcase_add_test(profiles, test_rules_do_not_drown_the_reader_in_names);
	tcase_add_test(profiles, test_profile_names_lead_back);
	suite_add_tcase(suite, rows);
	suite_add_tcase(suite, profiles);
	return suite;
}
