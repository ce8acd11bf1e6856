/* JSON messages of a channel, and the log-on by hash. */
#include "certroll/exchange.h"
#include "certroll/prove.h"
#include <check.h>
#include <string.h>

START_TEST(test_message_as_a_body)
{
	struct exchange exchange = { 0 };

	exchange_ask(&exchange, "POST", "/api");
	ck_assert_str_eq(exchange.text, "{}");
	exchange_number(&exchange, "id", 7);
	exchange_member(&exchange, "name", "a\"b");
	exchange_password(&exchange, "password");
	ck_assert_int_eq(exchange.kind, EXCHANGE_HTTP);
	ck_assert_str_eq(exchange.method, "POST");
	ck_assert_str_eq(exchange.path, "/api");
	ck_assert_str_eq(exchange.text, "{\"id\":7,\"name\":\"a\\\"b\"}");
	ck_assert_str_eq(exchange.password, "password");
}
END_TEST

static const struct {
	const char *body;
	size_t index;
	const char *value; /* of "v" in that element of "l"; NULL: none */
} items[] = {
	{ "{\"l\":[{\"v\":\"a\"},{\"v\":2}]}", 0, "a" },
	{ "{\"l\":[{\"v\":\"a\"},{\"v\":2}]}", 1, "2" },
	{ "{\"l\":[{\"v\":\"a\"},{\"v\":2}]}", 2, NULL },
	{ "{\"l\":{\"v\":\"a\"}}", 0, "a" },
	{ "{\"l\":{\"v\":\"a\"}}", 1, NULL },
	{ "{\"l\":[\"v\"]}", 0, NULL },
	{ "{\"l\":[{\"w\":1}]}", 0, NULL },
	{ "{\"l\":\"v\"}", 0, NULL },
	{ "{\"v\":\"a\"}", 0, NULL },
	{ "[{\"v\":\"a\"}]", 0, NULL },
	{ "{\"l\":[{\"v\":\"a\"}", 0, NULL },
	{ "", 0, NULL },
};

START_TEST(test_message_items)
{
	struct reply reply = { .body = items[_i].body };
	char *value = reply_item(&reply, "l", items[_i].index, "v");

	if (items[_i].value)
		ck_assert_str_eq(value, items[_i].value);
	else
		ck_assert_ptr_null(value);
	mem_free(value);
}
END_TEST

Suite *suite_message(void);

/* The vectors that the maker publishes: 13r1-SDK, doc/appwebsocket/AppWebsocket.htm. */
static const struct vector {
	const char *text, *digest;
} vectors[] = {
	{ "pbxadminapi:::::0123456789abcdef:",
	  "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1" },
	{ "pbxadminapi:::::{}:0123456789abcdef:",
	  "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34" },
	{ "pbxadminapi:::::{\"cn\":\"Test User\"}:0123456789abcdef:",
	  "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d" },
};

START_TEST(test_message_published_vectors)
{
	auto_secret password = { 0 };
	char hex[PROVE_TEXT];

	secret_set(&password, "pwd", 3);
	prove(vectors[_i].text, &password, hex);
	ck_assert_str_eq(hex, vectors[_i].digest);
	password.bytes[0] = 'q';
	prove(vectors[_i].text, &password, hex);
	ck_assert_str_ne(hex, vectors[_i].digest);
}
END_TEST

START_TEST(test_message_is_built_member_by_member)
{
	struct exchange exchange = { 0 };

	exchange_say(&exchange, "/manager", "AppLogin");
	exchange_member(&exchange, "a", "x");
	exchange_prove(&exchange, "digest", "%s:%d:", "app", 7);
	ck_assert_int_eq(exchange.kind, EXCHANGE_CHANNEL);
	ck_assert_str_eq(exchange.path, "/manager");
	ck_assert_str_eq(exchange.text, "{\"mt\":\"AppLogin\",\"a\":\"x\",\"digest\":\"{proof}\"}");
	ck_assert_str_eq(exchange.proof, "app:7:");
}
END_TEST

/* What is put in comes out again by a JSON parser that is not ours. */
static const char *const values[] = {
	"", "plain", "\"quoted\" \\ back", "tab\tline\nbell\a", "gr\xc3\xbc\xc3\x9f", "{proof",
};

START_TEST(test_message_survives_its_values)
{
	struct exchange exchange = { 0 };
	struct reply reply = { .body = exchange.text };
	char *value;

	exchange_say(&exchange, "/", "x");
	exchange_member(&exchange, "v", values[_i]);
	value = reply_member(&reply, "v");
	ck_assert_str_eq(value, values[_i]);
	mem_free(value);
}
END_TEST

START_TEST(test_message_too_long_is_refused)
{
	struct exchange exchange = { 0 };
	char big[EXCHANGE_MAX_TEXT];

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	exchange_say(&exchange, "/", "x");
	exchange_member(&exchange, "v", big);
	ck_assert_str_eq(exchange.path, "");
	exchange_say(&exchange, "/", "x");
	exchange_prove(&exchange, "v", "%s", big);
	ck_assert_str_eq(exchange.path, "");
	exchange_say(&exchange, "/", "x");
	exchange_member(&exchange, "v", "no UTF-8: \xff");
	ck_assert_str_eq(exchange.path, "");
}
END_TEST

static const struct member {
	const char *body, *value; /* of "v"; NULL: none */
} members[] = {
	{ "{\"v\":\"text\"}", "text" },
	{ "{\"v\":true}", "true" },
	{ "{\"v\":false}", "false" },
	{ "{\"v\":12}", "12" },
	{ "{\"v\":null}", NULL },
	{ "{\"v\":{}}", NULL },
	{ "{\"v\":1.5}", NULL },
	{ "{\"w\":1}", NULL },
	{ "[\"v\"]", NULL },
	{ "{\"v\":\"text\"", NULL },
	{ "{\"v\":\"te\\u0000xt\"}", NULL },
	{ "{\"v\":\"\xff\"}", NULL },
	{ "", NULL },
};

START_TEST(test_message_members)
{
	struct reply reply = { .body = members[_i].body };
	char *value = reply_member(&reply, "v");

	if (members[_i].value)
		ck_assert_str_eq(value, members[_i].value);
	else
		ck_assert_ptr_null(value);
	mem_free(value);
}
END_TEST

Suite *suite_message(void)
{
	Suite *suite = suite_create("message");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, test_message_published_vectors, 0, COUNT(vectors));
	tcase_add_test(all, test_message_is_built_member_by_member);
	tcase_add_loop_test(all, test_message_survives_its_values, 0, COUNT(values));
	tcase_add_test(all, test_message_too_long_is_refused);
	tcase_add_loop_test(all, test_message_members, 0, COUNT(members));
	tcase_add_test(all, test_message_as_a_body);
	tcase_add_loop_test(all, test_message_items, 0, COUNT(items));
	suite_add_tcase(suite, all);
	return suite;
}
