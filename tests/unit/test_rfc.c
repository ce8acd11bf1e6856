/* The rows R of the rule table: RFC 5280, section 4 and the form of paths. */
#include "certroll/text.h"
#include "pki.h"
#include <openssl/x509v3.h>

Suite *suite_rfc(void);

#define N SEVERITY_NONE
#define W SEVERITY_WARNING
#define F SEVERITY_ERROR

/*
 * A chain as served, below the root; all errors and warnings expected, in order; severity, place
 * and words of the first.
 */
/* clang-format off */
static const struct fixture {
	const char *files;
	enum profile_column column;
	const char *ids;
	enum severity severity;
	const char *place, *words;
} fixtures[] = {
	/* Nothing of this is heard where real boxes and clients do not mind. */
	{ "leaf-no-aki issuing policy", PROFILE_INNOVAPHONE, "", N, "", "" },
	{ "leaf-no-aki issuing policy", PROFILE_APPLE, "", N, "", "" },
	{ "leaf-no-aki issuing policy", PROFILE_SERVER, "", N, "", "" },
	{ "leaf-no-ski no-ski policy", PROFILE_IP_OFFICE, "", N, "", "" },
	{ "leaf-soft soft policy", PROFILE_SERVER, "", N, "", "" },
	{ "leaf-no-name issuing policy", PROFILE_SERVER, "", N, "", "" },
	{ "leaf-long-serial issuing policy", PROFILE_APPLE, "", N, "", "" },
	{ "leaf-bad-aia issuing policy", PROFILE_INNOVAPHONE, "", N, "", "" },
	{ "leaf-pathlen issuing policy", PROFILE_INNOVAPHONE, "", N, "", "" },
	{ "leaf-advised advised policy", PROFILE_APPLE, "", N, "", "" },
	/* R1 */
	{ "leaf-both issuing policy", PROFILE_PATH, "", N, "", "" },
	{ "leaf-no-aki issuing policy", PROFILE_PATH, "R1", F, "here: certificate 1",
	  "'*.example.com' (certificate 1) has no authority key identifier" },
	{ "leaf-no-aki issuing policy", PROFILE_STRICT, "R1", F, "here: certificate 1", "has no" },
	{ "leaf-no-aki issuing policy", PROFILE_CABF, "R1", F, "here: certificate 1", "has no" },
	{ "leaf-empty-aki issuing policy", PROFILE_PATH, "R1", F, "here: certificate 1",
	  "has no authority key identifier" },
	{ "leaf-half-aki issuing policy", PROFILE_PATH, "R1", F, "here: certificate 1",
	  "one of issuer and serial number without the other" },
	{ "leaf-alien-aki issuing policy", PROFILE_PATH, "R1", F, "here: certificate 1",
	  "names another certificate than that which signed it" },
	{ "leaf-alien-aki issuing policy", PROFILE_APPLE, "P1", F, "here: certificate 1",
	  "names another key than that of its issuer" },
	/* R2 */
	{ "leaf-no-ski no-ski policy", PROFILE_PATH, "R2", F, "here: certificate 2",
	  "'No identifier' (certificate 2) has no subject key identifier" },
	/* R3 */
	{ "leaf-short short policy", PROFILE_PATH, "", N, "", "" },
	{ "leaf-long too-low short policy", PROFILE_PATH, "R3", F, "here: certificate 3",
	  "more CA certificates stand below 'Short CA' than its path length allows" },
	{ "leaf-long too-low short policy", PROFILE_INNOVAPHONE, "R3", F, "here: certificate 3",
	  "more CA certificates" },
	/* R4 */
	{ "leaf-ring ring-a ring-b", PROFILE_PATH, "R4", F, "here: certificate 3",
	  "'Ring B' (certificate 3) and 'Ring A' (certificate 2) lead in a circle" },
	{ "leaf-ring ring-a ring-b", PROFILE_APPLE, "R4", F, "here: certificate 3", "in a circle" },
	{ "leaf-ring ring-a", PROFILE_PATH, "P1", F, "here: certificate 2", "is missing" },
	/* R5 */
	{ "leaf-critical-aia issuing policy", PROFILE_PATH, "R5", F, "here: certificate 1",
	  "authority information access of '*.example.com' (certificate 1) is critical" },
	{ "leaf-critical-aia issuing policy", PROFILE_APPLE, "P1", F, "here: certificate 1",
	  "critical extension" },
	{ "leaf-critical-aki issuing policy", PROFILE_STRICT, "R5", F, "here: certificate 1",
	  "authority key identifier" },
	{ "leaf-critical issuing policy", PROFILE_INNOVAPHONE, "P1", F, "here: certificate 1",
	  "critical extension" },
	{ "leaf-soft soft policy", PROFILE_PATH, "R5", F, "here: certificate 2",
	  "basic constraints of 'Soft CA' (certificate 2) must be critical" },
	{ "leaf-soft-policy soft-policy policy", PROFILE_PATH, "R5", F, "here: certificate 2",
	  "policy constraints of 'Policy-bound CA' (certificate 2) must be critical" },
	{ "leaf-critical-san issuing policy", PROFILE_PATH, "R5", W, "here: certificate 1",
	  "subjectAltName of '*.example.com' (certificate 1) is critical" },
	{ "leaf-critical-san issuing policy", PROFILE_CABF, "R5", F, "here: certificate 1",
	  "subjectAltName" },
	{ "leaf-advised advised policy", PROFILE_PATH, "R5", W, "here: certificate 2",
	  "name constraints of 'Advised CA' (certificate 2) are not critical" },
	{ "leaf-advised advised policy", PROFILE_CABF, "", N, "", "" },
	/* R6 */
	{ "leaf-no-name-well issuing policy", PROFILE_PATH, "", N, "", "" },
	{ "leaf-no-name issuing policy", PROFILE_PATH, "R6", F, "here: certificate 1",
	  "is empty, but subjectAltName is not critical" },
	{ "leaf-dotted issuing policy", PROFILE_PATH, "R6", F, "here: certificate 1",
	  "'.example.com' in subjectAltName" },
	{ "leaf-masked issuing policy", PROFILE_PATH, "R6", F, "here: certificate 1",
	  "an address of 8 octets" },
	/* R7 */
	{ "leaf-long-serial issuing policy", PROFILE_PATH, "R7", F, "here: certificate 1",
	  "has 21 octets, more than the 20" },
	{ "leaf-zero-serial issuing policy", PROFILE_PATH, "R7", W, "here: certificate 1", "is zero" },
	{ "leaf-zero-serial issuing policy", PROFILE_INNOVAPHONE, "", N, "", "" },
	/* R9 */
	{ "leaf-bad-aia issuing policy", PROFILE_PATH, "R9", F, "here: certificate 1",
	  "authority information access of '*.example.com' (certificate 1) is empty or malformed" },
	{ "leaf-torn-san issuing policy", PROFILE_PATH, "R9", F, "here: certificate 1",
	  "subjectAltName of '*.example.com' (certificate 1) is empty or malformed" },
	{ "leaf-torn-san issuing policy", PROFILE_SERVER, "N1 P1", F, "here: certificate 1", "" },
	{ "leaf-empty-nc empty-nc policy", PROFILE_PATH, "R9", F, "here: certificate 2",
	  "name constraints of 'Unconstrained CA' (certificate 2) is empty" },
	{ "leaf-no-use issuing policy", PROFILE_PATH, "R9", F, "here: certificate 1",
	  "key usage of '*.example.com' (certificate 1) is empty" },
	/* R10 */
	{ "leaf-certsign issuing policy", PROFILE_PATH, "R10", F, "here: certificate 1",
	  "allows to sign certificates (keyCertSign), but it is no CA's" },
	{ "leaf-pathlen issuing policy", PROFILE_PATH, "R10", F, "here: certificate 1",
	  "has a path length" },
	{ "leaf-unmarked unmarked policy", PROFILE_PATH, "P1", F, "here: certificate 2",
	  "'Unmarked CA' signed another certificate but is no CA" },
	{ "leaf-bounded bounded policy", PROFILE_PATH, "P1", F, "here: certificate 2",
	  "key usage does not allow" },
	{ "leaf-no-ca no-ca policy", PROFILE_PATH, "P1", F, "here: certificate 2", "is no CA" },
	{ "leaf-no-certsign no-certsign policy", PROFILE_PATH, "P1", F, "here: certificate 2",
	  "key usage does not allow" },
};
/* clang-format on */

