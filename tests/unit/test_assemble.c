#include "certroll/assemble.h"
#include "certroll/text.h"
#include "pki.h"
#include <openssl/pkcs12.h>

Suite *suite_assemble(void);

static void gather_names(struct pki *pki, struct gathered *all, const char *names)
{
	auto_findings findings = { 0 };
	struct err err = { 0 };
	char word[64];

	while (pki_word(&names, word)) {
		auto_free char *path = pki_path(word);

		ck_assert_msg(gather_file(all, path, NULL, pki->pool, &findings, &err) == 0, "%s",
			      err.text);
	}
}

/* clang-format off */
static const struct {
	const char *system, *file; /* the one root of the system; --ca-file */
	const char *given, *more;  /* files; what was fetched */
	const char *chain;
	bool rooted;
} ways[] = {
	{ "root", NULL, "leaf-both issuing policy root leaf.key", "", "leaf-both issuing policy root",
	  true },
	{ "root", NULL, "root leaf.key policy issuing leaf-both", "", "leaf-both issuing policy root",
	  true },
	{ "root", NULL, "leaf-both issuing policy leaf.key", "", "leaf-both issuing policy root", true },
	{ "x1", NULL, "leaf-both issuing policy root leaf.key", "", "leaf-both issuing policy root",
	  true }, /* a root of one's own */
	{ "x1", "root", "leaf-both issuing policy leaf.key", "", "leaf-both issuing policy root", true },
	/* An intermediate in --ca-file helps, and does not end the chain. */
	{ "x1", "chain", "leaf-both leaf.key", "", "leaf-both issuing policy root", true },
	{ "root", NULL, "leaf-both issuing leaf.key", "policy", "leaf-both issuing policy root", true },
	/* The store of the system holds an intermediate: on to the root. */
	{ "policy", NULL, "leaf-both issuing policy root leaf.key", "", "leaf-both issuing policy root",
	  true },
	{ "policy", NULL, "leaf-both issuing leaf.key", "root", "leaf-both issuing policy root",
	  true },
	{ "policy", NULL, "leaf-both issuing leaf.key", "", "leaf-both issuing policy", false },
	/* One name, another key. */
	{ "root", NULL, "leaf-both impostor issuing policy leaf.key", "",
	  "leaf-both issuing policy root", true },
	{ "root", NULL, "leaf-both impostor policy leaf.key", "", "leaf-both", false },
	{ "root", NULL, "leaf-both leaf.key", "", "leaf-both", false },
	{ "root", NULL, "leaf-both leaf.key", "stranger leaf-next", "leaf-both", false },
	{ "root", NULL, "lone leaf.key", "", "lone", true },
	{ "root", NULL, "leaf-ring ring-a ring-b leaf.key", "", "leaf-ring ring-a ring-b", false },
	/* One name, one key, two certificates: the one below the trusted root. */
	{ "x1", NULL, "leaf-yr yr1 yr-by-x1 leaf.key", "", "leaf-yr yr1 yr-by-x1 x1", true },
	{ "x1", NULL, "leaf-yr yr1 yr yr-by-x1 leaf.key", "", "leaf-yr yr1 yr-by-x1 x1", true },
	{ "x1", NULL, "leaf-yr yr-by-x1 yr yr1 leaf.key", "", "leaf-yr yr1 yr-by-x1 x1", true },
	{ "x1", NULL, "leaf-yr yr1 yr leaf.key", "yr-by-x1", "leaf-yr yr1 yr-by-x1 x1", true },
	{ "yr", NULL, "leaf-yr yr1 leaf.key", "", "leaf-yr yr1 yr", true },
	{ "yr", NULL, "leaf-yr yr1 yr-by-x1 leaf.key", "", "leaf-yr yr1 yr", true },
	{ "yr", NULL, "leaf-yr yr1 yr-by-x1 x1 yr leaf.key", "", "leaf-yr yr1 yr", true },
	{ "root", "yr", "leaf-yr yr1 yr-by-x1 x1 leaf.key", "", "leaf-yr yr1 yr", true },
	{ "root", "x1", "leaf-yr yr1 yr yr-by-x1 leaf.key", "", "leaf-yr yr1 yr-by-x1 x1", true },
};
/* clang-format on */

