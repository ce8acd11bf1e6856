#include "certroll/file.h"
#include "certroll/make.h"
#include "pki.h"
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const struct {
	const char *name, *problem; /* NULL: fine */
} name_cases[] = {
	{ "pbx.example.com", NULL },
	{ "example.com", NULL },
	{ "pbx", NULL },
	{ "my_pbx.example.com", NULL },
	{ "xn--bcher-kva.example", NULL },
	{ "3com.com", NULL },
	{ "192.0.2.1", NULL },
	{ "2001:db8::1", NULL },
	{ "*.example.com", NULL },
	{ "*.berlin.example.com", NULL },
	{ "*.example.co.uk", NULL },
	{ "", "is empty" },
	{ ".example.com", "empty part" },
	{ "pbx..example.com", "empty part" },
	{ "pbx.example.com.", "empty part" },
	{ "-pbx.example.com", "starts or ends with '-'" },
	{ "pbx-.example.com", "starts or ends with '-'" },
	{ "b\xc3\xbc"
	  "cher.de",
	  "xn-- form" },
	{ "pbx example.com", "holds the character ' ', which" },
	{ "pbx.example.com:443", "holds the character ':', which" },
	{ "pbx.example.com\n", "holds a control character" },
	{ "10.0.0", "ends in a number" },
	{ "300.0.0.1", "ends in a number" },
	{ "012345678901234567890123456789012345678901234567890123456789abcd.com", "63 characters" },
	{ "*", "the star must be" },
	{ "*.", "everybody" },
	{ "*.com", "everybody" },
	{ "*.co.uk", "everybody" },
	{ "*.com.au", "everybody" },
	{ "*.*.example.com", "the star must be" },
	{ "a*.example.com", "the star must be" },
	{ "pbx.*.com", "the star must be" },
	{ "*.192.0.2.1", "addresses have no wildcards" },
	{ "*.-x.com", "starts or ends with '-'" },
};

START_TEST(test_name_refuse)
{
	auto_free char *problem = name_refuse(name_cases[_i].name);

	ck_assert_msg(!problem == !name_cases[_i].problem &&
			      (!problem || strstr(problem, name_cases[_i].problem)),
		      "'%s': %s", name_cases[_i].name, problem ? problem : "fine");
}
END_TEST

START_TEST(test_name_refuse_long)
{
	char name[256] = "";
	char *problem;

	for (int i = 0; i < 126; i++)
		strcat(name, "a.");
	strcat(name, "a");
	ck_assert_uint_eq(strlen(name), 253);
	ck_assert_ptr_null(name_refuse(name));
	strcat(name, "a");
	problem = name_refuse(name);
	ck_assert_ptr_nonnull(strstr(problem, "253"));
	mem_free(problem);
}
END_TEST

START_TEST(test_name_refuse_public)
{
	static const char *const fine[] = { "pbx.example.com", "*.example.com", "local.example.com",
					    "test.de" };
	static const char *const closed[] = { "192.0.2.1", "2001:db8::1",     "pbx",
					      "a_b.de",    "pbx.firma.local", "*.firma.LOCAL",
					      "x.test",    "pbx.home.arpa",   "*.lan.internal" };

	for (size_t i = 0; i < COUNT(fine); i++)
		ck_assert_ptr_null(name_refuse_public(fine[i]));
	for (size_t i = 0; i < COUNT(closed); i++) {
		char *problem = name_refuse_public(closed[i]);

		ck_assert_msg(problem, "%s", closed[i]);
		mem_free(problem);
	}
}
END_TEST

START_TEST(test_name_common_fits)
{
	char long_name[] = "a234567890123456789012345678901234567890123456789012345.example.com";
	char fits[] = "2345678901234567890123456789012345678901234567890123.example.com";
	char *items[] = { long_name, fits };
	struct name_list names = { items, 2 };

	ck_assert_uint_gt(strlen(long_name), MAKE_CN_MAX);
	ck_assert_uint_eq(strlen(fits), MAKE_CN_MAX);
	ck_assert_str_eq(name_common(&names), fits);
	names.count = 1;
	ck_assert_ptr_null(name_common(&names));
}
END_TEST

/* --- keys ------------------------------------------------------------------------------------ */

static char folder[64];