static void judge(const struct chain *chain, enum profile_column column, struct findings *findings)
{
	struct profile profile = profile_default(column);
	struct wanted_name wanted = { "pbx.example.com", NULL };
	struct judgement judgement = { .profile = &profile,
				       .now = PKI_NOW,
				       .root_kind = ROOT_PUBLIC,
				       .names = &wanted,
				       .name_count = 1 };

	rules_judge_served(chain, &judgement, "here", findings);
}

static void expect(const struct fixture *expected, const struct findings *findings)
{
	auto_free char *ids = pki_ids(findings), *all = pki_dump(findings);
	const struct finding *first = findings->items;

	ck_assert_msg(strcmp(ids, expected->ids) == 0, "%s, %s: '%s', not '%s'%s", expected->files,
		      profile_name(expected->column), ids, expected->ids, all);
	if (!*expected->ids)
		return;
	ck_assert_msg(first->severity == expected->severity, "%s", all);
	ck_assert_msg(text_starts(first->place, expected->place), "%s", all);
	ck_assert_msg(strstr(first->sentence, expected->words), "%s", all);
	ck_assert_int_ne(first->sentence[strlen(first->sentence) - 1], '.');
}

START_TEST(test_rfc_judges_fixture)
{
	auto_pki pki = pki_open("root");
	auto_findings findings = { 0 };

	judge(pki_take(&pki, fixtures[_i].files), fixtures[_i].column, &findings);
	expect(&fixtures[_i], &findings);
}
END_TEST

