#include "certroll/sha256.h"
#include "certroll/sign.h"
#include "certroll/text.h"
#include "pki.h"
#include <openssl/cms.h>
#include <openssl/err.h>

/* A bundle file of these parts in a folder of its own, loaded as a signer. */
static struct bundle *signer_of(struct pki *pki, const char *names, mode_t mode, struct err *err)
{
	char folder[] = "/tmp/certroll-unit-XXXXXX";
	auto_buf text = BUF_MAX(1 << 20);
	struct bundle *signer;
	FILE *file;

	pki_join(&text, names);
	ck_assert(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	file = fopen("signer.pem", "wb");
	ck_assert(file);
	ck_assert_uint_eq(fwrite(text.data, 1, text.len, file), text.len);
	fclose(file);
	ck_assert_int_eq(chmod("signer.pem", mode), 0);
	signer = signer_load("signer.pem", pki->pool, err);
	unlink("signer.pem");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
	return signer;
}

/* What a verifier who trusts root.pem gets out of it, owned; NULL: it does not verify. */
static char *verify(const struct buf *sign, size_t *len, int *certs)
{
	const unsigned char *at = (const unsigned char *)sign->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)sign->len);
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	BIO *out = BIO_new(BIO_s_mem());
	X509 *root = pki_x509("root");
	STACK_OF(X509) * sent;
	char *content, *copy = NULL;

	ck_assert(cms);
	ck_assert_ptr_eq(at, (const unsigned char *)sign->data + sign->len);
	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(param, PKI_NOW);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	if (CMS_verify(cms, NULL, store, NULL, out, CMS_BINARY) == 1) {
		*len = (size_t)BIO_get_mem_data(out, &content);
		copy = mem_copy(content, *len);
	}
	sent = CMS_get1_certs(cms);
	*certs = sk_X509_num(sent);
	sk_X509_pop_free(sent, X509_free);
	X509_free(root);
	BIO_free(out);
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return copy;
}

static const struct {
	const char *names, *content;
	size_t len;
} signings[] = {
	{ "leaf-both issuing policy root leaf.key", "a\nb\n", 4 },
	{ "leaf-both issuing policy root leaf.key", "a\r\nb\nc", 6 },
	{ "leaf-both issuing policy root leaf.key", "\0\n\0", 3 },
	{ "leaf-both issuing policy leaf.key", "\n\n", 2 },
	{ "leaf.key policy leaf issuing", "x", 1 },
	{ "leaf-ec issuing policy p256.key", "x\n", 2 },
};

START_TEST(test_sign_binds_in_every_byte)
{
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	auto_bundle *signer = signer_of(&pki, signings[_i].names, 0600, &err);
	auto_buf out = BUF_MAX(1 << 16);
	auto_free char *content = NULL;
	size_t len = 0;
	int certs;

	ck_assert_msg(signer, "%s", err.text);
	ck_assert_msg(!cms_sign(signer, signings[_i].content, signings[_i].len, &out, &err), "%s",
		      err.text);
	content = verify(&out, &len, &certs);
	ck_assert_msg(content, "does not verify");
	ck_assert_uint_eq(len, signings[_i].len);
	ck_assert_mem_eq(content, signings[_i].content, len);
	ck_assert_int_eq(certs, 3); /* leaf, issuing, policy; never the root */
}
END_TEST

START_TEST(test_sign_is_broken_by_one_changed_byte)
{
	static const char text[] = "<string>Example</string>";
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	auto_bundle *signer = signer_of(&pki, "leaf-both issuing policy root leaf.key", 0600, &err);
	auto_buf out = BUF_MAX(1 << 16);
	size_t len;
	int certs;
	char *at;

	ck_assert_msg(signer, "%s", err.text);
	ck_assert_int_eq(cms_sign(signer, text, strlen(text), &out, &err), 0);
	at = memmem(out.data, out.len, "Example</", 9);
	ck_assert(at);
	at[0] = 'e';
	ck_assert_ptr_null(verify(&out, &len, &certs));
}
END_TEST

