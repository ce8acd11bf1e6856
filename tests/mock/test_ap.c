/* ap: the App Platform manager without any socket: messages, uploads, upgrades and their faults. */
#include "chain.h"
#include "channel.h"
#include "cleanup.h"
#include "devices/innovaphone_ap.h"
#include "fleet.h"
#include "http.h"
#include "options.h"
#include "serve.h"
#include "suites.h"
#include "text.h"

#include <string.h>

#define UPLOAD  "POST /manager/upload?src=server-certificate&key=%s HTTP/1.1\r\n%s"
#define TYPE    "Content-Type: application/text\r\n"
#define UPGRADE "GET /manager HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define LOGIN                                                                                      \
	"{\"mt\":\"AppLogin\",\"app\":\"%s\",\"domain\":\"\",\"sip\":\"manager\",\"guid\":\"0\","  \
	"\"dn\":\"Admin\",\"digest\":\"%s\"}"

/* A fleet of one platform, a client on its socket, and what that heard last. */
static struct bench {
	struct options options;
	struct fleet *fleet;
	struct device *device;
	struct channel *channel;
	struct reply reply;
	char *heard;
} bench;

static void ignore(struct channel *channel)
{
	(void)channel;
}

static void open_bench_with(char *option, char *value)
{
	char name[] = "mock-fleet", device[] = "--device", family[] = "innovaphone-ap";
	char *argv[] = { name, device, family, option, value, NULL };
	struct err err = { "" };

	bench = (struct bench){ 0 };
	ck_assert_int_eq(options_parse(&bench.options, option ? 5 : 3, argv, &err), 0);
	bench.fleet = fleet_new(&bench.options, &err);
	ck_assert_ptr_nonnull(bench.fleet);
	bench.device = fleet_device(bench.fleet, bench.options.range.first);
	bench.channel = channel_open(bench.device, ignore, NULL);
	reply_init(&bench.reply);
}

static void open_bench(void)
{
	open_bench_with(NULL, NULL);
}

static void close_bench(void)
{
	free(bench.heard);
	reply_clear(&bench.reply);
	channel_close(bench.channel);
	fleet_free(bench.fleet);
	options_clear(&bench.options);
}

static void say(const char *text)
{
	innovaphone_ap_hear(bench.channel, text);
}

/* The next frame of the channel, which must be a short text; "" when there is none. */
static const char *hear_on(struct channel *channel)
{
	unsigned char head[4];
	size_t length;

	free(bench.heard);
	bench.heard = mem_alloc(1);
	if (evbuffer_remove(channel->out, head, 2) != 2)
		return bench.heard;
	length = head[1];
	ck_assert_uint_eq(head[0], 0x81);
	if (length == 126) {
		ck_assert_int_eq(evbuffer_remove(channel->out, head + 2, 2), 2);
		length = (size_t)head[2] << 8 | head[3];
	}
	free(bench.heard);
	bench.heard = mem_alloc(length + 1);
	ck_assert_int_eq(evbuffer_remove(channel->out, bench.heard, length), (int)length);
	return bench.heard;
}

static const char *hear(void)
{
	return hear_on(bench.channel);
}

static void add_fault(const char *text)
{
	struct fault fault;
	struct err err;

	ck_assert_int_eq(fault_parse(text, &fault, &err), 0);
	faults_add(&bench.device->faults, &fault);
}

static void login_as(const char *app, const char *password)
{
	char hex[AP_DIGEST_MAX];

	say("{\"mt\":\"AppChallenge\"}");
	ck_assert_ptr_nonnull(strstr(hear(), "\"AppChallengeResult\""));
	auto_free char *draft = mem_format(LOGIN, app, "");
	json_t *login = json_loads(draft, 0, NULL);
	ck_assert(innovaphone_ap_digest(login, bench.channel->challenge, password, hex));
	json_decref(login);
	auto_free char *text = mem_format(LOGIN, app, hex);
	say(text);
	ck_assert_ptr_nonnull(strstr(hear(), "\"InstanceStateChanged\""));
}

static void login(void)
{
	login_as("manager", "pwd");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\",\"ok\":true}");
	say("{\"mt\":\"RequestHttpKey\"}");
	ck_assert_ptr_nonnull(strstr(hear(), bench.channel->key));
}

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
	return bench.reply.status;
}

