#include "certroll/driver.h"
#include "certroll/plan_file.h"
#include "pki.h"

Suite *suite_plan_file(void);

/* Two devices with one endpoint each, one seen and one not, on an inventory that is a file. */
struct plans {
	struct pki pki;
	struct bundle *bundle;
	char folder[64];
	char *path;
	struct inventory inventory;
	char *files[1];
	struct site_request request;
	struct device devices[2];
	struct service service;
	struct endpoint endpoints[2];
	struct job jobs[2];
	char firmware[16];
	struct result results[2];
	struct site site;
	char first[8], second[8];
};

static void write_inventory(struct plans *plans, const char *text)
{
	FILE *file = fopen(plans->path, "w");

	ck_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void plans_open(struct plans *plans)
{
	auto_findings findings = { 0 };

	*plans = (struct plans){ .folder = "/tmp/certroll-plan.XXXXXX",
				 .firmware = "13r3",
				 .first = "pbx",
				 .second = "rp" };
	ck_assert(mkdtemp(plans->folder));
	plans->path = text_format("%s/inventory.yaml", plans->folder);
	write_inventory(plans, "devices: []\n");
	plans->pki = pki_open("root");
	plans->bundle =
		pki_bundle(&plans->pki, "leaf-both issuing policy root leaf.key", &findings);
	plans->inventory.path = plans->path;
	plans->files[0] = plans->path;
	plans->inventory.files = (struct text_list){ .items = plans->files, .count = 1 };
	plans->request = (struct site_request){
		.inventory = plans->path, .bundle = "bundle.pem", .serial = "1,50%", .per_site = 2
	};
	plans->service = (struct service){ .name = "https", .port = 443 };
	for (size_t i = 0; i < 2; i++) {
		plans->devices[i].name = i ? plans->second : plans->first;
		plans->endpoints[i] = (struct endpoint){ .device = &plans->devices[i],
							 .service = &plans->service,
							 .sni = "" };
		plans->results[i] = (struct result){ .device = &plans->devices[i],
						     .job = &plans->jobs[i],
						     .outcome = OUTCOME_WOULD,
						     .endpoints = &plans->endpoints[i],
						     .endpoint_count = 1,
						     .wave = i + 1 };
	}
	plans->jobs[0].facts[FACT_FIRMWARE] = plans->firmware;
	plans->endpoints[0].before.chain = plans->bundle->chain;
	plans->site = (struct site){ .request = &plans->request,
				     .inventory = &plans->inventory,
				     .bundle = plans->bundle,
				     .results = plans->results,
				     .count = 2 };
}

static void plans_close(struct plans *plans)
{
	bundle_free(plans->bundle);
	pki_close(&plans->pki);
	unlink(plans->path);
	rmdir(plans->folder);
	mem_free(plans->path);
}

#define auto_plans __attribute__((cleanup(plans_close))) struct plans

static struct plan_file *reopen(const struct plans *plans)
{
	auto_free char *text = plan_text(&plans->site);
	struct err err = { 0 };
	struct plan_file *plan = plan_parse(text, strlen(text), "plan.json", &err);

	ck_assert_msg(plan, "%s", err.text);
	return plan;
}

/* What moves between the plan and its execution, and the sentence. */
static void nothing(struct plans *plans)
{
	(void)plans;
}

static void inventory(struct plans *plans)
{
	write_inventory(plans, "devices: [] # other\n");
}

static void no_inventory(struct plans *plans)
{
	unlink(plans->path);
}

static void bundle(struct plans *plans)
{
	plans->site.bundle = NULL;
}

static void firmware(struct plans *plans)
{
	memcpy(plans->firmware, "14r1", 5);
}

static void blind(struct plans *plans)
{
	plans->endpoints[0].before.chain = NULL;
}

static void seen(struct plans *plans)
{
	plans->endpoints[1].before.chain = plans->bundle->chain;
}

static void service(struct plans *plans)
{
	memcpy(plans->service.name, "sips", 5);
}

static void fewer_endpoints(struct plans *plans)
{
	plans->results[1].endpoint_count = 0;
}

static void outcome(struct plans *plans)
{
	plans->results[1].outcome = OUTCOME_FAILED;
}

static void waiting(struct plans *plans)
{
	plans->results[1].outcome = OUTCOME_HELD;
	plans->results[1].later = true;
}

static void fewer(struct plans *plans)
{
	plans->site.count = 1;
}

static void exchanged(struct plans *plans)
{
	memcpy(plans->second, "ap", 3);
}

static const struct {
	void (*happens)(struct plans *);
	enum err_code code;
	const char *sentence;
} moves[] = {
	{ nothing, ERR_NONE, "" },
	{ waiting, ERR_NONE, "" }, /* for its window: as planned */
	{ inventory, ERR_CONFIG, "inventory.yaml has changed since plan.json was made" },
	{ no_inventory, ERR_CONFIG, "inventory.yaml has changed since plan.json was made" },
	{ bundle, ERR_CONFIG, "bundle.pem has changed since plan.json was made" },
	{ firmware, ERR_DEVICE, "pbx has firmware '14r1' now, and had '13r3'" },
	{ blind, ERR_DEVICE, "pbx https could be seen when the plan was made, and cannot now" },
	{ seen, ERR_DEVICE, "rp https could not be seen when the plan was made, and can now" },
	{ service, ERR_DEVICE, "pbx has other endpoints than in the plan" },
	{ fewer_endpoints, ERR_DEVICE, "rp has other endpoints than in the plan" },
	{ outcome, ERR_DEVICE, "rp is 'failed' now, and was 'would-change'" },
	{ fewer, ERR_DEVICE, "rp is in the plan, but not among the devices chosen" },
	{ exchanged, ERR_DEVICE, "ap has no place in the plan" },
};

START_TEST(what_has_moved)
{
	auto_plans plans;
	struct plan_file *plan;
	struct err err = { 0 };

	plans_open(&plans);
	plan = reopen(&plans);
	moves[_i].happens(&plans);
	if (plan_same_files(plan, &plans.site, &err) == 0)
		ck_assert_int_eq(plan_same_devices(plan, &plans.site, &err),
				 moves[_i].code ? -1 : 0);
	ck_assert_int_eq(err.code, moves[_i].code);
	ck_assert_msg(strstr(err.text, moves[_i].sentence), "%s", err.text);
	plan_free(plan);
}
END_TEST

static const struct {
	struct site_request request;
	const char *sentence; /* NULL: adopted */
} adoptions[] = {
	{ .request = { 0 } },
	{ .request = { .serial = "1,50%", .per_site = 2 } },
	{ .request = { .serial = "1" }, "--serial is not what plan.json was made with" },
	{ .request = { .limit = "rp" }, "--limit is not" },
	{ .request = { .max_fail = "1" }, "--max-fail is not" },
	{ .request = { .no_canary = true }, "--no-canary is not" },
	{ .request = { .trust_only = true }, "--trust-only is not" },
	{ .request = { .per_site = 3 }, "--per-site is not" },
	{ .request = { .recheck_ms = 1 }, "--recheck is not" },
};

START_TEST(what_it_was_made_with)
{
	auto_plans plans;
	struct plan_file *plan;
	struct site_request request = adoptions[_i].request;
	struct err err = { 0 };

	plans_open(&plans);
	plan = reopen(&plans);
	ck_assert_int_eq(plan_adopt(plan, &request, &err), adoptions[_i].sentence ? -1 : 0);
	if (adoptions[_i].sentence) {
		ck_assert_int_eq(err.code, ERR_USAGE);
		ck_assert_msg(strstr(err.text, adoptions[_i].sentence), "%s", err.text);
	} else {
		ck_assert_str_eq(request.serial, "1,50%");
		ck_assert_int_eq(request.per_site, 2);
		ck_assert_ptr_null(request.limit);
	}
	plan_free(plan);
}
END_TEST

static const char *const rubbish[] = {
	"", "{", "[]", "null", "{}", "{\"plan\":{}}", "{\"plan\":[]}", "{\"plan\":1,\"plan\":2}",
};

START_TEST(what_is_no_plan)
{
	struct err err = { 0 };

	ck_assert_ptr_null(plan_parse(rubbish[_i], strlen(rubbish[_i]), "plan.json", &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, "plan.json") && strstr(err.text, "no plan"), "%s", err.text);
}
END_TEST

/* Each member is needed, and must be of its kind. */
START_TEST(what_a_plan_must_have)
{
	static const char *const members[] = {
		"\"plan\":",      "\"inventory_sha256\":", "\"bundle_sha256\":", "\"limit\":",
		"\"serial\":",    "\"max_fail\":",         "\"no_canary\":",     "\"trust_only\":",
		"\"per_site\":",  "\"recheck_ms\":",       "\"devices\":",       "\"firmware\":",
		"\"endpoints\":", "\"leaf_sha256\":",      "\"outcome\":",       "\"device\":",
		"\"service\":",
	};
	auto_plans plans;
	struct err err = { 0 };

	plans_open(&plans);
	for (size_t i = 0; i < COUNT(members); i++) {
		auto_free char *text = plan_text(&plans.site);
		char *at = strstr(text, members[i]);

		ck_assert_msg(at, "%s", members[i]);
		at[1] = '?';
		ck_assert_msg(!plan_parse(text, strlen(text), "plan.json", &err), "%s", members[i]);
	}
}
END_TEST

START_TEST(what_is_out_of_range)
{
	auto_plans plans;
	struct err err = { 0 };

	plans_open(&plans);
	plans.request.per_site = -1;
	{
		auto_free char *text = plan_text(&plans.site);

		ck_assert_ptr_null(plan_parse(text, strlen(text), "plan.json", &err));
	}
	ck_assert_int_eq(err.code, ERR_CONFIG);
	plan_free(NULL);
	ck_assert_ptr_null(plan_load("/nowhere/plan.json", &err));
	ck_assert_int_eq(err.code, ERR_IO);
}
END_TEST

Suite *suite_plan_file(void)
{
	Suite *suite = suite_create("plan_file");
	TCase *tcase = tcase_create("plan_file");

	tcase_add_loop_test(tcase, what_has_moved, 0, (int)COUNT(moves));
	tcase_add_loop_test(tcase, what_it_was_made_with, 0, (int)COUNT(adoptions));
	tcase_add_loop_test(tcase, what_is_no_plan, 0, (int)COUNT(rubbish));
	tcase_add_test(tcase, what_a_plan_must_have);
	tcase_add_test(tcase, what_is_out_of_range);
	suite_add_tcase(suite, tcase);
	return suite;
}
