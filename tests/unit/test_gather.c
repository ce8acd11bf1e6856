#include "certroll/gather.h"
#include "certroll/text.h"
#include "pki.h"

Suite *suite_gather(void);

/* A file of the PKI, or a text, gathered. */
static int gather(struct pki *pki, struct gathered *all, const char *name, const char *password,
		  struct findings *findings, struct err *err)
{
	auto_free char *path = pki_path(name);
	auto_secret secret = { 0 };

	if (password)
		secret_set(&secret, password, strlen(password));
	return gather_file(all, path, password ? &secret : NULL, pki->pool, findings, err);
}

static int gather_text(struct pki *pki, struct gathered *all, const char *text, size_t len,
		       struct findings *findings, struct err *err)
{
	auto_secret bytes = { 0 };

	secret_set(&bytes, text, len);
	return gather_bytes(all, &bytes, "file", pki->pool, findings, err);
}

static int gather_through_file(struct pki *pki, struct gathered *all, const struct secret *bytes,
			       const struct secret *password, struct findings *findings)
{
	char path[] = "/tmp/certroll-unit-XXXXXX";
	int fd = mkstemp(path), status;

	ck_assert_int_eq(write(fd, bytes->bytes, bytes->len), (ssize_t)bytes->len);
	close(fd);
	status = gather_file(all, path, password, pki->pool, findings, NULL);
	unlink(path);
	return status;
}

/* clang-format off */
static const struct {
	const char *file, *password;
	size_t certs, keys;
	const char *place; /* end of that of the last certificate, else of the last key */
} good[] = {
	{ "leaf-both", NULL, 1, 0, "leaf-both.pem: block 1, line 1" },
	{ "bundle-good", NULL, 4, 1, "" },
	{ "bundle-good", "unneeded", 4, 1, "" },
	{ "from-pfx", NULL, 2, 1, "" },
	{ "leaf-trusted", NULL, 1, 0, "" },
	{ "leaf-both.der", NULL, 1, 0, "leaf-both.der" },
	{ "chain.p7b", NULL, 4, 0, "chain.p7b: block 1, line 1: certificate 4" },
	{ "chain-der.p7b", NULL, 4, 0, "chain-der.p7b: certificate 4" },
	{ "certnew.p7b", NULL, 4, 0, "certificate 4" }, /* what Windows calls CERTIFICATE */
	{ "modern.pfx", "secret", 4, 1, "modern.pfx: certificate 4" },
	{ "legacy.pfx", "secret", 4, 1, "legacy.pfx: certificate 4" },
	{ "triple.pfx", "secret", 4, 1, "" },
	{ "no-mac.pfx", "secret", 4, 1, "" },
	{ "empty.pfx", NULL, 4, 1, "" },
	{ "empty.pfx", "of another file", 4, 1, "" },
	{ "certs.p12", "secret", 3, 0, "" },
	{ "leaf.key", NULL, 0, 1, "leaf.key: block 1, line 1" },
	{ "leaf-pkcs1.key", NULL, 0, 1, "" },
	{ "p256-sec1.key", NULL, 0, 1, "" },
	{ "ed.key", NULL, 0, 1, "" },
	{ "leaf-locked.key", "secret", 0, 1, "" },
	{ "leaf-locked-rc2.key", "secret", 0, 1, "" },
	{ "leaf-locked-old.key", "secret", 0, 1, "" },
	{ "leaf-key.der", NULL, 0, 1, "leaf-key.der" },
	{ "leaf-pkcs1.der", NULL, 0, 1, "" },
	{ "leaf-locked.der", "secret", 0, 1, "" },
};
/* clang-format on */

START_TEST(test_gather_file_reads_every_form)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	struct err err = { 0 };
	int status = gather(&pki, &all, good[_i].file, good[_i].password, &findings, &err);
	const char *place;

	ck_assert_msg(status == 0, "%s: %s", good[_i].file, err.text);
	ck_assert_msg(all.cert_count == good[_i].certs && all.key_count == good[_i].keys,
		      "%s: %zu certificates, %zu keys", good[_i].file, all.cert_count,
		      all.key_count);
	place = all.cert_count ? all.certs[all.cert_count - 1].place : all.keys[0].place;
	ck_assert_msg(text_ends(place, good[_i].place), "%s", place);
	for (size_t i = 0; i < all.key_count && all.cert_count; i++) {
		const struct cert *leaf = all.certs[0].cert;
		EVP_PKEY *public = X509_get0_pubkey(leaf->x509);

		ck_assert_str_eq(leaf->display, "*.example.com");
		ck_assert_int_eq(EVP_PKEY_eq(public, all.keys[i].key), 1);
	}
}
END_TEST

