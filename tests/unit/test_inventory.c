#include "certroll/driver.h"
#include "certroll/init.h"
#include "certroll/inventory.h"
#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Options as a real driver has them: one of each kind, and a mapping inside. */
struct box_options {
	char *upload_path, *field, *pattern, *header;
	int64_t settle_ms, tries;
	int reset;
	bool digest;
	struct text_list extras;
	struct secret_ref *token;
};

static const char *const fake_resets[] = { "never", "window", "now", NULL };

static const struct field upload_rows[] = { { .key = "path",
					      .type = FIELD_PATH,
					      .offset = offsetof(struct box_options, upload_path),
					      .fallback = "/X509/mod_cmd.xml?cmd=upload",
					      .help = "where the bundle goes" },
					    { .key = "field",
					      .type = FIELD_NAME,
					      .offset = offsetof(struct box_options, field),
					      .fallback = "file",
					      .help = "name of the form's field" },
					    FIELD_END };

static const struct field box_rows[] = {
	{ .key = "digest",
	  .type = FIELD_SWITCH,
	  .offset = offsetof(struct box_options, digest),
	  .fallback = "true",
	  .help = "log on with Digest" },
	{ .key = "extras",
	  .type = FIELD_LIST,
	  .offset = offsetof(struct box_options, extras),
	  .max = 3,
	  .fallback = "[a, b]",
	  .help = "more things" },
	{ .key = "pattern",
	  .type = FIELD_PATTERN,
	  .offset = offsetof(struct box_options, pattern),
	  .help = "what the answer holds" },
	{ .key = "reset",
	  .type = FIELD_CHOICE,
	  .offset = offsetof(struct box_options, reset),
	  .choices = fake_resets,
	  .fallback = "window",
	  .help = "when to reset" },
	{ .key = "settle",
	  .type = FIELD_DURATION,
	  .offset = offsetof(struct box_options, settle_ms),
	  .min = 1000,
	  .max = 600000,
	  .fallback = "5s",
	  .help = "wait after the upload" },
	{ .key = "token",
	  .type = FIELD_SECRET,
	  .offset = offsetof(struct box_options, token),
	  .help = "where a second secret is" },
	{ .key = "tries",
	  .type = FIELD_NUMBER,
	  .offset = offsetof(struct box_options, tries),
	  .min = 1,
	  .max = 9,
	  .fallback = "3",
	  .help = "how often" },
	{ .key = "upload", .type = FIELD_GROUP, .rows = upload_rows, .help = "the upload" },
	FIELD_END
};

struct ap_options {
	char *upload_path;
};

static const struct field ap_upload_rows[] = { { .key = "path",
						 .type = FIELD_PATH,
						 .offset = offsetof(struct ap_options, upload_path),
						 .fallback = "/manager",
						 .help = "where the bundle goes" },
					       FIELD_END };

static const struct field ap_rows[] = {
	{ .key = "upload", .type = FIELD_GROUP, .rows = ap_upload_rows, .help = "the upload" },
	FIELD_END
};

static const struct driver fake_drivers[] = {
	{ .name = "innovaphone",
	  .port = 443,
	  .options = box_rows,
	  .options_size = sizeof(struct box_options) },
	{ .name = "innovaphone-ap",
	  .port = 443,
	  .options = ap_rows,
	  .options_size = sizeof(struct ap_options) },
	{ .name = "plain", .port = 8443 },
};

static const struct driver *fake_find(const char *name)
{
	for (size_t i = 0; i < COUNT(fake_drivers); i++)
		if (strcmp(fake_drivers[i].name, name) == 0)
			return &fake_drivers[i];
	return NULL;
}

static const char *const fake_names[] = { "innovaphone", "innovaphone-ap", "plain", NULL };
static const struct refusal *fake_refusal(const char *name)
{
	static const struct refusal refusal = { .name = "cucm",
						.summary = "a box",
						.reason = "it says no",
						.remedy = "leave it out",
						.source = "a page" };

	return text_same(name, refusal.name) ? &refusal : NULL;
}

static const struct driver_table table = { fake_find, fake_names, fake_refusal };

#define GOOD CERTROLL_TEST_DATA "/inventory/good/"
#define BAD  CERTROLL_TEST_DATA "/inventory/bad/"

enum { TEXT_MAX = 256 * 1024 };

