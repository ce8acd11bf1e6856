/*
 * A device that may answer anything, to every driver.  The input is a file of tests/drivers/replay:
 * its answers ("< 200", "< served ...", "< silence" and their bodies) are taken in their order, "@" is
 * the identity expected, "~" lets time pass; what it expects to be asked is not looked at.
 */
#include "certroll/doc.h"
#include "certroll/job.h"
#include "findings.h"
#include <string.h>

enum { STEPS = 400, BODY = 1 << 16 };

struct device_that {
	struct input input;
	char *body;
	char head[400];
	struct chains *pool;
	struct bundle *bundle, *others;
	bool echo; /* the input holds the key: a name in it may have to be said to the box again */
};

static struct device_that that;

/* A bundle of files of the tests' PKI. */
static struct bundle *make_bundle(struct chains *pool, const char *const *files)
{
	auto_findings findings = { 0 };
	auto_buf text = BUF_MAX(1 << 16);
	auto_secret all = { 0 };
	struct err err = { 0 };
	struct bundle *bundle;

	for (; *files; files++) {
		auto_free char *path = text_format("%s/%s", CERTROLL_TEST_PKI, *files);
		auto_secret part = { 0 };

		demand(secret_load(&part, path, 1 << 14, NULL, &err) == 0);
		demand(buf_add(&text, part.bytes, part.len) == 0);
	}
	secret_set(&all, buf_text(&text), strlen(buf_text(&text)));
	bundle = bundle_parse(&all, "bundle.pem", pool, &findings, &err);
	demand(bundle);
	return bundle;
}

/* Once for all inputs: it takes longer than a walk. */
static void open_once(void)
{
	static const char *const whole[] = { "leaf-both.pem", "issuing.pem", "policy.pem",
					     "root.pem",      "leaf.key",    NULL };
	static const char *const other[] = { "leaf.pem", "issuing.pem", NULL };
	struct err err = { 0 };

	if (that.bundle)
		return;
	that.body = mem_alloc(BODY + 1);
	that.pool = chains_new(anchors_load(NULL, false, &err), FUZZ_NOW);
	that.bundle = make_bundle(that.pool, whole);
	that.others = make_bundle(that.pool, other);
}

