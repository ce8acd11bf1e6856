#include "certroll/buf.h"
#include "certroll/doc.h"
#include "certroll/inventory.h"
#include "certroll/schema.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

/* One key of every type. */
struct all {
	char *text, *name, *host, *admin, *path, *pattern, *file, *inner;
	int64_t number, duration;
	bool flag;
	int choice;
	struct text_list list, words;
	struct window window;
	struct secret_ref *secret;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static char *refuse_odd(const char *text)
{
	return strcmp(text, "odd") ? NULL : text_copy("is odd");
}

static const struct field inner_rows[] = { { .key = "inner",
					     .type = FIELD_NAME,
					     .offset = offsetof(struct all, inner),
					     .fallback = "deep",
					     .help = "inside" },
					   FIELD_END };

static const struct field rows[] = {
	{ .key = "text",
	  .type = FIELD_TEXT,
	  .offset = offsetof(struct all, text),
	  .min = 2,
	  .max = 5,
	  .refuse = refuse_odd },
	{ .key = "name", .type = FIELD_NAME, .offset = offsetof(struct all, name) },
	{ .key = "host", .type = FIELD_HOST, .offset = offsetof(struct all, host) },
	{ .key = "admin", .type = FIELD_HOST, .offset = offsetof(struct all, admin), .max = 1 },
	{ .key = "path",
	  .type = FIELD_PATH,
	  .offset = offsetof(struct all, path),
	  .fallback = "/x?cmd={cmd}" },
	{ .key = "pattern", .type = FIELD_PATTERN, .offset = offsetof(struct all, pattern) },
	{ .key = "file", .type = FIELD_FILE, .offset = offsetof(struct all, file) },
	{ .key = "number",
	  .type = FIELD_NUMBER,
	  .offset = offsetof(struct all, number),
	  .min = -5,
	  .max = 10,
	  .fallback = "7" },
	{ .key = "duration",
	  .type = FIELD_DURATION,
	  .offset = offsetof(struct all, duration),
	  .min = 1000,
	  .max = 600000,
	  .fallback = "5s" },
	{ .key = "flag",
	  .type = FIELD_SWITCH,
	  .offset = offsetof(struct all, flag),
	  .fallback = "true" },
	{ .key = "choice",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct all, choice),
	  .choices = colours,
	  .fallback = "green" },
	{ .key = "list",
	  .type = FIELD_LIST,
	  .offset = offsetof(struct all, list),
	  .min = 1,
	  .max = 3,
	  .fallback = "[a, 'b c']",
	  .refuse = refuse_odd },
	{ .key = "words",
	  .type = FIELD_LIST,
	  .offset = offsetof(struct all, words),
	  .choices = colours },
	{ .key = "window", .type = FIELD_WINDOW, .offset = offsetof(struct all, window) },
	{ .key = "secret", .type = FIELD_SECRET, .offset = offsetof(struct all, secret) },
	{ .key = "group", .type = FIELD_GROUP, .rows = inner_rows },
	{ .key = "anything", .type = FIELD_GROUP },
	FIELD_END
};

static bool parse(const char *text, struct all *out, struct findings *findings)
{
	struct schema_place place = { "dir/x.yaml", "box" };
	struct doc *doc = doc_parse(text, strlen(text), "dir/x.yaml", findings);
	bool fine;

	ck_assert_ptr_nonnull(doc);
	fine = schema_parse(&doc->root, rows, out, &place, findings);
	doc_free(doc);
	return fine;
}

static void expect_defaults(const struct all *all)
{
	ck_assert_ptr_null(all->text);
	ck_assert_str_eq(all->path, "/x?cmd={cmd}");
	ck_assert_int_eq(all->number, 7);
	ck_assert_int_eq(all->duration, 5000);
	ck_assert(all->flag);
	ck_assert_int_eq(all->choice, 1);
	ck_assert_uint_eq(all->list.count, 2);
	ck_assert_str_eq(all->list.items[1], "b c");
	ck_assert_str_eq(all->inner, "deep");
	ck_assert(!all->window.set);
}

START_TEST(test_schema_defaults_fills_every_fallback)
{
	struct all all = { 0 }, empty = { 0 };

	schema_defaults(rows, &all);
	expect_defaults(&all);
	schema_free(rows, &all);
	ck_assert_int_eq(memcmp(&all, &empty, sizeof all), 0);
}
END_TEST