/* Files lie in folders whose names are of no interest: only the last part is compared. */
static void put_findings(struct buf *out, const struct findings *findings, const char *folder)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *one = &findings->items[i];
		const char *place = one->place;

		if (strncmp(place, folder, strlen(folder)) == 0)
			place += strlen(folder);
		ck_assert_int_eq(0, buf_addf(out, "%s %s: %s\n", severity_name(one->severity),
					     place, one->sentence));
		if (*one->remedy)
			ck_assert_int_eq(0, buf_addf(out, "\t%s\n", one->remedy));
	}
}

static void put_list(struct buf *out, const char *key, const struct text_list *list)
{
	if (!list->count)
		return;
	ck_assert_int_eq(0, buf_addf(out, " %s=", key));
	for (size_t i = 0; i < list->count; i++)
		ck_assert_int_eq(0, buf_addf(out, "%s%s", i ? "," : "", list->items[i]));
}

static void put_text(struct buf *out, const char *key, const char *text)
{
	if (text && *text)
		ck_assert_int_eq(0, buf_addf(out, " %s=%s", key, text));
}

static void put_options(struct buf *out, const struct device *device)
{
	const struct box_options *box = device->options;
	const struct ap_options *ap = device->options;

	if (device->driver == &fake_drivers[1])
		put_text(out, "upload.path", ap->upload_path);
	if (device->driver != &fake_drivers[0])
		return;
	ck_assert_int_eq(
		0, buf_addf(out, "\n\tdigest=%d reset=%s settle=%" PRId64 " tries=%" PRId64,
			    box->digest, fake_resets[box->reset], box->settle_ms, box->tries));
	put_list(out, "extras", &box->extras);
	put_text(out, "pattern", box->pattern);
	put_text(out, "token", box->token ? secret_ref_text(box->token) : "");
	put_text(out, "upload.path", box->upload_path);
	put_text(out, "upload.field", box->field);
}

/* One line per device, and one for its options. */
static void put_device(struct buf *out, const struct device *device)
{
	ck_assert_int_eq(0, buf_addf(out, "%s: %d:%d %s %s %s:%d trust=%s%s", device->name,
				     device->line, device->column, role_name(device->role),
				     device->driver->name, device->host, device->port,
				     trust_name(device->trust),
				     device->state == DEVICE_HOLD ? " hold" : ""));
	for (size_t i = 0; i < device->service_count; i++)
		ck_assert_int_eq(0, buf_addf(out, " %s:%d", device->services[i].name,
					     device->services[i].port));
	put_text(out, "group", device->group);
	put_text(out, "site", device->site);
	put_text(out, "user", device->user);
	put_text(out, "password", device->password ? secret_ref_text(device->password) : "");
	if (device->factory_ca && strncmp(device->factory_ca, GOOD, strlen(GOOD)) == 0)
		put_text(out, "factory-ca", device->factory_ca + strlen(GOOD));
	put_text(out, "firmware", device->firmware);
	put_text(out, "mac", device->mac);
	put_list(out, "names", &device->names);
	put_list(out, "all", &device->all_names);
	put_list(out, "clients", &device->clients);
	for (size_t i = 0; device->fronts && device->fronts[i]; i++)
		put_text(out, "front", device->fronts[i]->name);
	if (device->window.set)
		ck_assert_int_eq(0, buf_addf(out, " window=%d-%d", device->window.from_minute,
					     device->window.to_minute));
	put_options(out, device);
	ck_assert_int_eq(0, buf_addf(out, "\n"));
}

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = mem_alloc(TEXT_MAX);
	size_t length = file ? fread(text, 1, TEXT_MAX - 1, file) : 0;

	ck_assert_msg(file != NULL, "%s is missing", path);
	text[length] = '\0';
	fclose(file);
	return text;
}

/* With CERTROLL_REWRITE set, what came out becomes what is expected: to be read before it is kept.
 */
static void compare(const char *folder, const char *name, const char *ending, const char *got)
{
	auto_free char *path = text_format("%s%.*s%s", folder, (int)strlen(name) - 5, name, ending);
	auto_free char *expected = NULL;

	if (getenv("CERTROLL_REWRITE")) {
		FILE *file = fopen(path, "w");

		ck_assert_ptr_nonnull(file);
		fputs(got, file);
		fclose(file);
	}
	expected = file_text(path);
	ck_assert_msg(strcmp(expected, got) == 0, "%s\nexpected:\n%sgot:\n%s", path, expected, got);
}

