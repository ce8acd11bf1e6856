#include "certroll/job.h"
#include "pki.h"

Suite *suite_job(void);

/*
 * A driver whose checks do what the reply says: the walks below are scripts of replies, and what is
 * expected is the names of the steps asked for, with "~" for a pause.
 */
struct options {
	char *path;
};

static enum verdict get(struct job *job, struct exchange *exchange)
{
	(void)job;
	return exchange_get(exchange, "/page");
}

static enum verdict skip(struct job *job, struct exchange *exchange)
{
	(void)job;
	(void)exchange;
	return STEP_SKIP;
}

static enum verdict refuse(struct job *job, struct exchange *exchange)
{
	(void)exchange;
	return step_fail(job, "cannot be built");
}

static enum verdict silent(struct job *job, struct exchange *exchange)
{
	(void)job;
	(void)exchange;
	return STEP_FAIL;
}

static enum verdict who(struct job *job, const struct reply *reply)
{
	if (reply->status == 200)
		job_fact(job, FACT_IDENTITY, reply->body);
	return STEP_OK;
}

static enum verdict obey(struct job *job, const struct reply *reply)
{
	if (strcmp(reply->body, "again") == 0)
		return STEP_AGAIN;
	if (strcmp(reply->body, "more") == 0)
		return STEP_MORE;
	if (strcmp(reply->body, "no") == 0)
		return step_fail(job, "it says no");
	return STEP_OK;
}

#define STEP(title, building, ...)                                                                 \
	{                                                                                          \
		.name = title, .build = building, .check = obey, __VA_ARGS__                       \
	}
#define PATIENT .every_ms = 1000, .within_ms = 3000

static const struct step identify[] = { STEP("info", get, 0), STEP("login", get, 0), { 0 } };
static const struct step change[] = { STEP("upload", get, .changes = true),
				      STEP("state", get, PATIENT),
				      { 0 } };
static const struct step tell[] = { STEP("tell", get, 0), { 0 } };
static const struct step extra[] = { STEP("extra", get, 0), { 0 } };
static const struct step drops[] = { STEP("reset", get, .changes = true, .may_drop = true),
				     STEP("boot", get, .may_drop = true, PATIENT),
				     { 0 } };
static const struct step skips[] = {
	STEP("skip", skip, 0), STEP("skip-too", skip, .changes = true), STEP("end", get, 0), { 0 }
};
static const struct step broken[] = { STEP("broken", refuse, .changes = true), { 0 } };
static const struct step mute[] = { STEP("mute", silent, 0), { 0 } };
static const struct step back[] = { STEP("back", get, .changes = true), { 0 } };
static const struct step needless[] = { STEP("needless", skip, .changes = true), { 0 } };
static const struct step lasts[] = { STEP("set", get, .changes = true),
				     STEP("save", get, .changes = true, .saves = true),
				     { 0 } };
static const struct step once[] = { { .name = "once", .build = get, .changes = true }, { 0 } };
static const struct step often[] = {
	{ .name = "often", .build = get, .changes = true, .repeats = true }, { 0 }
};
static const struct step unchecked[] = { { .name = "plain", .build = get }, { 0 } };
static const struct step open_one[] = { { .name = "who", .build = get, .check = who, .open = true },
					STEP("end", get, 0),
					{ 0 } };
static const struct step page[] = { { .name = "page", .path = offsetof(struct options, path) },
				    { 0 } };
static const struct step none[] = { { 0 } };

/* The letters of a walk's tables. */
static const struct {
	char letter;
	const struct step *steps;
	bool after_change, undo;
} tables[] = {
	{ .letter = 'I', .steps = identify },
	{ .letter = 'C', .steps = change },
	{ .letter = 'V', .steps = tell, .after_change = true },
	{ .letter = 'X', .steps = extra },
	{ .letter = 'D', .steps = drops },
	{ .letter = 'S', .steps = skips },
	{ .letter = 'B', .steps = broken },
	{ .letter = 'M', .steps = mute },
	{ .letter = 'U', .steps = unchecked },
	{ .letter = 'P', .steps = page },
	{ .letter = '0', .steps = none },
	{ .letter = 'N', .steps = NULL },
	{ .letter = 'Z', .steps = back, .undo = true },
	{ .letter = 'Y', .steps = needless, .undo = true },
	{ .letter = 'L', .steps = lasts },
	{ .letter = 'Q', .steps = once },
	{ .letter = 'R', .steps = often },
	{ .letter = 'O', .steps = open_one },
};