static void make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/certroll-make-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
	auto_free char *command = text_format("rm -rf '%s'", folder);

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *bytes, size_t len, mode_t mode)
{
	FILE *file = fopen(name, "wb");

	ck_assert(file && fwrite(bytes, 1, len, file) == len);
	fclose(file);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void put_pki(const char *name, const char *parts, mode_t mode)
{
	auto_buf text = BUF_MAX(1 << 16);

	pki_join(&text, parts);
	put(name, text.data, text.len, mode);
}

static EVP_PKEY *make_key(void)
{
	struct err err = { 0 };
	EVP_PKEY *key = key_make(MAKE_LEAF_BITS, &err);

	ck_assert_msg(key, "%s", err.text);
	return key;
}

/* Through a file and back. */
static EVP_PKEY *store(EVP_PKEY *key, const struct secret *password, const struct secret *again,
		       struct err *err)
{
	auto_secret text = { 0 };

	ck_assert_int_eq(make_pem(NULL, 0, key, password, &text, err), 0);
	ck_assert_ptr_nonnull(
		strstr(text.bytes, password ? "BEGIN ENCRYPTED PRIVATE KEY" : "BEGIN PRIVATE KEY"));
	put("key", text.bytes, text.len, 0600);
	return key_load("key", again, err);
}

START_TEST(test_key_is_the_same_when_read_again)
{
	EVP_PKEY *key = make_key(), *again;
	struct err err = { 0 };

	ck_assert_int_eq(key_bits(key), 2048);
	again = store(key, NULL, NULL, &err);
	ck_assert_msg(again, "%s", err.text);
	ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
	key_free(again);
	key_free(key);
}
END_TEST

START_TEST(test_key_encrypted_needs_its_password)
{
	EVP_PKEY *key = make_key(), *again;
	auto_secret right = { 0 }, wrong = { 0 };
	struct err err = { 0 };

	secret_set(&right, "S3cret", 6);
	secret_set(&wrong, "S3cret!", 7);
	again = store(key, &right, &right, &err);
	ck_assert_msg(again && EVP_PKEY_eq(key, again) == 1, "%s", err.text);
	key_free(again);
	ck_assert_ptr_null(key_load("key", &wrong, &err));
	ck_assert_int_eq(err.code, ERR_SECRET);
	ck_assert_str_eq(err.text, "key: the password does not open this key");
	ck_assert_ptr_null(key_load("key", NULL, &err));
	ck_assert_int_eq(err.code, ERR_SECRET);
	ck_assert_ptr_nonnull(strstr(err.text, "its password was not given"));
	key_free(key);
}
END_TEST

/* As everywhere else: old ciphers are read, and nobody waits for minutes. */
START_TEST(test_key_load_knows_encryption_of_others)
{
	auto_secret password = { 0 };
	struct err err = { 0 };
	EVP_PKEY *key;

	secret_set(&password, "secret", 6);
	put_pki("key", "leaf-locked-rc2.key", 0600);
	key = key_load("key", &password, &err);
	ck_assert_msg(key, "%s", err.text);
	key_free(key);
	put_pki("key", "leaf-locked-many.key", 0600);
	ck_assert_ptr_null(key_load("key", &password, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "key: it wants its password hashed more than"));
}
END_TEST

static const struct {
	const char *parts;
	mode_t mode;
	const char *message;
} bad_keys[] = {
	{ "leaf.key", 0640, "others may read this private key; chmod 600 it" },
	{ "leaf.key", 0604, "others may read" },
	{ "leaf", 0600, "holds no private key" },
	{ "leaf.key leaf.key", 0600, "two private keys" },
	{ "p256.key", 0600, "is no RSA key" },
	{ "leaf-locked-old.key", 0600, "openssl pkcs8 -topk8" },
	{ "small.key", 0600, "RSA key of 1024 bits" },
};

START_TEST(test_key_load_refuses)
{
	struct err err = { 0 };

	put_pki("key", bad_keys[_i].parts, bad_keys[_i].mode);
	ck_assert_ptr_null(key_load("key", NULL, &err));
	ck_assert_int_eq(err.code, ERR_BUNDLE);
	ck_assert_msg(strstr(err.text, bad_keys[_i].message), "%s", err.text);
}
END_TEST

START_TEST(test_key_load_refuses_damage)
{
	static const char text[] = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
	struct err err = { 0 };

	put("key", text, strlen(text), 0600);
	ck_assert_ptr_null(key_load("key", NULL, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "line 1: these are not the bytes"));
	ck_assert_ptr_null(key_load("none", NULL, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* Keys are written like this. */
START_TEST(test_file_create_overwrites_nothing)
{
	char text[8] = "";
	struct err err = { 0 };
	FILE *file;

	ck_assert_int_eq(file_create("key", "first", 5, FILE_PRIVATE, &err), 0);
	ck_assert_int_eq(file_create("key", "second", 6, FILE_PRIVATE, &err), -1);
	ck_assert_int_eq(err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "key: exists already and is not overwritten"));
	ck_assert_int_eq(file_refuse_existing("key", &err), -1);
	ck_assert_int_eq(file_refuse_existing("other", &err), 0);
	file = fopen("key", "r");
	ck_assert(file && fgets(text, sizeof text, file));
	fclose(file);
	ck_assert_str_eq(text, "first");
	/* Not through a link either, wherever it leads. */
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_assert_int_eq(file_create("link", "x", 1, FILE_PRIVATE, &err), -1);
	ck_assert_int_eq(access("nowhere", F_OK), -1);
	ck_assert_int_eq(system("test \"$(ls | tr '\n' ' ')\" = 'key link '"), 0);
}
END_TEST

/* A limit on the size of files ends the writer in the middle of its work, as ctrl-C would. */
START_TEST(test_file_create_leaves_nothing_when_it_is_ended)
{
	const struct rlimit none = { 0, 0 };
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGXFSZ, SIG_DFL);
		if (setrlimit(RLIMIT_FSIZE, &none) == 0)
			(void)!file_create("key", "secret", 6, FILE_PRIVATE, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	ck_assert_int_eq(system("test -z \"$(ls)\""), 0);
}
END_TEST

/* --- requests -------------------------------------------------------------------------------- */

static X509_REQ *read_csr(const struct secret *pem)
{
	BIO *memory = BIO_new_mem_buf(pem->bytes, (int)pem->len);
	X509_REQ *csr = PEM_read_bio_X509_REQ(memory, NULL, NULL, NULL);

	ck_assert_ptr_nonnull(csr);
	BIO_free(memory);
	return csr;
}

static void expect_extensions(X509_REQ *csr)
{
	STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(csr);
	int critical = 0;
	ASN1_BIT_STRING *usage = X509V3_get_d2i(list, NID_key_usage, &critical, NULL);
	EXTENDED_KEY_USAGE *purposes = X509V3_get_d2i(list, NID_ext_key_usage, NULL, NULL);

	ck_assert_int_eq(critical, 1);
	ck_assert_int_eq(ASN1_STRING_length(usage), 1);
	ck_assert_int_eq(ASN1_STRING_get0_data(usage)[0], 0xa0);
	ck_assert_int_eq(sk_ASN1_OBJECT_num(purposes), 2);
	ck_assert_int_eq(OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes, 0)), NID_server_auth);
	ck_assert_int_eq(OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes, 1)), NID_client_auth);
	EXTENDED_KEY_USAGE_free(purposes);
	ASN1_BIT_STRING_free(usage);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

