#include "certroll/text.h"
#include "pki.h"

Suite *suite_bundle(void);

START_TEST(test_bundle_load_reads_blocks_chain_and_key)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_bundle *bundle = pki_bundle(&pki, "leaf-both issuing policy root leaf.key", &findings);

	ck_assert_uint_eq(findings.count, 0);
	ck_assert_uint_eq(bundle->block_count, 5);
	ck_assert_int_eq(bundle->blocks[0].kind, BLOCK_CERT);
	ck_assert_int_eq(bundle->blocks[0].line, 1);
	ck_assert_int_eq(bundle->blocks[1].line, bundle->blocks[0].end_line + 1);
	ck_assert_str_eq(bundle->blocks[4].label, "PRIVATE KEY");
	ck_assert_int_eq(bundle->blocks[4].kind, BLOCK_KEY);
	ck_assert_int_eq(bundle->key_block, 4);
	ck_assert_int_eq(bundle->key_owner, 0);
	ck_assert(bundle->key_matches && bundle->has_root && !bundle->open);
	ck_assert_ptr_eq(bundle->chain, bundle->file);
	ck_assert_str_eq(bundle_root(bundle)->display, "Example Root");
	ck_assert_int_eq(bundle->chain->path.end, PATH_ANCHORED);
	ck_assert_int_eq(bundle->chain->path.source, ANCHOR_BUNDLE);
}
END_TEST

START_TEST(test_bundle_bytes_are_the_sorted_text)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_bundle *bundle =
		pki_bundle(&pki, "leaf-pkcs1.key root leaf-both policy issuing issuing", &findings);
	auto_buf sorted = BUF_MAX(1 << 16);
	auto_buf chain = BUF_MAX(1 << 16);
	auto_buf root = BUF_MAX(1 << 16);
	struct bytes all = bundle_bytes(bundle, BUNDLE_PEM_CHAIN_KEY);
	struct bytes certs = bundle_bytes(bundle, BUNDLE_PEM_CHAIN);
	struct bytes last = bundle_bytes(bundle, BUNDLE_PEM_ROOT);

	pki_join(&sorted, "leaf-both issuing policy root leaf.key");
	pki_join(&chain, "leaf-both issuing policy root");
	pki_join(&root, "root");
	ck_assert_str_eq(all.data, sorted.data);
	ck_assert_uint_eq(all.len, sorted.len);
	ck_assert_str_eq(certs.data, chain.data);
	ck_assert_uint_eq(certs.len, chain.len);
	ck_assert_str_eq(last.data, root.data);
	ck_assert_uint_eq(last.len, root.len);
}
END_TEST

START_TEST(test_bundle_bytes_are_empty_without_key_or_root)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_bundle *bundle = pki_bundle(&pki, "leaf-both issuing", &findings);

	ck_assert_uint_eq(bundle_bytes(bundle, BUNDLE_PEM_CHAIN_KEY).len, 0);
	ck_assert_uint_eq(bundle_bytes(bundle, BUNDLE_PEM_ROOT).len, 0);
	ck_assert_str_eq(bundle_bytes(bundle, BUNDLE_PEM_ROOT).data, "");
	ck_assert_uint_gt(bundle_bytes(bundle, BUNDLE_PEM_CHAIN).len, 0);
	ck_assert_ptr_null(bundle_root(bundle));
	ck_assert(!bundle->has_root);
}
END_TEST