static void expect_chain(const struct assembly *assembly, const char *names)
{
	const char *list = names;
	size_t count = 0;
	char word[64];

	while (pki_word(&list, word)) {
		struct cert *cert = pki_cert(word);

		ck_assert_msg(count < assembly->count, "%s: ends before %s", names, word);
		ck_assert_msg(!memcmp(assembly->certs[count]->sha256, cert->sha256, CERT_HASH),
			      "%s: '%s' of '%s' stands for %s", names,
			      assembly->certs[count]->display, assembly->certs[count]->issuer,
			      word);
		cert_free(cert);
		count++;
	}
	ck_assert_uint_eq(assembly->count, count);
}

/* Twice: what came out, put in again, comes out. */
START_TEST(test_assemble_chain_takes_the_way_of_the_signatures)
{
	auto_pki pki = pki_open_public(ways[_i].system);
	auto_free char *path = ways[_i].file ? pki_path(ways[_i].file) : NULL;
	auto_gathered given = { 0 }, more = { 0 }, again = { 0 };
	auto_findings findings = { 0 };
	auto_secret text = { 0 }, text_again = { 0 };
	struct assembly assembly = { 0 };
	struct err err = { 0 };
	struct anchors *file = path ? anchors_load(path, false, &err) : NULL;

	gather_names(&pki, &given, ways[_i].given);
	gather_names(&pki, &more, ways[_i].more);
	ck_assert_msg(assemble_leaf(&assembly, &given, false, &err) == 0, "%s", err.text);
	ck_assert_msg(assemble_chain(&assembly, &given, &more, file, pki.pool, &err) == 0, "%s",
		      err.text);
	expect_chain(&assembly, ways[_i].chain);
	ck_assert(assembly.rooted == ways[_i].rooted);

	ck_assert_int_eq(assembly_pem(&assembly, &text, NULL), 0);
	ck_assert_int_eq(gather_bytes(&again, &text, "again", pki.pool, &findings, &err), 0);
	ck_assert_int_eq(assemble_leaf(&assembly, &again, false, &err), 0);
	ck_assert_int_eq(assemble_chain(&assembly, &again, &more, file, pki.pool, &err), 0);
	ck_assert_int_eq(assembly_pem(&assembly, &text_again, NULL), 0);
	ck_assert(text.len == text_again.len && !memcmp(text.bytes, text_again.bytes, text.len));
	anchors_free(file);
}
END_TEST

/* clang-format off */
static const struct {
	const char *given;
	bool keyless;
	const char *leaf;     /* NULL: refused */
	const char *sentence; /* of the refusal */
} leaves[] = {
	{ "leaf-both leaf.key", false, "leaf-both", NULL },
	{ "leaf-both leaf.key leaf-pkcs1.key", false, "leaf-both", NULL },
	{ "leaf-both leaf-both issuing leaf.key other.key", false, "leaf-both", NULL },
	{ "leaf-next leaf-both issuing other.key", false, "leaf-next", NULL },
	{ "leaf-both stranger issuing issuing.key other.key leaf.key", false, "leaf-both", NULL },
	{ "root root.key", false, "root", NULL },
	{ "leaf-ec p256.key", false, "leaf-ec", NULL },
	{ "leaf-ed ed.key", false, "leaf-ed", NULL },
	{ "issuing leaf-both stranger policy", true, "leaf-both", NULL },
	{ "issuing policy", true, "issuing", NULL },
	{ "ring-a ring-b", true, "ring-a", NULL },
	{ "leaf.key", false, NULL, "no certificate among the files" },
	{ "leaf-both issuing", false, NULL, "no private key among the files" },
	{ "leaf-both other.key", false, NULL, "other.key: block 1, line 1) belongs to none" },
	{ "leaf-both issuing issuing.key", false, NULL, "that of the CA 'Example Issuing CA'" },
	{ "leaf-both leaf-next leaf.key other.key", false, NULL, "each with its private key: '*.ex" },
	{ "leaf-both leaf-third leaf.key", false, NULL, "until 2026-12-12 23:59:59 UTC); name only" },
	{ "leaf-both leaf-next", true, NULL, "two certificates could be meant: '*.example" },
};
/* clang-format on */

