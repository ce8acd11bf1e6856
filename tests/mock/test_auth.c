/* auth: good answers in both algorithms, replays and malformed ones. */
#include "auth.h"
#include "cleanup.h"
#include "http.h"
#include "suites.h"

#include <string.h>

/* RFC 7616 3.9.1 with a shorter nonce; the responses were computed with Python's hashlib. */
#define NONCE "7ypf/xlj9XXwfDPEoM4URrv/"
#define WHERE "uri=\"/dir/index.html\", "
#define REST  "nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "
#define WHO   "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "
#define MD5   "response=\"5b1c8f5a4f1c09a868923b194e9ff660\""
#define SHA   "response=\"c53a1a58db7698d8c87837b8f1f9f1f25fa9f27fcba300ef3cf0e910c8d208ee\""

static const struct auth_login mufasa = {
	.user = "Mufasa",
	.password = "Circle of Life",
	.realm = "http-auth@example.org",
	.algorithm = "MD5",
};

static const struct auth_login mufasa_sha = {
	.user = "Mufasa",
	.password = "Circle of Life",
	.realm = "http-auth@example.org",
	.algorithm = "SHA-256",
};

static enum auth_verdict judge(const struct auth_login *login, struct auth_nonces *nonces,
			       const char *authorization)
{
	auto_free char *head = mem_format("GET /dir/index.html HTTP/1.1\r\n%s%s\r\n\r\n",
					  authorization ? "Authorization: " : "X: y",
					  authorization ? authorization : "");
	struct http_request request;

	ck_assert_int_eq(http_parse(&request, head, strlen(head)), 0);
	enum auth_verdict verdict = auth_check(login, nonces, &request);
	http_clear(&request);
	return verdict;
}

static const struct {
	const struct auth_login *login;
	const char *authorization;
	enum auth_verdict verdict;
} cases[] = {
	{ &mufasa, NULL, AUTH_MISSING },
	{ &mufasa, "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl", AUTH_GOOD },
	{ &mufasa, "basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl", AUTH_GOOD },
	{ &mufasa, "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZm", AUTH_REFUSED },
	{ &mufasa, "Basic TXVmYXNhOkNpcmNs", AUTH_REFUSED },
	{ &mufasa, "Basic ====", AUTH_REFUSED },
	{ &mufasa, "Basic x", AUTH_REFUSED },
	{ &mufasa, "Bearer x", AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"" NONCE "\", " WHERE REST MD5, AUTH_GOOD },
	{ &mufasa, WHO "nonce=\"" NONCE "\", algorithm=MD5, " WHERE REST MD5, AUTH_GOOD },
	{ &mufasa, WHO "nonce=\"" NONCE "\", algorithm=SHA-256, " WHERE REST SHA, AUTH_REFUSED },
	{ &mufasa_sha, WHO "nonce=\"" NONCE "\", algorithm=SHA-256, " WHERE REST SHA, AUTH_GOOD },
	{ &mufasa_sha, WHO "nonce=\"" NONCE "\", " WHERE REST MD5, AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"unknown\", " WHERE REST MD5, AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"" NONCE "\", uri=\"/\", " REST MD5, AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"" NONCE "\", " WHERE MD5, AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"" NONCE "\", " WHERE REST MD5 ", " MD5, AUTH_REFUSED },
	{ &mufasa, WHO "nonce=\"" NONCE, AUTH_REFUSED },
	{ &mufasa, "Digest ", AUTH_REFUSED },
	{ &mufasa, "Digest nonce", AUTH_REFUSED },
	{ &mufasa, "Digest username=\"", AUTH_REFUSED },
	{ &mufasa, "Digest username=\"\\", AUTH_REFUSED },
};

START_TEST(test_check)
{
	struct auth_nonces nonces = { 0 };

	strcpy(nonces.ring[0].text, NONCE);
	ck_assert_int_eq(judge(cases[_i].login, &nonces, cases[_i].authorization),
			 cases[_i].verdict);
}
END_TEST

START_TEST(test_check_refuses_replay)
{
	static const char answer[] = WHO "nonce=\"" NONCE "\", " WHERE REST MD5;
	struct auth_nonces nonces = { 0 };

	ck_assert_int_eq(judge(&mufasa, &nonces, answer), AUTH_STALE);
	strcpy(nonces.ring[0].text, NONCE);
	ck_assert_int_eq(judge(&mufasa, &nonces, answer), AUTH_GOOD);
	ck_assert_int_eq(judge(&mufasa, &nonces, answer), AUTH_STALE);
}
END_TEST

START_TEST(test_challenge_offers_digest_first)
{
	auto_buffer struct evbuffer *fields = evbuffer_new();
	struct auth_nonces nonces = { 0 };

	auth_challenge(&mufasa_sha, &nonces, true, fields);
	evbuffer_add(fields, "", 1);
	const char *text = (const char *)evbuffer_pullup(fields, -1);
	const char *basic =
		strstr(text, "WWW-Authenticate: Basic realm=\"http-auth@example.org\"\r\n");
	ck_assert_ptr_nonnull(basic);
	ck_assert(strstr(text, "WWW-Authenticate: Digest ") == text && text < basic);
	ck_assert_ptr_nonnull(strstr(text, nonces.ring[0].text));
	ck_assert_ptr_nonnull(strstr(text, "algorithm=SHA-256, stale=true\r\n"));
}
END_TEST

/* A box that knows no Digest takes none. */
START_TEST(test_basic_alone)
{
	auto_buffer struct evbuffer *fields = evbuffer_new();
	struct auth_login plain = mufasa_sha;
	struct auth_nonces nonces = { 0 };

	plain.algorithm = "";
	auth_challenge(&plain, &nonces, false, fields);
	evbuffer_add(fields, "", 1);
	ck_assert_str_eq((const char *)evbuffer_pullup(fields, -1),
			 "WWW-Authenticate: Basic realm=\"http-auth@example.org\"\r\n");
}
END_TEST

Suite *suite_auth(void)
{
	Suite *suite = suite_create("auth");
	TCase *tcase = tcase_create("auth");

	tcase_add_loop_test(tcase, test_check, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_check_refuses_replay);
	tcase_add_test(tcase, test_challenge_offers_digest_first);
	tcase_add_test(tcase, test_basic_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