/* clang-format off */
static const struct under {
	const char *anchor;
	struct fixture expected;
} under[] = {
	{ "plain-root", { "leaf-plain", PROFILE_PATH, "R10", F, "here: trust anchor",
			  "'Plain Root' (trust anchor) signed another certificate but is not marked" } },
	{ "plain-root", { "leaf-plain", PROFILE_STRICT, "", N, "", "" } },
	/* OpenSSL minds in any case: then P1 must say what R5 does not. */
	{ "loud-root", { "leaf-loud", PROFILE_PATH, "R5", F, "here: trust anchor",
			 "subject key identifier of 'Loud Root' (trust anchor) is critical" } },
	{ "loud-root", { "leaf-loud", PROFILE_STRICT, "P1", F, "here: trust anchor",
			 "'Loud Root' has a critical extension" } },
};
/* clang-format on */

/* An anchor's form counts in profile path alone. */
START_TEST(test_rfc_judges_anchor)
{
	auto_pki pki = pki_open(under[_i].anchor);
	auto_findings findings = { 0 };

	judge(pki_take(&pki, under[_i].expected.files), under[_i].expected.column, &findings);
	expect(&under[_i].expected, &findings);
}
END_TEST

/* --- what the openssl command does not make: changed, and signed again --------------------------- */

static void no_change(X509 *x509)
{
	(void)x509;
}

static void older_version(X509 *x509)
{
	ck_assert(X509_set_version(x509, X509_VERSION_2));
}

static void negative_serial(X509 *x509)
{
	ck_assert(ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), -5));
}

static void repeat(X509 *x509, int index)
{
	ck_assert_int_ge(index, 0);
	ck_assert(X509_add_ext(x509, X509_get_ext(x509, index), -1));
}