static const struct driver driver = { .name = "toy", .state_size = 8 };

static void queue(struct job *job, const char *letters)
{
	for (; *letters; letters++)
		for (size_t i = 0; i < COUNT(tables); i++)
			if (tables[i].letter == *letters && tables[i].undo)
				job_queue_undo(job, tables[i].steps);
			else if (tables[i].letter == *letters)
				job_queue(job, tables[i].steps, tables[i].after_change);
}

/* A word of a script as a reply: a verdict for obey(), a status, or what the network did. */
static struct reply reply_of(struct job *job, const char *word)
{
	static const struct {
		const char *word;
		enum net net;
	} nets[] = { { "cut", NET_RESET },           { "timeout", NET_TIMEOUT },
		     { "untrusted", NET_UNTRUSTED }, { "stopped", NET_STOPPED },
		     { "closed", NET_CLOSED },       { "too-much", NET_LIMIT } };
	struct reply reply = { .body = word, .head = "", .status = 200 };

	for (size_t i = 0; i < COUNT(nets); i++)
		if (strcmp(word, nets[i].word) == 0)
			reply = (struct reply){ .net = nets[i].net,
						.detail = "the network's reason" };
	if (atoi(word))
		reply.status = atoi(word);
	if (strcmp(word, "ctrl-c") == 0)
		job->stopped = true;
	return reply;
}

/* Walk to the end; the names of the steps as they were asked for.  Owned. */
static char *walk(struct job *job, const char *script)
{
	auto_buf trace = BUF_MAX(4096);
	struct exchange out;
	struct reply reply, *last = NULL;
	char word[64];
	int64_t now = 5000;

	for (;;) {
		enum job_want want = job_advance(job, last, &out, now);

		last = NULL;
		if (want == JOB_ENDED)
			break;
		if (want == JOB_WAKE) {
			ck_assert_int_gt(job->wake_ms, now);
			ck_assert_int_eq(job_advance(job, NULL, &out, job->wake_ms - 1), JOB_WAKE);
			ck_assert_int_eq(buf_add(&trace, " ~", 2), 0);
			now = job->wake_ms;
			continue;
		}
		ck_assert_int_eq(buf_addf(&trace, " %s", job_step(job)), 0);
		ck_assert_msg(pki_word(&script, word), "no reply left:%s", buf_text(&trace));
		reply = reply_of(job, word);
		last = &reply;
	}
	ck_assert_msg(!pki_word(&script, word), "not asked for '%s':%s", word, buf_text(&trace));
	ck_assert_str_eq(job_step(job), "");
	return text_copy(trace.len ? trace.data + 1 : "");
}

