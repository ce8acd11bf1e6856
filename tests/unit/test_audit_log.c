/* One endpoint in two audits, the second compared with the first. */
#include "certroll/audit_log.h"
#include "certroll/log.h"
#include "pki.h"

Suite *suite_audit_log(void);

enum { HOUR = 3600 };

/* A site of one device with one endpoint. */
struct audited {
	struct pki pki;
	const struct chain *whole, *cut, *next;
	char folder[64];
	char *path, *state;
	struct site_request request;
	struct inventory inventory;
	char name[8];
	struct device device;
	struct service service;
	struct endpoint endpoint;
	struct result result;
	struct site site;
};

static const struct chain *chain_of(struct audited *audited, const char *names)
{
	STACK_OF(X509) *stack = pki_stack(names);
	struct err err = { 0 };
	const struct chain *chain = chains_take(audited->pki.pool, stack, &err);

	ck_assert_msg(chain, "%s", err.text);
	sk_X509_pop_free(stack, X509_free);
	return chain;
}

static void audited_open(struct audited *audited)
{
	FILE *file;

	*audited = (struct audited){ .folder = "/tmp/certroll-log.XXXXXX", .name = "pbx" };
	ck_assert(mkdtemp(audited->folder));
	audited->path = text_format("%s/inventory.yaml", audited->folder);
	audited->state = text_format("%s/state", audited->folder);
	file = fopen(audited->path, "w");
	ck_assert(file && fclose(file) == 0);
	audited->pki = pki_open("root");
	audited->whole = chain_of(audited, "leaf-both issuing policy");
	audited->cut = chain_of(audited, "leaf-both issuing");
	audited->next = chain_of(audited, "leaf-next issuing policy");
	audited->request =
		(struct site_request){ .inventory = audited->path, .state = audited->state };
	audited->device.name = audited->name;
	audited->service = (struct service){ .name = "https", .port = 443 };
	audited->endpoint = (struct endpoint){ .device = &audited->device,
					       .service = &audited->service,
					       .sni = "www.example.com" };
	audited->result = (struct result){ .device = &audited->device,
					   .endpoints = &audited->endpoint,
					   .endpoint_count = 1 };
	audited->site = (struct site){ .request = &audited->request,
				       .inventory = &audited->inventory,
				       .results = &audited->result,
				       .count = 1,
				       .now = PKI_NOW };
}

static void audited_close(struct audited *audited)
{
	auto_free char *command = text_format("rm -rf '%s'", audited->folder);

	audit_log_free(audited->site.log);
	findings_free(&audited->result.findings);
	pki_close(&audited->pki);
	ck_assert_int_eq(system(command), 0);
	mem_free(audited->path);
	mem_free(audited->state);
}

/* "-": silent, "?": not looked at, "W" whole chain, "C" cut, "N" another leaf; and findings. */
struct seen {
	char chain;
	const char *findings; /* letters of severity and ids: "eP1 wV4" */
};

static void add_finding(struct findings *findings, const char *word)
{
	static const char *const ids[] = { "P1",         "V4",        "V1",          "E2",
					   "net-closed", "path-ends", "served-other" };
	enum severity severity = *word == 'e'   ? SEVERITY_ERROR
				 : *word == 'w' ? SEVERITY_WARNING
						: SEVERITY_NOTE;

	for (size_t i = 0; i < COUNT(ids); i++)
		if (!strcmp(ids[i], word + 1)) {
			findings_add(findings, ids[i], severity, NULL, NULL, "x");
			return;
		}
	ck_abort_msg("no id %s", word);
}

/* One audit: what changed is in site.log afterwards. */
static void look(struct audited *audited, const struct seen *seen, bool keep)
{
	struct served *served = &audited->endpoint.before;
	const char *words = seen->findings;
	char word[64];

	audit_log_free(take(audited->site.log));
	findings_free(&audited->result.findings);
	while (pki_word(&words, word))
		add_finding(&audited->result.findings, word);
	audited->endpoint.finding_count = audited->result.findings.count;
	*served = (struct served){ .looked = seen->chain != '?' };
	served->chain = seen->chain == 'W'   ? audited->whole
			: seen->chain == 'C' ? audited->cut
			: seen->chain == 'N' ? audited->next
					     : NULL;
	audited->site.now += HOUR;
	audit_log_compare(&audited->site);
	if (keep)
		audit_log_keep(&audited->site, 0);
}