static void repeat_names(X509 *x509)
{
	repeat(x509, X509_get_ext_by_NID(x509, NID_subject_alt_name, -1));
}

static void repeat_unknown(X509 *x509)
{
	ASN1_OBJECT *id = OBJ_txt2obj("1.2.3.4", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ck_assert(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5", 2));
	extension = X509_EXTENSION_create_by_OBJ(NULL, id, 0, value);
	ck_assert(X509_add_ext(x509, extension, -1));
	repeat(x509, X509_get_ext_count(x509) - 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(id);
}

/* clang-format off */
static const struct changed {
	void (*change)(X509 *x509);
	struct fixture expected;
} changed[] = {
	{ no_change, { "as it was", PROFILE_PATH, "", N, "", "" } },
	{ older_version, { "version 2", PROFILE_PATH, "R8", F, "here: certificate 1",
			   "is of version 2; only version 3 has extensions" } },
	{ older_version, { "version 2", PROFILE_APPLE, "", N, "", "" } },
	{ negative_serial, { "negative", PROFILE_PATH, "R7", W, "here: certificate 1",
			     "is negative" } },
	{ repeat_names, { "names twice", PROFILE_PATH, "R9", F, "here: certificate 1",
			  "subjectAltName of '*.example.com' (certificate 1) is there more than" } },
	{ repeat_unknown, { "unknown twice", PROFILE_PATH, "R9", F, "here: certificate 1",
			    "is there more than once" } },
};
/* clang-format on */

static void sign_by(X509 *x509, const char *key_file)
{
	size_t len;
	auto_free char *text = pki_text(key_file, &len);
	BIO *memory = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);

	ck_assert(key);
	ck_assert_int_gt(X509_sign(x509, key, EVP_sha256()), 0);
	EVP_PKEY_free(key);
	BIO_free(memory);
}

static const struct chain *take_chain(struct chains *pool, STACK_OF(X509) * sent)
{
	struct err err = { 0 };
	const struct chain *chain = chains_take(pool, sent, &err);

	ck_assert_msg(chain, "%s", err.text);
	return chain;
}

START_TEST(test_rfc_judges_changed_certificate)
{
	const struct changed *one = &changed[_i];
	auto_pki pki = pki_open("root");
	auto_findings findings = { 0 };
	STACK_OF(X509) *sent = pki_stack("leaf-both issuing policy");

	one->change(sk_X509_value(sent, 0));
	sign_by(sk_X509_value(sent, 0), "issuing.key");
	judge(take_chain(pki.pool, sent), one->expected.column, &findings);
	expect(&one->expected, &findings);
	sk_X509_pop_free(sent, X509_free);
}
END_TEST

/* The last occurrence of sha256WithRSAEncryption is that outside of what is signed. */
static void change_outer_algorithm(unsigned char *der, size_t len)
{
	static const unsigned char sha256_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
						    0x0d, 0x01, 0x01, 0x0b };
	unsigned char *last = NULL;

	for (size_t i = 0; i + sizeof sha256_rsa <= len; i++)
		if (memcmp(der + i, sha256_rsa, sizeof sha256_rsa) == 0)
			last = der + i;
	ck_assert(last);
	last[sizeof sha256_rsa - 1] = 0x0c;
}

static void judge_two_algorithms(enum profile_column column, struct findings *findings)
{
	auto_pki pki = pki_open("issuing");
	X509 *x509 = pki_x509("leaf-both");
	unsigned char *der = NULL;
	size_t len = (size_t)i2d_X509(x509, &der);
	struct err err = { 0 };
	const struct chain *chain;

	change_outer_algorithm(der, len);
	chain = chains_parse(pki.pool, (const unsigned char *const[]){ der }, &len, 1, &err);
	ck_assert_msg(chain, "%s", err.text);
	judge(chain, column, findings);
	OPENSSL_free(der);
	X509_free(x509);
}

/* Nobody can check such a signature, so the issuer seems to be missing; that is not said. */
START_TEST(test_rfc_two_algorithms_are_named_as_the_cause)
{
	static const struct fixture path = {
		"path", PROFILE_PATH,          "R8",
		F,      "here: certificate 1", "names two different signature algorithms"
	};
	static const struct fixture other = {
		"apple", PROFILE_APPLE,         "P1",
		F,       "here: certificate 1", "two different signature algorithms"
	};
	auto_findings strictly = { 0 }, simply = { 0 };

	judge_two_algorithms(PROFILE_PATH, &strictly);
	expect(&path, &strictly);
	judge_two_algorithms(PROFILE_APPLE, &simply);
	expect(&other, &simply);
}
END_TEST

START_TEST(test_rfc_a_ca_without_a_name_is_none)
{
	static const struct fixture nameless = { "nameless root",       PROFILE_PATH,   "R6", F,
						 "here: certificate 1", "the issuer of" };
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	STACK_OF(X509) *sent = pki_stack("leaf-short root");
	X509_NAME *nobody = X509_NAME_new();
	X509 *leaf = sk_X509_value(sent, 0), *root = sk_X509_value(sent, 1);
	int key_id = X509_get_ext_by_NID(leaf, NID_authority_key_identifier, -1);
	const struct chain *chain;

	ck_assert(X509_set_subject_name(root, nobody) && X509_set_issuer_name(root, nobody));
	ck_assert(X509_set_issuer_name(leaf, nobody));
	X509_EXTENSION_free(X509_delete_ext(leaf, key_id));
	sign_by(root, "root.key");
	sign_by(leaf, "root.key");
	chain = take_chain(pki.pool, sent);
	judge(chain, PROFILE_PATH, &findings);
	ck_assert_ptr_nonnull(findings_find(&findings, "R6"));
	ck_assert_msg(strstr(findings_find(&findings, "R6")->sentence, nameless.words), "%s",
		      findings_find(&findings, "R6")->sentence);
	ck_assert_str_eq(findings_find(&findings, "R6")->place, nameless.place);
	X509_NAME_free(nobody);
	sk_X509_pop_free(sent, X509_free);
}
END_TEST

/* --- all rows -------------------------------------------------------------------------------------- */

static bool names_rule(const char *ids, const char *id)
{
	char word[64];

	while (pki_word(&ids, word))
		if (strcmp(word, id) == 0)
			return true;
	return false;
}

START_TEST(test_rfc_each_row_has_a_failing_fixture)
{
	size_t count;
	const struct rule *rule = &rules_table(&count)[_i];
	bool failed = rule->id[0] != 'R';

	for (size_t i = 0; i < COUNT(fixtures); i++)
		failed |= names_rule(fixtures[i].ids, rule->id);
	for (size_t i = 0; i < COUNT(changed); i++)
		failed |= names_rule(changed[i].expected.ids, rule->id);
	ck_assert_msg(failed, "no fixture fails %s", rule->id);
}
END_TEST

Suite *suite_rfc(void)
{
	Suite *suite = suite_create("rfc");
	TCase *rows = tcase_create("rows");
	size_t count;

	rules_table(&count);
	tcase_add_loop_test(rows, test_rfc_judges_fixture, 0, COUNT(fixtures));
	tcase_add_loop_test(rows, test_rfc_judges_changed_certificate, 0, COUNT(changed));
	tcase_add_loop_test(rows, test_rfc_judges_anchor, 0, COUNT(under));
	tcase_add_test(rows, test_rfc_two_algorithms_are_named_as_the_cause);
	tcase_add_test(rows, test_rfc_a_ca_without_a_name_is_none);
	tcase_add_loop_test(rows, test_rfc_each_row_has_a_failing_fixture, 0, (int)count);
	suite_add_tcase(suite, rows);
	return suite;
}