START_TEST(test_assemble_leaf_is_whom_the_key_belongs_to)
{
	auto_pki pki = pki_open(NULL);
	auto_gathered given = { 0 };
	struct assembly assembly = { 0 };
	struct err err = { 0 };
	int status;

	gather_names(&pki, &given, leaves[_i].given);
	status = assemble_leaf(&assembly, &given, leaves[_i].keyless, &err);
	ck_assert_msg(status == (leaves[_i].leaf ? 0 : -1), "%s: %s", leaves[_i].given, err.text);
	if (leaves[_i].leaf) {
		expect_chain(&assembly, leaves[_i].leaf);
		ck_assert(!assembly.key == leaves[_i].keyless);
		return;
	}
	ck_assert_msg(strstr(err.text, leaves[_i].sentence), "%s", err.text);
	ck_assert_int_eq(err.code, ERR_BUNDLE);
}
END_TEST

static const struct {
	bool old;
	int mac;
} containers[] = { { false, NID_sha256 }, { true, NID_sha1 } };

START_TEST(test_assembly_pkcs12_can_be_read_again)
{
	auto_pki pki = pki_open_public("root");
	auto_gathered given = { 0 }, none = { 0 }, again = { 0 };
	auto_findings findings = { 0 };
	auto_secret password = { 0 }, wrong = { 0 }, der = { 0 };
	struct assembly assembly = { 0 };
	char path[] = "/tmp/certroll-unit-XXXXXX";
	int fd = mkstemp(path);
	struct err err = { 0 };
	const unsigned char *at;
	const X509_ALGOR *mac;
	PKCS12 *pkcs12;

	secret_set(&password, "p\xc3\xa4ss", 5);
	secret_set(&wrong, "pass", 4);
	gather_names(&pki, &given, "leaf-both issuing policy leaf.key");
	ck_assert_int_eq(assemble_leaf(&assembly, &given, false, &err), 0);
	ck_assert_int_eq(assemble_chain(&assembly, &given, &none, NULL, pki.pool, &err), 0);
	ck_assert_int_eq(assembly_pkcs12(&assembly, &password, containers[_i].old, &der, &err), 0);
	ck_assert_int_eq(write(fd, der.bytes, der.len), (ssize_t)der.len);
	close(fd);
	ck_assert_int_eq(gather_file(&again, path, &wrong, pki.pool, &findings, &err), -1);
	ck_assert_int_eq(err.code, ERR_SECRET);
	ck_assert_int_eq(gather_file(&again, path, &password, pki.pool, &findings, &err), 0);
	unlink(path);
	ck_assert_uint_eq(again.cert_count, 4);
	ck_assert_uint_eq(again.key_count, 1);
	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq(again.certs[i].cert, assembly.certs[i]);
	at = (const unsigned char *)der.bytes;
	pkcs12 = d2i_PKCS12(NULL, &at, (long)der.len);
	PKCS12_get0_mac(NULL, &mac, NULL, NULL, pkcs12);
	ck_assert_int_eq(OBJ_obj2nid(mac->algorithm), containers[_i].mac);
	PKCS12_free(pkcs12);
}
END_TEST

Suite *suite_assemble(void)
{
	Suite *suite = suite_create("assemble");
	TCase *all = tcase_create("assemble");

	tcase_add_loop_test(all, test_assemble_chain_takes_the_way_of_the_signatures, 0,
			    (int)COUNT(ways));
	tcase_add_loop_test(all, test_assemble_leaf_is_whom_the_key_belongs_to, 0,
			    (int)COUNT(leaves));
	tcase_add_loop_test(all, test_assembly_pkcs12_can_be_read_again, 0, (int)COUNT(containers));
	tcase_set_timeout(all, 30);
	suite_add_tcase(suite, all);
	return suite;
}