static void check_good(const char *name)
{
	auto_free char *path = text_format("%s%s", GOOD, name);
	auto_findings findings = { 0 };
	auto_buf out = BUF_MAX(TEXT_MAX);
	struct inventory *inventory = inventory_load(path, &table, &findings);

	put_findings(&out, &findings, GOOD);
	ck_assert_msg(inventory != NULL, "%s:\n%s", name, buf_text(&out));
	for (size_t i = 0; i < inventory->count; i++)
		put_device(&out, &inventory->devices[i]);
	inventory_free(inventory);
	compare(GOOD, name, ".out", buf_text(&out));
}

static void check_bad(const char *name)
{
	auto_free char *path = text_format("%s%s", BAD, name);
	auto_findings findings = { 0 };
	auto_buf out = BUF_MAX(TEXT_MAX);
	struct inventory *inventory = inventory_load(path, &table, &findings);

	put_findings(&out, &findings, BAD);
	ck_assert_msg(inventory == NULL, "%s was accepted", name);
	ck_assert_int_eq(findings_worst(&findings), SEVERITY_ERROR);
	compare(BAD, name, ".err", buf_text(&out));
}

/* How many; a folder that is empty by mistake proves nothing. */
static int walk(const char *folder, void (*check)(const char *name))
{
	struct dirent **entries;
	int found = scandir(folder, &entries, NULL, alphasort), count = 0;

	ck_assert_int_gt(found, 0);
	for (int i = 0; i < found; i++) {
		const char *ending = strrchr(entries[i]->d_name, '.');

		if (ending && strcmp(ending, ".yaml") == 0) {
			check(entries[i]->d_name);
			count++;
		}
		free(entries[i]);
	}
	free(entries);
	return count;
}

START_TEST(test_inventory_load_accepts_good_files)
{
	ck_assert_int_ge(walk(GOOD, check_good), 5);
}
END_TEST

START_TEST(test_inventory_load_refuses_bad_files)
{
	ck_assert_int_ge(walk(BAD, check_bad), 45);
}
END_TEST

static struct inventory *load_good(const char *name)
{
	auto_free char *path = text_format("%s%s", GOOD, name);
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(path, &table, &findings);

	ck_assert_ptr_nonnull(inventory);
	return inventory;
}

/* Written to a file of its own; 0 findings expected unless the caller looks at them. */
static struct inventory *load_text(const char *text, struct findings *findings)
{
	char path[] = "/tmp/certroll-test-XXXXXX";
	int fd = mkstemp(path);
	struct inventory *inventory;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	inventory = inventory_load(path, &table, findings);
	unlink(path);
	return inventory;
}

START_TEST(test_inventory_load_of_a_missing_file_says_so)
{
	auto_findings findings = { 0 };

	ck_assert_ptr_null(inventory_load("/nonexistent/x.yaml", &table, &findings));
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_str_eq(findings.items[0].place, "/nonexistent/x.yaml");
	ck_assert_str_eq(findings.items[0].sentence, "cannot be read: No such file or directory");
	ck_assert_str_eq(findings.items[0].id, "inventory");
}
END_TEST

START_TEST(test_inventory_example_loads_without_findings)
{
	auto_findings findings = { 0 };
	struct inventory *inventory = inventory_load(
		CERTROLL_TEST_DATA "/../../conf/inventory.example.yaml", &table, &findings);

	ck_assert_ptr_nonnull(inventory);
	ck_assert_uint_eq(findings.count, 0);
	inventory_free(inventory);
}
END_TEST

/* "  key:" or "- {key: " anywhere, also behind '#'. */
static void expect_key(const char *text, const char *key)
{
	auto_free char *wanted = text_format("%s:", key);

	ck_assert_msg(strstr(text, wanted) != NULL, "%s is not mentioned", key);
}

static void expect_all_keys(const char *text)
{
	for (const struct field *row = inventory_device_rows(); row->key; row++)
		expect_key(text, row->key);
	expect_key(text, "defaults");
	expect_key(text, "groups");
	expect_key(text, "devices");
}