static const struct {
	const char *tables, *script, *trace;
	const char *error; /* "": none */
	enum err_code code;
	bool changed;
} walks[] = {
	/* the order of steps */
	{ "", "", "", "", ERR_NONE, false },
	{ "0N", "", "", "", ERR_NONE, false },
	{ "I", "ok ok", "info login", "", ERR_NONE, false },
	{ "I0CNV", "ok ok ok ok ok", "info login upload state tell", "", ERR_NONE, true },
	{ "S", "ok", "end", "", ERR_NONE, false },
	{ "U", "204", "plain", "", ERR_NONE, false },
	{ "U", "302", "plain", "plain: the box answers HTTP 302", ERR_DEVICE, false },
	{ "P", "ok", "page", "", ERR_NONE, false },
	/* AGAIN and MORE */
	{ "C", "ok again ok", "upload state ~ state", "", ERR_NONE, true },
	{ "C", "ok again again again ok", "upload state ~ state ~ state ~ state", "", ERR_NONE,
	  true },
	{ "CX", "ok again again again again", "upload state ~ state ~ state ~ state",
	  "state: not done within 3 seconds", ERR_DEVICE, true },
	{ "I", "more more ok ok", "info info info login", "", ERR_NONE, false },
	/* failing */
	{ "ICV", "no", "info", "info: it says no", ERR_DEVICE, false },
	{ "ICV", "ok no", "info login", "login: it says no", ERR_DEVICE, false },
	{ "ICVX", "ok ok no ok", "info login upload tell", "upload: it says no", ERR_DEVICE, true },
	{ "ICXV", "ok ok ok no ok", "info login upload state tell", "state: it says no", ERR_DEVICE,
	  true },
	{ "CV", "no no", "upload tell", "upload: it says no", ERR_DEVICE, true },
	{ "CVXV", "no ok ok", "upload tell tell", "upload: it says no", ERR_DEVICE, true },
	{ "BV", "", "", "broken: cannot be built", ERR_DEVICE, false },
	{ "CBXV", "ok ok ok", "upload state tell", "broken: cannot be built", ERR_DEVICE, true },
	{ "MX", "", "", "mute: failed, the driver does not say why", ERR_DEVICE, false },
	/* 401: once, never again */
	{ "ICV", "ok 401", "info login",
	  "login: the box refuses user 'admin' with this password (HTTP 401); certroll does not "
	  "try "
	  "again, so that nothing is locked",
	  ERR_DEVICE, false },
	{ "D", "ok 401", "reset boot",
	  "boot: the box refuses user 'admin' with this password (HTTP 401); certroll does not try "
	  "again, so that nothing is locked",
	  ERR_DEVICE, true },
	/* the network */
	{ "ICV", "timeout", "info", "info: the network's reason", ERR_NET, false },
	{ "CV", "cut ok", "upload tell", "upload: the network's reason", ERR_NET, true },
	{ "I", "stopped", "info", "info: the network's reason", ERR_INTERRUPT, false },
	{ "DX", "cut cut timeout ok ok", "reset boot ~ boot ~ boot extra", "", ERR_NONE, true },
	{ "DV", "cut closed closed closed closed ok", "reset boot ~ boot ~ boot ~ boot tell",
	  "boot: not done within 3 seconds", ERR_DEVICE, true },
	{ "DV", "untrusted ok", "reset tell", "reset: the network's reason", ERR_NET, true },
	{ "DV", "ok untrusted ok", "reset boot tell", "boot: the network's reason", ERR_NET, true },
	/* busy: what reads is asked again, what changes only where it may be */
	{ "I", "503 429 ok ok", "info ~ info ~ info login", "", ERR_NONE, false },
	{ "R", "503 200", "often ~ often", "", ERR_NONE, true },
	{ "QX", "503", "once", "once: the box answers HTTP 503", ERR_DEVICE, true },
	{ "U", "503 503 503 503 503 503 503",
	  "plain ~ plain ~ plain ~ plain ~ plain ~ plain ~ plain",
	  "plain: the box is busy (HTTP 503) and wants 16 seconds; certroll asks for at most 60",
	  ERR_DEVICE, false },
	/* taking back: only what was begun and failed */
	{ "CZV", "ok ok ok", "upload state tell", "", ERR_NONE, true },
	{ "CZV", "no ok ok", "upload back tell", "upload: it says no", ERR_DEVICE, true },
	{ "CZV", "no no ok", "upload back tell", "upload: it says no", ERR_DEVICE, true },
	{ "IZV", "no", "info", "info: it says no", ERR_DEVICE, false },
	{ "DV", "too-much ok", "reset tell", "reset: the network's reason", ERR_NET, true },
	{ "DV", "ok too-much ok", "reset boot tell", "boot: the network's reason", ERR_NET, true },
	/* a box that calls itself something else, and one asked without credentials */
	{ "OX", "box-a ok ok", "who end extra", "", ERR_NONE, false },
	{ "OOX", "box-a ok box-a ok ok", "who end who end extra", "", ERR_NONE, false },
	{ "OOXV", "box-a ok box-b", "who end who",
	  "who: it calls itself 'box-b', but 'box-a' is known at this address: another box; "
	  "nothing more was sent. If it was exchanged: certroll pin --replace toy",
	  ERR_DEVICE, false },
	{ "OCOXV", "box-a ok ok ok box-b ok", "who end upload state who tell",
	  "who: it calls itself 'box-b', but 'box-a' is known at this address: another box; "
	  "nothing more was sent. If it was exchanged: certroll pin --replace toy",
	  ERR_DEVICE, true },
	{ "OX", "401 ok ok", "who end extra", "", ERR_NONE, false },
	{ "O", "timeout", "who", "who: the network's reason", ERR_NET, false },
	/* ctrl-C */
	{ "ICV", "ctrl-c", "info", "stopped before 'login'", ERR_INTERRUPT, false },
	{ "ICV", "ok ok ctrl-c ok ok", "info login upload state tell", "", ERR_NONE, true },
};

