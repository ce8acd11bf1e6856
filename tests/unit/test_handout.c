#include "certroll/handout.h"
#include "certroll/text.h"
#include "pki.h"

/* A file of tests/data/root, whose certificates are fixed for all times.  Owned. */
static char *fixture(const char *name, size_t *len)
{
	auto_free char *path = text_format("%s/root/%s", CERTROLL_TEST_DATA, name);
	FILE *file = fopen(path, "rb");
	char *text = mem_alloc(1 << 16);

	ck_assert_msg(file, "%s", path);
	*len = fread(text, 1, (1 << 16) - 1, file);
	fclose(file);
	return text;
}

static struct cert *fixture_cert(const char *name)
{
	size_t len;
	auto_free char *text = fixture(name, &len);
	BIO *memory = BIO_new_mem_buf(text, (int)len);
	X509 *x509 = PEM_read_bio_X509(memory, NULL, NULL, NULL);
	unsigned char *der = NULL;
	int size = i2d_X509(x509, &der);
	struct err err = { 0 };
	struct cert *cert = cert_parse(der, (size_t)size, &err);

	ck_assert_msg(cert, "%s: %s", name, err.text);
	OPENSSL_free(der);
	X509_free(x509);
	BIO_free(memory);
	return cert;
}

static struct handout handout_of(const struct cert *root, const char *title, const char *identifier)
{
	struct handout handout;
	struct err err = { 0 };

	ck_assert_msg(!handout_init(&handout, root, title, identifier, &err), "%s", err.text);
	return handout;
}

static void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "'%s' is not in:\n%.400s", part, text);
}

static void lacks(const char *text, const char *part)
{
	ck_assert_msg(!strstr(text, part), "'%s' is in:\n%.400s", part, text);
}

static const char *const goldens[][2] = {
	{ "plain.pem", "plain.mobileconfig" },
	{ "odd.pem", "odd.mobileconfig" },
};

START_TEST(test_profile_is_as_recorded)
{
	struct cert *root = fixture_cert(goldens[_i][0]);
	auto_handout handout = handout_of(root, NULL, NULL);
	auto_free char *profile = handout_profile(&handout);
	size_t len;
	auto_free char *golden = fixture(goldens[_i][1], &len);

	ck_assert_str_eq(profile, golden);
	cert_free(root);
}
END_TEST

/* The n-th UUID of a profile. */
static char *uuid_in(const char *profile, int number)
{
	const char *at = profile;

	for (int i = 0; i <= number; i++)
		at = strstr(at + 1, "<key>PayloadUUID</key>");
	at = strstr(at, "<string>") + strlen("<string>");
	return mem_copy(at, 36);
}

static char *uuid_with(const char *file, const char *title, const char *identifier, int number)
{
	struct cert *root = fixture_cert(file);
	auto_handout handout = handout_of(root, title, identifier);
	auto_free char *profile = handout_profile(&handout);

	cert_free(root);
	return uuid_in(profile, number);
}

START_TEST(test_uuid_is_one_per_content)
{
	auto_free char *one = uuid_with("plain.pem", "A", "com.example.a", 1);
	auto_free char *again = uuid_with("plain.pem", "A", "com.example.a", 1);
	auto_free char *title = uuid_with("plain.pem", "B", "com.example.a", 1);
	auto_free char *identifier = uuid_with("plain.pem", "A", "com.example.b", 1);
	auto_free char *root = uuid_with("odd.pem", "A", "com.example.a", 1);
	auto_free char *payload = uuid_with("plain.pem", "A", "com.example.a", 0);

	ck_assert_str_eq(one, again);
	ck_assert_str_ne(one, title);
	ck_assert_str_ne(one, identifier);
	ck_assert_str_ne(one, root);
	ck_assert_str_ne(one, payload);
}
END_TEST