START_TEST(test_inventory_example_mentions_every_key)
{
	auto_free char *text = file_text(CERTROLL_TEST_DATA "/../../conf/inventory.example.yaml");

	expect_all_keys(text);
}
END_TEST

static const char *const many_answers[] = {
	"example.com",        "192.0.2.10",
	"[2001:db8::1]:8443", "192.0.2.11, pbx3.example.com 192.0.2.13:444",
	"apps.example.com",   "192.0.2.30,192.0.2.31",
	"Domain\\o'neil: #1", "cmd:[\"pass\", \"it's\"]"
};
static const char *const few_answers[] = { "example.com", "pbx", "", "", "", "", "", "" };

static char *inventory_of(const char *const *typed, const char *schema)
{
	struct init_answers answers = { 0 };
	char *text;

	for (size_t i = 0; init_questions[i].key; i++) {
		auto_free char *problem = init_answer(&answers, &init_questions[i], typed[i]);

		ck_assert_msg(!problem, "%s: %s", init_questions[i].key, problem);
	}
	text = init_inventory(&answers, schema);
	init_answers_free(&answers);
	return text;
}

START_TEST(test_init_inventory_loads_without_findings)
{
	auto_free char *text = inventory_of(many_answers, "/usr/share/x.json");
	auto_findings findings = { 0 };
	struct inventory *inventory = load_text(text, &findings);
	const struct device *rp;

	ck_assert_msg(inventory && !findings.count, "%s\n%s", text,
		      findings.count ? findings.items[0].sentence : "");
	ck_assert(text_starts(text, "# yaml-language-server: $schema=/usr/share/x.json\n# "));
	ck_assert_uint_eq(inventory->count, 8);
	ck_assert_ptr_nonnull(inventory_find(inventory, "ap1"));
	ck_assert_str_eq(inventory->devices[0].user, "Domain\\o'neil: #1");
	ck_assert_str_eq(secret_ref_text(inventory->devices[0].password),
			 "cmd:[\"pass\", \"it's\"]");
	rp = inventory_find(inventory, "rp2");
	ck_assert_str_eq(rp->all_names.items[0], "pbx.example.com");
	ck_assert_str_eq(rp->all_names.items[rp->all_names.count - 1], "apps.example.com");
	inventory_free(inventory);
	expect_all_keys(text);
}
END_TEST

START_TEST(test_init_inventory_loads_with_few_answers)
{
	auto_free char *text = inventory_of(few_answers, NULL);
	auto_findings findings = { 0 };
	struct inventory *inventory = load_text(text, &findings);

	ck_assert_ptr_null(strstr(text, "$schema"));
	ck_assert_ptr_nonnull(inventory);
	ck_assert_uint_eq(findings.count, 0);
	ck_assert_str_eq(inventory->devices[0].user, "admin");
	ck_assert_str_eq(secret_ref_text(inventory->devices[0].password), "prompt");
	inventory_free(inventory);
}
END_TEST

START_TEST(test_init_answer_refuses_what_cannot_be)
{
	static const char *const wrong[] = { "",
					     "https://192.0.2.10",
					     "a b",
					     "192.0.2.300",
					     "192.0.2.20,*.example.com",
					     "x/y",
					     NULL,
					     "S3cret" }; /* NULL: any text is a user */
	struct init_answers answers = { 0 };

	for (size_t i = 0; init_questions[i].key; i++) {
		auto_free char *problem = NULL;

		if (!wrong[i])
			continue;
		problem = init_answer(&answers, &init_questions[i], wrong[i]);
		ck_assert_msg(problem != NULL, "%s was accepted", wrong[i]);
		ck_assert_ptr_null(strstr(problem, "S3cret"));
	}
	init_answers_free(&answers);
}
END_TEST

START_TEST(test_inventory_find_ignores_case)
{
	struct inventory *inventory = load_good("everything.yaml");

	ck_assert_ptr_eq(inventory_find(inventory, "PBX"), &inventory->devices[0]);
	ck_assert_ptr_eq(inventory_find(inventory, "p2"), &inventory->devices[3]);
	ck_assert_ptr_null(inventory_find(inventory, "p3"));
	inventory_free(inventory);
}
END_TEST

