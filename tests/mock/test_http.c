/* http: what is a request, what is refused with which status, and how targets match. */
#include "http.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *head;
	int status;
} heads[] = {
	{ "GET / HTTP/1.1\r\n\r\n", 0 },
	{ "GET /a?b=c HTTP/1.0\r\nHost: x\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\nContent-Length: 131072\r\n\r\n", 0 },
	{ "GET / HTTP/2.0\r\n\r\n", 505 },
	{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n folded: x\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\na: b\nc: d\r\n\r\n", 400 },
	{ "GET  / HTTP/1.1\r\n\r\n", 400 },
	{ "GET http://x/ HTTP/1.1\r\n\r\n", 400 },
	{ "GET /\x7f HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n", 400 },
	{ "\r\n\r\n", 400 },
	{ "", 400 },
	{ "POST / HTTP/1.1\r\nContent-Length: 131073\r\n\r\n", 413 },
	{ "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501 },
};

START_TEST(test_parse_status)
{
	struct http_request request;

	ck_assert_int_eq(http_parse(&request, heads[_i].head, strlen(heads[_i].head)),
			 heads[_i].status);
	http_clear(&request);
}
END_TEST

START_TEST(test_parse_refuses_nul)
{
	static const char head[] = "GET / HTTP/1.1\r\na: b\0c\r\n\r\n";
	struct http_request request;

	ck_assert_int_eq(http_parse(&request, head, sizeof(head) - 1), 400);
	http_clear(&request);
}
END_TEST

START_TEST(test_parse_refuses_too_many_fields)
{
	char head[1024] = "GET / HTTP/1.1\r\n";
	struct http_request request;

	for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
		strcat(head, "a: b\r\n");
	strcat(head, "\r\n");
	ck_assert_int_eq(http_parse(&request, head, strlen(head)), 431);
	http_clear(&request);
}
END_TEST

START_TEST(test_parse_values)
{
	static const char head[] = "GET /a/b?c=d HTTP/1.1\r\nHost:  x y \r\nConnection: close\r\n"
				   "Expect: 100-continue\r\nContent-Length: 7\r\n\r\n";
	struct http_request request;

	ck_assert_int_eq(http_parse(&request, head, strlen(head)), 0);
	ck_assert_str_eq(request.method, "GET");
	ck_assert_str_eq(request.target, "/a/b?c=d");
	ck_assert_str_eq(request.path, "/a/b");
	ck_assert_str_eq(request.query, "c=d");
	ck_assert_str_eq(http_field(&request, "host"), "x y");
	ck_assert_ptr_null(http_field(&request, "hos"));
	ck_assert_uint_eq(request.body_length, 7);
	ck_assert(request.expects_continue);
	ck_assert(!request.keep_alive);
	http_clear(&request);
}
END_TEST

static const struct {
	const char *target, *pattern;
	bool matches;
} targets[] = {
	{ "/a", "/a", true },
	{ "/a?x=1", "/a", true },
	{ "/a?cmd=b&xsl=c", "/a?cmd=b", true },
	{ "/a?xsl=c&cmd=b", "/a?cmd=b", true },
	{ "/a?cmd=b&op=OK", "/a?cmd=b&op=OK", true },
	{ "/a?cmd=b", "/a?cmd=b&op=OK", false },
	{ "/a?cmd=bc", "/a?cmd=b", false },
	{ "/a?cmd=", "/a?cmd=b", false },
	{ "/a?xcmd=b", "/a?cmd=b", false },
	{ "/a?cmd", "/a?cmd=b", false },
	{ "/a/", "/a", false },
	{ "/", "/a", false },
};

static void parse_target(struct http_request *request, const char *target)
{
	char head[256];

	(void)snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\n\r\n", target);
	ck_assert_int_eq(http_parse(request, head, strlen(head)), 0);
}

START_TEST(test_target_matches)
{
	struct http_request request;

	parse_target(&request, targets[_i].target);
	ck_assert_int_eq(http_target_matches(&request, targets[_i].pattern), targets[_i].matches);
	http_clear(&request);
}
END_TEST

static const struct {
	const char *target, *value; /* NULL: no value */
} arguments[] = {
	{ "/?v=abc", "abc" },
	{ "/?v=", "" },
	{ "/?v=a%20b+c", "a b c" },
	{ "/?v=%", NULL },
	{ "/?v=%4", NULL },
	{ "/?v=%4x", NULL },
	{ "/?v=%00", NULL },
	{ "/?w=abc", NULL },
	{ "/?v", NULL },
	{ "/", NULL },
	{ "/?v=1234567", "1234567" },
	{ "/?v=12345678", NULL },
};

START_TEST(test_argument)
{
	struct http_request request;
	char value[8];

	parse_target(&request, arguments[_i].target);
	bool found = http_argument(&request, "v", value, sizeof(value));
	ck_assert_int_eq(found, arguments[_i].value != NULL);
	if (found)
		ck_assert_str_eq(value, arguments[_i].value);
	http_clear(&request);
}
END_TEST

START_TEST(test_head_length)
{
	ck_assert_uint_eq(http_head_length("a\r\n\r\nb", 6), 5);
	ck_assert_uint_eq(http_head_length("a\r\n\r", 4), 0);
	ck_assert_uint_eq(http_head_length(NULL, 0), 0);
}
END_TEST

START_TEST(test_date)
{
	char text[HTTP_DATE_MAX];

	http_date(784111777, text); /* the example of RFC 9110 5.6.7 */
	ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}
END_TEST

Suite *suite_http(void)
{
	Suite *suite = suite_create("http");
	TCase *parse = tcase_create("parse");
	TCase *target = tcase_create("target");

	tcase_add_loop_test(parse, test_parse_status, 0, sizeof(heads) / sizeof(heads[0]));
	tcase_add_test(parse, test_parse_refuses_nul);
	tcase_add_test(parse, test_parse_refuses_too_many_fields);
	tcase_add_test(parse, test_parse_values);
	tcase_add_test(parse, test_head_length);
	tcase_add_test(parse, test_date);
	tcase_add_loop_test(target, test_target_matches, 0, sizeof(targets) / sizeof(targets[0]));
	tcase_add_loop_test(target, test_argument, 0, sizeof(arguments) / sizeof(arguments[0]));
	suite_add_tcase(suite, parse);
	suite_add_tcase(suite, target);
	return suite;
}
