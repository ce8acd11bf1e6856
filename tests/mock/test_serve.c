/* serve: requests to a box without any socket, and what every family must have. */
#include "chain.h"
#include "cleanup.h"
#include "fleet.h"
#include "http.h"
#include "options.h"
#include "rejected.h"
#include "serve.h"
#include "suites.h"
#include "text.h"

#include <string.h>

#define LOGIN    "Authorization: Basic YWRtaW46aXA4MTE=\r\n" /* admin:ip811 */
#define STATE    "GET /X509/mod_cmd.xml?cmd=xml-info HTTP/1.1\r\n"
#define UPLOAD   "POST /X509/mod_cmd.xml?cmd=servercert-upload&xsl=x509.xsl HTTP/1.1\r\n"
#define REJECTED "GET /X509/mod_cmd.xml?cmd=rejected-"
#define FORM     "Content-Type: multipart/form-data; boundary=xyz\r\n"

/* A fleet of one box, and the last reply it gave. */
struct bench {
	struct options options;
	struct fleet *fleet;
	struct device *device;
	struct reply reply;
	char *body;
};

static struct bench bench;

static void open_bench_with(char *option, char *value)
{
	char name[] = "mock-fleet";
	char *argv[] = { name, option, value, NULL };
	struct err err;

	bench = (struct bench){ 0 };
	int argc = value ? 3 : option ? 2 : 1;
	ck_assert_int_eq(options_parse(&bench.options, argc, argv, &err), 0);
	bench.fleet = fleet_new(&bench.options, &err);
	ck_assert_ptr_nonnull(bench.fleet);
	bench.device = fleet_device(bench.fleet, bench.options.range.first);
	reply_init(&bench.reply);
}

static void open_bench(void)
{
	open_bench_with(NULL, NULL);
}

static void close_bench(void)
{
	free(bench.body);
	reply_clear(&bench.reply);
	fleet_free(bench.fleet);
	options_clear(&bench.options);
}

/* Send head and body; the blank line in between is added here. */
static int ask(const char *head, const char *body)
{
	auto_free char *text = mem_format("%s\r\n", head);
	struct http_request request;

	reply_clear(&bench.reply);
	reply_init(&bench.reply);
	ck_assert_int_eq(http_parse(&request, text, strlen(text)), 0);
	request.body = body;
	request.body_length = strlen(body);
	serve_request(bench.device, &request, &bench.reply);
	http_clear(&request);
	size_t length = evbuffer_get_length(bench.reply.body);
	free(bench.body);
	bench.body = mem_copy(evbuffer_pullup(bench.reply.body, -1), length);
	return bench.reply.status;
}

static bool body_has(const char *text)
{
	return strstr(bench.body, text) != NULL;
}

static void upload(const char *recipe)
{
	auto_free char *pem = chain_make(recipe);
	auto_free char *body = mem_format("--xyz\r\nContent-Disposition: form-data; "
					  "name=\"file\"; filename=\"certificate.pem\"\r\n\r\n"
					  "%s\r\n--xyz--\r\n",
					  pem);

	ck_assert_int_eq(ask(UPLOAD LOGIN FORM, body), 200);
}

static const struct {
	const char *head;
	int status;
} requests[] = {
	{ "GET /CMD0/box_info.xml HTTP/1.1\r\n", 200 },
	{ "POST /CMD0/box_info.xml HTTP/1.1\r\n", 405 },
	{ "GET / HTTP/1.1\r\n", 404 },
	{ "GET /X509/mod_cmd.xml?cmd=nix HTTP/1.1\r\n" LOGIN, 404 },
	{ "GET /CMD0/mod_cmd.xml?cmd=xml-info HTTP/1.1\r\n", 401 },
	{ "GET /CMD0/mod_cmd.xml?cmd=xml-info HTTP/1.1\r\nAuthorization: Basic x\r\n", 401 },
	{ "GET /CMD0/mod_cmd.xml?cmd=xml-info HTTP/1.1\r\n" LOGIN, 200 },
	{ STATE, 401 },
	{ STATE LOGIN, 200 },
	{ "GET /X509/servercert.pem HTTP/1.1\r\n" LOGIN, 200 },
	{ "GET /X509/trusted.pem HTTP/1.1\r\n" LOGIN, 200 },
	{ "GET /X509/mod_cmd.xml?cmd=servercert-clear HTTP/1.1\r\n" LOGIN, 404 },
	{ UPLOAD, 401 },
};

START_TEST(test_status)
{
	ck_assert_int_eq(ask(requests[_i].head, ""), requests[_i].status);
}
END_TEST