static const struct {
	const char *patterns, *chosen; /* names, or the beginning of the error */
} limits[] = {
	{ NULL, "a b c d ap" },
	{ "all", "a b c d ap" },
	{ "*", "a b c d ap" },
	{ "a", "a" },
	{ "A,b", "a b" },
	{ "a:b", "a b" },
	{ " a , ap ", "a ap" },
	{ "a*", "a ap" },
	{ "?", "a b c d" },
	{ "outer", "b c d" },
	{ "inner", "c d" },
	{ "inner:other", "c d ap" },
	{ "inner:&other", "d" },
	{ "&other:inner", "d" },
	{ "pbx-slave:!inner", "a b ap" },
	{ "!inner", "a b ap" },
	{ "!inner:!other", "a b" },
	{ "&inner", "c d" },
	{ "a:&inner", "" },
	{ "outer:&other:!d", "" },
	{ "iner", "! no device, group, site or role is called \"iner\" (did you mean \"inner\"?)" },
	{ "a:!zzzzzz", "! no device, group, site or role is called \"zzzzzz\"" },
	{ "rp", "! there is no device in \"rp\"" },
	{ "unused", "! there is no device in \"unused\"" },
	{ "", "! a pattern for devices is empty" },
	{ "a,,b", "! a pattern for devices is empty" },
	{ "a:!", "! a pattern for devices is empty" },
};

START_TEST(test_inventory_limit_chooses)
{
	struct inventory *inventory = load_good("inheritance.yaml");
	bool chosen[5];
	struct err err = { 0 };
	auto_buf out = BUF_MAX(1024);
	int count = inventory_limit(inventory, limits[_i].patterns, chosen, &err), flags = 0;

	for (size_t i = 0; count >= 0 && i < inventory->count; i++) {
		if (chosen[i])
			ck_assert_int_eq(0, buf_addf(&out, "%s%s", out.len ? " " : "",
						     inventory->devices[i].name));
		flags += chosen[i];
	}
	if (count < 0)
		ck_assert_int_eq(0, buf_addf(&out, "! %s", err.text));
	else
		ck_assert_int_eq(count, flags);
	ck_assert_int_eq(count < 0, err.code == ERR_USAGE);
	ck_assert_str_eq(buf_text(&out), limits[_i].chosen);
	inventory_free(inventory);
}
END_TEST

START_TEST(test_inventory_stores_equal_references_once)
{
	struct inventory *inventory = load_good("everything.yaml");
	struct inventory *contract = load_good("contract.yaml");
	const struct device *devices = contract->devices;

	ck_assert_ptr_eq(devices[0].password, devices[1].password);
	ck_assert_ptr_null(secret_ref_value(devices[0].password));
	devices = inventory->devices;
	ck_assert_str_eq(secret_ref_text(devices[2].password), "prompt");
	ck_assert_ptr_ne(devices[2].password, devices[3].password);
	inventory_free(contract);
	inventory_free(inventory);
}
END_TEST

enum { MANY = 10000 };

START_TEST(test_inventory_load_takes_ten_thousand_devices)
{
	auto_buf text = BUF_MAX(8 << 20);
	auto_findings findings = { 0 };
	struct inventory *inventory;

	ck_assert_int_eq(0, buf_addf(&text, "defaults: {role: ap, driver: plain, user: admin}\n"
					    "groups:\n  all-of-them:\n    devices:\n"));
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(0, buf_addf(&text, "      - d%d\n", i));
	ck_assert_int_eq(0, buf_addf(&text, "devices:\n"));
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(
			0, buf_addf(&text, "  - {name: d%d, host: h%d, names: [n%d]}\n", i, i, i));
	inventory = load_text(buf_text(&text), &findings);
	ck_assert_ptr_nonnull(inventory);
	ck_assert_uint_eq(inventory->count, MANY);
	ck_assert_str_eq(inventory_find(inventory, "d9999")->host, "h9999");
	inventory_free(inventory);
}
END_TEST

START_TEST(test_inventory_load_of_many_mistakes_is_quick)
{
	auto_buf text = BUF_MAX(8 << 20);
	auto_findings findings = { 0 };

	ck_assert_int_eq(0, buf_addf(&text, "groups:\n  g:\n    devices:\n"));
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(0, buf_addf(&text, "      - e%d\n", i));
	ck_assert_int_eq(0, buf_addf(&text, "devices:\n"));
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(0, buf_addf(&text, "  - {name: d%d}\n", i));
	ck_assert_ptr_null(load_text(buf_text(&text), &findings));
	ck_assert_uint_ge(findings_count(&findings, SEVERITY_ERROR), 4 * MANY);
}
END_TEST