START_TEST(walks_through)
{
	char user[] = "admin", path[] = "/page", name[] = "toy";
	struct options options = { path };
	struct device device = {
		.name = name, .driver = &driver, .user = user, .options = &options
	};
	struct job *job = job_new(&device, NULL);

	queue(job, walks[_i].tables);
	{
		auto_free char *trace = walk(job, walks[_i].script);

		ck_assert_str_eq(trace, walks[_i].trace);
	}
	ck_assert_str_eq(job->err.text, walks[_i].error);
	ck_assert_int_eq(job->err.code, walks[_i].code);
	ck_assert(job->changed == walks[_i].changed);
	job_free(job);
}
END_TEST

static const struct {
	const char *expected, *told;
	bool stranger;
} strangers[] = {
	{ NULL, "a", false }, { NULL, "", false }, { "a", "a", false }, { "a", "b", true },
	{ "a", "A", true },   { "a", "", true },   { "a", "a ", true },
};

START_TEST(knows_strangers)
{
	char user[] = "admin", name[] = "toy";
	struct device device = { .name = name, .driver = &driver, .user = user };
	struct job *job = job_new(&device, NULL);

	job_expect(job, strangers[_i].expected);
	job_fact(job, FACT_IDENTITY, strangers[_i].told);
	ck_assert(job->stranger == strangers[_i].stranger);
	ck_assert((job->err.code != ERR_NONE) == strangers[_i].stranger);
	job_fact(job, FACT_NAME, "something else"); /* other facts may be anything */
	ck_assert(job->stranger == strangers[_i].stranger);
	job_free(job);
}
END_TEST

/* A device and a job of its own for the tests below. */
struct toy {
	char user[8], path[8];
	struct options options;
	struct device device;
	struct job *job;
};

static void toy_open(struct toy *toy)
{
	*toy = (struct toy){ .user = "admin", .path = "/page" };
	toy->options.path = toy->path;
	toy->device =
		(struct device){ .driver = &driver, .user = toy->user, .options = &toy->options };
	toy->job = job_new(&toy->device, NULL);
}

static void toy_close(struct toy *toy)
{
	job_free(toy->job);
}

#define auto_toy __attribute__((cleanup(toy_close))) struct toy

static void expect_walk(struct toy *toy, const char *letters, const char *script, const char *trace)
{
	auto_free char *walked = NULL;

	queue(toy->job, letters);
	walked = walk(toy->job, script);
	ck_assert_str_eq(walked, trace);
}

START_TEST(a_dry_run_builds_no_change)
{
	auto_toy toy;

	toy_open(&toy);
	toy.job->dry = true;
	expect_walk(&toy, "ICV", "ok ok", "info login");
	ck_assert_str_eq(toy.job->err.text,
			 "upload: would change the device, which this run must not");
	ck_assert(!toy.job->changed);
}
END_TEST

START_TEST(stopped_at_once)
{
	auto_toy toy;

	toy_open(&toy);
	toy.job->stopped = true;
	expect_walk(&toy, "ICV", "", "");
	ck_assert_int_eq(toy.job->err.code, ERR_INTERRUPT);
}
END_TEST

