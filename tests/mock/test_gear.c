/* gear: the boxes of other makers without any socket: a border controller, a PBX with tokens. */
#include "chain.h"
#include "cleanup.h"
#include "devices/yeastar.h"
#include "fleet.h"
#include "http.h"
#include "options.h"
#include "serve.h"
#include "suites.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#define BASIC "Authorization: Basic YWRtaW46QWRtaW4=\r\n" /* admin:Admin */
#define FORM  "Content-Type: multipart/form-data; boundary=xyz\r\n"
#define TLS   "PUT /api/v1/files/tls/0/"
#define API   "/openapi/v1.0/"
#define AGENT "User-Agent: test\r\n"

/* A fleet of one box, and what it said last. */
static struct bench {
	struct options options;
	struct fleet *fleet;
	struct device *device;
	char *body;
} bench;

static void open_bench(char *family, char *option, char *value)
{
	char name[] = "mock-fleet", device[] = "--device";
	char *argv[] = { name, device, family, option, value, NULL };
	struct err err = { "" };

	bench = (struct bench){ 0 };
	ck_assert_int_eq(options_parse(&bench.options, option ? 5 : 3, argv, &err), 0);
	bench.fleet = fleet_new(&bench.options, &err);
	ck_assert_ptr_nonnull(bench.fleet);
	bench.device = fleet_device(bench.fleet, bench.options.range.first);
}

static void close_bench(void)
{
	free(bench.body);
	fleet_free(bench.fleet);
	options_clear(&bench.options);
}

static int ask(const char *head, const char *body)
{
	auto_free char *text = mem_format("%sContent-Length: %zu\r\n\r\n", head, strlen(body));
	struct http_request request;
	struct reply reply;

	reply_init(&reply);
	ck_assert_int_eq(http_parse(&request, text, strlen(text)), 0);
	request.body = body;
	serve_request(bench.device, &request, &reply);
	http_clear(&request);
	free(bench.body);
	size_t length = evbuffer_get_length(reply.body);
	bench.body = mem_copy(evbuffer_pullup(reply.body, -1), length);
	int status = reply.status;
	reply_clear(&reply);
	return status;
}

static char *form(const char *recipe, const char *type)
{
	auto_free char *pem = chain_make(recipe);

	return mem_format("--xyz\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\n%s\r\n"
			  "--xyz\r\nContent-Disposition: form-data; name=\"file\"; "
			  "filename=\"a.pem\"\r\n\r\n%s\r\n--xyz--\r\n",
			  type, pem);
}

/* --- audiocodes ------------------------------------------------------------------------------- */

static int put(const char *file, const char *recipe)
{
	auto_free char *head = mem_format(TLS "%s HTTP/1.1\r\n" BASIC FORM, file);
	auto_free char *body = form(recipe, "x");

	return ask(head, body);
}

static bool status_says(const char *text)
{
	ck_assert_int_eq(ask("GET /api/v1/status HTTP/1.1\r\n" BASIC, ""), 200);
	return strstr(bench.body, text) != NULL;
}

static bool serves(int certificates)
{
	auto_identity struct identity *served = device_served(bench.device);

	return !bench.device->torn && sk_X509_num(served->chain) == certificates;
}

static int save(void)
{
	return ask("POST /api/v1/actions/saveConfiguration HTTP/1.1\r\n" BASIC, "");
}

START_TEST(test_pair_comes_in_two)
{
	char family[] = "audiocodes";

	open_bench(family, NULL, NULL);
	ck_assert(status_says("\"saveNeeded\":\"false\""));
	ck_assert_int_eq(put("certificate", "LIR"), 400); /* of another key */
	ck_assert_int_eq(put("privateKey", "L"), 400);
	ck_assert_int_eq(put("privateKey", "K"), 200);
	ck_assert(bench.device->torn);
	ck_assert(status_says("\"saveNeeded\":\"true\""));
	ck_assert_int_eq(put("certificate", "K"), 400);
	ck_assert(bench.device->torn);
	ck_assert_int_eq(put("certificate", "LIR"), 200);
	ck_assert(serves(3));
	ck_assert_int_eq(put("privateKey", "K"), 200); /* the same again tears nothing */
	ck_assert(serves(3));
	close_bench();
}
END_TEST

START_TEST(test_unsaved_is_lost)
{
	char family[] = "audiocodes";

	open_bench(family, NULL, NULL);
	put("privateKey", "K");
	put("certificate", "LI");
	device_restart(bench.device);
	ck_assert(serves(1));
	put("privateKey", "K");
	put("certificate", "LI");
	ck_assert_int_eq(save(), 200);
	ck_assert(status_says("\"saveNeeded\":\"false\""));
	put("privateKey", "X");
	ck_assert(bench.device->torn);
	device_restart(bench.device);
	ck_assert(serves(2));
	close_bench();
}
END_TEST

