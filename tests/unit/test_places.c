/* Each fault of a bundle is told with its block, its line and what to do. */
#include "certroll/text.h"
#include "pki.h"

Suite *suite_places(void);

#define GOOD "leaf-both issuing policy root leaf.key"
#define AND_MORE                                                                                   \
	{                                                                                          \
		"...", SEVERITY_NONE, NULL, NULL, NULL                                             \
	} /* whatever that may be */
#define NOTHING                                                                                    \
	{                                                                                          \
		NULL, SEVERITY_NONE, NULL, NULL, NULL                                              \
	}

/*
 * The files are joined, then "find" is replaced by "put" where it stands for the nth time (0: every
 * time).  The findings must be exactly these.  {N} is the line on which block N begins, {N.} the one
 * on which it ends, {N+K} and {N.-K} lines behind and before these.
 */
/* clang-format off */
static const struct row {
	const char *files, *find, *put;
	int nth;
	struct told {
		const char *id;
		enum severity severity;
		const char *place, *words, *remedy;
	} told[3];
} rows[] = {
	{ GOOD, "", "", 0, { NOTHING } },
	/* The text: notes, as what is uploaded is written anew. */
	{ GOOD, "-----BEGIN", "\xef\xbb\xbf-----BEGIN", 1, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 1, line 1", "a byte order mark, three bytes that editors do not show; "
	  "OpenSSL before 3.0 and programs written in Go", "certroll bundle -o clean.pem bundle.pem" } } },
	{ GOOD, "-----BEGIN", "\xef\xbb\xbf-----BEGIN", 3, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 3, line {3}", "a byte order mark", "Save the file as UTF-8 without" } } },
	{ GOOD, "-----BEGIN", "\xef\xbb\xbf-----BEGIN", 0, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 1, line 1", "(the first of 5)", "" } } },
	{ GOOD, "\n-----END", "\r\n-----END", 2, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 2, line {2.-1}", "a line that ends as on Windows, with CR and LF; ", "of Unix (LF)" } } },
	{ GOOD, "-\n-----BEGIN", "-\r\n-----BEGIN", 0, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 1, line {1.}", "CR and LF (the first of 4); OpenSSL, HAProxy", "Unix" } } },
	{ GOOD, "\n-----BEGIN", "\n\t-----BEGIN", 2, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 3, line {3}", "a line that begins with blanks; OpenSSL does not see",
	  "Remove the blanks" } } },
	{ GOOD, "\n-----END", " \t\n-----END", 2, { NOTHING } },
	{ GOOD, "CERTIFICATE-----\n", "CERTIFICATE-----\nComment: ours\n\n", 1, { { "pem",
	  SEVERITY_NOTE, "bundle.pem: block 1, line 2", "a header line in a block; OpenSSL",
	  "Remove these lines, or" } } },
	{ GOOD, "\n-----END", "\n\n-----END", 4, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: block 4, line {4.-1}", "a blank line in a block; OpenSSL, and with it nginx",
	  "Remove the blank lines, or" } } },
	{ GOOD, "\n-----BEGIN", "\n \r\n\n-----BEGIN", 4, {
	  { "pem", SEVERITY_NOTE, "bundle.pem: line {4.+1}", "CR and LF", "" },
	  { "pem", SEVERITY_NOTE, "bundle.pem: line {4.+1}", "a blank line outside of the blocks (the "
	    "first of 2); HAProxy's runtime interface", "Remove the blank lines, or" } } },
	{ GOOD, "\n-----BEGIN", "\n# the next one\n\n-----BEGIN", 0, { { "pem", SEVERITY_NOTE,
	  "bundle.pem: line {1.+1}", "a line of text outside of the blocks (the first of 4); OpenSSL",
	  "Remove what stands outside of BEGIN and END, or" } } },
	{ "from-pfx policy root", "", "", 0, {
	  { "pem", SEVERITY_NOTE, "bundle.pem: line 1", "), as openssl pkcs12 writes it "
	    "(Bag Attributes and the like)", "certroll bundle -o clean.pem bundle.pem" },
	  { "O5", SEVERITY_ERROR, "bundle.pem: block 3, line {3}", "", "1, 2, 4, 5, then the key (block 3)" } } },
	/* Blocks that cannot be read. */
	{ GOOD, "\n-----END", "", 2, { { "pem", SEVERITY_ERROR, "bundle.pem: block 2, line {2}",
	  "its END line is missing: the next block begins at line {3}", "Copy block 2 (lines {2}-" },
	  { "P1", SEVERITY_ERROR, "bundle.pem: block 1, line 1", "'Example Issuing CA', which signed",
	    "after block 1" } } },
	{ GOOD, "\nMII", "\nMI", 2, { { "pem", SEVERITY_ERROR, "bundle.pem: block 2, line {2+1}",
	  "CERTIFICATE cannot be read: this line is not as long as the others", "Copy block 2 (lines {2}-{2.}) again" },
	  { "P1", SEVERITY_ERROR, "bundle.pem: block 1, line 1", "", "" } } },
	/* The leaf's: nothing is said of what is then the first. */
	{ GOOD, "\nMII", "\n", 1, { { "pem", SEVERITY_ERROR, "bundle.pem: block 1, line 2", "",
	  "Copy block 1 (lines 1-{1.}) again" } } },
	{ "issuing policy root leaf.key", "", "", 0, {
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 4, line {4}", "does not belong", "" },
	  AND_MORE } },
	{ GOOD, "\nMII", "\n", 5, { { "pem", SEVERITY_ERROR, "bundle.pem: block 5, line {5+1}",
	  "PRIVATE KEY cannot be read: this line", "Copy block 5 (lines {5}-{5.}) again" } } },
	/* Whatever the length of the key leaves at the end of its last line. */
	{ GOOD, "\n-----END PRIVATE", "=A\n-----END PRIVATE", 1, { { "pem", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5.-1}", "PRIVATE KEY cannot be read", "Copy block 5 (lines {5}-{5.}) again" } } },
	{ "leaf-both issuing policy root leaf.key", "PRIVATE KEY-----", "MONKEY-----", 0, {
	  { "pem", SEVERITY_WARNING, "bundle.pem: block 5, line {5}", "'MONKEY', which has no meaning",
	    "Remove block 5 (lines {5}-{5.})." },
	  { "K1", SEVERITY_ERROR, "bundle.pem", "no private key", "as the last block" } } },
	/* Keys. */
	{ "leaf-both issuing policy root leaf.key other.key", "", "", 0, { { "K1", SEVERITY_ERROR,
	  "bundle.pem: block 6, line {6}", "more than one private key: block 5, line {5} and block 6, "
	  "line {6}", "Remove block 6 (lines {6}-{6.}); the leaf's key is block 5." } } },
	{ "leaf-both issuing policy root other.key leaf.key", "", "", 0, { { "K1", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "more than one private key: block 5, line {5} and block 6, "
	  "line {6}", "Remove block 5 (lines {5}-{5.}); the leaf's key is block 6." } } },
	{ "leaf-both issuing policy root leaf.key leaf-pkcs1.key leaf-locked.key", "", "", 0, {
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 6, line {6}", "", "Remove block 6 (lines {6}-{6.})" },
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 7, line {7}", "block 5, line {5} and block 7",
	    "Remove block 7 (lines {7}-{7.}); the leaf's key is block 5." } } },
	{ "leaf-both issuing policy root other.key issuing.key", "", "", 0, { { "K1", SEVERITY_ERROR,
	  "bundle.pem: block 6, line {6}", "more than one private key", "it is none of these" } } },
	{ "leaf-both issuing leaf.key policy root", "", "", 0, { { "O5", SEVERITY_ERROR,
	  "bundle.pem: block 3, line {3}", "stands before a certificate (block 5)",
	  "1, 2, 4, 5, then the key (block 3)." } } },
	{ "leaf-both issuing policy root leaf-locked.key", "", "", 0, { { "K2", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "(block 5) is protected by a pass phrase", "openssl pkey -in "
	  "bundle.pem -out key.pem), and put that in the place of block 5 (lines {5}-{5.})." } } },
	{ "leaf-both issuing policy root leaf-locked-old.key", "", "", 0, { { "K2", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "(block 5) is protected", "(lines {5}-{5.})." } } },
	{ "leaf-both issuing policy root other.key leaf-locked.key", "", "", 0, {
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 5, line {5}", "does not belong to the leaf", "" },
	  { "K2", SEVERITY_ERROR, "bundle.pem: block 6, line {6}", "is protected", "block 6 (lines" } } },
	{ "leaf-both issuing policy root other.key", "", "", 0, { { "K1", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "(block 5) does not belong to the leaf '*.example.com' (block "
	  "1)", "in the place of block 5 (lines {5}-{5.}), or have the certificate issued again" } } },
	{ "leaf-both issuing policy root leaf-bent.key", "", "", 0, { { "K1", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "the private key (block 5) is damaged: its public half is that "
	  "of the leaf '*.example.com' (block 1), but its private half does not fit",
	  "Copy block 5 (lines {5}-{5.}) again" } } },
	{ "leaf-both issuing policy root leaf-bent.key leaf.key", "", "", 0, {
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 5, line {5}", "is damaged", "" },
	  { "K1", SEVERITY_ERROR, "bundle.pem: block 6, line {6}", "more than one", "" } } },
	{ "leaf-both issuing policy root leaf-pkcs1.key", "", "", 0, { NOTHING } },
	/* Order. */
	{ "issuing leaf-both policy root leaf.key", "", "", 0, { { "O1", SEVERITY_ERROR,
	  "bundle.pem: block 1, line 1", "not the leaf's, '*.example.com' (block 2)",
	  "Put the blocks in this order: 2, 1, 3, 4, then the key (block 5)." } } },
	{ "leaf-both issuing policy issuing root leaf.key", "", "", 0, { { "O4", SEVERITY_ERROR,
	  "bundle.pem: block 4, line {4}", "block 4 repeats the certificate of 'Example Issuing CA' "
	  "(block 2)", "Remove block 4 (lines {4}-{4.})." } } },
	{ "leaf-both issuing policy stranger root leaf.key", "", "", 0, { { "O4", SEVERITY_ERROR,
	  "bundle.pem: block 4, line {4}", "'Other Root' (block 4) has no part",
	  "Remove block 4 (lines {4}-{4.})." } } },
	{ "stranger leaf-both issuing policy root leaf.key", "", "", 0, {
	  { "O1", SEVERITY_ERROR, "bundle.pem: block 1, line 1", "'Other Root' (block 1), not the leaf's",
	    "2, 3, 4, 5, then the key (block 6)." },
	  { "O4", SEVERITY_ERROR, "bundle.pem: block 1, line 1", "has no part",
	    "Remove block 1 (lines 1-{1.})." } } },
	{ "leaf-both issuing policy root leaf-next leaf.key", "", "", 0, { { "O4", SEVERITY_ERROR,
	  "bundle.pem: block 5, line {5}", "is a second leaf", "Remove block 5 (lines {5}-{5.})." } } },
	{ "leaf-yr yr1 yr yr-by-x1 x1 leaf.key", "", "", 0, { { "O4", SEVERITY_ERROR,
	  "bundle.pem: block 3, line {3}", "another certificate for the name and key of 'Root YR' (block 4)",
	  "Remove block 3 (lines {3}-{3.})." } } },
	{ "leaf-both policy leaf.key", "", "", 0, { { "P1", SEVERITY_ERROR,
	  "bundle.pem: block 1, line 1", "'Example Issuing CA', which signed", "after block 1" } } },
	{ "leaf-both issuing policy leaf.key", "", "", 0, { { "O3", SEVERITY_ERROR,
	  "bundle.pem: block 3, line {3}", "the chain ends with 'Example Policy CA' (block 3), the "
	  "self-signed root 'Example Root' above it is missing", "Put the certificate of 'CN=Example "
	  "Root,O=Example' behind block 3 (lines {3}-{3.}): it is in the file of --ca-file, and any CA" } } },
};
/* clang-format on */