START_TEST(empty_paths_are_refused)
{
	auto_toy toy;

	toy_open(&toy);
	toy.path[0] = '\0';
	expect_walk(&toy, "PX", "", "");
	ck_assert_str_eq(toy.job->err.text, "page: the path is empty or too long");
}
END_TEST

START_TEST(restart_keeps_what_was_learnt)
{
	auto_toy toy;

	toy_open(&toy);
	expect_walk(&toy, "I", "timeout", "info");
	job_fact(toy.job, FACT_NAME, "box");
	ck_assert_int_eq(toy.job->net, NET_TIMEOUT);
	job_restart(toy.job);
	ck_assert_int_eq(toy.job->err.code, ERR_NONE);
	ck_assert_int_eq(toy.job->net, NET_OK);
	expect_walk(&toy, "I", "ok ok", "info login");
	ck_assert_str_eq(job_known(toy.job, FACT_NAME), "box");
	ck_assert(toy.job->contacted);
}
END_TEST

static const struct {
	const char *tables, *script;
	enum undo undo;
	const char *error; /* of taking back */
} undone[] = {
	{ "CZV", "ok ok ok", UNDO_NONE, "" },
	{ "CZV", "no ok ok", UNDO_DONE, "" },
	{ "CZV", "no no ok", UNDO_FAILED, "back: it says no" },
	{ "CZV", "cut cut ok", UNDO_FAILED, "back: the network's reason" },
	{ "CV", "no ok", UNDO_NONE, "" },
	{ "CYV", "no ok", UNDO_NEEDLESS, "" },
};

START_TEST(what_was_taken_back)
{
	auto_toy toy;
	auto_free char *trace = NULL;

	toy_open(&toy);
	queue(toy.job, undone[_i].tables);
	trace = walk(toy.job, undone[_i].script);
	ck_assert_int_eq(toy.job->undo, undone[_i].undo);
	ck_assert_str_eq(toy.job->undo_err.text, undone[_i].error);
	job_restart(toy.job);
	ck_assert_int_eq(toy.job->undo, UNDO_NONE);
	ck_assert(!toy.job->changed);
}
END_TEST

/* A step that only saves: what is in effect stays proved, and what does not last is said once. */
static const struct {
	const char *tables, *script, *trace;
	const char *said; /* NULL: nothing */
} saved[] = {
	{ "LZV", "ok ok ok", "set save tell", NULL },
	{ "LZV", "ok no ok", "set save tell", "save: it says no" },
	{ "LZV", "ok cut ok", "set save tell", "save: the network's reason" },
	{ "LLZV", "ok no ok no ok", "set save set save tell", "save: it says no" },
};

START_TEST(what_was_not_saved)
{
	auto_toy toy;
	const struct finding *note;

	toy_open(&toy);
	expect_walk(&toy, saved[_i].tables, saved[_i].script, saved[_i].trace);
	ck_assert_int_eq(toy.job->err.code, ERR_NONE);
	ck_assert_int_eq(toy.job->net, NET_OK);
	ck_assert_uint_eq(toy.job->notes.count, saved[_i].said ? 1 : 0);
	note = findings_find(&toy.job->notes, "unsaved");
	if (!saved[_i].said)
		return;
	ck_assert_int_eq(note->severity, SEVERITY_ERROR);
	ck_assert_ptr_nonnull(strstr(note->sentence, saved[_i].said));
}
END_TEST

/* Who stops a run, or is not the box, is not forgiven; and before a change it is somebody else's. */
START_TEST(what_is_no_matter_of_saving)
{
	auto_toy toy;

	toy_open(&toy);
	job_unsaved(toy.job, "so it says");
	ck_assert_int_eq(toy.job->notes.items[0].severity, SEVERITY_WARNING);
	expect_walk(&toy, "LV", "ok stopped ok", "set save tell");
	ck_assert_int_eq(toy.job->err.code, ERR_INTERRUPT);
	ck_assert_uint_eq(toy.job->notes.count, 1);
}
END_TEST

