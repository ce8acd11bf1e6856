/* certroll learn: recordings in tests/data/har, and small ones made here. */
#include "learn.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINES = 24, MAX_FILE = 1 << 20 };

static char *recording(const char *name)
{
	return text_format("%s/har/%s", CERTROLL_TEST_DATA, name);
}

static char *file_text(const char *name, size_t *len)
{
	auto_free char *path = recording(name);
	FILE *file = fopen(path, "rb");
	char *text = mem_alloc(MAX_FILE);

	ck_assert_msg(file, "%s", path);
	*len = fread(text, 1, MAX_FILE - 1, file);
	fclose(file);
	return text;
}

/* --- whole recordings ------------------------------------------------------------------------ */

static const struct whole {
	const char *file, *driver;
	bool complete, key;
	const char *there[MAX_LINES], *not_there[MAX_LINES];
} wholes[] = {
	{ "gateway-form.har",
	  "innovaphone",
	  true,
	  false,
	  { "; check that this is your device\n", "# upload: entry 3, ",
	    "POST /SEC7/tls.xml?cmd=device-put&view=1\n", "left out by the browser",
	    "# trust: entry 5, ", "# clear: entry 7, ",
	    "    path: '/SEC7/box.xml'  # recorded, entry",
	    "    path: '/SEC7/who.xml?cmd=me'  # recorded, entry ",
	    "    path: '/SEC7/tls.xml?cmd=show'  # recorded, entry ",
	    "    path: '/SEC7/tls.xml?cmd=device-put&view=1'  # recorded, entry 3\n",
	    "    field: pemfile  # recorded, entry 3\n", "    filename: throw-away.pem  # rec",
	    "    path: '/SEC7/tls.xml?cmd=trust-put'  # recorded, entry 5\n",
	    "    field: rootfile  # recorded, entry 5\n",
	    "    path: '/SEC7/tls.xml?cmd=device-clear&sure=yes'  # recorded, entry 7\n",
	    "# as the driver's defaults: upload.ok, trust.mode\n" },
	  { "tick:", "mode:" } },
	{ "hand-form.har",
	  "generic-upload",
	  true,
	  true,
	  { "# 2 uploads were recorded", "# login: entry 2, ", "# upload: entry 6, ",
	    "  auth: form  # recorded, entry 2\n",
	    "  token: '<input type=\"hidden\" name=\"csrf\" value=\"*\"'  # recorded",
	    "    page: '/in'  # recorded, entry 1\n",
	    "    fields:  # recorded, entry 2\n      - 'csrf={token}'\n      - 'username={user}'\n"
	    "      - 'password={password}'\n",
	    "    page: '/cert'  # recorded, entry 4\n",
	    "    path: '/cert/put?what=server'  # recorded, entry 6\n",
	    "    fields:  # recorded, entry 6\n      - 'csrf={token}'\n      - 'keep=yes'\n"
	    "      - 'file@box.pem={key}{chain}'\n" },
	  { "admin" } },
	{ "hand-json.har",
	  "generic-upload",
	  true,
	  true,
	  { "  token: '\"token\":\"*\"'  # recorded", "    method: PUT  # recorded, entry 2\n",
	    "    body: '{\"username\":\"{user}\",\"password\":\"{password}\"}'  # recorded, entry "
	    "1",
	    "{\"name\":\"tls\",\"force\":true,\"tls\":{\"certificate\":\"{leaf}\",\"chain\":"
	    "\"{issuers}\",\"key\":\"{key}\"}}'",
	    "    header: 'X-Csrf-Token: {token}'  # recorded, entry 2\n" },
	  { "fields:", "page:" } },
	{ "hand-digest.har",
	  "generic-upload",
	  false,
	  false,
	  { "what the file of field 'file' holds; {bundle} is a guess",
	    "  auth: digest  # recorded, entry 1\n", "      - 'password='\n",
	    "      - 'file@box.pem={bundle}'\n" },
	  { "login:", "token:" } },
	{ "gateway-tick.har",
	  "innovaphone",
	  true,
	  false,
	  { "    mode: tick  # recorded, entry 5\n", "cmd=device-trust&fingerprint=...\n",
	    "    tick: '/SEC7/tls.xml?cmd=device-trust&fingerprint={fingerprint}'  # recorded" },
	  { "rootfile" } },
	{ "platform.har",
	  "innovaphone-ap",
	  true,
	  false,
	  { "# 2 uploads were recorded", "POST /manager/files?dst=tls&ticket=...\n",
	    "    path: '/manager/talk'", "    app: boss", "    message: GetHttpTicket  # recorded",
	    "    path: '/manager/files?dst=tls&ticket={key}'", "    type: application/x-pem  ",
	    "    message: ServerCertVerdict  ", "    error: problem  ",
	    "    message: RemoveServerCert  ",
	    "# as the driver's defaults: login.sip, login.guid, login.dn, login.domain\n" },
	  { "digest", "challenge" } },
	{ "hand-gateway.har",
	  "innovaphone",
	  true,
	  true,
	  { "# upload: entry 4, 12:03:04, POST /X509/put.xml?cmd=cert-put\n",
	    "also sends the field 'csrf'", "    field: 'certificate file'  # recorded, entry 4\n",
	    "    filename: 'my: #1.crt'  # recorded, entry 4\n",
	    "    ok: 'result=\"done\"'  # recorded, entry 4\n",
	    "    error: 'fault=\"'  # recorded, entry 3\n",
	    "    field: anchor  # recorded, entry 5",
	    "# clear: entry 7, 12:03:40, GET /X509/mod_cmd.xml?cmd=servercert-clear&op=OK\n",
	    "defaults: info.path, upload.type, trust.mode, clear.path\n" },
	  { "password", "anchor-clear" } },
	{ "hand-params.har",
	  "innovaphone",
	  true,
	  true,
	  { "defaults: upload.path, upload.field, upload.filename, upload.type, upload.ok, clear.",
	    "    tick: '/X509/mod_cmd.xml?cmd=servercert-trust&who={fingerprint}'" },
	  { "  upload:\n", "  clear:\n" } },
	{ "hand-base64.har",
	  "innovaphone",
	  true,
	  true,
	  { "    field: up  #", "upload.ok", "by its SHA-1", "clear: not found; to learn it" },
	  { "    tick:" } },
	{ "hand-platform.har",
	  "innovaphone-ap",
	  true,
	  true,
	  { "    path: '/manager/in?what=cert&key={key}'", "    sip: hans  #",
	    "    dn: 'Hans ''the'' #1'  #", "    domain: example.com  #", "more ('info' or",
	    "    guid: '0123456789abcdef0123456789abcdef'  #", "    message: PlatformState  #",
	    "    message: GetKey  #", "    message: CertNews  #", "    error: reason  #",
	    "    message: UninstallCertificate  #" },
	  { "InstanceChanged" } },
};