START_TEST(test_schema_parse_of_nothing_gives_the_defaults)
{
	struct schema_place place = { "x", "" };
	auto_findings findings = { 0 };
	struct all all = { 0 };

	ck_assert(schema_parse(NULL, rows, &all, &place, &findings));
	expect_defaults(&all);
	schema_free(rows, &all);
	ck_assert(parse("{}", &all, &findings));
	schema_free(rows, &all);
	ck_assert(parse("", &all, &findings));
	schema_free(rows, &all);
}
END_TEST

START_TEST(test_schema_parse_reads_every_type)
{
	auto_findings findings = { 0 };
	struct all all = { 0 };

	ck_assert(
		parse("text: abc\nname: a.b-c_1\nhost: '[2001:db8::1]'\nadmin: pbx:8443\n"
		      "path: /a?b={c}\npattern: 'ok*'\nfile: ca.pem\nnumber: -5\nduration: 2m\n"
		      "flag: false\nchoice: blue\nlist: [x]\nwords: [red, blue]\n"
		      "window: 22:00-05:30\nsecret: env:X\ngroup: {inner: y}\nanything: {z: [1]}\n",
		      &all, &findings));
	ck_assert_str_eq(all.text, "abc");
	ck_assert_str_eq(all.name, "a.b-c_1");
	ck_assert_str_eq(all.host, "[2001:db8::1]");
	ck_assert_str_eq(all.admin, "pbx:8443");
	ck_assert_str_eq(all.file, "dir/ca.pem");
	ck_assert_int_eq(all.number, -5);
	ck_assert_int_eq(all.duration, 120000);
	ck_assert(!all.flag);
	ck_assert_int_eq(all.choice, 2);
	ck_assert_uint_eq(all.list.count, 1);
	ck_assert_uint_eq(all.words.count, 2);
	ck_assert(all.window.set);
	ck_assert_int_eq(all.window.from_minute, 22 * 60);
	ck_assert_int_eq(all.window.to_minute, 5 * 60 + 30);
	ck_assert_str_eq(secret_ref_text(all.secret), "env:X");
	ck_assert_str_eq(all.inner, "y");
	schema_free(rows, &all);
}
END_TEST