/* Every order of four certificates: the same chain, and the blocks named as they stand. */
START_TEST(test_bundle_load_sorts_every_permutation)
{
	static const char *const parts[] = { "leaf-both", "issuing", "policy", "root" };
	size_t order[4] = { (size_t)_i / 6, (size_t)_i / 2 % 3, (size_t)_i % 2, 0 };
	const char *left[4] = { parts[0], parts[1], parts[2], parts[3] };
	const char *picked[4];
	auto_free char *names = NULL;
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };

	for (size_t i = 0; i < 4; i++) {
		picked[i] = left[order[i]];
		memmove(left + order[i], left + order[i] + 1, (3 - order[i]) * sizeof *left);
	}
	names = text_format("%s %s %s %s leaf.key", picked[0], picked[1], picked[2], picked[3]);

	auto_bundle *bundle = pki_bundle(&pki, names, &findings);
	struct profile profile = profile_default(PROFILE_INNOVAPHONE);
	struct judgement judgement = { .profile = &profile,
				       .now = PKI_NOW,
				       .root_kind = ROOT_PUBLIC };
	auto_free char *ids = NULL;

	ck_assert_uint_eq(bundle->chain->count, 4);
	for (size_t i = 0; i < 4; i++) {
		struct cert *part = pki_cert(parts[i]);

		ck_assert_mem_eq(bundle->chain->certs[i]->sha256, part->sha256, CERT_HASH);
		cert_free(part);
	}
	ck_assert(bundle->key_matches && bundle->has_root);
	rules_judge_bundle(bundle, &judgement, &findings);
	ids = pki_ids(&findings);
	ck_assert_str_eq(ids, _i == 0 ? "" : strcmp(picked[0], parts[0]) == 0 ? "O2" : "O1");
	if (_i == 0)
		return;
	auto_free char *remedy = text_copy("Put the blocks in this order: ");
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++)
			if (picked[j] == parts[i]) {
				char *longer = text_format("%s%zu, ", remedy, j + 1);

				mem_free(remedy);
				remedy = longer;
			}
	ck_assert_msg(text_starts(findings.items[0].remedy, remedy), "%s",
		      findings.items[0].remedy);
}
END_TEST

/* clang-format off */
static const struct {
	const char *files;
	int key_block, key_owner;
	bool matches;
	enum block_kind kind;
} keys[] = {
	{ "leaf-both leaf.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-both leaf-pkcs1.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-ec p256-sec1.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-ec p256.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-ed ed.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-both other.key", 1, -1, false, BLOCK_KEY },
	{ "leaf-both leaf-locked.key", -1, -1, false, BLOCK_KEY_ENCRYPTED },
	{ "leaf-both leaf-locked-old.key", -1, -1, false, BLOCK_KEY_ENCRYPTED },
	/* Two leaves: the one with the key counts.  The key of a CA makes no leaf of it. */
	{ "leaf-both leaf-next other.key", 2, 1, true, BLOCK_CERT },
	{ "leaf-both issuing issuing.key", 2, 1, false, BLOCK_CERT },
	/* Of several keys the leaf's counts. */
	{ "leaf-both other.key leaf.key", 2, 0, true, BLOCK_KEY },
	{ "leaf-both leaf.key other.key", 1, 0, true, BLOCK_KEY },
	{ "leaf-both leaf-locked.key leaf.key", 2, 0, true, BLOCK_KEY_ENCRYPTED },
	{ "leaf-both other.key issuing.key", 1, -1, false, BLOCK_KEY },
	/* The public half alone is not enough. */
	{ "leaf-both leaf-bent.key", 1, 0, false, BLOCK_KEY },
	{ "leaf-both leaf-bent-d.key", 1, 0, false, BLOCK_KEY },
	{ "leaf-both leaf-bent-dp.key", 1, 0, false, BLOCK_KEY },
	{ "leaf-ec p256-bent.key", 1, 0, false, BLOCK_KEY },
};
/* clang-format on */