/* clang-format off */
static const struct {
	const char *file, *password;
	enum err_code code;
	const char *sentence;
} bad[] = {
	{ "modern.pfx", "wrong", ERR_SECRET, "the password does not open it" },
	{ "legacy.pfx", "wrong", ERR_SECRET, "the password does not open it" },
	{ "modern.pfx", NULL, ERR_SECRET, "a password protects it" },
	{ "no-mac.pfx", "wrong", ERR_BUNDLE, "cannot be decrypted" },
	{ "many.pfx", "secret", ERR_LIMIT, "more than 5000000 times" },
	{ "leaf-locked.key", "wrong", ERR_SECRET, "block 1, line 1: the password does not" },
	{ "leaf-locked.key", NULL, ERR_SECRET, "a password protects it" },
	{ "leaf-locked-many.key", "secret", ERR_LIMIT, "more than 5000000 times" },
	{ "leaf-locked-old.key", "wrong", ERR_SECRET, "the password does not open it" },
	{ "leaf-locked-des.key", "secret", ERR_SECRET, "by a method that OpenSSL no longer reads" },
	{ "leaf-locked-old.key", NULL, ERR_SECRET, "a password protects it" },
	{ "leaf-locked.der", "wrong", ERR_SECRET, "the password does not open it" },
	{ "leaf-locked.der", NULL, ERR_SECRET, "a password protects it" },
	{ "request", NULL, ERR_BUNDLE, "no certificate and no private key" },
	{ "parameters", NULL, ERR_BUNDLE, "no certificate and no private key" },
	{ "empty.p7b", NULL, ERR_BUNDLE, "no certificate and no private key" },
	{ "missing.pem", NULL, ERR_IO, "No such file" },
	{ "", NULL, ERR_IO, "No such file" }, /* the name becomes ".pem" */
	{ "../pki/.", NULL, ERR_IO, "not as certbot keeps them" },
};
/* clang-format on */

START_TEST(test_gather_file_refuses)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(gather(&pki, &all, bad[_i].file, bad[_i].password, &findings, &err), -1);
	ck_assert_msg(strstr(err.text, bad[_i].sentence), "%s", err.text);
	ck_assert_int_eq(err.code, bad[_i].code);
	ck_assert_msg(strstr(err.text, bad[_i].file), "%s", err.text);
	ck_assert_uint_eq(all.key_count, 0);
	ck_assert_ptr_null(strstr(err.text, "secret"));
}
END_TEST

/* clang-format off */
static const struct {
	const char *text;
	size_t len;
	const char *sentence;
} garbage[] = {
	{ "", 0, "it is empty" },
	{ "hello", 5, "neither PEM text nor DER" },
	{ "\xff\xfe-\0", 4, "UTF-16" },
	{ "\xfe\xed\xfe\xed\0\0\0\2", 8, "Java key store" },
	{ "0", 1, "neither PEM text nor DER" },
	{ "0\x80", 2, "neither PEM text nor DER" },
	{ "0\x85\1\1\1\1\1\1", 8, "neither PEM text nor DER" },
	{ "0\x82\1\0\2\1\3" "0", 8, "PKCS#12 container and is damaged" },
	{ "0\5\2\1\0\5\0", 7, "not those of a private key" },
	{ "0\x0b\6\x09\x2a\x86\x48\x86\xf7\x0d\1\7\2", 13, "PKCS#7 container without" },
	{ "0\x82\1\0\6\x09\x2a\x86\x48", 9, "PKCS#7 container and is damaged" },
	{ "0\x05" "0\3\6\1\x2a", 7, "not those of a private key" },
	{ "0\x04" "0\2\2\0", 6, "not those of an X.509 certificate" },
};
/* clang-format on */

START_TEST(test_gather_bytes_refuses_garbage)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(
		gather_text(&pki, &all, garbage[_i].text, garbage[_i].len, &findings, &err), -1);
	ck_assert_msg(strstr(err.text, garbage[_i].sentence), "%s", err.text);
	ck_assert(text_starts(err.text, "file: "));
	ck_assert_int_eq(err.code, ERR_BUNDLE);
}
END_TEST

/* Every length and every changed byte: an answer, and never a crash. */
static const char *const mangled[] = { "modern.pfx", "chain-der.p7b", "leaf-both.der",
				       "leaf-key.der" };