static bool starts(const uint8_t *line, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The lines up to the next mark. */
static void read_body(void)
{
	size_t used = 0;
	const uint8_t *line;
	size_t len;

	while (that.input.left && !(that.input.left > 1 && that.input.at[1] == ' ' &&
				    strchr("<>~=#", that.input.at[0]))) {
		input_line(&that.input, &line, &len);
		len = len < BODY - used ? len : BODY - used;
		memcpy(that.body + used, line, len);
		used += len;
		if (used < BODY)
			that.body[used++] = '\n';
	}
	that.body[used] = '\0';
}

/* The answer on this line; none left means that the box is gone. */
static struct reply read_reply(enum exchange_kind kind, int64_t *now)
{
	struct reply reply = { .kind = kind, .net = NET_CLOSED, .head = "", .body = "" };
	const uint8_t *line;
	size_t len;

	while (input_line(&that.input, &line, &len)) {
		if (starts(line, len, "~ "))
			*now += (int64_t)len * 1000;
		if (!starts(line, len, "< "))
			continue;
		line += 2, len -= 2;
		reply.net = NET_OK;
		if (starts(line, len, "drop"))
			reply.net = NET_RESET;
		else if (starts(line, len, "silence"))
			reply.net = NET_TIMEOUT;
		else if (starts(line, len, "problem"))
			strcpy(reply.detail, "a problem");
		else if (starts(line, len, "served"))
			reply.chain = len % 2 ? that.bundle->chain : that.others->file;
		reply.completed = reply.chain;
		for (size_t i = 0; i < len && i < 3 && line[i] >= '0' && line[i] <= '9'; i++)
			reply.status = reply.status * 10 + (line[i] - '0');
		snprintf(that.head, sizeof that.head, "HTTP/1.1 %.*s\r\n", (int)len, line);
		reply.head = that.head;
		read_body();
		reply.body = that.body;
		break;
	}
	return reply;
}

/* The start of the key, which is in no text for people, even where the box sends it back. */
static const char *key_line(void)
{
	static char line[41];

	if (!*line)
		memcpy(line, strchr(that.bundle->key_pem.bytes, '\n') + 1, sizeof line - 1);
	return line;
}

static void demand_no_key(const char *text)
{
	demand(!text || !strstr(text, key_line()));
}

static void demand_decent(const struct job *job, const struct exchange *out)
{
	if (!that.echo) {
		demand_no_key(out->path);
		demand_no_key(out->header);
		demand_no_key(out->text);
	}
	demand_no_key(job->err.text);
	demand_printable(job->err.text);
	demand_no_key(job->undo_err.text);
	demand_findings(&job->notes);
	for (size_t i = 0; i < job->notes.count; i++)
		demand_no_key(job->notes.items[i].sentence);
	for (size_t i = 0; i < FACT_COUNT; i++) {
		demand_printable(job->facts[i]);
		demand_no_key(job->facts[i]);
	}
	for (size_t i = 0; i < job->shown_count; i++)
		demand_no_key(job->shown[i]);
}

static void walk(struct job *job)
{
	struct exchange out = { 0 };
	struct reply reply, *last = NULL;
	enum job_want want;
	int64_t now = 1000;
	unsigned steps = 0;

	while ((want = job_advance(job, last, &out, now)) != JOB_ENDED && steps++ < STEPS) {
		last = NULL;
		demand(!(job->dry && job->changed));
		demand_decent(job, &out);
		if (want == JOB_WAKE) {
			demand(job->wake_ms > now);
			now = job->wake_ms;
			continue;
		}
		reply = read_reply(out.kind, &now);
		last = &reply;
	}
	demand_decent(job, &out);
}

/* A box that nobody knows does nothing without options. */
static const char GENERIC[] =
	"{auth: form, token: '<SID>*</SID>', look: {ok: in}, login: {path: /in, fields: "
	"['p={password}'], "
	"error: out}, upload: {page: '/up?s={token}', path: '/up?s={token}', fields: ['s={token}', "
	"'f@a={bundle}'], ok: stored, error: failed, status: [2xx, 302]}, logout: {path: /bye}}";

static void read_options(const struct driver *driver, void *options)
{
	struct schema_place place = { "fuzz", "options" };
	bool generic = strcmp(driver->name, "generic-upload") == 0;
	auto_findings findings = { 0 };
	struct doc *doc =
		generic ? doc_parse(GENERIC, sizeof GENERIC - 1, "fuzz", &findings) : NULL;

	schema_parse(doc ? &doc->root : NULL, driver->options, options, &place, &findings);
	demand(!findings.count);
	doc_free(doc);
}

static void try_driver(const struct driver *driver, const uint8_t *data, size_t size, bool dry)
{
	auto_free void *options = mem_alloc(driver->options_size);
	struct device device = {
		.driver = driver,
		.options = options,
		.password =
			(const struct secret_ref *)(const void *)&device, /* never looked into */
		.user = (char[]){ "admin" },
		.port = 443,
		.services = &(struct service){ "https", 443 },
		.service_count = 1,
	};
	struct job *job;

	that.input = (struct input){ data, size };
	if (driver->options)
		read_options(driver, options);
	job = job_new(&device, that.bundle);
	job->settle_ms = 20000;
	job->wall = FUZZ_NOW;
	job->dry = dry;
	job_queue(job, driver->identify, false);
	job_queue(job, driver->trust, false);
	job_queue(job, driver->install, false);
	job_queue_undo(job, driver->undo);
	job_queue(job, verify_proof, true);
	walk(job);
	job_free(job);
	if (driver->options)
		schema_free(driver->options, options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct driver *const *drivers;
	size_t count;

	open_once();
	that.echo = memmem(data, size, key_line(), strlen(key_line()));
	drivers = driver_list(&count);
	for (size_t i = 0; i < count; i++)
		try_driver(drivers[i], data, size, size % 8 == 0);
	return 0;
}