static const struct row {
	struct seen first, second, third; /* third.chain 0: there is none */
	const char *words;
	const char *came, *went;
	bool crossed, worse;
	const char *sentence; /* a part of it */
} rows[] = {
	{ { 'W', "" }, { 'W', "" }, { 0 }, "no", "", "", false, false, "" },
	{ { 'W', "wV4 eP1" }, { 'W', "eP1 wV4 wV4" }, { 0 }, "no", "", "", false, false, "" },
	{ { 'W', "" },
	  { 'N', "" },
	  { 0 },
	  "leaf",
	  "",
	  "",
	  false,
	  false,
	  "instead of '*.example.com'" },
	{ { 'W', "" }, { 'C', "" }, { 0 }, "chain", "", "", false, false, "another chain" },
	{ { 'W', "" },
	  { 'C', "eP1" },
	  { 0 },
	  "chain findings",
	  "error:P1",
	  "",
	  false,
	  true,
	  "another chain; new: error P1" },
	{ { 'W', "" },
	  { 'W', "wV4" },
	  { 0 },
	  "findings",
	  "warning:V4",
	  "",
	  true,
	  true,
	  "new: warning V4" },
	{ { 'W', "wV4" },
	  { 'W', "eV4" },
	  { 0 },
	  "findings",
	  "error:V4",
	  "",
	  true,
	  true,
	  "error V4" },
	{ { 'W', "eV4" }, { 'W', "wV4" }, { 0 }, "findings", "warning:V4", "", false, false, "" },
	{ { 'W', "" },
	  { 'W', "wpath-ends" },
	  { 0 },
	  "findings",
	  "warning:path-ends",
	  "",
	  true,
	  true,
	  "" },
	{ { 'W', "eV1" },
	  { 'N', "" },
	  { 0 },
	  "leaf findings",
	  "",
	  "error:V1",
	  false,
	  false,
	  "gone: error V1" },
	{ { 'W', "eP1" },
	  { 'W', "wE2" },
	  { 0 },
	  "findings",
	  "warning:E2",
	  "error:P1",
	  false,
	  false,
	  "" },
	{ { 'W', "" }, { 'W', "nE2" }, { 0 }, "findings", "note:E2", "", false, false, "" },
	/* What was wrong with a box that is silent is not gone. */
	{ { 'W', "wV4" },
	  { '-', "enet-closed" },
	  { 0 },
	  "unreachable",
	  "error:net-closed",
	  "",
	  false,
	  true,
	  "no certificate any more" },
	/* Back: compared with what it was before. */
	{ { 'W', "wV4" },
	  { '-', "enet-closed" },
	  { 'W', "wV4" },
	  "reachable",
	  "",
	  "",
	  false,
	  false,
	  "is back, with" },
	{ { 'W', "wV4" },
	  { '-', "enet-closed" },
	  { 'N', "eP1" },
	  "reachable leaf findings",
	  "error:P1",
	  "warning:V4",
	  false,
	  true,
	  "is back, and serves" },
	{ { '-', "enet-closed" },
	  { 'W', "" },
	  { 0 },
	  "reachable",
	  "",
	  "",
	  false,
	  false,
	  "answers now, with" },
	/* Interrupted before its turn: the next audit compares with the one before. */
	{ { 'W', "" }, { '?', "" }, { 'W', "" }, "no", "", "", false, false, "" },
	{ { 'W', "" }, { '?', "" }, { 'N', "" }, "leaf", "", "", false, false, "" },
	/* Nobody asked this time whether the bundle is served. */
	{ { 'W', "eserved-other" }, { 'W', "" }, { 0 }, "no", "", "", false, false, "" },
	{ { 'W', "eserved-other" },
	  { 'W', "eP1" },
	  { 0 },
	  "findings",
	  "error:P1",
	  "",
	  false,
	  true,
	  "" },
	{ { 'W', "eserved-other" },
	  { 'N', "" },
	  { 0 },
	  "leaf findings",
	  "",
	  "error:served-other",
	  false,
	  false,
	  "" },
};