START_TEST(test_upload_is_shown_root_first)
{
	upload("LIRK");
	ck_assert(body_has("<info state=\"ok\"/>"));
	ask(STATE LOGIN, "");
	const char *root = strstr(bench.body, "subject_cn=\"root\"");
	const char *leaf = strstr(bench.body, "subject_cn=\"leaf\"");
	ck_assert(root && leaf && root < leaf);
	ck_assert(body_has("key=\"RSA-2048\""));
}
END_TEST

START_TEST(test_refused_upload_changes_nothing)
{
	upload("LIRK");
	upload("LRIK");
	ck_assert(body_has("<info error=\"invalid certificate order\"/>"));
	ask(STATE LOGIN, "");
	ck_assert(body_has("subject_cn=\"leaf\""));
}
END_TEST

START_TEST(test_upload_without_file)
{
	ck_assert_int_eq(ask(UPLOAD LOGIN FORM, "nonsense"), 200);
	ck_assert(body_has("<info error=\"no certificate found\"/>"));
}
END_TEST

START_TEST(test_clear_brings_factory_back)
{
	upload("LIRK");
	ask("GET /X509/mod_cmd.xml?cmd=servercert-clear&op=OK HTTP/1.1\r\n" LOGIN, "");
	ck_assert(body_has("state=\"ok\""));
	ask(STATE LOGIN, "");
	ck_assert(body_has("issuer_cn=\"innovaphone Device Certification Authority 2\""));
	ck_assert(!body_has("leaf"));
}
END_TEST

START_TEST(test_tick_of_unknown_certificate)
{
	ask("GET /X509/mod_cmd.xml?cmd=servercert-trust&fingerprint=00 HTTP/1.1\r\n" LOGIN, "");
	ck_assert(body_has("<info error=\"not found\"/>"));
}
END_TEST

/* The mock's chain as a refused peer's: L, I and R. */
static void reject_chain(void)
{
	auto_free char *pem = chain_make("LIR");
	auto_chain STACK_OF(X509) *chain = bundle_parse_trusted(pem, strlen(pem));

	ck_assert_ptr_nonnull(chain);
	rejected_add(bench.device, chain);
}

START_TEST(test_rejected_chains)
{
	char fingerprint[IDENTITY_HEX];

	ask(STATE LOGIN, "");
	ck_assert(!body_has("<chain>"));
	for (int i = 0; i < REJECTED_MAX + 1; i++)
		reject_chain();
	ck_assert_ptr_nonnull(rejected_chain(bench.device, REJECTED_MAX - 1));
	ck_assert_ptr_null(rejected_chain(bench.device, REJECTED_MAX));
	ask(STATE LOGIN, "");
	ck_assert(body_has("<rejected>\n<chain>\n<certificate subject_cn=\"leaf\""));

	identity_fingerprint(sk_X509_value(rejected_chain(bench.device, 0), 2), fingerprint);
	auto_free char *trust =
		mem_format(REJECTED "trust&fingerprint=%s HTTP/1.1\r\n" LOGIN, fingerprint);
	ask(trust, "");
	ck_assert(body_has("state=\"ok\""));
	ck_assert_int_eq(sk_X509_num(bench.device->trusted), 1);
	ck_assert_ptr_null(rejected_chain(bench.device, REJECTED_MAX - 1));
	ask(REJECTED "trust&fingerprint=00 HTTP/1.1\r\n" LOGIN, "");
	ck_assert(body_has("error=\"not found\""));
	ask(REJECTED "clear HTTP/1.1\r\n" LOGIN, "");
	ck_assert_ptr_null(rejected_chain(bench.device, 0));
}
END_TEST

START_TEST(test_page_offers_what_clients_do)
{
	upload("LIRK");
	reject_chain();
	ck_assert_int_eq(ask("GET /certificates HTTP/1.1\r\n", ""), 401);
	ck_assert_int_eq(ask("GET /certificates HTTP/1.1\r\n" LOGIN, ""), 200);
	ck_assert(body_has("action=\"/X509/mod_cmd.xml?cmd=servercert-upload\""));
	ck_assert(body_has("action=\"/X509/mod_cmd.xml?cmd=trusted-upload\""));
	ck_assert(body_has("name=\"cmd\" value=\"servercert-clear\""));
	ck_assert(body_has("name=\"op\" value=\"OK\""));
	ck_assert(body_has("<caption>Rejected chain</caption>"));
	ck_assert(body_has("<td>leaf</td><td>intermediate</td>"));
	ck_assert(!body_has("PRIVATE"));
}
END_TEST