START_TEST(test_bundle_load_finds_whose_key_it_is)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_bundle *bundle = pki_bundle(&pki, keys[_i].files, &findings);

	ck_assert_int_eq(bundle->key_block, keys[_i].key_block);
	ck_assert_int_eq(bundle->key_owner, keys[_i].key_owner);
	ck_assert_int_eq(bundle->key_matches, keys[_i].matches);
	ck_assert_int_eq(bundle->blocks[1].kind, keys[_i].kind);
	ck_assert_int_eq(bundle->key_damaged, strstr(keys[_i].files, "-bent") != NULL);
	ck_assert_int_eq(bundle_bytes(bundle, BUNDLE_PEM_CHAIN_KEY).len > 0, keys[_i].matches);
	if (bundle->key_matches)
		ck_assert(text_starts(bundle->key_pem.bytes, "-----BEGIN PRIVATE KEY-----\n"));
}
END_TEST

START_TEST(test_bundle_load_takes_the_cross_signed_way_that_is_trusted)
{
	auto_pki pki = pki_open("x1");
	auto_findings findings = { 0 };
	auto_bundle *bundle = pki_bundle(&pki, "leaf-yr yr1 yr yr-by-x1 leaf.key", &findings);

	ck_assert_uint_eq(bundle->chain->count, 3);
	ck_assert_str_eq(bundle->chain->certs[2]->issuer_cn, "Root X1");
	ck_assert(!bundle->has_root);
}
END_TEST

/* A good bundle's text, edited; and what is said of it. */
/* clang-format off */
static const struct {
	const char *find, *put; /* the first occurrence behind skip others is replaced */
	int skip;
	enum severity severity;
	const char *place, *words;
} edits[] = {
	{ "\n-----END CERTIFICATE-----", "", 0, SEVERITY_ERROR, "bundle.pem: block 1, line 1",
	  "its END line is missing: the next block begins at line" },
	{ "\n-----END PRIVATE KEY-----", "", 0, SEVERITY_ERROR, "bundle.pem: block 5",
	  "its END line is missing: the file ends" },
	{ "-----END CERTIFICATE-----", "-----END PRIVATE KEY-----", 0, SEVERITY_ERROR,
	  "bundle.pem: block 1", "it begins as 'CERTIFICATE' and ends as 'PRIVATE KEY'" },
	{ "-----END CERTIFICATE-----", "-----END CERTIFICATE---", 0, SEVERITY_ERROR,
	  "bundle.pem: block 1", "is no proper END line; right would be: -----END CERTIFICATE-----" },
	{ "-----BEGIN CERTIFICATE-----", "----BEGIN CERTIFICATE-----", 0, SEVERITY_ERROR,
	  "bundle.pem: line 1", "no proper BEGIN line" },
	{ "-----BEGIN CERTIFICATE-----\n", "", 1, SEVERITY_ERROR, "bundle.pem: line 4",
	  "an END line without a BEGIN line" },
	{ "\nMII", "\nM?I", 0, SEVERITY_ERROR, "bundle.pem: block 1, line 2",
	  "'?' in column 2 is not base64" },
	{ "\nMII", "\nM\001I", 0, SEVERITY_ERROR, "bundle.pem: block 1, line 2", "byte 0x01" },
	{ "\nMII", "\nMI", 0, SEVERITY_ERROR, "bundle.pem: block 1", "characters are missing" },
	{ "\nMII", "\nMIIIIII", 0, SEVERITY_ERROR, "bundle.pem: block 1", "cannot be read" },
	{ "\n-----END", "A=A=\n-----END", 0, SEVERITY_ERROR, "bundle.pem: block 1", "the '='" },
	{ "BEGIN CERTIFICATE", "BEGIN MONKEY", 0, SEVERITY_ERROR, "bundle.pem: block 1",
	  "it begins as 'MONKEY'" },
	{ "\nMII", "\n\n  MII", 0, SEVERITY_NOTE, "bundle.pem: block 1, line 3", "begins with blanks" },
	{ "-----BEGIN", "\xef\xbb\xbf-----BEGIN", 0, SEVERITY_NOTE, "bundle.pem: block 1, line 1",
	  "byte order mark" },
	{ "-----BEGIN", "subject=CN = *.example.com\n-----BEGIN", 0, SEVERITY_NOTE,
	  "bundle.pem: line 1", "text outside of the blocks" },
	{ "\nMII", "\r\nMII", 0, SEVERITY_NOTE, "bundle.pem: block 1, line 1", "as on Windows" },
	{ "\n-----BEGIN PRIVATE KEY-----\nMII", "\n-----BEGIN PRIVATE KEY-----\nMIII", 0,
	  SEVERITY_ERROR, "bundle.pem: block 5", "PRIVATE KEY cannot be read" },
};
/* clang-format on */