START_TEST(test_uuid_says_version_8)
{
	for (int number = 0; number < 2; number++) {
		auto_free char *uuid = uuid_with("plain.pem", NULL, NULL, number);

		ck_assert(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-');
		ck_assert_int_eq(uuid[14], '8');
		ck_assert_msg(strchr("89AB", uuid[19]), "%s", uuid);
	}
}
END_TEST

START_TEST(test_html_takes_nothing_of_the_name_for_markup)
{
	struct cert *root = fixture_cert("odd.pem");
	auto_handout handout = handout_of(root, NULL, NULL);
	auto_free char *html = handout_html(&handout);

	has(html, "<title>Trust &#39;&lt;/string&gt;&lt;key&gt; M\xc3\xbcller &amp; "
		  "&quot;S\xc3\xb6hne&#39;s&quot; ]]&gt;&#39;</title>");
	lacks(html, "<key>");
	lacks(html, "</string>");
	lacks(html, "<b>");
	lacks(html, "http://");
	lacks(html, "https://");
	cert_free(root);
}
END_TEST

START_TEST(test_sheets_show_fingerprint_and_files)
{
	static const char *const both[] = { "example-root.mobileconfig",
					    "root.cer",
					    "root.pem",
					    "WebRootCA.pem",
					    "89 76 51 59  77 F8 DE 01",
					    "Certificate Trust Settings",
					    "certutil -addstore -f Root root.cer" };
	struct cert *root = fixture_cert("plain.pem");
	auto_handout handout = handout_of(root, NULL, NULL);
	auto_free char *html = handout_html(&handout), *text = handout_text(&handout);

	for (size_t i = 0; i < COUNT(both); i++) {
		has(html, both[i]);
		has(text, both[i]);
	}
	lacks(html, "{title}");
	lacks(html, "{profile}");
	lacks(html, "{name}");
	lacks(text, "{");
	cert_free(root);
}
END_TEST

START_TEST(test_text_fits_a_terminal)
{
	struct cert *root = fixture_cert("odd.pem");
	auto_handout handout = handout_of(root, NULL, NULL);
	auto_free char *text = handout_text(&handout);
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		size_t wide = 0;

		for (char *at = line; *at; at++)
			wide += (*at & 0xc0) != 0x80;
		ck_assert_msg(wide <= 78, "%zu columns: %s", wide, line);
		ck_assert_msg(!*line || line[strlen(line) - 1] != ' ', "blank at the end: %s",
			      line);
	}
	cert_free(root);
}
END_TEST

START_TEST(test_fingerprint_is_the_digest_in_four_lines)
{
	struct cert *root = fixture_cert("plain.pem");
	auto_free char *print = handout_fingerprint(root);
	char hex[2 * CERT_HASH + 1], digits[2 * CERT_HASH + 1] = "";
	size_t count = 0, lines = 1;

	for (const char *at = print; *at; at++) {
		lines += *at == '\n';
		if (*at != '\n' && *at != ' ')
			digits[count++] = *at;
	}
	text_hex(root->sha256, CERT_HASH, hex);
	ck_assert_uint_eq(lines, 4);
	ck_assert_msg(text_same(hex, digits), "%s", print);
	cert_free(root);
}
END_TEST

static const struct {
	const char *title, *shown, *file;
} titles[] = {
	{ NULL, "Example Root", "example-root.mobileconfig" },
	{ "", "Example Root", "example-root.mobileconfig" },
	{ "Telephony Berlin", "Telephony Berlin", "telephony-berlin.mobileconfig" },
	{ "  ../../etc/x ", "  ../../etc/x ", "etc-x.mobileconfig" },
	{ "\xd0\x99", "\xd0\x99", "root.mobileconfig" },
	{ "a\x1b[1mb\n", "a?[1mb?", "a-1mb.mobileconfig" },
	{ "{profile}", "{profile}", "profile.mobileconfig" },
	{ "0123456789012345678901234567890123456789 0123456789",
	  "0123456789012345678901234567890123456789 0123456789",
	  "0123456789012345678901234567890123456789.mobileconfig" },
};