START_TEST(test_request_make_is_what_request_load_takes)
{
	char *items[] = { "*.example.com", "example.com", "192.0.2.1", "2001:db8::1" };
	struct name_list names = { items, COUNT(items) };
	auto_findings findings = { 0 };
	EVP_PKEY *key = make_key();
	auto_secret pem = { 0 };
	struct request *request;
	struct err err = { 0 };
	X509_REQ *csr;
	char cn[80];

	ck_assert_int_eq(request_make(key, &names, &pem, &err), 0);
	csr = read_csr(&pem);
	expect_extensions(csr);
	ck_assert_int_eq(X509_REQ_get_signature_nid(csr), NID_sha256WithRSAEncryption);
	X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(csr), NID_commonName, cn, sizeof cn);
	ck_assert_str_eq(cn, "*.example.com");
	X509_REQ_free(csr);
	put("csr", pem.bytes, pem.len, 0644);
	request = request_load("csr", &findings, &err);
	ck_assert_msg(request && !findings.count, "%s", pki_dump(&findings));
	ck_assert_uint_eq(request->names.count, COUNT(items));
	for (size_t i = 0; i < COUNT(items); i++)
		ck_assert_str_eq(request->names.items[i], items[i]);
	ck_assert_int_eq(EVP_PKEY_eq(request->key, key), 1);
	request_free(request);
	key_free(key);
}
END_TEST