START_TEST(test_fault_busy_refuses_other_steps)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse("busy@info:1", &fault, &err), 0);
	faults_add(&bench.device->faults, &fault);
	ck_assert_int_eq(ask("GET /CMD0/box_info.xml HTTP/1.1\r\n", ""), 503);
	evbuffer_add(bench.reply.fields, "", 1);
	ck_assert_str_eq((char *)evbuffer_pullup(bench.reply.fields, -1), "Retry-After: 1\r\n");
	ck_assert_int_eq(ask("GET /CMD0/box_info.xml HTTP/1.1\r\n", ""), 200);
	ask(STATE LOGIN, "");
	ck_assert(!body_has("<busy/>"));
}
END_TEST

START_TEST(test_fault_keep_old_shows_what_is_not_served)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse("keep-old", &fault, &err), 0);
	faults_add(&bench.device->faults, &fault);
	upload("LIRK");
	ck_assert(body_has("state=\"ok\""));
	auto_identity struct identity *stored = device_stored(bench.device);
	auto_identity struct identity *served = device_served(bench.device);
	ck_assert_ptr_ne(stored, served);
	ck_assert_int_eq(sk_X509_num(stored->chain), 3);
}
END_TEST

START_TEST(test_fault_spares_the_challenge)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse("never-answer@upload", &fault, &err), 0);
	faults_add(&bench.device->faults, &fault);
	ck_assert_int_eq(ask(UPLOAD, ""), 401);
	ck_assert(!bench.reply.silent);
	ask(UPLOAD LOGIN, "");
	ck_assert(bench.reply.silent);
}
END_TEST

START_TEST(test_setting_moves_a_path)
{
	char option[] = "--set", value[] = "state-path=/other?x=y";

	open_bench_with(option, value);
	ck_assert_int_eq(ask(STATE LOGIN, ""), 404);
	ck_assert_int_eq(ask("GET /other?x=y HTTP/1.1\r\n" LOGIN, ""), 200);
	close_bench();
}
END_TEST

START_TEST(test_protect_all)
{
	char option[] = "--protect-all";

	open_bench_with(option, NULL);
	ck_assert_int_eq(ask("GET /CMD0/box_info.xml HTTP/1.1\r\n", ""), 401);
	ck_assert_int_eq(ask("GET /CMD0/box_info.xml HTTP/1.1\r\n" LOGIN, ""), 200);
	close_bench();
}
END_TEST

static size_t count_settings(const struct family *family)
{
	size_t count = 0;

	for (; family->settings[count].name; count++) {
		ck_assert_ptr_nonnull(family->settings[count].preset);
		for (size_t other = 0; other < count; other++)
			ck_assert_str_ne(family->settings[count].name,
					 family->settings[other].name);
	}
	return count;
}

START_TEST(test_every_family_is_complete)
{
	for (size_t i = 0; family_at(i); i++) {
		const struct family *family = family_at(i);
		size_t settings = count_settings(family);

		ck_assert_ptr_eq(family_find(family->name), family);
		ck_assert_uint_le(settings, FAMILY_SETTINGS_MAX);
		ck_assert_uint_lt(family->login_page, settings);
		ck_assert_uint_lt(family->digest_algorithm, settings);
		for (const struct route *route = family->routes; route->method; route++) {
			ck_assert_uint_lt(route->target, settings);
			ck_assert_ptr_nonnull(route->answer);
		}
	}
	ck_assert_ptr_null(family_find("nix"));
}
END_TEST

Suite *suite_serve(void)
{
	Suite *suite = suite_create("serve");
	TCase *box = tcase_create("box");
	TCase *status = tcase_create("status");
	TCase *options = tcase_create("options");

	tcase_set_timeout(box, 60);
	tcase_add_unchecked_fixture(box, chain_setup, chain_teardown);
	tcase_add_checked_fixture(box, open_bench, close_bench);
	tcase_add_test(box, test_upload_is_shown_root_first);
	tcase_add_test(box, test_refused_upload_changes_nothing);
	tcase_add_test(box, test_upload_without_file);
	tcase_add_test(box, test_clear_brings_factory_back);
	tcase_add_test(box, test_tick_of_unknown_certificate);
	tcase_add_test(box, test_rejected_chains);
	tcase_add_test(box, test_page_offers_what_clients_do);
	tcase_add_test(box, test_fault_busy_refuses_other_steps);
	tcase_add_test(box, test_fault_keep_old_shows_what_is_not_served);
	tcase_add_test(box, test_fault_spares_the_challenge);
	tcase_set_timeout(options, 60);
	tcase_add_test(options, test_setting_moves_a_path);
	tcase_add_test(options, test_protect_all);
	tcase_add_test(options, test_every_family_is_complete);
	/* these change nothing, so one fleet does for all */
	tcase_add_unchecked_fixture(status, open_bench, close_bench);
	tcase_add_loop_test(status, test_status, 0, sizeof(requests) / sizeof(requests[0]));
	suite_add_tcase(suite, status);
	suite_add_tcase(suite, box);
	suite_add_tcase(suite, options);
	return suite;
}