/* No recording tells by itself that it is of a box that nobody knows. */
static const char *asked_for(const struct whole *whole)
{
	return strcmp(whole->driver, "generic-upload") == 0 ? whole->driver : NULL;
}

START_TEST(test_learn_whole_recordings)
{
	const struct whole *whole = &wholes[_i];
	struct lesson lesson = { 0 };
	struct err err = { 0 };
	size_t len;
	auto_free char *text = file_text(whole->file, &len);

	ck_assert_int_eq(0, learn_text(&lesson, text, len, asked_for(whole), NULL, &err));
	ck_assert_msg(lesson.complete == whole->complete, "%s", lesson.text);
	ck_assert_int_eq(lesson.has_key, whole->key);
	ck_assert(!lesson.refused && !lesson.over_http);
	expect_lines(lesson.text, whole->there, true);
	expect_lines(lesson.text, whole->not_there, false);
	check_loads(lesson.text, driver_find(whole->driver));
	lesson_free(&lesson);
}
END_TEST

/* A recording that breaks off, or was damaged on the way, is no reason to crash. */
START_TEST(test_learn_survives_damage)
{
	static const char damage[] = { '"', '}', '\0', '\\', (char)0xff };
	size_t len;
	auto_free char *text = file_text(wholes[_i].file, &len);

	for (size_t cut = 0; cut < len; cut += 50) {
		auto_free char *part = mem_copy(text, cut);
		struct lesson lesson = { 0 };
		struct err err = { 0 };

		ck_assert_int_eq(
			-1, learn_text(&lesson, part, cut, asked_for(&wholes[_i]), NULL, &err));
		ck_assert_int_eq(err.code, ERR_CONFIG);
		ck_assert_ptr_null(lesson.text);
		lesson_free(&lesson);
	}
	for (size_t at = 0; at < len; at += 37) {
		auto_free char *copy = mem_copy(text, len);
		struct lesson lesson = { 0 };
		struct err err = { 0 };

		copy[at] = damage[at % sizeof damage];
		(void)!learn_text(&lesson, copy, len, asked_for(&wholes[_i]), NULL, &err);
		lesson_free(&lesson);
	}
}
END_TEST

/* --- what is no recording -------------------------------------------------------------------- */