/* RFC 5280 4.2.1.6 */
START_TEST(test_request_make_without_a_subject_is_critical)
{
	char *items[] = { "a234567890123456789012345678901234567890123456789012345.example.com" };
	struct name_list names = { items, 1 };
	STACK_OF(X509_EXTENSION) * list;
	EVP_PKEY *key = make_key();
	auto_secret pem = { 0 };
	struct err err = { 0 };
	int critical = 0;
	X509_REQ *csr;

	ck_assert_int_eq(request_make(key, &names, &pem, &err), 0);
	csr = read_csr(&pem);
	list = X509_REQ_get_extensions(csr);
	GENERAL_NAMES_free(X509V3_get_d2i(list, NID_subject_alt_name, &critical, NULL));
	ck_assert_int_eq(critical, 1);
	ck_assert_int_eq(X509_NAME_entry_count(X509_REQ_get_subject_name(csr)), 0);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(csr);
	key_free(key);
}
END_TEST

/* A request as other programs make them: with openssl's words for extensions. */
static void put_csr(EVP_PKEY *key, const char *san, const char *more, bool damage)
{
	X509_REQ *csr = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	const char *texts[] = { san, more };
	unsigned char *der = NULL;
	int len;

	for (int i = 0; i < 2; i++) {
		int nid =
			i && strstr(texts[i], "CA:") ? NID_basic_constraints : NID_subject_alt_name;

		if (*texts[i])
			sk_X509_EXTENSION_push(list,
					       X509V3_EXT_conf_nid(NULL, NULL, nid, texts[i]));
	}
	X509_REQ_set_pubkey(csr, key);
	if (sk_X509_EXTENSION_num(list))
		X509_REQ_add_extensions(csr, list);
	ck_assert(X509_REQ_sign(csr, key, EVP_sha256()));
	len = i2d_X509_REQ(csr, &der);
	ck_assert_int_gt(len, 0);
	der[len - 1] ^= damage;
	put("csr", (char *)der, (size_t)len, 0644);
	OPENSSL_free(der);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(csr);
}

static const struct {
	const char *kind; /* "2048", or a curve */
	const char *san, *more;
	bool damage;
	const char *complaint; /* NULL: none */
} csr_cases[] = {
	{ "2048", "DNS:PBX.example.com", "", false, NULL },
	{ "P-256", "DNS:pbx.example.com", "CA:FALSE", false, NULL },
	{ "P-521", "IP:192.0.2.1", "", false, NULL },
	{ "2048", "DNS:pbx.example.com", "", true, "its signature is not that of its own key" },
	{ "2048", "", "", false, "no names in subjectAltName" },
	{ "1024", "DNS:pbx.example.com", "", false, "its RSA key has 1024 bits" },
	{ "P-192", "DNS:pbx.example.com", "", false, "a curve that clients refuse" },
	{ "2048", "DNS:pbx.example.com", "CA:TRUE", false, "wants to be a CA" },
	{ "2048", "DNS:pbx.example.com,email:a@example.com", "", false, "something else" },
	{ "2048", "DNS:pbx.example.com", "DNS:x.example.com", false, "stands there twice" },
	{ "2048", "DNS:*.com", "", false, "'*.com' would cover domains of everybody" },
	{ "2048", "DNS:192.0.2.1", "", false, "an address that stands there as a name" },
	{ "2048", "DNS:a b.example.com", "", false,
	  "holds the character ' ', which host names do not have" },
};

static EVP_PKEY *key_of(const char *kind)
{
	if (kind[0] == 'P')
		return EVP_EC_gen(kind);
	return EVP_RSA_gen((unsigned)atoi(kind));
}

START_TEST(test_request_load_judges)
{
	EVP_PKEY *key = key_of(csr_cases[_i].kind);
	const char *complaint = csr_cases[_i].complaint;
	auto_findings findings = { 0 };
	struct err err = { 0 };
	struct request *request;
	auto_free char *all = NULL;

	put_csr(key, csr_cases[_i].san, csr_cases[_i].more, csr_cases[_i].damage);
	request = request_load("csr", &findings, &err);
	ck_assert_msg(request, "%s", err.text);
	all = pki_dump(&findings);
	ck_assert_uint_eq(findings.count, complaint ? 1 : 0);
	ck_assert_msg(!complaint || strstr(all, complaint), "%s", all);
	request_free(request);
	EVP_PKEY_free(key);
}
END_TEST

