/* The rules of those who make clients, CAs and phones: one fixture on each side of every limit. */
#include "fixture.h"
#include <time.h>

Suite *suite_policy(void);

#define ABOVE   " issuing policy root leaf.key"
#define CLASSIC "le-classic yr1 yr-by-x1 x1 leaf.key"
#define SHORT   "le-tlsserver yr1 yr-by-x1 x1 leaf.key"

#define N SEVERITY_NONE
#define W SEVERITY_WARNING
#define F SEVERITY_ERROR

/* clang-format off */
static const struct fixture fixtures[] = {
	/* What Let's Encrypt issues today. */
	{ CLASSIC, "+x1", PROFILE_INNOVAPHONE, false, "E2", W, "bundle.pem: block 1, line 1",
	  "does not include clientAuth: only needed where", "" },
	{ CLASSIC, "+x1", PROFILE_APPLE, false, "", N, "", "", "" },
	{ CLASSIC, "+x1", PROFILE_CABF, false, "", N, "", "", "" },
	{ CLASSIC, "+x1", PROFILE_IP_OFFICE, false, "E2", W, "bundle.pem: block 1, line 1",
	  "clientAuth", "" },
	{ CLASSIC, "+x1", PROFILE_STRICT, false, "", N, "", "", "" },
	{ CLASSIC, "+x1", PROFILE_SERVER, false, "", N, "", "", "" },
	{ CLASSIC, "+x1", PROFILE_PATH, false, "", N, "", "", "" },
	{ SHORT, "+x1", PROFILE_INNOVAPHONE, false, "E2 U2", W, "bundle.pem: block 1, line 1",
	  "clientAuth", "" },
	{ SHORT, "+x1", PROFILE_APPLE, false, "", N, "", "", "" },
	{ SHORT, "+x1", PROFILE_CABF, false, "", N, "", "", "" },
	{ SHORT, "+x1", PROFILE_IP_OFFICE, false, "E2 N4", W, "bundle.pem: block 1, line 1", "", "" },
	/* K7 */
	{ "leaf-roca issuing policy root roca.key", "+root", PROFILE_CABF, false, "K7", F,
	  "bundle.pem: block 1, line 1", "the RSA key of '*.example.com' (block 1) can be factored: it "
	  "was made by a chip or card with the flaw ROCA", "with other software" },
	{ "leaf-close issuing policy root close.key", "+root", PROFILE_INNOVAPHONE, false, "K7", W,
	  "bundle.pem: block 1, line 1", "its primes are too near each other", "with other software" },
	{ "leaf-close issuing policy", "root", PROFILE_SERVER, true, "K7", W, "here: certificate 1",
	  "primes", "" },
	{ "leaf-close issuing policy", "root", PROFILE_PATH, true, "", N, "", "", "" },
	{ "leaf-ragged issuing policy", "+root", PROFILE_CABF, true, "K7", F, "here: certificate 1",
	  "a length in bits that 8 does not divide", "" },
	{ "leaf-three issuing policy", "+root", PROFILE_STRICT, true, "K7", W, "here: certificate 1",
	  "public exponent outside of 65537", "" },
	{ "leaf-close-ca close-ca policy", "+root", PROFILE_STRICT, true, "K7", F,
	  "here: certificate 2", "'Close CA' (certificate 2) can be factored", "CA with a sound key" },
	{ "leaf-three-root three-root", "+three-root", PROFILE_STRICT, true, "", N, "", "", "" },
	/* V2 */
	{ "life-825" ABOVE, "root", PROFILE_APPLE, false, "P2", W, "", "", "" },
	{ "life-825 issuing policy", "root", PROFILE_APPLE, true, "", N, "", "", "" },
	{ "life-825-s issuing policy", "root", PROFILE_APPLE, true, "V2", W, "here: certificate 1",
	  "made for 825 days and 1 second (its last second counts too)", "-days 824" },
	{ "life-825-s issuing policy", "root", PROFILE_INNOVAPHONE, true, "V2", W,
	  "here: certificate 1", "1 second", "" },
	{ "life-825-2s issuing policy", "root", PROFILE_APPLE, true, "V2", F, "here: certificate 1",
	  "made for 826 days; Apple's devices refuse more than 825", "-days 824" },
	{ "life-826 issuing policy", "root", PROFILE_IP_OFFICE, true, "V2 N5", W,
	  "here: certificate 1", "826 days", "" },
	{ "life-826 issuing policy", "root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "life-long-ago issuing policy", "root", PROFILE_APPLE, true, "", N, "", "", "" },
	{ "life-since issuing policy", "root", PROFILE_APPLE, true, "V2", F, "here: certificate 1",
	  "made for 5110 days", "" },
	/* V3: where it speaks as loudly V2 need not. */
	{ "life-826 issuing policy", "+root", PROFILE_APPLE, true, "V3", F, "here: certificate 1",
	  "made for 826 days; public CAs may issue for no more than 398 days since 2020-09-01",
	  "398 days at most" },
	{ "life-398 issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "life-398-s issuing policy", "+root", PROFILE_CABF, true, "V3", F, "here: certificate 1",
	  "398 days and 1 second (its last second counts too); public CAs", "398 days at most" },
	{ "life-398-s issuing policy", "+root", PROFILE_APPLE, true, "V3", F, "here: certificate 1",
	  "no more than 398 days since 2020-09-01", "" },
	{ "life-398-s issuing policy", "root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "life-398-late issuing policy", "+root", PROFILE_CABF, true, "V3", F,
	  "here: certificate 1", "398 days; public CAs may issue for no more than 200 days since "
	  "2026-03-15", "200 days at most" },
	{ "life-398-late issuing policy", "+root", PROFILE_APPLE, true, "", N, "", "", "" },
	{ "life-200 issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "life-200-s issuing policy", "+root", PROFILE_CABF, true, "V3", F, "here: certificate 1",
	  "200 days and 1 second", "200 days at most" },
	{ "life-200-s issuing policy", "+root", PROFILE_INNOVAPHONE, true, "V3 E2", W,
	  "here: certificate 1", "", "" },
	/* E4 */
	{ "leaf-purposes issuing policy", "+root", PROFILE_CABF, true, "E4", F, "here: certificate 1",
	  "includes anyExtendedKeyUsage, codeSigning, emailProtection, timeStamping, OCSPSigning, "
	  "precertificate signing, which", "without this usage" },
	{ "leaf-purposes issuing policy", "root", PROFILE_APPLE, true, "E4", W, "here: certificate 1",
	  "", "" },
	{ "leaf-other-purpose issuing policy", "+root", PROFILE_STRICT, true, "", N, "", "", "" },
	/* U3 */
	{ "leaf-ec-encipher issuing policy", "+root", PROFILE_CABF, true, "U3", F,
	  "here: certificate 1", "includes keyEncipherment, which its EC key cannot do", "" },
	{ "leaf-ec-encipher issuing policy", "+root", PROFILE_IP_OFFICE, true, "K5 U3", W, "", "", "" },
	{ "leaf-ec issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	/* N4 */
	{ "leaf-cn-other issuing policy", "+root", PROFILE_CABF, true, "N4", F, "here: certificate 1",
	  "the CN of 'other.example.com' (certificate 1) is no copy", "without a CN" },
	{ "leaf-cn-case issuing policy", "+root", PROFILE_STRICT, true, "N4", F,
	  "here: certificate 1", "is no copy", "spelt the same" },
	{ "leaf-cn-other issuing policy", "+root", PROFILE_IP_OFFICE, true, "", N, "", "", "" },
	{ "leaf-cn-ip issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "leaf-no-cn issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "leaf-no-cn issuing policy", "+root", PROFILE_IP_OFFICE, true, "", N, "", "", "" },
	{ "leaf-no-san issuing policy", "+root", PROFILE_CABF, true, "N1", F, "", "", "" },
	{ "leaf-empty issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" },
	{ "leaf-empty issuing policy", "+root", PROFILE_IP_OFFICE, true, "N4", W,
	  "here: certificate 1", "is empty", "with a CN" },
	/* N5 */
	{ "leaf-wild issuing policy", "+root", PROFILE_IP_OFFICE, true, "N5", W,
	  "here: certificate 1", "'*.example.com' does not cover 'example.com' itself",
	  "If 'example.com' is a SIP domain" },
	{ "leaf-wild issuing policy", "+root", PROFILE_INNOVAPHONE, true, "", N, "", "", "" },
	{ "leaf-both issuing policy", "root", PROFILE_IP_OFFICE, true, "N5", W, "here: certificate 1",
	  "holds no IP address", "with that address" },
	{ "leaf-both issuing policy", "+root", PROFILE_IP_OFFICE, true, "", N, "", "", "" },
	{ "leaf-lan issuing policy", "root", PROFILE_IP_OFFICE, true, "", N, "", "", "" },
	{ "leaf-no-san issuing policy", "root", PROFILE_STRICT, true, "N1", F, "", "", "" },
	{ "leaf-both", "root", PROFILE_IP_OFFICE, true, "P1", F, "", "is missing", "" },
	/* T1 */
	{ "leaf-no-sct issuing policy", "+root", PROFILE_APPLE, true, "T1", F, "here: certificate 1",
	  "of 0 logs; Apple's devices and browsers want 2 for 90 days", "embedded SCTs" },
	{ "leaf-no-sct issuing policy", "root", PROFILE_APPLE, true, "", N, "", "", "" },
	{ "leaf-one-log issuing policy", "+root", PROFILE_CABF, true, "T1", W, "here: certificate 1",
	  "of 1 log;", "" },
	{ "leaf-sct-broken issuing policy", "+root", PROFILE_STRICT, true, "T1", F,
	  "here: certificate 1", "of 0 logs", "" },
	{ "life-180-two issuing policy", "+root", PROFILE_APPLE, true, "", N, "", "", "" },
	{ "life-180-s-two issuing policy", "+root", PROFILE_APPLE, true, "T1", F,
	  "here: certificate 1", "of 2 logs; Apple's devices and browsers want 3 for 181 days", "" },
	{ "life-200 issuing policy", "+root", PROFILE_APPLE, true, "", N, "", "", "" },
	/* T2 */
	{ "leaf-staple issuing policy", "+root", PROFILE_INNOVAPHONE, true, "T2", F,
	  "here: certificate 1", "must-staple", "without must-staple" },
	{ "leaf-staple issuing policy", "root", PROFILE_SERVER, true, "T2", W, "here: certificate 1",
	  "must-staple", "" },
	{ "leaf-feature issuing policy", "+root", PROFILE_INNOVAPHONE, true, "", N, "", "", "" },
	/* X1: validation refuses the same, and the louder one says it. */
	{ "leaf-critical issuing policy", "+root", PROFILE_IP_OFFICE, true, "X1", F,
	  "here: certificate 1", "a critical extension that clients do not know (1.2.3.4)",
	  "without that extension" },
	{ "leaf-critical issuing policy", "+root", PROFILE_APPLE, true, "P1", F,
	  "here: certificate 1", "critical extension", "" },
	{ "leaf-critical issuing", "root", PROFILE_APPLE, true, "X1 P1", W, "here: certificate 1",
	  "(1.2.3.4)", "" },
	{ "leaf-critical-ca critical policy", "root", PROFILE_PATH, true, "X1", F,
	  "here: certificate 2", "'Critical CA' (certificate 2) has a critical extension",
	  "Ask the CA" },
	{ "leaf-critical issuing policy", "root", PROFILE_SERVER, true, "X1", F,
	  "here: certificate 1", "(1.2.3.4)", "" },
	{ "leaf-known-critical issuing policy", "+root", PROFILE_STRICT, true, "", N, "", "", "" },
};

/* What is issued in years to come, judged then. */
static const struct {
	const char *day;
	struct fixture fixture;
} later[] = {
	/* V3 */
	{ "2027-04-01", { "life-200-last issuing policy", "+root", PROFILE_CABF, true, "", N, "", "",
	  "" } },
	{ "2027-04-01", { "life-200-late issuing policy", "+root", PROFILE_CABF, true, "V3", F,
	  "here: certificate 1", "200 days; public CAs may issue for no more than 100 days since "
	  "2027-03-15", "100 days at most" } },
	{ "2027-04-01", { "life-100 issuing policy", "+root", PROFILE_CABF, true, "", N, "", "", "" } },
	{ "2027-04-01", { "life-100-s issuing policy", "+root", PROFILE_CABF, true, "V3", F,
	  "here: certificate 1", "100 days and 1 second", "" } },
	{ "2027-04-01", { "life-100-s issuing policy", "root", PROFILE_CABF, true, "", N, "", "", "" } },
	{ "2029-04-01", { "life-100-last issuing policy", "+root", PROFILE_CABF, true, "", N, "", "",
	  "" } },
	{ "2029-04-01", { "life-100-late issuing policy", "+root", PROFILE_CABF, true, "V3", F,
	  "here: certificate 1", "no more than 47 days since 2029-03-15", "47 days at most" } },
	{ "2029-04-01", { "life-47 issuing policy", "+root", PROFILE_STRICT, true, "", N, "", "", "" } },
	{ "2029-04-01", { "life-47-s issuing policy", "+root", PROFILE_STRICT, true, "V3", F,
	  "here: certificate 1", "47 days and 1 second", "" } },
	/* E3 */
	{ "2027-04-01", { "life-client issuing policy", "+root", PROFILE_CABF, true, "E3", F,
	  "here: certificate 1", "includes clientAuth, which Chrome does", "serverAuth alone" } },
	/* What E3 forbids E2 does not ask for; a private CA may still give it. */
	{ "2027-04-01", { "life-100 issuing policy", "+root", PROFILE_INNOVAPHONE, true, "", N, "", "", "" } },
	{ "2027-04-01", { "life-100 issuing policy", "root", PROFILE_INNOVAPHONE, true, "E2", W, "here: certificate 1", "", "" } },
	{ "2027-04-01", { "life-client issuing policy", "+root", PROFILE_INNOVAPHONE, true, "E3", W,
	  "here: certificate 1", "clientAuth", "" } },
	{ "2027-04-01", { "life-client issuing policy", "+root", PROFILE_APPLE, true, "", N, "", "",
	  "" } },
	{ "2027-04-01", { "life-client issuing policy", "root", PROFILE_CABF, true, "", N, "", "",
	  "" } },
	{ "2027-04-01", { "life-200-last issuing policy", "+root", PROFILE_STRICT, true, "", N, "", "",
	  "" } },
};
/* clang-format on */

bool policy_fails(const struct rule *rule)
{
	bool fails = false;

	for (size_t i = 0; i < COUNT(fixtures); i++)
		fails |= fixture_fails(&fixtures[i], rule);
	for (size_t i = 0; i < COUNT(later); i++)
		fails |= fixture_fails(&later[i].fixture, rule);
	return fails;
}

bool policy_passes(const struct rule *rule)
{
	bool passes = false;

	for (size_t i = 0; i < COUNT(fixtures); i++)
		passes |= fixture_passes(&fixtures[i], rule);
	for (size_t i = 0; i < COUNT(later); i++)
		passes |= fixture_passes(&later[i].fixture, rule);
	return passes;
}

START_TEST(test_policy_judges_fixture)
{
	fixture_check(&fixtures[_i], PKI_NOW);
}
END_TEST

static int64_t day_of(const char *day)
{
	struct tm broken = { 0 };

	ck_assert(strptime(day, "%Y-%m-%d", &broken));
	return (int64_t)timegm(&broken);
}

START_TEST(test_policy_judges_later_fixture)
{
	fixture_check(&later[_i].fixture, day_of(later[_i].day));
}
END_TEST

/* What "public" rests on: the store of this machine, or what the user says. */
START_TEST(test_policy_root_kind_decides_what_public_means)
{
	static const struct fixture bare = { .files = "leaf-no-sct issuing policy",
					     .served = true };
	struct profile profile = profile_default(PROFILE_APPLE);
	auto_pki private = pki_open("root");
	auto_pki public = pki_open_public("root");
	auto_findings findings = { 0 };

	fixture_judge_with(&public, &bare,
			   &(struct judgement){
				   .profile = &profile, .now = PKI_NOW, .root_kind = ROOT_PRIVATE },
			   &findings);
	ck_assert_uint_eq(findings.count, 0);
	fixture_judge_with(&private, &bare,
			   &(struct judgement){
				   .profile = &profile, .now = PKI_NOW, .root_kind = ROOT_PUBLIC },
			   &findings);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_str_eq(findings.items[0].id, "T1");
}
END_TEST

Suite *suite_policy(void)
{
	Suite *suite = suite_create("policy");
	TCase *rows = tcase_create("rows");

	tcase_add_loop_test(rows, test_policy_judges_fixture, 0, COUNT(fixtures));
	tcase_add_loop_test(rows, test_policy_judges_later_fixture, 0, COUNT(later));
	tcase_add_test(rows, test_policy_root_kind_decides_what_public_means);
	suite_add_tcase(suite, rows);
	return suite;
}