/* {N} and its like filled in. */
static char *expand(const char *pattern, const char *text)
{
	auto_buf out = BUF_MAX(4096);

	while (*pattern) {
		const char *mark = "-----BEGIN";
		int block, used = 0, more = 0;

		if (sscanf(pattern, "{%1d%n", &block, &used) != 1) {
			ck_assert_int_eq(buf_add(&out, pattern++, 1), 0);
			continue;
		}
		pattern += used;
		if (*pattern == '.') {
			mark = "-----END";
			pattern++;
		}
		if (*pattern != '}')
			more = (int)strtol(pattern, NULL, 10);
		pattern = strchr(pattern, '}') + 1;
		ck_assert_int_eq(buf_addf(&out, "%d", pki_line(text, mark, block) + more), 0);
	}
	return text_copy(buf_text(&out));
}

static void build(const struct row *row, struct buf *out)
{
	auto_buf text = BUF_MAX(1 << 16);
	const char *at, *rest;
	int seen = 0;

	pki_join(&text, row->files);
	rest = buf_text(&text);
	while (*row->find && (at = strstr(rest, row->find))) {
		bool hit = ++seen == row->nth || !row->nth;

		ck_assert_int_eq(buf_add(out, rest, (size_t)(at - rest)), 0);
		ck_assert_int_eq(buf_addf(out, "%s", hit ? row->put : row->find), 0);
		rest = at + strlen(row->find);
	}
	ck_assert_msg(!*row->find || seen >= row->nth, "'%s' is not in there", row->find);
	ck_assert_int_eq(buf_addf(out, "%s", rest), 0);
}

