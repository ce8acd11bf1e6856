#include "certroll/exchange.h"
#include <check.h>
#include <string.h>

Suite *suite_exchange(void);

static const struct {
	const char *path, *value, *filled;
} fillings[] = {
	{ "/a?x={n}", "abc-._~9", "/a?x=abc-._~9" },
	{ "/a?x={n}&y=1", "a b&c=d", "/a?x=a%20b%26c%3Dd&y=1" },
	{ "/{n}", "/../%", "/%2F..%2F%25" },
	{ "/{n}", "\xc3\xbc", "/%C3%BC" },
	{ "/{n}", "{n}", "/%7Bn%7D" },
	{ "/{n}", "\r\nHost: x", "/%0D%0AHost%3A%20x" },
	{ "/{n}", "", "/" },
	{ "{n}", "", "" },
	{ "/{m}", "abc", "/{m}" },
	{ "/plain", "abc", "/plain" },
};

START_TEST(fills)
{
	struct exchange exchange = { 0 };

	ck_assert_int_eq(exchange_get(&exchange, fillings[_i].path), STEP_OK);
	ck_assert_int_eq(exchange_fill(&exchange, "n", fillings[_i].value), STEP_OK);
	ck_assert_str_eq(exchange.path, fillings[_i].filled);
}
END_TEST

/* Too long is an empty path, which the job refuses; never a cut one. */
START_TEST(too_long)
{
	char path[EXCHANGE_MAX_PATH + 1];
	struct exchange exchange = { 0 };

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[EXCHANGE_MAX_PATH] = '\0';
	exchange_get(&exchange, path);
	ck_assert_str_eq(exchange.path, "");
	path[EXCHANGE_MAX_PATH - 1] = '\0';
	exchange_get(&exchange, path);
	ck_assert_str_eq(exchange.path, path);
	memcpy(exchange.path + 1, "{n}", 3);
	exchange_fill(&exchange, "n", "xyz");
	ck_assert_uint_eq(strlen(exchange.path), EXCHANGE_MAX_PATH - 1);
	memcpy(exchange.path + 1, "{n}", 3);
	exchange_fill(&exchange, "n", "xy/");
	ck_assert_str_eq(exchange.path, "");
}
END_TEST

START_TEST(builders)
{
	struct exchange exchange = { 0 };
	struct bytes body = { "PEM", 3 };

	ck_assert_int_eq(exchange_upload(&exchange, "/u", "file", "c.pem", "text/plain", body),
			 STEP_OK);
	ck_assert_int_eq(exchange.kind, EXCHANGE_HTTP);
	ck_assert_str_eq(exchange.method, "POST");
	ck_assert(exchange.upload && exchange.body.data == body.data);
	ck_assert_str_eq(exchange.filename, "c.pem");
	exchange = (struct exchange){ 0 };
	exchange_handshake(&exchange, 636, NULL);
	ck_assert_int_eq(exchange.kind, EXCHANGE_HANDSHAKE);
	ck_assert_uint_eq(exchange.port, 636);
	ck_assert_str_eq(exchange.sni, "");
	exchange_handshake(&exchange, 636, "pbx.example.com");
	ck_assert_str_eq(exchange.sni, "pbx.example.com");
}
END_TEST

static const char head[] = "HTTP/1.1 200 OK\r\nServer: box\r\nX-Long:\t a b \t\r\nEmpty:\r\n"
			   "server2: no\r\nLast: end";

static const struct {
	const char *name, *value;
} headers[] = {
	{ "Server", "box" }, { "SERVER", "box" }, { "x-long", "a b" },  { "Empty", "" },
	{ "Last", "end" },   { "Serve", NULL },   { "Location", NULL }, { "HTTP/1.1 200 OK", NULL },
};

START_TEST(finds_headers)
{
	struct reply reply = { .head = head };
	auto_free char *value = reply_header(&reply, headers[_i].name);

	ck_assert_pstr_eq(value, headers[_i].value);
}
END_TEST

START_TEST(no_headers)
{
	struct reply reply = { 0 };

	ck_assert_ptr_null(reply_header(&reply, "Server"));
	reply.head = "";
	ck_assert_ptr_null(reply_header(&reply, "Server"));
}
END_TEST

static const struct {
	const char *head, *realm; /* NULL: none */
} realms[] = {
	{ "WWW-Authenticate: Digest realm=\"IP811-00\", nonce=\"1\"\r\n", "IP811-00" },
	{ "www-authenticate: Basic REALM=\"a b\"\r\nWWW-Authenticate: Digest realm=\"c\"\r\n",
	  "a b" },
	{ "WWW-Authenticate: Digest nonce=\"1\",realm=\"a\\\"b\\\\\"\r\n", "a\"b\\" },
	{ "WWW-Authenticate: Basic realm=token, x=y\r\n", "token" },
	{ "WWW-Authenticate: Basic realm=\"\"\r\n", "" },
	{ "WWW-Authenticate: Basic realm=\"open\r\n", "open" },
	{ "WWW-Authenticate: Basic realm=\"x\\\r\n", "x\\" },
	{ "WWW-Authenticate: Digest xrealm=\"a\"\r\n", NULL },
	{ "WWW-Authenticate: Negotiate\r\n", NULL },
	{ "WWW-Authenticate: realm=\"a\"\r\n", NULL },
	{ "Server: realm=\"a\"\r\n", NULL },
	{ "", NULL },
};

START_TEST(finds_realms)
{
	struct reply reply = { .head = realms[_i].head };
	auto_free char *realm = reply_realm(&reply);

	if (realms[_i].realm)
		ck_assert_pstr_eq(realm, realms[_i].realm);
	else
		ck_assert_ptr_null(realm);
}
END_TEST

START_TEST(attributes)
{
	struct reply reply = { .body = "<info error='no'><a b='1'/></info>" };
	auto_free char *error = reply_attr(&reply, "", "error");
	auto_free char *inner = reply_attr(&reply, "a", "b");
	auto_free char *none = reply_attr(&reply, "c", "b");

	ck_assert_pstr_eq(error, "no");
	ck_assert_pstr_eq(inner, "1");
	ck_assert_ptr_null(none);
	reply.body = "<html>";
	ck_assert_ptr_null(reply_attr(&reply, "", "error"));
	reply.body = NULL;
	ck_assert_ptr_null(reply_attr(&reply, "", "error"));
}
END_TEST

START_TEST(ids_of_network_results)
{
	for (int net = NET_OK; net <= NET_STOPPED; net++)
		for (int other = net + 1; other <= NET_STOPPED; other++)
			ck_assert_str_ne(net_id((enum net)net), net_id((enum net)other));
	ck_assert_str_eq(net_id(NET_TIMEOUT), "net-timeout");
	ck_assert_str_eq(net_id((enum net)99), "net");
}
END_TEST

Suite *suite_exchange(void)
{
	Suite *suite = suite_create("exchange");
	TCase *tcase = tcase_create("exchange");

	tcase_add_loop_test(tcase, fills, 0, (int)COUNT(fillings));
	tcase_add_test(tcase, too_long);
	tcase_add_test(tcase, builders);
	tcase_add_loop_test(tcase, finds_headers, 0, (int)COUNT(headers));
	tcase_add_test(tcase, no_headers);
	tcase_add_loop_test(tcase, finds_realms, 0, (int)COUNT(realms));
	tcase_add_test(tcase, attributes);
	tcase_add_test(tcase, ids_of_network_results);
	suite_add_tcase(suite, tcase);
	return suite;
}