START_TEST(test_saving_forgotten)
{
	char family[] = "audiocodes", fault[] = "--fault", kind[] = "forget-save";

	open_bench(family, fault, kind);
	put("privateKey", "K");
	put("certificate", "LI");
	ck_assert_int_eq(save(), 200);
	ck_assert(status_says("\"saveNeeded\":\"true\""));
	device_restart(bench.device);
	ck_assert(serves(1));
	close_bench();
}
END_TEST

START_TEST(test_one_of_its_own)
{
	char family[] = "audiocodes";

	open_bench(family, NULL, NULL);
	put("privateKey", "K");
	ck_assert(bench.device->torn);
	ck_assert_int_eq(ask("POST /api/v1/files/tls/0/certificate/generate HTTP/1.1\r\n" BASIC,
			     "{\"subjectName\":\"x\"}"),
			 200);
	ck_assert(serves(1));
	ck_assert_int_eq(put("certificate", "LIR"), 200); /* the key is still there */
	close_bench();
}
END_TEST

static const struct {
	const char *head;
	int status;
} requests[] = {
	{ "GET /api/v1/status HTTP/1.1\r\n", 401 },
	{ "GET /api/v1/status HTTP/1.1\r\nAuthorization: Digest x=y\r\n", 401 },
	{ "POST /api/v1/status HTTP/1.1\r\n" BASIC, 405 },
	{ "GET /api/v1/files/tls/0/privateKey HTTP/1.1\r\n" BASIC, 405 },
	{ "PUT /api/v1/files/tls/1/privateKey HTTP/1.1\r\n" BASIC FORM, 404 },
	{ "PUT /api/v1/files/tls/0/1/privateKey HTTP/1.1\r\n" BASIC FORM, 404 },
	{ "PUT /api/v1/files/tls/0/privateKey HTTP/1.1\r\n" BASIC, 400 },
};

START_TEST(test_controller_status)
{
	char family[] = "audiocodes";

	open_bench(family, NULL, NULL);
	ck_assert_int_eq(ask(requests[_i].head, ""), requests[_i].status);
	close_bench();
}
END_TEST

/* --- yeastar ---------------------------------------------------------------------------------- */

/* The answer's code; the path has %s for the token where it wants one. */
static int call(const char *method, const char *what, const char *token, const char *fields,
		const char *body)
{
	auto_free char *head =
		mem_format("%s " API "%s%s%s HTTP/1.1\r\n" AGENT "%s", method, what,
			   token ? "?access_token=" : "", token ? token : "", fields);
	int code = 0;

	ck_assert_int_eq(ask(head, body), 200);
	ck_assert_int_eq(sscanf(bench.body, "{\"errcode\":%d", &code), 1);
	return code;
}

/* What stands in the answer between the quotes of this member.  Owned. */
static char *member(const char *name)
{
	auto_free char *mark = mem_format("\"%s\":\"", name);
	const char *at = strstr(bench.body, mark);

	ck_assert_ptr_nonnull(at);
	at += strlen(mark);
	return mem_copy(at, strcspn(at, "\""));
}

static char *log_on(void)
{
	ck_assert_int_eq(call("POST", "get_token", NULL, "",
			      "{\"username\":\"admin\",\"password\":\"client-secret\"}"),
			 0);
	return member("access_token");
}

static int upload(const char *token, const char *recipe, const char *type)
{
	auto_free char *body = form(recipe, type);

	return call("POST", "certificate/upload", token, FORM, body);
}

static int create(const char *token, const char *file)
{
	auto_free char *body =
		mem_format("{\"type\":\"server\",\"ca_type\":\"upload\",\"name\":\"%s\"}", file);

	return call("POST", "certificate/create", token, "", body);
}