START_TEST(test_gather_bytes_survives_what_is_cut_or_changed)
{
	auto_pki pki = pki_open(NULL);
	struct secret password = { 0 };
	size_t len;
	auto_free char *text = pki_text(mangled[_i], &len);

	secret_set(&password, "secret", 6);
	for (size_t i = 0; i < len; i += 1 + len / 300) {
		auto_gathered cut = { 0 }, changed = { 0 };
		auto_findings findings = { 0 };
		auto_secret bytes = { 0 };
		int status;

		secret_set(&bytes, text, len);
		bytes.len = i;
		status = gather_through_file(&pki, &cut, &bytes, &password, &findings);
		ck_assert_msg(status == -1, "%s cut at %zu", mangled[_i], i);
		bytes.len = len;
		bytes.bytes[i] = (char)(bytes.bytes[i] ^ 0x55);
		status = gather_through_file(&pki, &changed, &bytes, &password, &findings);
		ck_assert(status == 0 || changed.cert_count <= 4);
	}
	secret_free(&password);
}
END_TEST

/* DER in front of what was built so far, from the inside out. */
static void wrap(struct buf *der, unsigned char tag, const char *before, size_t before_len)
{
	auto_buf inner = BUF_MAX(1 << 12);
	size_t len = before_len + der->len;
	const unsigned char head[] = { tag, 0x82, (unsigned char)(len >> 8), (unsigned char)len };

	ck_assert_int_eq(buf_add(&inner, head, sizeof head), 0);
	ck_assert_int_eq(buf_add(&inner, before, before_len), 0);
	ck_assert_int_eq(buf_add(&inner, der->data ? der->data : "", der->len), 0);
	buf_clear(der);
	ck_assert_int_eq(buf_add(der, inner.data, inner.len), 0);
}

static void wrap_data(struct buf *der)
{
	wrap(der, 0x04, "", 0);
	wrap(der, 0xa0, "", 0);
	wrap(der, 0x30, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 11);
}

/* clang-format off */
static const struct {
	int depth; /* of bags within bags; -1: the content is left out */
	enum err_code code;
	const char *sentence;
} nests[] = {
	{ -1, ERR_BUNDLE, "a part of it is missing" },
	{ 0, ERR_BUNDLE, "with nothing in it" },
	{ 3, ERR_BUNDLE, "with nothing in it" },
	{ 4, ERR_LIMIT, "bags within bags" },
	{ 14, ERR_LIMIT, "bags within bags" },
};
/* clang-format on */

START_TEST(test_gather_bytes_opens_few_bags_within_bags)
{
	static const char bag[] = "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x06";
	static const char data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	auto_buf der = BUF_MAX(1 << 12);
	struct err err = { 0 };

	wrap(&der, 0x30, "", 0);
	for (int i = 0; i < nests[_i].depth; i++) {
		wrap(&der, 0xa0, "", 0);
		wrap(&der, 0x30, bag, sizeof bag - 1);
		wrap(&der, 0x30, "", 0);
	}
	if (nests[_i].depth < 0) {
		buf_clear(&der);
		wrap(&der, 0x30, data, sizeof data - 1);
	} else {
		wrap_data(&der);
	}
	wrap(&der, 0x30, "", 0);
	wrap_data(&der);
	wrap(&der, 0x30, "\x02\x01\x03", 3);
	ck_assert_int_eq(gather_text(&pki, &all, der.data, der.len, &findings, &err), -1);
	ck_assert_msg(strstr(err.text, nests[_i].sentence), "%s", err.text);
	ck_assert_int_eq(err.code, nests[_i].code);
}
END_TEST

START_TEST(test_gather_reads_on_behind_a_broken_block)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	auto_buf text = BUF_MAX(1 << 16);
	struct err err = { 0 };

	pki_join(&text, "leaf-both issuing request");
	text.data[100] = '!';
	ck_assert_int_eq(gather_text(&pki, &all, text.data, text.len, &findings, &err), 0);
	ck_assert_uint_eq(all.cert_count, 1);
	ck_assert_uint_eq(findings.count, 2);
	ck_assert_str_eq(findings.items[0].place, "file: block 1, line 1");
	ck_assert_int_eq(findings.items[0].severity, SEVERITY_WARNING);
	ck_assert(strstr(findings.items[0].sentence, ": '!' in column"));
	ck_assert_int_eq(findings.items[1].severity, SEVERITY_NOTE);
	ck_assert(strstr(findings.items[1].sentence, "CERTIFICATE REQUEST"));
}
END_TEST