static const struct {
	const char *text, *why;
	bool key;
} broken[] = {
	{ "", "line 1", false },
	{ "<html>", "line 1", false },
	{ "[]", "log.entries is missing", false },
	{ "null", "wrong in line 1", false },
	{ "{}", "log.entries is missing", false },
	{ "{\"log\":[]}", "log.entries is missing", false },
	{ "{\"log\":{\"entries\":{}}}", "log.entries is missing", false },
	{ "{\"log\":{\"entries\":\"x\"}}", "log.entries is missing", false },
	{ "{\"log\":{\"entries\":[\n\"" KEY "\"", "in line 2", true },
	{ "{\"S3CRET\":\"\xff\"}", "line 1", false },
};

START_TEST(test_learn_refuses_what_is_no_recording)
{
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(-1, learn_text(&lesson, broken[_i].text, strlen(broken[_i].text), NULL,
					NULL, &err));
	ck_assert_msg(strstr(err.text, broken[_i].why), "%s", err.text);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_int_eq(lesson.has_key, broken[_i].key);
	lesson_free(&lesson);
}
END_TEST

/* Members of the wrong kind are as good as none. */
static const char *const strange[] = {
	HAR("null"),
	HAR("[],7,\"x\",{}"),
	HAR("{\"request\":7}"),
	HAR("{\"request\":{\"method\":1,\"url\":\"https://a/b\",\"headers\":{},\"cookies\":7}}"),
	HAR("{\"request\":{\"method\":\"POST\",\"url\":\"https://a/b\",\"headers\":[1,null],"
	    "\"postData\":[]},\"response\":[]}"),
	HAR("{\"request\":{\"method\":\"POST\",\"url\":\"https://\"}}"),
	HAR("{\"request\":{\"method\":\"POST\",\"url\":\"https://a:99999/\"}}"),
	HAR("{\"request\":{\"method\":\"GET\",\"url\":\"wss://a/\"},\"_webSocketMessages\":[1,{},"
	    "{\"data\":7},{\"data\":\"[]\"},{\"data\":\"{\\\"mt\\\":7}\",\"time\":\"x\"}]}"),
	HAR(SEND("POST", "https://a/b", MULTI, "\"text\":\"--b\\r\\n\"", OK)),
	HAR(SEND("POST", "https://a/b", MULTI, "\"text\":\"--b\"", OK)),
	HAR(SEND("POST", "https://a/b", MULTI, "\"text\":\"\\u0000--b\\u0000\"", OK)),
	HAR(SEND("POST", "https://a/b", MULTI, "\"text\":\"=\",\"encoding\":\"base64\"", OK)),
	HAR(SEND("POST", "https://a/b?=&&=%zz%", MULTI, "\"params\":7", OK)),
};

START_TEST(test_learn_bears_strange_members)
{
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert_msg(!learn_text(&lesson, strange[_i], strlen(strange[_i]), NULL, NULL, &err),
		      "%s", err.text);
	ck_assert(!lesson.complete);
	lesson_free(&lesson);
	ck_assert_int_eq(0, learn_text(&lesson, strange[_i], strlen(strange[_i]), "innovaphone-ap",
				       NULL, &err));
	lesson_free(&lesson);
	ck_assert_int_eq(0, learn_text(&lesson, strange[_i], strlen(strange[_i]), "generic-upload",
				       NULL, &err));
	lesson_free(&lesson);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------------- */

static char *repeated(const char *head, const char *item, size_t count, const char *tail)
{
	size_t len = strlen(item);
	char *text = mem_alloc(strlen(head) + len * count + strlen(tail) + 1), *at = text;

	at = stpcpy(at, head);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, item);
	strcpy(at, tail);
	return text;
}

START_TEST(test_learn_takes_ten_megabytes)
{
	auto_free char *text = repeated("{\"log\":{\"comment\":\"", "0123456789", 1 << 20,
					"\",\"entries\":[" UPLOAD("https://pbx/put") "]}}");
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(0, learn_text(&lesson, text, strlen(text), NULL, NULL, &err));
	ck_assert(lesson.complete);
	lesson_free(&lesson);
}
END_TEST