/* A name that ends where a C string does would be another name to us than to a client. */
START_TEST(test_request_load_refuses_a_nul)
{
	static const char *const names[] = { "pbx.example.com", "pbx.exampl\0.com" };
	auto_findings findings = { 0 };
	EVP_PKEY *key = make_key();
	struct err err = { 0 };
	struct request *request;
	auto_free char *text = NULL;
	unsigned char *at;
	size_t len;

	put_csr(key, "DNS:pbx.example.com", "", false);
	text = mem_alloc(4096);
	FILE *file = fopen("csr", "rb");
	len = fread(text, 1, 4096, file);
	fclose(file);
	at = memmem(text, len, names[0], strlen(names[0]));
	ck_assert_ptr_nonnull(at);
	memcpy(at, names[1], strlen(names[0]));
	put("csr", text, len, 0644);
	request = request_load("csr", &findings, &err);
	ck_assert_uint_eq(request->names.count, 0);
	ck_assert_uint_eq(findings.count, 2); /* the signature, too */
	request_free(request);
	key_free(key);
}
END_TEST

START_TEST(test_request_load_refuses_what_is_none)
{
	auto_findings findings = { 0 };
	struct err err = { 0 };

	put_pki("csr", "leaf", 0644);
	ck_assert_ptr_null(request_load("csr", &findings, &err));
	ck_assert_int_eq(err.code, ERR_BUNDLE);
	put("csr", "0\x03\x02\x01\x00more", 9, 0644);
	ck_assert_ptr_null(request_load("csr", &findings, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not the bytes of a certificate request"));
	ck_assert_ptr_null(request_load("none", &findings, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

/* --- certificates ---------------------------------------------------------------------------- */

struct made {
	EVP_PKEY *keys[3];
	struct cert *certs[3]; /* leaf, intermediate, root */
};

static struct made make_chain(EVP_PKEY *leaf_key)
{
	const struct span span = { PKI_NOW - 3600, PKI_NOW + 86400 };
	char *items[] = { "*.example.com", "192.0.2.1" };
	struct name_list names = { items, 2 };
	struct made made = { { leaf_key, make_key(), make_key() }, { NULL } };
	struct err err = { 0 };

	made.certs[2] = cert_make_ca(NULL, made.keys[2], "Example Root", &span, &err);
	ck_assert_msg(made.certs[2], "%s", err.text);
	made.certs[1] = cert_make_ca(&(struct issuer){ made.certs[2], made.keys[2] }, made.keys[1],
				     "Example Intermediate", &span, &err);
	ck_assert_msg(made.certs[1], "%s", err.text);
	made.certs[0] = cert_make_leaf(&(struct issuer){ made.certs[1], made.keys[1] }, leaf_key,
				       &names, &span, &err);
	ck_assert_msg(made.certs[0], "%s", err.text);
	return made;
}

static void made_free(struct made *made)
{
	for (int i = 0; i < 3; i++) {
		cert_free(made->certs[i]);
		key_free(made->keys[i]);
	}
}

static void expect_leaf(const struct cert *leaf, unsigned usage)
{
	ck_assert(!leaf->is_ca && leaf->has_basic_constraints);
	ck_assert_uint_eq(leaf->key_usage, usage);
	ck_assert_uint_eq(leaf->ext_key_usage, EKU_SERVER_AUTH | EKU_CLIENT_AUTH);
	ck_assert_int_eq(leaf->sig_hash, HASH_SHA256);
	ck_assert_uint_eq(leaf->dns_count, 1);
	ck_assert_uint_eq(leaf->ip_count, 1);
	ck_assert_str_eq(leaf->subject_cn, "*.example.com");
	ck_assert_int_eq(leaf->not_before, PKI_NOW - 3600);
	ck_assert_int_eq(leaf->not_after, PKI_NOW + 86400);
}

START_TEST(test_cert_make_leads_to_its_root)
{
	struct made made = make_chain(make_key());
	const struct cert *leaf = made.certs[0], *signer = made.certs[1], *root = made.certs[2];
	auto_pki pki = pki_open(NULL);
	const unsigned char *der[] = { leaf->der, signer->der, root->der };
	const size_t len[] = { leaf->der_len, signer->der_len, root->der_len };
	const struct chain *chain;
	struct err err = { 0 };

	expect_leaf(leaf, USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT);
	ck_assert(signer->is_ca && signer->path_len == 0 && root->is_ca && root->path_len == -1);
	ck_assert_uint_eq(signer->key_usage, USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN);
	ck_assert(root->self_signed && !signer->self_signed);
	chains_trust(pki.pool, root);
	chain = chains_parse(pki.pool, der, len, 3, &err);
	ck_assert_msg(chain, "%s", err.text);
	ck_assert_msg(chain->path.end == PATH_ANCHORED, "%s", chain->path.reason);
	ck_assert(key_owns(made.keys[0], leaf) && !key_owns(made.keys[1], leaf));
	made_free(&made);
}
END_TEST

/* RFC 5480 3: an EC key enciphers no keys. */
START_TEST(test_cert_make_leaf_with_ec_key)
{
	struct made made = make_chain(EVP_EC_gen("P-256"));

	expect_leaf(made.certs[0], USAGE_DIGITAL_SIGNATURE);
	made_free(&made);
}
END_TEST

/* RFC 5280 4.1.2.2 and 4.2.1.1 */
START_TEST(test_cert_make_serials_and_key_ids)
{
	struct made made = make_chain(make_key());

	for (int i = 0; i < 3; i++) {
		const ASN1_INTEGER *serial = X509_get0_serialNumber(made.certs[i]->x509);
		const struct cert *issuer = made.certs[i < 2 ? i + 1 : 2];

		ck_assert_int_eq(ASN1_STRING_length(serial), 16);
		ck_assert_int_eq(ASN1_STRING_type(serial), V_ASN1_INTEGER);
		ck_assert_int_eq(
			ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(made.certs[i]->x509),
					      X509_get0_subject_key_id(issuer->x509)),
			0);
	}
	ck_assert_str_ne(made.certs[0]->serial, made.certs[1]->serial);
	made_free(&made);
}
END_TEST

START_TEST(test_cert_load_takes_one)
{
	struct err err = { 0 };
	struct cert *cert;

	put_pki("pem", "leaf", 0644);
	cert = cert_load("pem", &err);
	ck_assert_msg(cert, "%s", err.text);
	cert_free(cert);
	put_pki("pem", "leaf issuing", 0644);
	ck_assert_ptr_null(cert_load("pem", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "not exactly one certificate"));
	put_pki("pem", "leaf.key", 0644);
	ck_assert_ptr_null(cert_load("pem", &err));
}
END_TEST

Suite *suite_make(void);

Suite *suite_make(void)
{
	Suite *suite = suite_create("make");
	TCase *tcase = tcase_create("make");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_name_refuse, 0, (int)COUNT(name_cases));
	tcase_add_test(tcase, test_name_refuse_long);
	tcase_add_test(tcase, test_name_refuse_public);
	tcase_add_test(tcase, test_name_common_fits);
	tcase_add_test(tcase, test_key_is_the_same_when_read_again);
	tcase_add_test(tcase, test_key_encrypted_needs_its_password);
	tcase_add_test(tcase, test_key_load_knows_encryption_of_others);
	tcase_add_loop_test(tcase, test_key_load_refuses, 0, (int)COUNT(bad_keys));
	tcase_add_test(tcase, test_key_load_refuses_damage);
	tcase_add_test(tcase, test_file_create_overwrites_nothing);
	tcase_add_test(tcase, test_file_create_leaves_nothing_when_it_is_ended);
	tcase_add_test(tcase, test_request_make_is_what_request_load_takes);
	tcase_add_test(tcase, test_request_make_without_a_subject_is_critical);
	tcase_add_loop_test(tcase, test_request_load_judges, 0, (int)COUNT(csr_cases));
	tcase_add_test(tcase, test_request_load_refuses_a_nul);
	tcase_add_test(tcase, test_request_load_refuses_what_is_none);
	tcase_add_test(tcase, test_cert_make_leads_to_its_root);
	tcase_add_test(tcase, test_cert_make_leaf_with_ec_key);
	tcase_add_test(tcase, test_cert_make_serials_and_key_ids);
	tcase_add_test(tcase, test_cert_load_takes_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