/* The box's Retry-After against the 60 seconds of a step without a deadline. */
static const struct {
	const char *head;
	int64_t pause_ms; /* -1: it fails */
} pauses[] = {
	{ "", 1000 },
	{ "Retry-After: 7\r\n", 7000 },
	{ "retry-after:0\r\n", 1000 }, /* no hammering */
	{ "Retry-After: 60\r\n", 60000 },
	{ "Retry-After: 61\r\n", -1 },
	{ "Retry-After: 99999999999999\r\n", 1000 },
	{ "Retry-After: Sun, 22 Nov 2026 12:00:00 GMT\r\n", 1000 },
};

START_TEST(waits_as_long_as_the_box_asks)
{
	auto_toy toy;
	struct exchange out;
	struct reply reply = { .body = "ok", .head = pauses[_i].head, .status = 503 };
	enum job_want want;

	toy_open(&toy);
	queue(toy.job, "I");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 1000), JOB_SEND);
	want = job_advance(toy.job, &reply, &out, 1000);
	ck_assert_int_eq(want, pauses[_i].pause_ms < 0 ? JOB_ENDED : JOB_WAKE);
	if (want == JOB_WAKE)
		ck_assert_int_eq(toy.job->wake_ms, 1000 + pauses[_i].pause_ms);
}
END_TEST

START_TEST(no_more_tables_than_fit)
{
	auto_toy toy;

	toy_open(&toy);
	expect_walk(&toy, "XXXXXXXXXXXX", "ok ok ok ok ok ok ok ok",
		    "extra extra extra extra extra extra extra extra");
}
END_TEST

START_TEST(facts_and_certificates_shown)
{
	auto_toy toy;
	char longer[300];

	toy_open(&toy);
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	ck_assert_ptr_null(job_known(toy.job, FACT_FIRMWARE));
	job_fact(toy.job, FACT_FIRMWARE, "16r1\x1b[2J");
	ck_assert_str_eq(job_known(toy.job, FACT_FIRMWARE), "16r1?[2J");
	job_fact(toy.job, FACT_FIRMWARE, longer);
	ck_assert_uint_le(strlen(job_known(toy.job, FACT_FIRMWARE)), 123);
	job_fact(toy.job, FACT_FIRMWARE, NULL);
	ck_assert_ptr_null(job_known(toy.job, FACT_FIRMWARE));
	for (int i = 0; i < 2 * JOB_MAX_SHOWN; i++)
		job_shown(toy.job, i ? "*.example.com" : NULL);
	ck_assert_uint_eq(toy.job->shown_count, JOB_MAX_SHOWN);
	ck_assert_str_eq(toy.job->shown[0], "");
	job_shown_clear(toy.job);
	ck_assert_uint_eq(toy.job->shown_count, 0);
}
END_TEST

/* What was told in confidence is not repeated; what certroll says itself, and who a box is, stays. */
START_TEST(quotes_without_the_password)
{
	auto_secret password = { 0 };
	auto_free char *quote = NULL, *cut = NULL;
	auto_toy toy;

	secret_set(&password, "Hunter2", 7);
	toy_open(&toy);
	toy.job->password = &password;
	quote = job_quote(toy.job, "Hunter2\nis no hunter2; Hunter2Hunter2", 99);
	ck_assert_ptr_nonnull(strstr(quote, "is no hunter2; **************"));
	ck_assert_ptr_null(strstr(quote, "Hunter2"));
	cut = job_quote(toy.job, "xxxxxxxx Hunter2", 13); /* hidden first, cut then */
	ck_assert_ptr_null(strstr(cut, "Hunt"));
	job_fact(toy.job, FACT_FIRMWARE, "13r3 for Hunter2");
	ck_assert_str_eq(toy.job->facts[FACT_FIRMWARE], "13r3 for *******");
	job_fact(toy.job, FACT_IDENTITY, "Hunter2");
	ck_assert_str_eq(toy.job->facts[FACT_IDENTITY], "Hunter2");
	ck_assert(!toy.job->stranger);
	job_note(toy.job, SEVERITY_WARNING, "his %s", "Hunter2");
	ck_assert_str_eq(toy.job->notes.items[0].sentence, "his Hunter2");
}
END_TEST