START_TEST(test_init_names)
{
	struct cert *root = fixture_cert("plain.pem");
	auto_handout handout = handout_of(root, titles[_i].title, NULL);

	ck_assert_str_eq(handout.title, titles[_i].shown);
	ck_assert_str_eq(handout.profile_name, titles[_i].file);
	ck_assert_str_eq(handout.identifier, "certroll.example-root.8976515977f8");
	cert_free(root);
}
END_TEST

START_TEST(test_title_leaves_no_character_that_xml_forbids)
{
	struct cert *root = fixture_cert("plain.pem");
	auto_handout handout = handout_of(root, "a\xef\xbf\xbf\xef\xbf\xbe\xef\xbf\xbd", NULL);
	auto_free char *profile = handout_profile(&handout);

	has(profile, "<string>a??\xef\xbf\xbd</string>");
	cert_free(root);
}
END_TEST

static const struct {
	const char *identifier;
	bool good;
} identifiers[] = {
	{ "com.example.certroll", true },
	{ "com.example-2.PBX", true },
	{ "a.b", true },
	{ "", false },
	{ "com", false },
	{ ".com.example", false },
	{ "com.example.", false },
	{ "com..example", false },
	{ "com.example/x", false },
	{ "com.example x", false },
	{ "com.ex\xc3\xa4mple", false },
	{ "com.<b>", false },
};

START_TEST(test_init_judges_identifiers)
{
	struct cert *root = fixture_cert("plain.pem");
	struct err err = { 0 };
	auto_handout handout = { 0 };
	int status = handout_init(&handout, root, NULL, identifiers[_i].identifier, &err);

	ck_assert_msg((status == 0) == identifiers[_i].good, "%s", identifiers[_i].identifier);
	if (status)
		ck_assert_int_eq(err.code, ERR_USAGE);
	else
		ck_assert_str_eq(handout.identifier, identifiers[_i].identifier);
	cert_free(root);
}
END_TEST

START_TEST(test_init_refuses_endless_identifiers)
{
	struct cert *root = fixture_cert("plain.pem");
	char identifier[HANDOUT_IDENTIFIER_MAX + 2];
	struct err err = { 0 };
	auto_handout handout = { 0 };

	memset(identifier, 'a', sizeof identifier);
	identifier[3] = '.';
	identifier[HANDOUT_IDENTIFIER_MAX + 1] = '\0';
	ck_assert_int_eq(handout_init(&handout, root, NULL, identifier, &err), -1);
	identifier[HANDOUT_IDENTIFIER_MAX] = '\0';
	ck_assert_int_eq(handout_init(&handout, root, NULL, identifier, &err), 0);
	cert_free(root);
}
END_TEST

Suite *suite_handout(void);

Suite *suite_handout(void)
{
	Suite *suite = suite_create("handout");
	TCase *tests = tcase_create("handout");

	tcase_add_loop_test(tests, test_profile_is_as_recorded, 0, COUNT(goldens));
	tcase_add_test(tests, test_uuid_is_one_per_content);
	tcase_add_test(tests, test_uuid_says_version_8);
	tcase_add_test(tests, test_html_takes_nothing_of_the_name_for_markup);
	tcase_add_test(tests, test_sheets_show_fingerprint_and_files);
	tcase_add_test(tests, test_text_fits_a_terminal);
	tcase_add_test(tests, test_fingerprint_is_the_digest_in_four_lines);
	tcase_add_loop_test(tests, test_init_names, 0, COUNT(titles));
	tcase_add_test(tests, test_title_leaves_no_character_that_xml_forbids);
	tcase_add_loop_test(tests, test_init_judges_identifiers, 0, COUNT(identifiers));
	tcase_add_test(tests, test_init_refuses_endless_identifiers);
	suite_add_tcase(suite, tests);
	return suite;
}