static const struct {
	const char *text, *place, *sentence, *remedy;
} refusals[] = {
	{ "txt: a\n", "1:1: box.txt", "unknown key", "did you mean \"text\"?" },
	{ "text: a\n", "1:7: box.text", "must be a text of 2 to 5 bytes, not \"a\"", "" },
	{ "text: abcdef\n", "1:7: box.text", "must be a text of 2 to 5 bytes, not \"abcdef\"", "" },
	{ "text: odd\n", "1:7: box.text", "\"odd\" is odd", "" },
	{ "text: [a]\n", "1:7: box.text", "must be a text of 2 to 5 bytes, not a list", "" },
	{ "text:\n", "1:6: box.text", "has no value", "give one, or remove the key" },
	{ "name: -a\n", "1:7: box.name",
	  "must be a name of letters, digits, '.', '_' and '-', at most 63, not \"-a\"", "" },
	{ "host: pbx:443\n", "1:7: box.host",
	  "\"pbx:443\" holds the character ':', which host names do not have", "" },
	{ "admin: pbx:0\n", "1:8: box.admin",
	  "\"pbx:0\" needs a port from 1 to 65535 behind the ':'", "" },
	{ "path: x\n", "1:7: box.path", "\"x\" must start with '/'", "" },
	{ "path: //x\n", "1:7: box.path", "\"//x\" starts with '//', which would name another host",
	  "" },
	{ "path: /a\xc3\xa4\n", "1:7: box.path",
	  "\"/a\xc3\xa4\" holds a blank, a control character or a letter that is not ASCII; write "
	  "it "
	  "as %XX",
	  "" },
	{ "path: '/a#b'\n", "1:7: box.path",
	  "\"/a#b\" holds a '#', which ends a path; write it as %23", "" },
	{ "path: /a\\b\n", "1:7: box.path", "\"/a\\b\" holds a '\\'; paths of URLs have '/'", "" },
	{ "number: 11\n", "1:9: box.number", "must be a number from -5 to 10, not \"11\"", "" },
	{ "number: 1.5\n", "1:9: box.number", "must be a number from -5 to 10, not \"1.5\"", "" },
	{ "number: 07\n", "1:9: box.number", "must be a number from -5 to 10, not \"07\"",
	  "write it without a leading zero" },
	{ "number: '7'\n", "1:9: box.number", "must be a number from -5 to 10, not \"7\"",
	  "remove the quotes around the number" },
	{ "duration: 1h\n", "1:11: box.duration", "must be a duration, 1s to 10m, not \"1h\"",
	  "a number and its unit: 500ms, 5s, 2m, 1h, 30d" },
	{ "flag: on\n", "1:7: box.flag", "must be true or false, not \"on\"",
	  "write true, without quotes" },
	{ "flag: No\n", "1:7: box.flag", "must be true or false, not \"No\"",
	  "write false, without quotes" },
	{ "flag: TRUE\n", "1:7: box.flag", "must be true or false, not \"TRUE\"",
	  "write true, without quotes" },
	{ "choice: gren\n", "1:9: box.choice", "must be one of red, green, blue, not \"gren\"",
	  "did you mean \"green\"?" },
	{ "list: []\n", "1:7: box.list", "must be a list of 1 to 3 entries, not 0", "" },
	{ "list: a\n", "1:7: box.list", "must be a list of 1 to 3 entries, not a single value",
	  "write it as a list: [a]" },
	{ "list: [a, odd]\n", "1:11: box.list[1]", "\"odd\" is odd", "" },
	{ "list: [a, ~]\n", "1:11: box.list[1]", "must be a single value", "" },
	{ "words: [red, rde]\n", "1:14: box.words[1]",
	  "must be one of red, green, blue, not \"rde\"", "did you mean \"red\"?" },
	{ "window: 22:00\n", "1:9: box.window",
	  "must be a time of day from and to, such as \"22:00-05:00\", not \"22:00\"", "" },
	{ "window: 22:00-24:00\n", "1:9: box.window",
	  "must be a time of day from and to, such as \"22:00-05:00\", not \"22:00-24:00\"", "" },
	{ "group: {innr: x}\n", "1:9: box.group.innr", "unknown key", "did you mean \"inner\"?" },
	{ "group: x\n", "1:8: box.group", "must be a mapping, not a single value", "" },
	{ "anything: x\n", "1:11: box.anything", "must be a mapping, not a single value", "" },
	{ "[a]\n", "1:1: box", "must be a mapping of keys and values", "" },
};

START_TEST(test_schema_parse_refuses)
{
	auto_free char *place = text_format("dir/x.yaml:%s", refusals[_i].place);
	auto_findings findings = { 0 };
	struct all all = { 0 };

	ck_assert(!parse(refusals[_i].text, &all, &findings));
	schema_free(rows, &all);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_str_eq(findings.items[0].place, place);
	ck_assert_str_eq(findings.items[0].sentence, refusals[_i].sentence);
	ck_assert_str_eq(findings.items[0].remedy, refusals[_i].remedy);
}
END_TEST

START_TEST(test_schema_parse_never_repeats_a_secret)
{
	auto_findings findings = { 0 };
	struct all all = { 0 };

	ck_assert(!parse("secret: S3cret\n", &all, &findings));
	schema_free(rows, &all);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_ptr_null(strstr(findings.items[0].sentence, "S3cret"));
	ck_assert_ptr_null(strstr(findings.items[0].remedy, "S3cret"));
}
END_TEST

static const struct field required_inner[] = { { .key = "must",
						 .type = FIELD_NAME,
						 .offset = offsetof(struct all, inner),
						 .required = true,
						 .help = "it is needed" },
					       FIELD_END };
static const struct field required_rows[] = {
	{ .key = "group", .type = FIELD_GROUP, .rows = required_inner }, FIELD_END
};