START_TEST(test_three_steps)
{
	char family[] = "yeastar";

	open_bench(family, NULL, NULL);
	auto_free char *token = log_on();
	ck_assert_int_eq(upload(token, "LIRX", "server"), YEASTAR_PARAMETER_ERROR);
	ck_assert_int_eq(upload(token, "LIRK", "trusted"), YEASTAR_PARAMETER_ERROR);
	ck_assert_int_eq(upload(token, "LIRK", "server"), 0);
	ck_assert_int_eq(create(token, "b.pem"), YEASTAR_NOT_FOUND);
	ck_assert_int_eq(call("POST", "webserver/update", token, "", "{\"https_cert\":\"a.pem\"}"),
			 YEASTAR_NOT_FOUND);
	ck_assert_int_eq(create(token, "a.pem"), 0);
	ck_assert(serves(1)); /* nothing is served before it is selected */
	ck_assert_int_eq(call("POST", "webserver/update", token, "", "{\"https_cert\":\"a.pem\"}"),
			 0);
	ck_assert(serves(3));
	ck_assert_int_eq(upload(token, "LIK", "server"), 0);
	ck_assert_int_eq(
		call("POST", "certificate/update", token, "", "{\"id\":9,\"name\":\"a.pem\"}"),
		YEASTAR_NOT_FOUND);
	ck_assert_int_eq(
		call("POST", "certificate/update", token, "", "{\"id\":1,\"name\":\"a.pem\"}"), 0);
	ck_assert(serves(2));
	ck_assert_int_eq(
		call("POST", "webserver/update", token, "", "{\"https_cert\":\"default\"}"), 0);
	ck_assert(serves(1));
	close_bench();
}
END_TEST

START_TEST(test_quota)
{
	char family[] = "yeastar";

	open_bench(family, NULL, NULL);
	auto_free char *token = log_on();
	ck_assert_int_eq(upload(token, "LIRK", "server"), 0);
	for (int i = 0; i < YEASTAR_PLACES; i++)
		ck_assert_int_eq(create(token, "a.pem"), 0);
	ck_assert_int_eq(create(token, "a.pem"), YEASTAR_LIMIT);
	close_bench();
}
END_TEST

START_TEST(test_tokens)
{
	char family[] = "yeastar";

	open_bench(family, NULL, NULL);
	ck_assert_int_eq(call("GET", "system/information", "", "", ""), YEASTAR_TOKEN_EXPIRED);
	auto_free char *token = log_on(), *renewal = member("refresh_token");
	ck_assert_int_eq(call("GET", "system/information", token, "", ""), 0);
	ck_assert_int_eq(call("GET", "system/information", renewal, "", ""), YEASTAR_TOKEN_EXPIRED);
	auto_free char *body = mem_format("{\"refresh_token\":\"%s\"}", renewal);
	ck_assert_int_eq(call("POST", "refresh_token", NULL, "", body), 0);
	auto_free char *fresh = member("access_token");
	ck_assert_int_eq(call("GET", "system/information", token, "", ""), YEASTAR_TOKEN_EXPIRED);
	ck_assert_int_eq(call("GET", "system/information", fresh, "", ""), 0);
	ck_assert_int_eq(call("POST", "refresh_token", NULL, "", body), YEASTAR_TOKEN_EXPIRED);
	ck_assert_int_eq(call("GET", "del_token", fresh, "", ""), 0);
	ck_assert_int_eq(call("GET", "system/information", fresh, "", ""), YEASTAR_TOKEN_EXPIRED);
	for (int i = 0; i < YEASTAR_TOKENS; i++)
		free(log_on());
	ck_assert_int_eq(call("POST", "get_token", NULL, "",
			      "{\"username\":\"admin\",\"password\":\"client-secret\"}"),
			 YEASTAR_LIMIT);
	close_bench();
}
END_TEST

START_TEST(test_blocked)
{
	char family[] = "yeastar";

	open_bench(family, NULL, NULL);
	for (int i = 0; i < YEASTAR_FAILURES; i++)
		ck_assert_int_eq(call("POST", "get_token", NULL, "", "{\"username\":\"admin\"}"),
				 YEASTAR_FAILURE);
	ck_assert_int_eq(call("POST", "get_token", NULL, "",
			      "{\"username\":\"admin\",\"password\":\"client-secret\"}"),
			 YEASTAR_BLOCKED);
	close_bench();
}
END_TEST

Suite *suite_gear(void)
{
	Suite *suite = suite_create("gear");
	TCase *tcase = tcase_create("gear");

	tcase_add_unchecked_fixture(tcase, chain_setup, chain_teardown);
	tcase_add_test(tcase, test_pair_comes_in_two);
	tcase_add_test(tcase, test_unsaved_is_lost);
	tcase_add_test(tcase, test_saving_forgotten);
	tcase_add_test(tcase, test_one_of_its_own);
	tcase_add_loop_test(tcase, test_controller_status, 0,
			    sizeof(requests) / sizeof(requests[0]));
	tcase_add_test(tcase, test_three_steps);
	tcase_add_test(tcase, test_quota);
	tcase_add_test(tcase, test_tokens);
	tcase_add_test(tcase, test_blocked);
	suite_add_tcase(suite, tcase);
	return suite;
}