static void compare(const struct told *told, const struct finding *found, const char *text,
		    const char *all)
{
	auto_free char *place = expand(told->place, text);
	auto_free char *words = expand(told->words, text);
	auto_free char *remedy = expand(told->remedy, text);

	ck_assert_msg(strcmp(found->id, told->id) == 0, "%s, not %s%s", found->id, told->id, all);
	ck_assert_msg(found->severity == told->severity, "%s", all);
	ck_assert_msg(strcmp(found->place, place) == 0, "not at '%s'%s", place, all);
	ck_assert_msg(strstr(found->sentence, words), "'%s' is not in%s", words, all);
	ck_assert_msg(strstr(found->remedy, remedy), "'%s' is not in%s", remedy, all);
	ck_assert_msg(*found->remedy, "%s", all);
}

START_TEST(test_bundle_places_fault_with_block_line_and_remedy)
{
	const struct row *row = &rows[_i];
	auto_pki pki = pki_open(strstr(row->files, "yr") ? "x1" : "root");
	auto_findings findings = { 0 };
	auto_buf text = BUF_MAX(1 << 16);
	struct err err = { 0 };
	auto_bundle *bundle = NULL;
	auto_free char *all = NULL;
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	struct judgement judgement = { .profile = &profile,
				       .now = PKI_NOW,
				       .root_kind = ROOT_PUBLIC };
	size_t count = 0;
	bool more;

	build(row, &text);
	bundle = pki_bundle_text(&pki, text.data, text.len, &findings, &err);
	ck_assert_msg(bundle, "%s", err.text);
	rules_judge_bundle(bundle, &judgement, &findings);
	all = pki_dump(&findings);
	while (count < COUNT(row->told) && row->told[count].id && *row->told[count].id != '.')
		count++;
	more = count < COUNT(row->told) && row->told[count].id;
	ck_assert_msg(more ? findings.count > count : findings.count == count,
		      "%zu findings, not %zu%s", findings.count, count, all);
	for (size_t i = 0; i < count; i++)
		compare(&row->told[i], &findings.items[i], text.data, all);
}
END_TEST

Suite *suite_places(void)
{
	Suite *suite = suite_create("places");
	TCase *places = tcase_create("places");

	tcase_add_loop_test(places, test_bundle_places_fault_with_block_line_and_remedy, 0,
			    COUNT(rows));
	suite_add_tcase(suite, places);
	return suite;
}