static void edit(struct buf *out, const char *text, size_t index)
{
	const char *at = strstr(text, edits[index].find);

	for (int i = 0; i < edits[index].skip; i++)
		at = strstr(at + 1, edits[index].find);
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(buf_add(out, text, (size_t)(at - text)), 0);
	ck_assert_int_eq(buf_addf(out, "%s%s", edits[index].put, at + strlen(edits[index].find)),
			 0);
}

START_TEST(test_bundle_load_names_line_and_fault)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_buf text = BUF_MAX(1 << 16);
	auto_buf edited = BUF_MAX(1 << 16);
	struct err err = { 0 };
	auto_bundle *bundle = NULL;
	auto_free char *all = NULL;
	const struct finding *found;

	pki_join(&text, "leaf-both issuing policy root leaf.key");
	edit(&edited, buf_text(&text), (size_t)_i);
	bundle = pki_bundle_text(&pki, edited.data, edited.len, &findings, &err);
	ck_assert_msg(bundle, "%s", err.text);
	all = pki_dump(&findings);
	found = findings_find(&findings, "pem");
	ck_assert_msg(found, "%s", edits[_i].put);
	ck_assert_msg(found->severity == edits[_i].severity, "%s", all);
	ck_assert_msg(text_starts(found->place, edits[_i].place), "%s", all);
	ck_assert_msg(strstr(found->sentence, edits[_i].words), "%s", all);
	if (edits[_i].severity == SEVERITY_NOTE && edits[_i].skip == 0)
		ck_assert_uint_eq(bundle_bytes(bundle, BUNDLE_PEM_CHAIN_KEY).len, text.len);
}
END_TEST

static const struct {
	const char *files, *words;
	enum severity severity;
} others[] = {
	{ "leaf-both request leaf.key", "certificate request", SEVERITY_WARNING },
	{ "leaf-both parameters leaf.key", "parameters of an elliptic", SEVERITY_NOTE },
	{ "leaf-trusted leaf.key", "TRUSTED CERTIFICATE", SEVERITY_ERROR },
	{ "leaf.key", "no certificate", SEVERITY_ERROR },
};

START_TEST(test_bundle_load_explains_other_blocks)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_bundle *bundle = pki_bundle(&pki, others[_i].files, &findings);
	const struct finding *found = findings_find(&findings, "pem");

	ck_assert_ptr_nonnull(bundle);
	ck_assert_ptr_nonnull(found);
	ck_assert_msg(strstr(found->sentence, others[_i].words), "%s", found->sentence);
	ck_assert_int_eq(found->severity, others[_i].severity);
}
END_TEST

static const struct {
	const char *text;
	size_t len; /* 0: as long as the text */
	enum err_code code;
	const char *words;
} refused[] = {
	{ "", 0, ERR_BUNDLE, "is empty" },
	{ "hello\n", 0, ERR_BUNDLE, "holds no PEM block" },
	{ "\0\0\0\0", 4, ERR_BUNDLE, "holds no PEM block" },
	{ "\xff\xfe-\0-\0", 6, ERR_BUNDLE, "UTF-16" },
	{ "\x30\x82\x03\x00\x30\x82\x02\x00", 8, ERR_BUNDLE, "binary (DER)" },
	{ "\x30\x82\x03\x00\x02\x01\x03\x30\x82", 9, ERR_BUNDLE, "PKCS#12" },
};