static void expect_limit(const char *text, const char *sentence)
{
	auto_findings findings = { 0 };
	bool found = false;

	ck_assert_ptr_null(load_text(text, &findings));
	for (size_t i = 0; i < findings.count; i++)
		found = found || strcmp(findings.items[i].sentence, sentence) == 0;
	ck_assert_msg(found, "not said: %s", sentence);
}

START_TEST(test_inventory_load_has_limits)
{
	auto_buf text = BUF_MAX(8 << 20);

	ck_assert_int_eq(0, buf_addf(&text, "devices:\n"));
	for (int i = 0; i <= INVENTORY_MAX_DEVICES; i++)
		ck_assert_int_eq(0, buf_addf(&text, "  - {}\n"));
	expect_limit(buf_text(&text), "more than 20000 devices");
	buf_clear(&text);
	ck_assert_int_eq(0, buf_addf(&text, "groups:\n"));
	for (int i = 0; i <= INVENTORY_MAX_GROUPS; i++)
		ck_assert_int_eq(0, buf_addf(&text, "  g%d: {}\n", i));
	ck_assert_int_eq(0, buf_addf(&text, "devices: [{}]\n"));
	expect_limit(buf_text(&text), "more than 2000 groups");
	buf_clear(&text);
	ck_assert_int_eq(0, buf_addf(&text, "defaults: {driver: plain}\ndevices:\n"
					    "  - {name: rp, role: rp, host: h, fronts: [a, b]}\n"));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			0, buf_addf(&text, "  - {name: %c, role: ap, host: h, names: [", 'a' + i));
		for (int j = 0; j < 200; j++)
			ck_assert_int_eq(0, buf_addf(&text, "n%d-%d,", i, j));
		ck_assert_int_eq(0, buf_addf(&text, "]}\n"));
	}
	expect_limit(buf_text(&text), "more than 256 names with those of its fronts");
}
END_TEST

START_TEST(test_role_and_trust_names_follow_the_enums)
{
	ck_assert_str_eq(role_name(ROLE_PBX_MASTER), "pbx-master");
	ck_assert_str_eq(role_name(ROLE_OTHER), "other");
	ck_assert_str_eq(role_name((enum role)99), "unknown");
	ck_assert_str_eq(trust_name(TRUST_PIN), "pin");
	ck_assert_str_eq(trust_name(TRUST_NONE), "none");
	ck_assert_str_eq(trust_name((enum trust)99), "unknown");
}
END_TEST

Suite *suite_inventory(void);

Suite *suite_inventory(void)
{
	Suite *suite = suite_create("inventory");
	TCase *files = tcase_create("files");
	TCase *use = tcase_create("use");
	TCase *init = tcase_create("init");
	TCase *many = tcase_create("many");

	tcase_add_test(files, test_inventory_load_accepts_good_files);
	tcase_add_test(files, test_inventory_load_refuses_bad_files);
	tcase_add_test(files, test_inventory_load_of_a_missing_file_says_so);
	tcase_add_test(files, test_inventory_example_loads_without_findings);
	tcase_add_test(files, test_inventory_example_mentions_every_key);
	suite_add_tcase(suite, files);
	tcase_add_test(use, test_inventory_find_ignores_case);
	tcase_add_loop_test(use, test_inventory_limit_chooses, 0, (int)COUNT(limits));
	tcase_add_test(use, test_inventory_stores_equal_references_once);
	tcase_add_test(use, test_role_and_trust_names_follow_the_enums);
	suite_add_tcase(suite, use);
	tcase_add_test(init, test_init_inventory_loads_without_findings);
	tcase_add_test(init, test_init_inventory_loads_with_few_answers);
	tcase_add_test(init, test_init_answer_refuses_what_cannot_be);
	suite_add_tcase(suite, init);
	tcase_set_timeout(many, 60);
	tcase_add_test(many, test_inventory_load_takes_ten_thousand_devices);
	tcase_add_test(many, test_inventory_load_of_many_mistakes_is_quick);
	tcase_add_test(many, test_inventory_load_has_limits);
	suite_add_tcase(suite, many);
	return suite;
}
