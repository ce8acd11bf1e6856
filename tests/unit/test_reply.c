#include "certroll/job.h"
#include "certroll/text.h"
#include "pki.h"

Suite *suite_reply(void);

static const struct reply lines = { .body = "\n\nFirst \x01 line.\nSerial: 0A\nSuccess!\nend" };

START_TEST(said_is_the_first_line)
{
	struct reply empty = { .body = "" };
	auto_free char *said = reply_said(&lines), *nothing = reply_said(&empty);

	ck_assert_str_eq(said, "First ? line.");
	ck_assert_str_eq(nothing, "");
}
END_TEST

START_TEST(lines_are_whole)
{
	static const struct {
		const char *line;
		bool there;
	} cases[] = {
		{ "Success!", true },   { "Success", false },   { "uccess!", false },
		{ "Success!!", false }, { "end", true },        { "en", false },
		{ "", true },           { "Serial: 0A", true }, { "Serial", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(reply_has_line(&lines, cases[i].line) == cases[i].there, "%s",
			      cases[i].line);
}
END_TEST

START_TEST(values_are_named)
{
	auto_free char *serial = reply_value(&lines, "Serial");
	auto_free char *part = reply_value(&lines, "erial"), *none = reply_value(&lines, "Status");

	ck_assert_str_eq(serial, "0A");
	ck_assert_ptr_null(part);
	ck_assert_ptr_null(none);
}
END_TEST

/* The place, and its host and port; no host: refused. */
static const struct {
	const char *at, *host;
	uint16_t port;
	bool fine;
} places[] = {
	{ "127.0.0.1:9999", "127.0.0.1", 9999, true },
	{ "localhost:2019", "localhost", 2019, true },
	{ "[::1]:2019", "::1", 2019, true },
	{ "/run/haproxy/admin.sock", NULL, 0, true },
	{ "tls", NULL, 0, true },
	{ "::1:2019", NULL, 0, false },
	{ "localhost", NULL, 0, false },
	{ "localhost:", NULL, 0, false },
	{ "localhost:0", NULL, 0, false },
	{ "localhost:70000", NULL, 0, false },
	{ ":2019", NULL, 0, false },
	{ "[]:2019", NULL, 0, false },
	{ "a b:2019", NULL, 0, false },
	{ "user@host:2019", NULL, 0, false },
	{ "host/path:2019", NULL, 0, false },
	{ "http://localhost:2019", NULL, 0, false },
	{ "", NULL, 0, false },
};

START_TEST(places_are_split)
{
	char host[256] = "";
	uint16_t port = 0;
	auto_free char *refusal = exchange_refuse_at(places[_i].at);
	bool split = exchange_split_at(places[_i].at, host, &port);

	ck_assert_msg(!refusal == places[_i].fine, "%s: %s", places[_i].at, refusal);
	ck_assert_msg(split == (places[_i].host != NULL), "%s", places[_i].at);
	if (split)
		ck_assert_str_eq(host, places[_i].host);
	ck_assert_uint_eq(split ? port : 0, places[_i].port);
}
END_TEST

START_TEST(long_sockets_are_refused)
{
	auto_free char *refusal = NULL;
	char path[120];

	memset(path, 'x', sizeof path);
	path[0] = '/';
	path[108] = '\0';
	refusal = exchange_refuse_at(path);
	ck_assert_ptr_nonnull(refusal);
	path[107] = '\0';
	ck_assert_ptr_null(exchange_refuse_at(path));
}
END_TEST

START_TEST(headers_are_one_line)
{
	struct exchange exchange = { 0 };
	struct bytes body = { "{}", 2 };
	char value[EXCHANGE_MAX_HEADER];

	exchange_send(&exchange, "PATCH", "/x", "application/json", body);
	exchange_header(&exchange, "If-Match", "\"/x 1\"");
	ck_assert_str_eq(exchange.header, "If-Match: \"/x 1\"");
	ck_assert_str_eq(exchange.path, "/x");
	ck_assert_str_eq(exchange.method, "PATCH");
	exchange_header(&exchange, "If-Match", "a\r\nHost: b");
	ck_assert_str_eq(exchange.path, "");
	exchange_send(&exchange, "DELETE", "/x", "", (struct bytes){ 0 });
	ck_assert(!exchange.raw);
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	exchange_header(&exchange, "If-Match", value);
	ck_assert_str_eq(exchange.path, "");
}
END_TEST

START_TEST(commands_end_with_their_line)
{
	struct exchange exchange = { 0 };
	char name[EXCHANGE_MAX_TEXT];

	exchange_command(&exchange, (struct bytes){ 0 }, "show %s", "info");
	ck_assert_str_eq(exchange.text, "show info\n");
	ck_assert_int_eq(exchange.kind, EXCHANGE_LINE);
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	exchange_command(&exchange, (struct bytes){ 0 }, "%s", name);
	ck_assert_str_eq(exchange.text, "");
}
END_TEST

/* The parts are PEM with its line ends escaped; the rest of the pattern stays. */
START_TEST(json_holds_the_bundle)
{
	auto_findings findings = { 0 };
	struct pki pki = pki_open("root");
	struct bundle *bundle =
		pki_bundle(&pki, "leaf-both issuing policy root leaf.key", &findings);
	struct driver driver = { .name = "x" };
	struct device device = { .driver = &driver };
	struct job *job = job_new(&device, bundle);
	struct bytes key = bundle_bytes(bundle, BUNDLE_PEM_KEY);
	struct bytes json = job_json(job, "{\"k\":\"{key}\",\"l\":\"{leaf}\",\"x\":{other}}");

	ck_assert_int_eq((int)strlen(json.data), (int)json.len);
	ck_assert(text_starts(json.data, "{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMII"));
	ck_assert_ptr_nonnull(strstr(json.data, "\\n\",\"l\":\"-----BEGIN CERTIFICATE-----\\n"));
	ck_assert(text_ends(json.data, "\\n\",\"x\":{other}}"));
	ck_assert_ptr_null(strchr(json.data, '\n'));
	ck_assert_uint_gt(json.len, key.len);
	json = job_json(job, "");
	ck_assert_uint_eq(json.len, 0);
	job_free(job);
	bundle_free(bundle);
	pki_close(&pki);
}
END_TEST

Suite *suite_reply(void)
{
	Suite *suite = suite_create("reply");
	TCase *tcase = tcase_create("reply");

	tcase_add_test(tcase, said_is_the_first_line);
	tcase_add_test(tcase, lines_are_whole);
	tcase_add_test(tcase, values_are_named);
	tcase_add_loop_test(tcase, places_are_split, 0, (int)COUNT(places));
	tcase_add_test(tcase, long_sockets_are_refused);
	tcase_add_test(tcase, headers_are_one_line);
	tcase_add_test(tcase, commands_end_with_their_line);
	tcase_add_test(tcase, json_holds_the_bundle);
	suite_add_tcase(suite, tcase);
	return suite;
}