START_TEST(notes)
{
	auto_toy toy;

	toy_open(&toy);
	job_note(toy.job, SEVERITY_WARNING, "%s and %d", "one", 2);
	ck_assert_uint_eq(toy.job->notes.count, 1);
	ck_assert_str_eq(toy.job->notes.items[0].id, "device");
	ck_assert_str_eq(toy.job->notes.items[0].sentence, "one and 2");
}
END_TEST

START_TEST(clock_skew)
{
	auto_toy toy;
	struct exchange out;
	struct reply reply = { .body = "ok", .status = 200 };

	toy_open(&toy);
	toy.job->wall = PKI_NOW;
	queue(toy.job, "I");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 1), JOB_SEND);
	ck_assert_int_eq(job_advance(toy.job, &reply, &out, 2), JOB_SEND);
	ck_assert(!toy.job->clock_known);
	reply.date = PKI_NOW - 90;
	ck_assert_int_eq(job_advance(toy.job, &reply, &out, 3), JOB_ENDED);
	ck_assert(toy.job->clock_known);
	ck_assert_int_eq(toy.job->clock_skew, -90);
}
END_TEST

/* Noon, and windows in minutes of the day. */
static const struct {
	bool before, changed, after;
	int mode; /* enum reset_mode */
	struct window window;
	bool may;
} resets[] = {
	{ false, true, true, RESET_NOW, { 0 }, true },
	{ false, true, true, RESET_NEVER, { 0 }, false },
	{ false, true, true, RESET_WINDOW, { 0 }, false }, /* without a window: not */
	{ false, true, false, RESET_NOW, { 0 }, false },   /* none wanted */
	{ false, false, true, RESET_NOW, { 0 }, false },   /* not because of us */
	{ true, true, true, RESET_NOW, { 0 }, false },     /* somebody else's too */
	{ true, true, true, RESET_WINDOW, { 0, 0, true }, false },
	{ false, true, true, RESET_WINDOW, { 0, 0, true }, true }, /* the whole day */
	{ false, true, true, RESET_WINDOW, { 720, 721, true }, true },
	{ false, true, true, RESET_WINDOW, { 660, 720, true }, false },
	{ false, true, true, RESET_WINDOW, { 721, 800, true }, false },
	{ false, true, true, RESET_WINDOW, { 1320, 721, true }, true }, /* over midnight */
	{ false, true, true, RESET_WINDOW, { 1320, 720, true }, false },
	{ false, true, true, RESET_WINDOW, { 720, 300, true }, true },
	{ false, true, true, RESET_NEVER, { 0, 0, true }, false },
};

START_TEST(reset_policy)
{
	auto_toy toy;

	toy_open(&toy);
	setenv("TZ", "UTC", 1);
	toy.job->wall = PKI_NOW;
	toy.device.window = resets[_i].window;
	job_reset_pending(toy.job, resets[_i].before);
	toy.job->changed = resets[_i].changed;
	job_reset_pending(toy.job, resets[_i].after);
	ck_assert(job_may_reset(toy.job, resets[_i].mode) == resets[_i].may);
	ck_assert(job_needs_reset(toy.job) == (resets[_i].changed && resets[_i].after));
}
END_TEST

static const struct {
	int status;
	const char *body, *error;
	const char *sentence; /* "": accepted */
} answers[] = {
	{ 200, "<a>done</a>", "failed", "" },
	{ 200, "<a>done</a>", NULL, "" },
	{ 200, "<a>failed</a>", "failed", "upload: the box refuses" },
	{ 200, "<a error='why\x7f'>failed done</a>", "failed", "upload: the box refuses: 'why?'" },
	{ 200, "<a>hm</a>", "failed",
	  "upload: an unexpected answer (HTTP 200); does the page of this "
	  "firmware differ from the driver's options?" },
	{ 500, "<a>done</a>", "failed",
	  "upload: an unexpected answer (HTTP 500); does the page of "
	  "this firmware differ from the driver's options?" },
};