static int upload(const char *key, const char *type, const char *recipe)
{
	auto_free char *head = mem_format(UPLOAD, key, type);
	auto_free char *pem = chain_make(recipe);

	return ask(head, pem);
}

/* The three vectors the maker publishes (3.1). */
static const struct {
	const char *login, *digest;
} vectors[] = {
	{ "", "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1" },
	{ ",\"info\":{}", "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34" },
	{ ",\"info\":{\"cn\":\"Test User\"}",
	  "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d" },
};

START_TEST(test_digest)
{
	auto_free char *text = mem_format("{\"app\":\"pbxadminapi\",\"domain\":\"\",\"sip\":\"\","
					  "\"guid\":\"\",\"dn\":\"\"%s}",
					  vectors[_i].login);
	json_t *message = json_loads(text, 0, NULL);
	char hex[AP_DIGEST_MAX];

	ck_assert(innovaphone_ap_digest(message, "0123456789abcdef", "pwd", hex));
	ck_assert_str_eq(hex, vectors[_i].digest);
	ck_assert(innovaphone_ap_digest(message, "0123456789abcdef", "pwD", hex));
	ck_assert_str_ne(hex, vectors[_i].digest);
	json_object_del(message, "guid");
	ck_assert(!innovaphone_ap_digest(message, "0123456789abcdef", "pwd", hex));
	json_decref(message);
}
END_TEST

static const struct {
	const char *firmware;
	bool picky;
} versions[] = {
	{ NULL, false },      { "14r1 (141234)", false }, { "14r2", false }, { "16r1", false },
	{ "13r3 sr2", true }, { "13r1", true },           { "9", true },     { "unknown", true },
};

START_TEST(test_picky_by_version)
{
	struct profile profile;
	struct err err;

	profile_init(&profile);
	profile_become(&profile, family_find("innovaphone-ap"));
	profile.firmware = versions[_i].firmware;
	ck_assert_int_eq(innovaphone_ap_is_picky(&profile), versions[_i].picky);
	ck_assert_int_eq(profile_set(&profile, "picky", "yes", &err), 0);
	ck_assert(innovaphone_ap_is_picky(&profile));
	ck_assert_int_eq(profile_set(&profile, "picky", "no", &err), 0);
	ck_assert(!innovaphone_ap_is_picky(&profile));
}
END_TEST

START_TEST(test_login_wrong_password)
{
	login_as("manager", "wrong");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\"}");
	ck_assert_uint_eq(bench.device->counts.logins_refused, 1);
	say("{\"mt\":\"RequestHttpKey\"}");
	ck_assert_str_eq(hear(), "{\"mt\":\"RequestHttpKeyResult\",\"error\":\"NOT_LOGGED_IN\"}");
}
END_TEST

START_TEST(test_login_wrong_app)
{
	login_as("other", "pwd");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\"}");
}
END_TEST

/* The digest of an empty challenge must not open the door. */
START_TEST(test_login_without_challenge)
{
	auto_free char *draft = mem_format(LOGIN, "manager", "");
	json_t *message = json_loads(draft, 0, NULL);
	char hex[AP_DIGEST_MAX];

	ck_assert(innovaphone_ap_digest(message, "", "pwd", hex));
	json_decref(message);
	auto_free char *text = mem_format(LOGIN, "manager", hex);
	say(text);
	(void)hear();
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\"}");
}
END_TEST

START_TEST(test_login_fault)
{
	add_fault("refuse-login");
	login_as("manager", "pwd");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\"}");
}
END_TEST

START_TEST(test_login_refusal_can_be_false)
{
	char option[] = "--set", value[] = "login-refusal=false";

	open_bench_with(option, value);
	login_as("manager", "wrong");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppLoginResult\",\"ok\":false}");
	close_bench();
}
END_TEST