START_TEST(test_learn_limits)
{
	const struct {
		const char *head, *item;
		size_t count;
		const char *tail;
		enum err_code code;
	} rows[] = {
		{ "{\"log\":{\"entries\":[{}", ",{}", LEARN_MAX_ENTRIES, "]}}", ERR_LIMIT },
		{ "{\"log\":{\"entries\":[", "[", 100000, "", ERR_CONFIG },
		{ HAR("{\"request\":{\"url\":\"wss://a/\"},\"_webSocketMessages\":[1"), ",1", 0, "",
		  ERR_CONFIG },
		{ "{\"log\":{\"entries\":[{\"request\":{\"url\":\"wss://a/"
		  "\"},\"_webSocketMessages\":[1",
		  ",1", LEARN_MAX_FRAMES, "]}]}}", ERR_LIMIT },
	};
	auto_free char *text =
		repeated(rows[_i].head, rows[_i].item, rows[_i].count, rows[_i].tail);
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(-1, learn_text(&lesson, text, strlen(text), NULL, NULL, &err));
	ck_assert_int_eq(err.code, rows[_i].code);
	lesson_free(&lesson);
}
END_TEST

START_TEST(test_learn_many_parts)
{
	auto_free char *text =
		repeated("{\"log\":{\"entries\":[{\"request\":{\"method\":\"POST\",\"url\":\"https:"
			 "//pbx/put\","
			 "\"headers\":[" MULTI "],\"postData\":{\"text\":\"" FILE_PART,
			 PART("name=\\\"S\\\"", "x"), 10000, "--b--\"}}," OK "}]}}");
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert_int_eq(0, learn_text(&lesson, text, strlen(text), NULL, NULL, &err));
	ck_assert_msg(lesson.complete, "%s", lesson.text);
	ck_assert_uint_lt(strlen(lesson.text), LEARN_MAX_TEXT);
	lesson_free(&lesson);
}
END_TEST

START_TEST(test_learn_file_reads_files)
{
	char path[] = "/tmp/certroll-learn.XXXXXX";
	int fd = mkstemp(path);
	struct learn_request request = { path, NULL, NULL };
	struct lesson lesson = { 0 };
	struct err err = { 0 };
	const char *text = HAR(UPLOAD("https://pbx/put"));

	ck_assert_int_eq((int)strlen(text), (int)write(fd, text, strlen(text)));
	ck_assert_int_eq(0, learn_file(&lesson, &request, &err));
	ck_assert(lesson.complete && lesson.has_key && !lesson.open);
	lesson_free(&lesson);
	ck_assert_int_eq(0, fchmod(fd, 0644));
	ck_assert_int_eq(0, learn_file(&lesson, &request, &err));
	ck_assert(lesson.open);
	lesson_free(&lesson);
	ck_assert_int_eq(0, ftruncate(fd, LEARN_MAX_BYTES + 1));
	ck_assert_int_eq(-1, learn_file(&lesson, &request, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	close(fd);
	unlink(path);
	ck_assert_int_eq(-1, learn_file(&lesson, &request, &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

START_TEST(test_learn_knows_its_drivers)
{
	static const struct driver stranger = { .name = "stranger" };
	struct learn_request request = { "x.har", &stranger, NULL };
	const char *text = HAR(UPLOAD("https://pbx/put"));
	struct lesson lesson = { 0 };
	struct err err = { 0 };

	ck_assert(learn_knows(driver_find("innovaphone")));
	ck_assert(learn_knows(driver_find("innovaphone-ap")));
	ck_assert(!learn_knows(&stranger));
	ck_assert_int_eq(-1, learn_bytes(&lesson, &request, text, strlen(text), &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	lesson_free(&lesson);
}
END_TEST

Suite *suite_learn(void);

Suite *suite_learn(void)
{
	Suite *suite = suite_create("learn");
	TCase *learns = tcase_create("learns");
	TCase *refuses = tcase_create("refuses");
	TCase *bears = tcase_create("bears");

	tcase_add_loop_test(learns, test_learn_whole_recordings, 0, (int)COUNT(wholes));
	tcase_add_test(learns, test_learn_file_reads_files);
	tcase_add_test(learns, test_learn_knows_its_drivers);
	suite_add_tcase(suite, learns);
	tcase_add_loop_test(refuses, test_learn_refuses_what_is_no_recording, 0,
			    (int)COUNT(broken));
	tcase_add_loop_test(refuses, test_learn_limits, 0, 4);
	suite_add_tcase(suite, refuses);
	tcase_set_timeout(bears, 60);
	tcase_add_loop_test(bears, test_learn_survives_damage, 0, (int)COUNT(wholes));
	tcase_add_loop_test(bears, test_learn_bears_strange_members, 0, (int)COUNT(strange));
	tcase_add_test(bears, test_learn_takes_ten_megabytes);
	tcase_add_test(bears, test_learn_many_parts);
	suite_add_tcase(suite, bears);
	return suite;
}