START_TEST(test_schema_parse_misses_required_keys_in_absent_groups)
{
	struct schema_place place = { "x", "" };
	auto_findings findings = { 0 };
	struct all all = { 0 };

	ck_assert(!schema_parse(NULL, required_rows, &all, &place, &findings));
	ck_assert_str_eq(findings.items[0].place, "x: group.must");
	ck_assert_str_eq(findings.items[0].sentence, "\"must\" is missing");
	ck_assert_str_eq(findings.items[0].remedy, "add it: it is needed");
	findings_free(&findings);
	ck_assert(schema_check(NULL, required_rows, &all, &place, &findings));
	schema_free(required_rows, &all);
}
END_TEST

START_TEST(test_schema_refuse_tells_why)
{
	auto_free char *bad = schema_refuse(schema_find(rows, "number"), "x");

	ck_assert_str_eq(bad, "must be a number from -5 to 10, not \"x\"");
	for (const struct field *row = rows; row->key; row++) {
		auto_free char *why = row->fallback && row->type != FIELD_LIST
					      ? schema_refuse(row, row->fallback)
					      : NULL;

		ck_assert_msg(!why, "%s: %s", row->key, why);
	}
	ck_assert_ptr_null(schema_refuse(schema_find(rows, "secret"), "prompt"));
	ck_assert_ptr_null(schema_refuse(schema_find(rows, "window"), "1:00-2:00"));
}
END_TEST

START_TEST(test_schema_find_takes_dotted_keys)
{
	ck_assert_ptr_eq(schema_find(rows, "group.inner"), &inner_rows[0]);
	ck_assert_ptr_eq(schema_find(rows, "text"), &rows[0]);
	ck_assert_ptr_null(schema_find(rows, "text.inner"));
	ck_assert_ptr_null(schema_find(rows, "group.x"));
	ck_assert_ptr_null(schema_find(rows, ""));
	ck_assert_ptr_null(schema_find(NULL, "x"));
}
END_TEST

static void collect(const char *key, const struct field *row, void *arg)
{
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(0, buf_addf(arg, "%s ", key));
}

START_TEST(test_schema_each_visits_nested_rows)
{
	auto_buf keys = BUF_MAX(1000);

	schema_each(rows, collect, &keys);
	ck_assert_str_eq(buf_text(&keys),
			 "text name host admin path pattern file number duration flag "
			 "choice list words window secret group group.inner anything ");
}
END_TEST

static const char *const described[] = {
	"a text of 2 to 5 bytes",
	"a name of letters, digits, '.', '_' and '-', at most 63",
	"a host name or address",
	"a host name or address, also with :port",
	"a path of a URL, such as /X509/mod_cmd.xml",
	"a text to look for, or a pattern with * and ?",
	"a file name",
	"a number from -5 to 10",
	"a duration, 1s to 10m",
	"true or false",
	"one of red, green, blue",
	"a list of 1 to 3 entries",
	"a list out of red, green, blue",
	"a time of day from and to, such as \"22:00-05:00\"",
	"a reference to a password (file:, env:, cred:, cmd: or prompt)",
	"a mapping",
	"a mapping",
};

START_TEST(test_schema_describe_every_type)
{
	auto_free char *text = schema_describe(&rows[_i]);

	ck_assert_str_eq(text, described[_i]);
}
END_TEST

Suite *suite_schema(void);

Suite *suite_schema(void)
{
	Suite *suite = suite_create("schema");
	TCase *reads = tcase_create("reads");
	TCase *refuses = tcase_create("refuses");
	TCase *tells = tcase_create("tells");

	tcase_add_test(reads, test_schema_defaults_fills_every_fallback);
	tcase_add_test(reads, test_schema_parse_of_nothing_gives_the_defaults);
	tcase_add_test(reads, test_schema_parse_reads_every_type);
	suite_add_tcase(suite, reads);
	tcase_add_loop_test(refuses, test_schema_parse_refuses, 0, (int)COUNT(refusals));
	tcase_add_test(refuses, test_schema_parse_never_repeats_a_secret);
	tcase_add_test(refuses, test_schema_parse_misses_required_keys_in_absent_groups);
	suite_add_tcase(suite, refuses);
	tcase_add_test(tells, test_schema_refuse_tells_why);
	tcase_add_test(tells, test_schema_find_takes_dotted_keys);
	tcase_add_test(tells, test_schema_each_visits_nested_rows);
	tcase_add_loop_test(tells, test_schema_describe_every_type, 0, (int)COUNT(described));
	suite_add_tcase(suite, tells);
	return suite;
}