START_TEST(test_messages)
{
	login();
	say("{\"mt\":\"AppPlatformInfoRequest\",\"src\":\"1\"}");
	ck_assert_str_eq(hear(), "{\"mt\":\"AppPlatformInfoResult\",\"src\":\"1\","
				 "\"version\":\"14r1 (141234)\"}");
	say("{\"mt\":\"GetServerCertificate\",\"src\":2}");
	ck_assert_ptr_nonnull(strstr(hear(), "\"src\":2,\"certs\":[{\"subject\":\"CN=AP-00-90-33"));
	say("{\"mt\":\"KeepAlive\"}");
	say("{\"mt\":\"WhoKnows\"}");
	ck_assert_str_eq(hear(), "");
	ck_assert_int_eq(bench.channel->end, CHANNEL_OPEN);
}
END_TEST

static const char *const nonsense[] = {
	"",
	"x",
	"[]",
	"{}",
	"{\"mt\":1}",
	"{\"mt\":\"AppChallenge\"",
	"{\"mt\":\"a\",\"mt\":\"b\"}",
};

START_TEST(test_nonsense_closes_the_socket)
{
	say(nonsense[_i]);
	ck_assert_int_eq(bench.channel->end, CHANNEL_LINGER);
	ck_assert_mem_eq(evbuffer_pullup(bench.channel->out, 4), "\x88\x02\x03\xef", 4);
}
END_TEST

/* What the socket says about the file; NULL: ok. */
static const struct {
	const char *recipe, *error;
} uploads[] = {
	{ "LIRK", NULL },
	{ "LIK", NULL },
	{ "LK", NULL },
	{ "", "CERTIFICATE_PARSING_FAILED" },
	{ "LBIRK", "CERTIFICATE_PARSING_FAILED" },
	{ "LIR", "CERTIFICATE_PRIVATE_KEY_INVALID" },
	{ "LIRX", "CERTIFICATE_PRIVATE_KEY_INVALID" },
	{ "EIRF", "CERTIFICATE_PRIVATE_KEY_INVALID" },
	{ "LRIK", "CERTIFICATE_CHAIN_INVALID" },
	{ "RILK", "CERTIFICATE_CHAIN_INVALID" },
	{ "KLIR", "CERTIFICATE_CHAIN_INVALID" },
	{ "LRK", "CERTIFICATE_CHAIN_INVALID" },
};

START_TEST(test_upload)
{
	const char *error = uploads[_i].error;

	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, uploads[_i].recipe), 200);
	ck_assert_uint_eq(evbuffer_get_length(bench.reply.body), 0);
	auto_free char *wanted = mem_format("{\"mt\":\"ServerCertificateResult\",%s%s%s}",
					    error ? "\"error\":\"" : "\"ok\":true",
					    error ? error : "", error ? "\"" : "");
	ck_assert_str_eq(hear(), wanted);
	ck_assert_int_eq(bench.device->served == NULL, error != NULL);
}
END_TEST

START_TEST(test_upload_picky)
{
	char option[] = "--firmware", value[] = "13r3";

	open_bench_with(option, value);
	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIK"), 200);
	ck_assert_ptr_nonnull(strstr(hear(), "CERTIFICATE_CHAIN_INVALID"));
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_ptr_nonnull(strstr(hear(), "\"ok\":true"));
	close_bench();
}
END_TEST

START_TEST(test_upload_wants_token_and_type)
{
	ck_assert_int_eq(upload("", TYPE, "LIRK"), 403);
	login();
	ck_assert_int_eq(upload("0123456789abcdef0123456789abcdef", TYPE, "LIRK"), 403);
	ck_assert_int_eq(upload(bench.channel->key, "", "LIRK"), 415);
	ck_assert_int_eq(upload(bench.channel->key, "Content-Type: text/plain\r\n", "LIRK"), 415);
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_uint_eq(bench.device->counts.uploads, 1);
}
END_TEST

/* In the address, as the restore of the same manager has it (A7a). */
START_TEST(test_upload_encrypted_key)
{
	login();
	auto_free char *right = mem_format("%s&pwd=secret", bench.channel->key);
	auto_free char *wrong = mem_format("%s&pwd=x", bench.channel->key);

	ck_assert_int_eq(upload(wrong, TYPE, "LIRP"), 200);
	ck_assert_ptr_nonnull(strstr(hear(), "CERTIFICATE_PRIVATE_KEY_INVALID"));
	ck_assert_int_eq(upload(right, TYPE, "LIRP"), 200);
	ck_assert_ptr_nonnull(strstr(hear(), "\"ok\":true"));
}
END_TEST