START_TEST(test_audit_log_compares)
{
	const struct row *row = &rows[_i];
	struct audited audited;
	const struct audit_change *change;
	auto_free char *words = NULL;

	audited_open(&audited);
	look(&audited, &row->first, true);
	ck_assert_int_eq(audited.site.log->before, 0);
	ck_assert_ptr_null(audit_log_of(&audited.site, &audited.result, &audited.endpoint));
	look(&audited, &row->second, true);
	if (row->third.chain)
		look(&audited, &row->third, true);
	ck_assert_int_gt(audited.site.log->before, 0);
	change = audit_log_of(&audited.site, &audited.result, &audited.endpoint);
	words = changed_words(change->what);
	ck_assert_str_eq(words, row->words);
	ck_assert_str_eq(change->came, row->came);
	ck_assert_str_eq(change->went, row->went);
	ck_assert_int_eq(change->crossed, row->crossed);
	ck_assert_int_eq(change->worse, row->worse);
	ck_assert_msg(strstr(change->sentence, row->sentence), "%s", change->sentence);
	ck_assert_int_eq(!*change->sentence, !change->what);
	ck_assert_uint_eq(audited.site.log->changed, change->what != 0);
	ck_assert_int_eq(change->since, change->what ? audited.site.now : PKI_NOW + HOUR);
	look(&audited, row->third.chain ? &row->third : &row->second, false);
	ck_assert_uint_eq(audited.site.log->changed, 0);
	audited_close(&audited);
}
END_TEST

START_TEST(test_audit_log_lists_changes)
{
	const struct seen well = { 'W', "" }, silent = { '-', "enet-closed" };
	struct audited audited;
	const struct audit_change **changes;
	char other[] = "rp";
	size_t count;

	audited_open(&audited);
	look(&audited, &well, true);
	changes = audit_changes(&audited.site, &count);
	ck_assert(!changes && !count);
	look(&audited, &silent, true);
	changes = audit_changes(&audited.site, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert(changes[0]->what == CHANGED_UNREACHABLE && changes[0]->result == &audited.result);
	mem_free(changes);
	audited.device.name = other;
	look(&audited, &well, false);
	changes = audit_changes(&audited.site, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(changes[0]->what, CHANGED_NEW);
	ck_assert_str_eq(changes[0]->device, "rp");
	ck_assert_uint_eq(changes[1]->what, CHANGED_VANISHED);
	ck_assert_str_eq(changes[1]->device, "pbx");
	ck_assert(!changes[1]->result && changes[1]->worse);
	mem_free(changes);
	audited.request.limit = other; /* the other one was not chosen */
	look(&audited, &well, false);
	ck_assert_uint_eq(audited.site.log->changed, 1);
	audited_close(&audited);
}
END_TEST

static size_t warnings;

static void count_warning(enum log_level level, const char *line, void *arg)
{
	(void)arg;
	warnings += level == LOG_LEVEL_WARN && strstr(line, "not noted");
}

START_TEST(test_audit_log_does_without_a_state_folder)
{
	const struct seen well = { 'W', "" };
	struct audited audited;

	audited_open(&audited);
	log_set_sink(count_warning, NULL);
	warnings = 0;
	audited.request.state = "/dev/null/state";
	look(&audited, &well, true);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_uint_eq(audited.site.log->changed, 0);
	audited.site.inventory = NULL; /* a list of targets has no history */
	look(&audited, &well, true);
	ck_assert_ptr_null(audited.site.log);
	ck_assert_uint_eq(warnings, 1);
	log_set_sink(NULL, NULL);
	audited_close(&audited);
}
END_TEST

Suite *suite_audit_log(void)
{
	Suite *suite = suite_create("audit_log");
	TCase *tests = tcase_create("audit_log");

	tcase_add_loop_test(tests, test_audit_log_compares, 0, COUNT(rows));
	tcase_add_test(tests, test_audit_log_lists_changes);
	tcase_add_test(tests, test_audit_log_does_without_a_state_folder);
	suite_add_tcase(suite, tests);
	return suite;
}
