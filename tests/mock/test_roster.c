/* roster: lines that are a device, and lines that are not. */
#include "cleanup.h"
#include "profile.h"
#include "roster.h"
#include "suites.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/mock-roster-XXXXXX";
static struct profile usual;
static const uint16_t ports[SERVICE_COUNT] = { 4430 };

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	profile_init(&usual);
	usual.user = "boss";
}

static void teardown(void)
{
	(void)unlink(path);
}

static struct roster *read_text(const char *text, struct err *err)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	(void)fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
	return roster_read(path, &usual, ports, err);
}

START_TEST(test_read_takes)
{
	static const char text[] =
		"{}\n"
		"{\"name\":\"pbx\",\"password\":\"geheim\",\"names\":[\"a.example\",\"*.b."
		"example\"],"
		"\"set\":{\"digest\":\"SHA-256\"},\"ports\":{\"sips\":5061,\"https\":0},"
		"\"faults\":[\"slow@upload:200\",\"keep-old\"]}\n"
		"{\"family\":\"innovaphone-ap\",\"set\":{\"app\":\"boss\"}}\r\n"
		"{\"family\":\"innovaphone-ap\",\"set\":{\"app\":\"boss\"}}\n"
		"{\"ports\":{\"tls1\":8443,\"tls4\":0}}\n"
		"\n"
		"whatever follows the empty line";
	struct err err = { "" };
	struct roster *roster = read_text(text, &err);

	ck_assert_msg(roster != NULL, "%s", err.text);
	const struct roster_entry *entry = roster->entries;
	ck_assert_uint_eq(roster->count, 5);
	ck_assert_uint_eq(entry[0].services, 15);
	ck_assert_uint_eq(entry[0].ports[SERVICE_HTTPS], 4430);
	ck_assert_str_eq(entry[0].profile->user, "boss");
	ck_assert_ptr_null(entry[0].name);
	ck_assert_str_eq(entry[1].name, "pbx");
	ck_assert_str_eq(entry[1].profile->password, "geheim");
	ck_assert_str_eq(entry[1].subject_alternates, "DNS:a.example,DNS:*.b.example");
	ck_assert_uint_eq(entry[1].services, 1U << SERVICE_HTTPS | 1U << SERVICE_SIPS);
	ck_assert_uint_eq(entry[1].ports[SERVICE_SIPS], 5061);
	ck_assert_uint_eq(entry[1].fault_count, 2);
	ck_assert_uint_eq(entry[2].services, 1U << SERVICE_HTTPS);
	ck_assert_ptr_eq(entry[2].profile, entry[3].profile);
	ck_assert_ptr_ne(entry[1].profile, entry[2].profile);
	ck_assert_uint_eq(entry[4].services, 1U << SERVICE_TLS1 | 1U << SERVICE_TLS4);
	ck_assert_uint_eq(entry[4].ports[SERVICE_TLS1], 8443);
	roster_free(roster);
}
END_TEST

/* What is wrong with the second of two lines. */
static const struct {
	const char *line, *reason;
} bad[] = {
	{ "x", "line 2: no JSON, from column 1 on" },
	{ "[]", "line 2: want a JSON object" },
	{ "{} {}", "line 2: no JSON" },
	{ "{\"name\":\"a\",\"name\":\"b\"}", "line 2: no JSON" },
	{ "{\"nix\":1}", "line 2: no member \"nix\"" },
	{ "{\"name\":1}", "line 2: name: want a string" },
	{ "{\"family\":\"nix\"}", "line 2: family: no device family \"nix\"" },
	{ "{\"set\":{\"nix\":\"x\"}}", "line 2: set: innovaphone has no setting \"nix\"" },
	{ "{\"set\":{\"digest\":1}}", "line 2: set: want a string" },
	{ "{\"set\":[]}", "line 2: set: want an object" },
	{ "{\"faults\":\"slow\"}", "line 2: faults: want an array" },
	{ "{\"faults\":[\"nix\"]}", "line 2: faults: no fault \"nix\"" },
	{ "{\"names\":[\"a,IP:1.2.3.4\"]}", "line 2: names: name 1 is no host name" },
	{ "{\"names\":[\"\"]}", "line 2: names: name 1 is no host name" },
	{ "{\"ports\":{}}", "line 2: ports: want an object" },
	{ "{\"ports\":{\"nix\":1}}", "line 2: ports: innovaphone has no service \"nix\"" },
	{ "{\"ports\":{\"https\":65536}}", "line 2: ports: want a number" },
	{ "{\"ports\":{\"sips\":0},\"family\":\"innovaphone-ap\"}",
	  "line 2: ports: innovaphone-ap has no service \"sips\"" },
	{ "{\"protect-all\":1}", "line 2: protect-all: want true or false" },
	{ "{\"max-rsa-bits\":100}", "line 2: max-rsa-bits: want a number" },
};

START_TEST(test_read_refuses)
{
	auto_free char *text = mem_format("{}\n%s\n{}\n", bad[_i].line);
	struct err err = { "" };

	ck_assert_ptr_null(read_text(text, &err));
	ck_assert_msg(strstr(err.text, bad[_i].reason) != NULL, "%s", err.text);
}
END_TEST

START_TEST(test_read_refuses_nothing_and_too_much)
{
	auto_free char *line = mem_alloc(ROSTER_LINE_MAX + 2);
	struct err err = { "" };

	ck_assert_ptr_null(read_text("", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no device in it"));
	ck_assert_ptr_null(read_text("\n{}\n", &err));
	memset(line, ' ', ROSTER_LINE_MAX);
	ck_assert_ptr_null(read_text(line, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "line 1: longer than"));
	ck_assert_ptr_null(roster_read("/nonexistent/roster", &usual, ports, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
}
END_TEST

/* A password must not be quoted in an error. */
START_TEST(test_read_keeps_the_password_to_itself)
{
	struct err err = { "" };

	ck_assert_ptr_null(read_text("{\"password\":\"geheim\" x}\n", &err));
	ck_assert_ptr_null(strstr(err.text, "geheim"));
}
END_TEST

Suite *suite_roster(void)
{
	Suite *suite = suite_create("roster");
	TCase *tcase = tcase_create("roster");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_read_takes);
	tcase_add_loop_test(tcase, test_read_refuses, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, test_read_refuses_nothing_and_too_much);
	tcase_add_test(tcase, test_read_keeps_the_password_to_itself);
	suite_add_tcase(suite, tcase);
	return suite;
}