/* The token dies with its socket, and the verdict goes to the socket of the token. */
START_TEST(test_upload_belongs_to_its_socket)
{
	login();
	struct channel *other = channel_open(bench.device, ignore, NULL);

	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_str_eq(hear_on(other), "");
	ck_assert_str_ne(hear(), "");
	auto_free char *key = mem_copy(bench.channel->key, CHANNEL_KEY_CHARS);
	channel_close(bench.channel);
	bench.channel = other;
	ck_assert_int_eq(upload(key, TYPE, "LIRK"), 403);
}
END_TEST

START_TEST(test_delete_brings_the_first_certificate_back)
{
	auto_identity struct identity *first = device_served(bench.device);

	login();
	ck_assert_int_eq(sk_X509_num(first->chain), 1);
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	(void)hear();
	say("{\"mt\":\"DeleteServerCertificate\",\"src\":\"3\"}");
	ck_assert_str_eq(hear(), "{\"mt\":\"DeleteServerCertificateResult\",\"src\":\"3\"}");
	auto_identity struct identity *last = device_served(bench.device);
	ck_assert_ptr_eq(first, last);
}
END_TEST

static const struct {
	const char *head;
	int status;
} requests[] = {
	{ UPGRADE KEY "Connection: Upgrade\r\n", 101 },
	{ UPGRADE KEY "Connection: keep-alive, upgrade\r\n", 101 },
	{ UPGRADE KEY "Connection: keep-alive\r\n", 426 },
	{ UPGRADE KEY, 426 },
	{ UPGRADE "Connection: Upgrade\r\n", 400 },
	{ UPGRADE "Connection: Upgrade\r\nSec-WebSocket-Key: short\r\n", 400 },
	{ "GET /manager HTTP/1.1\r\n", 426 },
	{ "GET /manager HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	  "Sec-WebSocket-Version: 8\r\n" KEY,
	  426 },
	{ "POST /manager HTTP/1.1\r\n", 405 },
	{ "GET /manager/manager.htm HTTP/1.1\r\n", 200 },
	{ "GET /manager/upload?src=server-certificate HTTP/1.1\r\n", 405 },
	{ "POST /manager/upload HTTP/1.1\r\n", 404 },
};

START_TEST(test_status)
{
	ck_assert_int_eq(ask(requests[_i].head, ""), requests[_i].status);
	ck_assert_int_eq(bench.reply.upgrade, requests[_i].status == 101);
}
END_TEST

START_TEST(test_fault_result_never_comes)
{
	add_fault("never-answer@result");
	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_str_eq(hear(), "");
	ck_assert_ptr_nonnull(bench.device->served);
	ck_assert_int_eq(bench.channel->end, CHANNEL_OPEN);
}
END_TEST

START_TEST(test_fault_result_is_cut)
{
	add_fault("cut-body@result");
	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_int_eq(bench.channel->end, CHANNEL_CUT);
	ck_assert_uint_eq(evbuffer_get_length(bench.channel->out), 22); /* of 45 */
}
END_TEST

START_TEST(test_fault_message_is_ignored)
{
	add_fault("never-answer@challenge");
	say("{\"mt\":\"AppChallenge\"}");
	ck_assert_str_eq(hear(), "");
	ck_assert_int_eq(bench.channel->end, CHANNEL_HANG);
}
END_TEST

START_TEST(test_fault_slow_and_reset)
{
	add_fault("slow@challenge:700");
	add_fault("reset-connection@info");
	say("{\"mt\":\"AppChallenge\"}");
	ck_assert_int_eq(bench.channel->delay_ms, 700);
	say("{\"mt\":\"AppPlatformInfoRequest\"}");
	ck_assert_int_eq(bench.channel->end, CHANNEL_RESET);
}
END_TEST

START_TEST(test_fault_busy)
{
	add_fault("busy@upload:1");
	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 503);
	evbuffer_add(bench.reply.fields, "", 1);
	ck_assert_str_eq((char *)evbuffer_pullup(bench.reply.fields, -1), "Retry-After: 1\r\n");
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	add_fault("busy@key:1");
	(void)hear();
	say("{\"mt\":\"RequestHttpKey\"}");
	ck_assert_str_eq(hear(), "{\"mt\":\"RequestHttpKeyResult\",\"error\":\"BUSY\"}");
	say("{\"mt\":\"RequestHttpKey\"}");
	ck_assert_ptr_nonnull(strstr(hear(), bench.channel->key));
}
END_TEST