START_TEST(test_gather_skips_keys_when_told)
{
	static const char *const files[] = { "leaf-locked.key", "leaf-locked-old.key",
					     "leaf-locked.der", "leaf.key", "leaf-key.der" };
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { .skip_keys = true };
	auto_findings findings = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < COUNT(files); i++)
		ck_assert_msg(gather(&pki, &all, files[i], NULL, &findings, &err) == 0, "%s",
			      err.text);
	ck_assert_int_eq(gather(&pki, &all, "bundle-good", NULL, &findings, &err), 0);
	ck_assert_int_eq(gather(&pki, &all, "modern.pfx", "secret", &findings, &err), 0);
	ck_assert_uint_eq(all.cert_count, 8);
	ck_assert_uint_eq(all.key_count, 0);
	ck_assert_ptr_eq(all.certs[0].cert, all.certs[4].cert);
}
END_TEST

START_TEST(test_gather_has_limits)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	struct err err = { 0 };
	char path[] = "/tmp/certroll-unit-XXXXXX";
	int fd = mkstemp(path), status = 0;

	for (size_t i = 0; i < GATHER_MAX_CERTS; i++)
		ck_assert_int_eq(gather(&pki, &all, "root", NULL, &findings, &err), 0);
	ck_assert_int_eq(gather(&pki, &all, "root", NULL, &findings, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert(strstr(err.text, "--ca-file"));
	for (size_t i = 0; i < GATHER_MAX_KEYS; i++)
		ck_assert_int_eq(gather(&pki, &all, "leaf.key", NULL, &findings, &err), 0);
	ck_assert_int_eq(gather(&pki, &all, "leaf.key", NULL, &findings, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);

	ck_assert_int_eq(ftruncate(fd, GATHER_MAX_BYTES + 1), 0);
	status = gather_file(&all, path, NULL, pki.pool, &findings, &err);
	close(fd);
	unlink(path);
	ck_assert_int_eq(status, -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

/* What the folder holds, each a link as certbot makes them. */
static const struct {
	const char *links; /* "NAME=FILE ..." */
	size_t certs, keys;
} folders[] = {
	{ "cert.pem=leaf-both chain.pem=issuing fullchain.pem=bundle-leaf-only privkey.pem=ed.key",
	  1, 2 },
	{ "cert.pem=leaf-both chain.pem=issuing privkey.pem=leaf.key", 2, 1 },
	{ "cert.pem=leaf-both", 1, 0 },
	{ "chain.pem=issuing privkey.pem=leaf.key", 0, 0 },
};

START_TEST(test_gather_file_reads_a_lineage)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered all = { 0 };
	auto_findings findings = { 0 };
	struct err err = { 0 };
	char folder[] = "/tmp/certroll-unit-XXXXXX", word[64];
	const char *list = folders[_i].links;
	bool refused = !text_starts(list, "cert.pem");

	ck_assert(mkdtemp(folder));
	while (pki_word(&list, word)) {
		auto_free char *target = pki_path(strchr(word, '=') + 1);
		auto_free char *path = NULL;

		*strchr(word, '=') = '\0';
		path = text_format("%s/%s", folder, word);
		ck_assert_int_eq(symlink(target, path), 0);
	}
	auto_free char *clean = text_format("rm -rf %s", folder);
	int status = gather_file(&all, folder, NULL, pki.pool, &findings, &err);

	ck_assert_int_eq(system(clean), 0);
	ck_assert_msg(status == (refused ? -1 : 0), "%s", err.text);
	ck_assert_uint_eq(all.cert_count, folders[_i].certs);
	ck_assert_uint_eq(all.key_count, folders[_i].keys);
}
END_TEST

Suite *suite_gather(void)
{
	Suite *suite = suite_create("gather");
	TCase *forms = tcase_create("forms");
	TCase *limits = tcase_create("limits");

	tcase_add_loop_test(forms, test_gather_file_reads_every_form, 0, (int)COUNT(good));
	tcase_add_loop_test(forms, test_gather_file_refuses, 0, (int)COUNT(bad));
	tcase_add_loop_test(forms, test_gather_bytes_refuses_garbage, 0, (int)COUNT(garbage));
	tcase_add_loop_test(forms, test_gather_file_reads_a_lineage, 0, (int)COUNT(folders));
	tcase_add_test(forms, test_gather_reads_on_behind_a_broken_block);
	tcase_add_test(forms, test_gather_skips_keys_when_told);
	tcase_add_test(limits, test_gather_has_limits);
	tcase_add_loop_test(limits, test_gather_bytes_opens_few_bags_within_bags, 0,
			    (int)COUNT(nests));
	tcase_add_loop_test(limits, test_gather_bytes_survives_what_is_cut_or_changed, 0,
			    (int)COUNT(mangled));
	tcase_set_timeout(limits, 60);
	suite_add_tcase(suite, forms);
	suite_add_tcase(suite, limits);
	return suite;
}