START_TEST(test_sign_holds_no_key)
{
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	auto_bundle *signer = signer_of(&pki, "leaf-both issuing policy root leaf.key", 0600, &err);
	auto_buf out = BUF_MAX(1 << 16);

	ck_assert_msg(signer, "%s", err.text);
	ck_assert_int_eq(cms_sign(signer, "x", 1, &out, &err), 0);
	ck_assert_ptr_null(memmem(out.data, out.len, "PRIVATE", 7));
}
END_TEST

START_TEST(test_sign_respects_the_limit)
{
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	auto_bundle *signer = signer_of(&pki, "leaf-both issuing policy root leaf.key", 0600, &err);
	auto_buf out = BUF_MAX(1000);

	ck_assert_msg(signer, "%s", err.text);
	ck_assert_int_eq(cms_sign(signer, "x", 1, &out, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

static const struct {
	const char *names, *says;
	mode_t mode;
} refusals[] = {
	{ "leaf-both issuing policy root leaf.key", "chmod 600", 0644 },
	{ "leaf-both issuing policy root leaf.key", "chmod 600", 0640 },
	{ "leaf-both issuing", "no private key", 0600 },
	{ "leaf-both issuing", "no private key", 0644 },
	{ "leaf.key", "no certificate", 0600 },
	{ "leaf-both issuing other.key", "not that of '*.example.com'", 0600 },
	{ "leaf-both issuing leaf-locked.key", "pass phrase", 0600 },
	{ "leaf-both issuing leaf-locked-old.key", "pass phrase", 0600 },
	{ "leaf-expired issuing policy leaf.key", "expired on 2026-11-19", 0600 },
	{ "leaf-early issuing policy leaf.key", "not valid before 2026-11-23", 0600 },
};

START_TEST(test_signer_refuses)
{
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	struct bundle *signer = signer_of(&pki, refusals[_i].names, refusals[_i].mode, &err);

	ck_assert_ptr_null(signer);
	ck_assert_int_eq(err.code, ERR_BUNDLE);
	ck_assert_msg(strstr(err.text, refusals[_i].says), "%s", err.text);
	ck_assert_msg(strstr(err.text, "signer.pem"), "%s", err.text);
}
END_TEST

START_TEST(test_sign_refuses_keys_that_cannot)
{
	auto_pki pki = pki_open(NULL);
	struct err err = { 0 };
	auto_bundle *signer = signer_of(&pki, "leaf-ed issuing policy ed.key", 0600, &err);
	auto_buf out = BUF_MAX(1 << 16);

	ck_assert_msg(signer, "%s", err.text);
	ck_assert_int_eq(cms_sign(signer, "x", 1, &out, &err), -1);
	ck_assert_msg(strstr(err.text, "use RSA or EC"), "%s", err.text);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(test_pem_is_what_openssl_writes)
{
	static const char *const names[] = { "root", "leaf-many", "leaf-ec" };
	struct cert *cert = pki_cert(names[_i]);
	size_t len;
	auto_free char *text = pki_text(names[_i], &len), *pem = cert_pem(cert);

	ck_assert_str_eq(pem, strstr(text, "-----BEGIN"));
	cert_free(cert);
}
END_TEST

START_TEST(test_digest_is_sha256)
{
	unsigned char digest[CERT_HASH];
	char hex[2 * CERT_HASH + 1];

	sha256("abc", 3, digest);
	text_hex(digest, sizeof digest, hex);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

Suite *suite_sign(void);

Suite *suite_sign(void)
{
	Suite *suite = suite_create("sign");
	TCase *tests = tcase_create("sign");

	tcase_add_loop_test(tests, test_sign_binds_in_every_byte, 0, COUNT(signings));
	tcase_add_test(tests, test_sign_is_broken_by_one_changed_byte);
	tcase_add_test(tests, test_sign_holds_no_key);
	tcase_add_test(tests, test_sign_respects_the_limit);
	tcase_add_loop_test(tests, test_signer_refuses, 0, COUNT(refusals));
	tcase_add_test(tests, test_sign_refuses_keys_that_cannot);
	tcase_add_loop_test(tests, test_pem_is_what_openssl_writes, 0, 3);
	tcase_add_test(tests, test_digest_is_sha256);
	suite_add_tcase(suite, tests);
	return suite;
}