START_TEST(test_fault_fail_but_install)
{
	add_fault("fail-but-install");
	login();
	ck_assert_int_eq(upload(bench.channel->key, TYPE, "LIRK"), 200);
	ck_assert_ptr_nonnull(strstr(hear(), "CERTIFICATE_LOAD_FAILED"));
	ck_assert_ptr_nonnull(bench.device->served);
}
END_TEST

START_TEST(test_fault_blacklist)
{
	add_fault("blacklist:2");
	login_as("manager", "wrong");
	ck_assert_int_eq(bench.channel->end, CHANNEL_OPEN);
	(void)hear();
	say("{\"mt\":\"AppLogin\"}");
	ck_assert_int_eq(bench.channel->end, CHANNEL_RESET);
	ck_assert(device_is_away(bench.device));
}
END_TEST

/* Frames from a client, through the whole of channel_feed(): two messages and a ping at once. */
START_TEST(test_feed)
{
	auto_buffer struct evbuffer *input = mem_must(evbuffer_new());

	evbuffer_add(input, "\x81\x95\0\0\0\0{\"mt\":\"AppChallenge\"}", 27);
	evbuffer_add(input, "\x89\x82\0\0\0\0hi", 8);
	evbuffer_add(input, "\x88\x80\0\0\0\0", 6);
	channel_feed(bench.channel, input);
	ck_assert_ptr_nonnull(strstr(hear(), "AppChallengeResult"));
	ck_assert_mem_eq(evbuffer_pullup(bench.channel->out, -1), "\x8a\x02hi\x88\x00", 6);
	ck_assert_int_eq(bench.channel->end, CHANNEL_LINGER);
}
END_TEST

static void add_faults_tests(TCase *tcase)
{
	tcase_add_test(tcase, test_fault_result_never_comes);
	tcase_add_test(tcase, test_fault_result_is_cut);
	tcase_add_test(tcase, test_fault_message_is_ignored);
	tcase_add_test(tcase, test_fault_slow_and_reset);
	tcase_add_test(tcase, test_fault_busy);
	tcase_add_test(tcase, test_fault_fail_but_install);
	tcase_add_test(tcase, test_fault_blacklist);
}

Suite *suite_ap(void)
{
	Suite *suite = suite_create("ap");
	TCase *box = tcase_create("box");
	TCase *alone = tcase_create("alone");

	tcase_set_timeout(box, 60);
	tcase_set_timeout(alone, 60);
	tcase_add_unchecked_fixture(box, chain_setup, chain_teardown);
	tcase_add_checked_fixture(box, open_bench, close_bench);
	tcase_add_test(box, test_login_wrong_password);
	tcase_add_test(box, test_login_wrong_app);
	tcase_add_test(box, test_login_without_challenge);
	tcase_add_test(box, test_login_fault);
	tcase_add_test(box, test_messages);
	tcase_add_loop_test(box, test_nonsense_closes_the_socket, 0,
			    sizeof(nonsense) / sizeof(nonsense[0]));
	tcase_add_loop_test(box, test_upload, 0, sizeof(uploads) / sizeof(uploads[0]));
	tcase_add_test(box, test_upload_wants_token_and_type);
	tcase_add_test(box, test_upload_encrypted_key);
	tcase_add_test(box, test_upload_belongs_to_its_socket);
	tcase_add_test(box, test_delete_brings_the_first_certificate_back);
	tcase_add_loop_test(box, test_status, 0, sizeof(requests) / sizeof(requests[0]));
	tcase_add_test(box, test_feed);
	add_faults_tests(box);
	tcase_add_unchecked_fixture(alone, chain_setup, chain_teardown);
	tcase_add_loop_test(alone, test_digest, 0, sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(alone, test_picky_by_version, 0,
			    sizeof(versions) / sizeof(versions[0]));
	tcase_add_test(alone, test_login_refusal_can_be_false);
	tcase_add_test(alone, test_upload_picky);
	suite_add_tcase(suite, box);
	suite_add_tcase(suite, alone);
	return suite;
}