START_TEST(test_bundle_load_refuses_what_is_no_pem)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	struct err err = { 0 };
	size_t len = refused[_i].len ? refused[_i].len : strlen(refused[_i].text);

	ck_assert_ptr_null(pki_bundle_text(&pki, refused[_i].text, len, &findings, &err));
	ck_assert_int_eq(err.code, refused[_i].code);
	ck_assert_msg(strstr(err.text, refused[_i].words), "%s", err.text);
	ck_assert_msg(text_starts(err.text, "bundle.pem: "), "%s", err.text);
}
END_TEST

static const char *const containers[][2] = {
	{ "leaf.pfx", "PKCS#12" },
	{ "leaf-both.der", "binary (DER)" },
};

START_TEST(test_bundle_load_names_the_container)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_free char *path = pki_path(containers[_i][0]);
	struct err err = { 0 };

	ck_assert_ptr_null(bundle_load(path, pki.pool, &findings, &err));
	ck_assert_msg(strstr(err.text, containers[_i][1]), "%s", err.text);
}
END_TEST

START_TEST(test_bundle_load_refuses_too_much)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	auto_buf many = BUF_MAX(1 << 20);
	auto_free char *huge = mem_alloc(BUNDLE_MAX_BYTES + 10);
	struct err err = { 0 };

	for (int i = 0; i < 70; i++)
		ck_assert_int_eq(buf_addf(&many, "-----BEGIN FOO-----\n-----END FOO-----\n"), 0);
	ck_assert_ptr_null(pki_bundle_text(&pki, many.data, many.len, &findings, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_msg(strstr(err.text, "line 129: block 65"), "%s", err.text);
	buf_clear(&many);
	for (int i = 0; i < 40; i++)
		pki_join(&many, "leaf");
	ck_assert_ptr_null(pki_bundle_text(&pki, many.data, many.len, &findings, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	memset(huge, 'A', BUNDLE_MAX_BYTES + 10);
	ck_assert_ptr_null(pki_bundle_text(&pki, huge, BUNDLE_MAX_BYTES + 10, &findings, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	memcpy(huge, "-----BEGIN CERTIFICATE-----\n", 28);
	memcpy(huge + BUNDLE_MAX_BYTES - 26, "\n-----END CERTIFICATE-----", 26);
	struct bundle *bundle = pki_bundle_text(&pki, huge, BUNDLE_MAX_BYTES, &findings, &err);

	ck_assert_ptr_nonnull(bundle);
	ck_assert_int_eq(bundle->blocks[0].kind, BLOCK_BROKEN);
	bundle_free(bundle);
}
END_TEST

START_TEST(test_bundle_load_survives_every_truncation)
{
	auto_buf text = BUF_MAX(1 << 16);

	pki_join(&text, "leaf-ec p256.key");
	for (size_t len = 1; len < text.len; len++) {
		auto_pki pki = pki_open(NULL);
		auto_findings findings = { 0 };
		auto_bundle *bundle = pki_bundle_text(&pki, text.data, len, &findings, NULL);

		if (bundle && len < text.len - 1)
			ck_assert_uint_gt(findings.count + (bundle->key_block < 0), 0);
	}
}
END_TEST

START_TEST(test_bundle_load_survives_nul_bytes)
{
	auto_buf text = BUF_MAX(1 << 16);

	pki_join(&text, "leaf-ec p256.key");
	for (size_t at = 0; at < text.len; at += 3) {
		auto_pki pki = pki_open(NULL);
		auto_findings findings = { 0 };
		char was = text.data[at];

		text.data[at] = '\0';
		auto_bundle *bundle = pki_bundle_text(&pki, text.data, text.len, &findings, NULL);

		if (bundle && was != '\n')
			ck_assert_uint_gt(findings.count, 0);
		text.data[at] = was;
	}
}
END_TEST

START_TEST(test_bundle_load_tells_an_open_file)
{
	auto_pki pki = pki_open(NULL);
	auto_findings findings = { 0 };
	char path[] = "/tmp/certroll-open-XXXXXX";
	int fd = mkstemp(path);
	auto_buf text = BUF_MAX(1 << 16);
	struct err err = { 0 };
	auto_bundle *bundle = NULL;

	pki_join(&text, "leaf-both leaf.key");
	ck_assert_int_eq(write(fd, text.data, text.len), (ssize_t)text.len);
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	close(fd);
	bundle = bundle_load(path, pki.pool, &findings, &err);
	unlink(path);
	ck_assert(bundle && bundle->open);
	ck_assert_ptr_nonnull(findings_find(&findings, "bundle-open"));
	ck_assert_ptr_null(bundle_load("/nonexistent", pki.pool, &findings, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* What a box says after it got a file may hold a piece of that file. */
START_TEST(test_bundle_hide_key_leaves_no_piece_of_it)
{
	auto_findings findings = { 0 };
	auto_pki pki = pki_open("root");
	struct bundle *bundle =
		pki_bundle(&pki, "leaf-both issuing policy root leaf.key", &findings);
	const char *key = strchr(bundle->key_pem.bytes, '\n') + 1;
	auto_free char *echo = text_format("no space for '%.40s\\n', %.15s left", key + 7, key);
	auto_free char *plain = text_copy("certificate ABCDEFGHIJKLMNOPQRSTUVWXYZ refused");

	bundle_hide_key(bundle, echo);
	ck_assert_msg(strncmp(echo, "no space for '", 14) == 0 && strstr(echo, "***'") == NULL,
		      "%s", echo);
	ck_assert_msg(strspn(echo + 14, "*") >= 40, "%s", echo);
	ck_assert_msg(strstr(echo, " left"), "%s", echo);
	bundle_hide_key(bundle, plain);
	ck_assert_str_eq(plain, "certificate ABCDEFGHIJKLMNOPQRSTUVWXYZ refused");
	bundle_hide_key(NULL, plain);
	bundle_free(bundle);
}
END_TEST

Suite *suite_bundle(void)
{
	Suite *suite = suite_create("bundle");
	TCase *load = tcase_create("load");
	TCase *text = tcase_create("text");
	TCase *hostile = tcase_create("hostile");

	tcase_add_test(load, test_bundle_load_reads_blocks_chain_and_key);
	tcase_add_test(load, test_bundle_bytes_are_the_sorted_text);
	tcase_add_test(load, test_bundle_bytes_are_empty_without_key_or_root);
	tcase_add_loop_test(load, test_bundle_load_sorts_every_permutation, 0, 24);
	tcase_add_loop_test(load, test_bundle_load_finds_whose_key_it_is, 0, COUNT(keys));
	tcase_add_test(load, test_bundle_load_takes_the_cross_signed_way_that_is_trusted);
	tcase_add_test(load, test_bundle_load_tells_an_open_file);
	tcase_add_test(load, test_bundle_hide_key_leaves_no_piece_of_it);
	tcase_add_loop_test(text, test_bundle_load_names_line_and_fault, 0, COUNT(edits));
	tcase_add_loop_test(text, test_bundle_load_explains_other_blocks, 0, COUNT(others));
	tcase_add_loop_test(text, test_bundle_load_refuses_what_is_no_pem, 0, COUNT(refused));
	tcase_add_loop_test(text, test_bundle_load_names_the_container, 0, COUNT(containers));
	tcase_set_timeout(hostile, 60);
	tcase_add_test(hostile, test_bundle_load_refuses_too_much);
	tcase_add_test(hostile, test_bundle_load_survives_every_truncation);
	tcase_add_test(hostile, test_bundle_load_survives_nul_bytes);
	suite_add_tcase(suite, load);
	suite_add_tcase(suite, text);
	suite_add_tcase(suite, hostile);
	return suite;
}