START_TEST(accepts_answers)
{
	auto_toy toy;
	struct exchange out;
	struct reply reply = { .body = answers[_i].body, .status = answers[_i].status };
	enum verdict verdict;

	toy_open(&toy);
	queue(toy.job, "C");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 1), JOB_SEND);
	verdict = step_accept(toy.job, &reply, "done", answers[_i].error);
	ck_assert_int_eq(verdict, *answers[_i].sentence ? STEP_FAIL : STEP_OK);
	ck_assert_str_eq(toy.job->err.text, answers[_i].sentence);
}
END_TEST

/* What could not be noted is not sent: the device counts as unchanged, and nothing is proved. */
START_TEST(withheld_changes_nothing)
{
	auto_toy toy;
	struct exchange out;

	toy_open(&toy);
	queue(toy.job, "CXV");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 1), JOB_SEND);
	ck_assert(toy.job->changing);
	job_withhold(toy.job, "the disk is full");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 2), JOB_ENDED);
	ck_assert(!toy.job->changed);
	ck_assert(!toy.job->changing);
	ck_assert_int_eq(toy.job->err.code, ERR_IO);
	ck_assert_str_eq(toy.job->err.text, "upload: not sent: the disk is full");
}
END_TEST

/* With a change before it, the proof still tells how the device ended up. */
START_TEST(withheld_after_a_change_is_proved)
{
	auto_toy toy;
	struct exchange out;
	struct reply ok = { .body = "ok", .head = "", .status = 200 };

	toy_open(&toy);
	queue(toy.job, "DCV");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 1), JOB_SEND);
	ck_assert_int_eq(job_advance(toy.job, &ok, &out, 2), JOB_SEND);
	ck_assert_str_eq(job_step(toy.job), "boot");
	ck_assert(!toy.job->changing);
	ck_assert_int_eq(job_advance(toy.job, &ok, &out, 3), JOB_SEND);
	ck_assert_str_eq(job_step(toy.job), "upload");
	job_withhold(toy.job, "the disk is full");
	ck_assert_int_eq(job_advance(toy.job, NULL, &out, 4), JOB_SEND);
	ck_assert_str_eq(job_step(toy.job), "tell");
	ck_assert(toy.job->changed);
}
END_TEST

Suite *suite_job(void)
{
	Suite *suite = suite_create("job");
	TCase *tcase = tcase_create("job");

	tcase_add_loop_test(tcase, knows_strangers, 0, (int)COUNT(strangers));
	tcase_add_loop_test(tcase, walks_through, 0, (int)COUNT(walks));
	tcase_add_test(tcase, a_dry_run_builds_no_change);
	tcase_add_test(tcase, stopped_at_once);
	tcase_add_test(tcase, empty_paths_are_refused);
	tcase_add_test(tcase, restart_keeps_what_was_learnt);
	tcase_add_loop_test(tcase, what_was_taken_back, 0, (int)COUNT(undone));
	tcase_add_loop_test(tcase, what_was_not_saved, 0, (int)COUNT(saved));
	tcase_add_test(tcase, what_is_no_matter_of_saving);
	tcase_add_loop_test(tcase, waits_as_long_as_the_box_asks, 0, (int)COUNT(pauses));
	tcase_add_test(tcase, no_more_tables_than_fit);
	tcase_add_test(tcase, facts_and_certificates_shown);
	tcase_add_test(tcase, notes);
	tcase_add_test(tcase, quotes_without_the_password);
	tcase_add_test(tcase, clock_skew);
	tcase_add_loop_test(tcase, reset_policy, 0, (int)COUNT(resets));
	tcase_add_test(tcase, withheld_changes_nothing);
	tcase_add_test(tcase, withheld_after_a_change_is_proved);
	tcase_add_loop_test(tcase, accepts_answers, 0, (int)COUNT(answers));
	suite_add_tcase(suite, tcase);
	return suite;
}
