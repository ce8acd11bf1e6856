/*
 * Drivers without sockets: the job walks a driver's tables, and the files replay/DRIVER-CASE.txt
 * say what it asks for and what the device answers.  A line is, by its first two characters (the
 * second is a blank):
 *
 *	#  a comment
 *	:  the device's options, as in the inventory: {trust: {mode: none}}
 *	!  clear: walk the table clear and prove the factory certificate (else: an installation)
 *	@  the identity by which the box is known
 *	>  what the job asks for next: GET PATH, OPEN PATH (GET without credentials), POST PATH FIELD
 *	   FILENAME FORM (or TYPE FORM, or multipart, urlencoded, json, raw and the pattern; or a JSON
 *	   object, and behind a plus the member that becomes the password; a text field before the file
 *	   stands behind it as NAME=VALUE), "as basic" and so on where it logs on in one way only, "anew"
 *	   without cookies, TLS PORT, SAY PATH MESSAGE TEXT-OF-PROOF, LISTEN MILLISECONDS,
 *	   ASK COMMAND FORM, WRITE or LOOK PATH=FORM ... and the command; then "at PLACE" and
 *	   "[HEADER]" where there are such; ROOT is the root's fingerprint, SERIAL the leaf's serial
 *	   number
 *	<  the answer: a status, perhaps with a header or the realm of a challenge, "drop" (the
 *	   connection is lost), "silence", "closed" (nobody listens), "served CERTIFICATES" or "problem TEXT" (of files); what
 *	   follows up to the next mark is the body, a backslash at the start of a line is not part of it
 *	~  the job pauses this many milliseconds
 *	=  how it ends: ok, served (no error, but another certificate is served), unseen (none is), closed
 *	   (a port that may be), error TEXT, undone, not-undone TEXT, nothing-to-undo, reset (the box wants
 *	   one from us), firmware TEXT, name TEXT, shown NUMBER (of certificates), noted SEVERITY ID TEXT
 */
#include "certroll/doc.h"
#include "certroll/job.h"
#include "pki.h"
#include <ctype.h>
#include <glob.h>

extern const struct driver driver_template;

/* The registry and the pattern of drivers, which is in no inventory. */
static const struct driver *driver_at(size_t index)
{
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	return index < count ? drivers[index] : index == count ? &driver_template : NULL;
}

static glob_t files;

struct replay {
	char *text, *line, *rest; /* the file, the line at and what follows */
	char *body, head[200];
	struct pki pki;
	struct bundle *bundle;
	char user[8], name[4], host[8];
	struct device device;
	struct job *job;
	int64_t now;
	const char *file;
};

static bool is_mark(const char *line, const char *marks)
{
	return *line && strchr(marks, *line) && line[1] == ' ';
}

/* The next line that is no comment, or NULL.  The file's text is cut up. */
static char *next_line(struct replay *replay)
{
	do {
		replay->line = replay->rest;
		if (!replay->line || !*replay->line)
			return replay->line = NULL;
		replay->rest = strchr(replay->line, '\n');
		if (replay->rest)
			*replay->rest++ = '\0';
	} while (*replay->line == '#' || !*replay->line);
	return replay->line;
}

static const struct driver *driver_of_file(const char *file)
{
	const char *name = strrchr(file, '/') + 1;
	const struct driver *driver, *best = NULL;

	for (size_t i = 0; (driver = driver_at(i)); i++)
		if (text_starts(name, driver->name) && name[strlen(driver->name)] == '-' &&
		    (!best || strlen(driver->name) > strlen(best->name)))
			best = driver;
	if (best)
		return best;
	ck_abort_msg("%s: its name must start with that of a driver", file);
	return NULL;
}

/* The options of a driver, from text as in the inventory; "" for the defaults.  Owned. */
static void *options_of(const struct driver *driver, const char *text)
{
	auto_findings findings = { 0 };
	struct schema_place place = { "replay", "options" };
	struct doc *doc = *text ? doc_parse(text, strlen(text), "replay", &findings) : NULL;
	void *options = mem_alloc(driver->options_size);

	if (driver->options)
		schema_parse(doc ? &doc->root : NULL, driver->options, options, &place, &findings);
	ck_assert_msg(!findings.count, "%s: %s", text,
		      findings.count ? findings.items[0].sentence : "");
	doc_free(doc);
	return options;
}

static void replay_open(struct replay *replay, const char *file)
{
	auto_findings findings = { 0 };
	struct err err = { 0 };
	auto_secret text = { 0 };
	static struct service https = { "https", 443 };

	*replay = (struct replay){
		.file = file, .now = 1000, .user = "admin", .name = "box", .host = "device"
	};
	ck_assert_msg(!secret_load(&text, file, 1 << 16, NULL, &err), "%s", err.text);
	replay->rest = replay->text = mem_copy(text.bytes, text.len);
	replay->pki = pki_open("root");
	replay->bundle =
		pki_bundle(&replay->pki, "leaf-both issuing policy root leaf.key", &findings);
	replay->device = (struct device){
		.driver = driver_of_file(file),
		.password = (const struct secret_ref *)(const void *)replay, /* never looked into */
		.user = replay->user,
		.name = replay->name,
		.host = replay->host,
		.port = 443,
		.services = &https,
		.service_count = 1,
	};
}

static void replay_close(struct replay *replay)
{
	job_free(replay->job);
	if (replay->device.options)
		schema_free(replay->device.driver->options, replay->device.options);
	mem_free(replay->device.options);
	bundle_free(replay->bundle);
	pki_close(&replay->pki);
	mem_free(replay->body);
	mem_free(replay->text);
}

#define auto_replay __attribute__((cleanup(replay_close))) struct replay

/* Options and kind of walk, up to the first exchange. */
static void start(struct replay *replay)
{
	const struct driver *driver = replay->device.driver;
	const char *options = "", *identity = NULL;
	bool clear = false;

	while (next_line(replay) && is_mark(replay->line, ":!@")) {
		if (*replay->line == '@')
			identity = replay->line + 2;
		else if (*replay->line == ':')
			options = replay->line + 2;
		else
			clear = strcmp(replay->line, "! clear") == 0;
	}
	replay->device.options = options_of(driver, options);
	replay->job = job_new(&replay->device, clear ? NULL : replay->bundle);
	job_expect(replay->job, identity);
	replay->job->settle_ms = 0;
	replay->job->wall = PKI_NOW;
	job_queue(replay->job, driver->identify, false);
	if (!clear)
		job_queue(replay->job, driver->trust, false);
	job_queue(replay->job, clear ? driver->clear : driver->install, false);
	if (!clear)
		job_queue_undo(replay->job, driver->undo);
	job_queue(replay->job, clear ? verify_factory : verify_proof, true);
}

/* Which form of the bundle is sent. */
static const char *form_of(const struct replay *replay, struct bytes body)
{
	static const char *const forms[] = { "chain-key", "chain",   "root", "file",
					     "leaf",      "issuers", "key",  "intermediates" };

	for (size_t i = 0; i < COUNT(forms); i++)
		if (body.len && body.data == bundle_bytes(replay->bundle, (enum bundle_form)i).data)
			return forms[i];
	return "?";
}

/* The root's fingerprint differs with every build folder: the files say ROOT.  Owned. */
static char *path_of(const struct replay *replay, const char *path)
{
	const struct cert *root = bundle_root(replay->bundle);
	char hex[2 * CERT_HASH + 1];
	const char *at;

	text_hex(root->sha256, CERT_HASH, hex);
	at = strstr(path, hex);
	if (!at)
		return text_copy(path);
	return text_format("%.*sROOT%s", (int)(at - path), path, at + strlen(hex));
}

/* Files and command, as in "WRITE /a=chain /b=key: /bin/x -r".  Owned. */
static char *describe_files(const struct replay *replay, const struct exchange *out)
{
	auto_buf text = BUF_MAX(4096);
	const struct text_list *command = out->command;
	int full = buf_addf(&text, out->look ? "> LOOK" : "> WRITE");

	for (size_t i = 0; i < out->file_count; i++)
		full |= buf_addf(&text, " %s=%s", out->files[i].path,
				 form_of(replay, out->files[i].body));
	for (size_t i = 0; command && i < command->count; i++)
		full |= buf_addf(&text, "%s %s", i ? "" : ":", command->items[i]);
	ck_assert(!full);
	return text_copy(buf_text(&text));
}

/* A form as it stands in the options: what is filled in is not seen here.  Owned. */
static char *describe_form(const struct exchange_form *form)
{
	static const char *const kinds[] = { "", "multipart", "urlencoded", "json", "raw" };
	bool listed = form->kind == FORM_MULTIPART || form->kind == FORM_URLENCODED;
	auto_buf text = BUF_MAX(8192);
	int full = buf_addf(&text, "%s", kinds[form->kind]);

	for (size_t i = 0; listed && i < form->fields->count; i++)
		full |= buf_addf(&text, " %s", form->fields->items[i]);
	if (form->kind == FORM_RAW)
		full |= buf_addf(&text, " %s", form->type);
	if (!listed)
		full |= buf_addf(&text, " %s", form->body);
	if (*form->header)
		full |= buf_addf(&text, " [%s]", form->header);
	ck_assert(!full);
	return text_copy(buf_text(&text));
}

static char *describe_http(const struct replay *replay, const struct exchange *out)
{
	static const char *const ways[] = { "", "", " as basic", " as digest", " as bearer" };
	auto_free char *path = path_of(replay, out->path);
	auto_free char *form = out->form.kind ? describe_form(&out->form) : NULL;
	const char *anew = out->new_session ? " anew" : "";

	if (form)
		return text_format("> %s %s %s%s%s", out->method, path, form, ways[out->auth],
				   anew);
	if (*out->text)
		return text_format("> %s %s %s%s%s", out->method, path, out->text,
				   out->password ? " +" : "", out->password ? out->password : "");
	if (out->raw)
		return text_format("> %s %s %s %s", out->method, path, out->type,
				   form_of(replay, out->body));
	if (!out->upload)
		return text_format("> %s %s%s%s", out->open ? "OPEN" : out->method, path,
				   ways[out->auth], anew);
	return text_format("> %s %s %s %s %s%s%s%s%s", out->method, path, out->field, out->filename,
			   form_of(replay, out->body), out->also ? " " : "",
			   out->also ? out->also : "", out->also ? "=" : "",
			   out->also ? out->also_value : "");
}

static char *describe_kind(const struct replay *replay, const struct exchange *out)
{
	switch (out->kind) {
	case EXCHANGE_HANDSHAKE:
		return text_format("> TLS %u", out->port);
	case EXCHANGE_CHANNEL:
		if (!*out->text)
			return text_format("> LISTEN %d", out->within_ms);
		return text_format("> SAY %s %s%s%s", out->path, out->text, *out->proof ? " " : "",
				   out->proof);
	case EXCHANGE_LINE:
		return text_format("> ASK %.*s%s%s", (int)strcspn(out->text, "\n"), out->text,
				   out->body.len ? " " : "",
				   out->body.len ? form_of(replay, out->body) : "");
	case EXCHANGE_FILES:
		return describe_files(replay, out);
	default:
		return describe_http(replay, out);
	}
}

/* An exchange as the files write it.  Owned. */
static char *describe(const struct replay *replay, const struct exchange *out)
{
	auto_free char *kind = describe_kind(replay, out);

	return text_format("%s%s%s%s%s%s", kind, out->at ? " at " : "", out->at ? out->at : "",
			   *out->header ? " [" : "", out->header, *out->header ? "]" : "");
}

/* Serial numbers and leaves differ with every build folder: the files say SERIAL, LEAF.  Owned. */
static char *with_serial(const struct replay *replay, const char *text)
{
	const char *at = strstr(text, "SERIAL");

	if (strcmp(text, "LEAF\n") == 0) {
		struct bytes leaf = bundle_bytes(replay->bundle, BUNDLE_PEM_LEAF);

		return mem_copy(leaf.data, leaf.len);
	}
	if (!at)
		return text_copy(text);
	return text_format("%.*s%s%s", (int)(at - text), text,
			   chain_leaf(replay->bundle->chain)->serial, at + strlen("SERIAL"));
}

/* Lines up to the next mark are the body; the line at is then that mark's. */
static void read_body(struct replay *replay)
{
	auto_buf body = BUF_MAX(1 << 16);

	while (next_line(replay) && !is_mark(replay->line, "><~="))
		ck_assert_int_eq(buf_addf(&body, "%s\n", replay->line + (*replay->line == '\\')),
				 0);
	mem_free(replay->body);
	replay->body = with_serial(replay, buf_text(&body));
}

/* What stands behind a status: a header as it is, or the realm of a challenge. */
static void read_head(struct replay *replay, const char *words)
{
	replay->head[0] = '\0';
	if (words && strstr(words, ": "))
		snprintf(replay->head, sizeof replay->head, "%s", words + 1);
	else if (words)
		snprintf(replay->head, sizeof replay->head,
			 "WWW-Authenticate: Digest realm=\"%s\", nonce=\"1\"", words + 1);
}

static struct reply read_reply(struct replay *replay, enum exchange_kind kind)
{
	struct reply reply = { .kind = kind, .head = "" };
	const char *answer;

	ck_assert_msg(next_line(replay) && text_starts(replay->line, "< "),
		      "%s: an answer is missing", replay->file);
	answer = replay->line + 2;
	if (strcmp(answer, "drop") == 0) {
		reply.net = NET_RESET;
		strcpy(reply.detail, "the connection was cut");
	} else if (strcmp(answer, "silence") == 0) {
		reply.net = NET_TIMEOUT;
		strcpy(reply.detail, "no answer in time");
	} else if (strcmp(answer, "closed") == 0) {
		reply.net = NET_CLOSED;
		strcpy(reply.detail, "nobody listens on this port");
	} else if (text_starts(answer, "served ")) {
		reply.chain = pki_take(&replay->pki, answer + strlen("served "));
		reply.completed = true;
	} else if (text_starts(answer, "problem ")) {
		snprintf(reply.detail, sizeof reply.detail, "%s", answer + strlen("problem "));
	} else {
		reply.status = atoi(answer);
		read_head(replay, strchr(answer, ' '));
		reply.head = replay->head;
	}
	read_body(replay);
	reply.body = replay->body;
	return reply;
}

static void expect_line(const struct replay *replay, const char *asked)
{
	ck_assert_msg(replay->line && strcmp(replay->line, asked) == 0,
		      "%s: '%s' instead of '%s' (%s)", replay->file, asked,
		      replay->line ? replay->line : "the end", replay->job->err.text);
}

/* Where a text may end up in a log or report, no line of the key may be. */
static void refute_secret(const struct replay *replay, const char *text)
{
	const struct secret *key = &replay->bundle->key_pem;
	auto_free char *line = mem_copy(strchr(key->bytes, '\n') + 1, 40);

	ck_assert_msg(!text || (!strstr(text, line) && !strstr(text, "PRIVATE")),
		      "%s: the key is told: %s", replay->file, text);
}

static void refute_secrets(const struct replay *replay, const struct exchange *out)
{
	const struct job *job = replay->job;

	refute_secret(replay, out->path);
	refute_secret(replay, out->header);
	refute_secret(replay, out->text);
	refute_secret(replay, job->err.text);
	for (size_t i = 0; i < FACT_COUNT; i++)
		refute_secret(replay, job->facts[i]);
	for (size_t i = 0; i < job->notes.count; i++)
		refute_secret(replay, job->notes.items[i].sentence);
}

static void walk(struct replay *replay)
{
	struct exchange out;
	struct reply reply, *last = NULL;
	enum job_want want;

	while ((want = job_advance(replay->job, last, &out, replay->now)) != JOB_ENDED) {
		auto_free char *asked =
			want == JOB_WAKE
				? text_format("~ %lld",
					      (long long)(replay->job->wake_ms - replay->now))
				: describe(replay, &out);

		expect_line(replay, asked);
		refute_secrets(replay, &out);
		last = NULL;
		if (want == JOB_WAKE) {
			replay->now = replay->job->wake_ms;
			next_line(replay);
			continue;
		}
		reply = read_reply(replay, out.kind);
		last = &reply;
	}
}

/* "SEVERITY ID TEXT" */
static bool was_noted(const struct job *job, const char *what)
{
	for (size_t i = 0; i < job->notes.count; i++) {
		const struct finding *note = &job->notes.items[i];
		auto_free char *line = text_format("%s %s %s", severity_name(note->severity),
						   note->id, note->sentence);
		size_t words = strcspn(what + strcspn(what, " ") + 1, " ");
		size_t head = strcspn(what, " ") + 1 + words + 1;

		if (!strncmp(line, what, head) && strstr(line, what + head))
			return true;
	}
	return false;
}

/* One line behind "= ". */
static bool ends_as(const struct job *job, const char *how, bool *wants_reset)
{
	const char *value = strchr(how, ' ');
	const char *known;

	value = value ? value + 1 : "";
	if (strcmp(how, "ok") == 0)
		return !job->err.code && job->endpoints[0].proof == PROOF_EXACT;
	if (strcmp(how, "served") == 0)
		return !job->err.code && job->endpoints[0].proof == PROOF_OTHER;
	if (strcmp(how, "unseen") == 0)
		return !job->err.code && job->endpoints[0].proof == PROOF_NONE;
	if (strcmp(how, "closed") == 0)
		return job->endpoints[0].proof == PROOF_CLOSED &&
		       !endpoints_proved(job->endpoints, job->endpoint_count);
	if (text_starts(how, "error "))
		return job->err.code && strstr(job->err.text, value);
	if (strcmp(how, "undone") == 0)
		return job->undo == UNDO_DONE;
	if (strcmp(how, "nothing-to-undo") == 0)
		return job->undo == UNDO_NEEDLESS;
	if (text_starts(how, "noted "))
		return was_noted(job, value);
	if (text_starts(how, "not-undone "))
		return job->undo == UNDO_FAILED && strstr(job->undo_err.text, value);
	if (strcmp(how, "reset") == 0)
		return *wants_reset = true;
	if (text_starts(how, "shown "))
		return job->shown_count == (size_t)atoi(value);
	known = job_known(job, text_starts(how, "firmware ") ? FACT_FIRMWARE : FACT_NAME);
	return known && strcmp(known, value) == 0;
}

START_TEST(replays)
{
	auto_replay replay;
	bool wants_reset = false;
	int ends = 0;

	replay_open(&replay, files.gl_pathv[_i]);
	start(&replay);
	walk(&replay);
	for (; replay.line; next_line(&replay), ends++) {
		ck_assert_msg(text_starts(replay.line, "= "), "%s: not asked for: %s", replay.file,
			      replay.line);
		ck_assert_msg(ends_as(replay.job, replay.line + 2, &wants_reset),
			      "%s: not '%s' (%s)", replay.file, replay.line, replay.job->err.text);
	}
	ck_assert_msg(ends, "%s: does not say how it ends", replay.file);
	ck_assert_msg(job_needs_reset(replay.job) == wants_reset, "%s: reset", replay.file);
}
END_TEST

/* --- what is demanded of every driver --------------------------------------------------------- */

static char *replay_of(const struct driver *driver, const char *which)
{
	return text_format("%s/%s-%s.txt", CERTROLL_TEST_REPLAY, driver->name, which);
}

/* A replay of success, one of a refusal: a driver without them is not finished. */
START_TEST(has_replays)
{
	static const char *const wanted[] = { "success", "refused", "other-served" };
	const struct driver *driver = driver_at((size_t)_i);

	for (size_t i = 0; i < COUNT(wanted); i++) {
		auto_free char *file = replay_of(driver, wanted[i]);
		FILE *text = fopen(file, "r");

		ck_assert_msg(text, "%s is missing", file);
		fclose(text);
	}
}
END_TEST

/* The same walk from its start, with the job that has just walked it. */
START_TEST(walks_twice)
{
	const struct driver *driver = driver_at((size_t)_i);
	auto_free char *file = replay_of(driver, "success");
	auto_replay replay, again;

	replay_open(&replay, file);
	replay_open(&again, file);
	start(&replay);
	walk(&replay);
	job_restart(replay.job);
	job_queue(replay.job, driver->identify, false);
	job_queue(replay.job, driver->trust, false);
	job_queue(replay.job, driver->install, false);
	job_queue(replay.job, verify_proof, true);
	for (size_t i = 0; i < replay.job->endpoint_count; i++)
		replay.job->endpoints[i].proof = PROOF_NONE;
	mem_free(replay.text);
	replay.rest = replay.text = take(again.text);
	while (next_line(&replay) && !is_mark(replay.line, ">"))
		;
	walk(&replay);
	ck_assert_msg(!replay.job->err.code, "%s: %s", file, replay.job->err.text);
}
END_TEST

/* The refusal that goes with the kind of an exchange, where nobody is let in. */
static struct reply not_you(enum exchange_kind kind)
{
	struct reply reply = { .kind = kind, .status = 401, .head = "", .body = "" };

	if (kind == EXCHANGE_LINE)
		reply.body = "Permission denied\n\n";
	if (kind == EXCHANGE_FILES)
		strcpy(reply.detail, "Permission denied");
	return reply;
}

/* Who is not let in changes nothing, shows credentials once, and says why. */
START_TEST(stays_out)
{
	const struct driver *driver = driver_at((size_t)_i);
	auto_free char *file = replay_of(driver, "success");
	auto_replay replay = { 0 };
	struct exchange out;
	struct reply reply;
	enum job_want want;
	int shown = 0;

	if (driver->by_hand) /* nobody logs on, and nothing is changed */
		return;
	replay_open(&replay, file);
	start(&replay);
	want = job_advance(replay.job, NULL, &out, 1);
	while (want == JOB_SEND) {
		shown += !out.open;
		ck_assert_msg(shown <= 1, "%s: goes on with '%s'", file, job_step(replay.job));
		reply = not_you(out.kind);
		want = job_advance(replay.job, &reply, &out, 2);
	}
	ck_assert(replay.job->err.code && *replay.job->err.text && !replay.job->changed);
}
END_TEST

/* What a box might say in its worst hour: every step ends, with a reason. */
static const char *const rubbish[] = { "",
				       "<",
				       "<html>log in</html>",
				       "<info/>",
				       "<sys/>",
				       "<info><servercert><certificate/></servercert></info>",
				       "<info name=''><busy/><sys version=''/></info>",
				       "\xff\xfe" };
static const int statuses[] = { 0, 200, 204, 302, 401, 404, 503 };

static void survive(const struct driver *driver, const struct step *steps, struct reply *reply)
{
	char user[] = "admin";
	struct device device = { .driver = driver, .user = user };
	struct exchange out;
	struct job *job;
	enum job_want want;
	int64_t now = 1;
	int rounds = 0;

	device.options = options_of(driver, "");
	job = job_new(&device, NULL);
	job_queue(job, steps, false);
	want = job_advance(job, NULL, &out, now);
	for (; want != JOB_ENDED && rounds < 1000; rounds++) {
		now = want == JOB_WAKE ? job->wake_ms : now + 1;
		want = job_advance(job, want == JOB_WAKE ? NULL : reply, &out, now);
	}
	ck_assert_msg(rounds < 1000, "%s: '%s' never ends", driver->name, job_step(job));
	ck_assert(!job->err.code == !*job->err.text);
	job_free(job);
	schema_free(driver->options, device.options);
	mem_free(device.options);
}

START_TEST(survives_rubbish)
{
	const struct driver *driver = driver_at((size_t)_i);
	const struct step *const tables[] = { driver->identify, driver->trust, driver->install,
					      driver->clear };

	for (size_t table = 0; table < COUNT(tables); table++)
		for (size_t i = 0; i < COUNT(rubbish) * COUNT(statuses); i++) {
			struct reply reply = { .head = "",
					       .body = rubbish[i / COUNT(statuses)],
					       .status = statuses[i % COUNT(statuses)] };

			survive(driver, tables[table], &reply);
		}
}
END_TEST

static bool plain_word(const char *text)
{
	return text && *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

START_TEST(drivers_are_described)
{
	const struct driver *driver = driver_at((size_t)_i);

	ck_assert_msg(plain_word(driver->name), "%s", driver->name);
	ck_assert(driver->summary && *driver->summary && driver->port);
	ck_assert(driver->profile && driver->factory);
	ck_assert(driver->by_hand ? !driver->identify && !driver->install && !driver->clear
				  : driver->identify && driver->install);
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(driver->name, driver_at((size_t)i)->name);
	ck_assert_ptr_null(driver_refusal(driver->name));
	ck_assert_ptr_eq(driver_find(driver->name), driver == &driver_template ? NULL : driver);
}
END_TEST

static void check_steps(const struct driver *driver, const struct step *steps, bool may_change)
{
	for (const struct step *step = steps; step && step->name; step++) {
		ck_assert_msg(plain_word(step->name), "%s: %s", driver->name, step->name);
		ck_assert_msg(!step->every_ms || step->within_ms >= step->every_ms,
			      "%s: %s has no deadline", driver->name, step->name);
		ck_assert_msg(!step->within_ms || step->every_ms, "%s: %s has no period",
			      driver->name, step->name);
		ck_assert_msg(step->source && *step->source, "%s: %s has no source", driver->name,
			      step->name);
		ck_assert_msg(may_change || !step->changes, "%s: %s must only read", driver->name,
			      step->name);
		for (const struct step *other = steps; other < step; other++)
			ck_assert_str_ne(step->name, other->name);
	}
}

START_TEST(steps_are_sound)
{
	const struct driver *driver = driver_at((size_t)_i);

	check_steps(driver, driver->identify, false);
	check_steps(driver, driver->install, true);
	check_steps(driver, driver->undo, true);
	check_steps(driver, driver->trust, true);
	check_steps(driver, driver->clear, true);
	if (!driver->by_hand)
		ck_assert_int_le(steps_evidence(driver->install), driver->install[0].evidence);
	ck_assert_int_eq(steps_evidence(NULL), EVIDENCE_TESTED);
}
END_TEST

static void check_row(const char *key, const struct field *row, void *arg)
{
	const struct driver *driver = arg;

	ck_assert_msg((row->source && *row->source) || (row->help && *row->help),
		      "%s: %s says neither where it is from nor what it is", driver->name, key);
	ck_assert_msg(row->type == FIELD_GROUP || row->offset < driver->options_size,
		      "%s: %s lies outside of the options", driver->name, key);
	ck_assert_msg(schema_find(driver->options, key) == row, "%s: %s is there twice",
		      driver->name, key);
}

START_TEST(options_are_documented)
{
	const struct driver *driver = driver_at((size_t)_i);
	auto_free void *options = mem_alloc(driver->options_size);

	if (!driver->options)
		return;
	schema_each(driver->options, check_row, (void *)(uintptr_t)driver);
	schema_defaults(driver->options, options);
	ck_assert_int_ge(driver->profile(options, NULL).leaf_rsa_max, 0);
	schema_free(driver->options, options);
}
END_TEST

/* Fallbacks are read by schema_parse() as if they stood in the inventory: they must be good. */
START_TEST(defaults_are_good)
{
	const struct driver *driver = driver_at((size_t)_i);
	auto_free void *options = options_of(driver, "");

	schema_free(driver->options, options);
}
END_TEST

static Suite *suite_tables(void)
{
	Suite *suite = suite_create("tables");
	TCase *tcase = tcase_create("tables");
	int count = 0;

	while (driver_at((size_t)count))
		count++;
	tcase_add_loop_test(tcase, drivers_are_described, 0, count);
	tcase_add_loop_test(tcase, steps_are_sound, 0, count);
	tcase_add_loop_test(tcase, options_are_documented, 0, count);
	tcase_add_loop_test(tcase, defaults_are_good, 0, count);
	tcase_add_loop_test(tcase, survives_rubbish, 0, count);
	suite_add_tcase(suite, tcase);
	return suite;
}

static Suite *suite_conformance(void)
{
	Suite *suite = suite_create("conformance");
	TCase *tcase = tcase_create("conformance");
	int count = 0;

	while (driver_at((size_t)count))
		count++;
	tcase_add_loop_test(tcase, has_replays, 0, count);
	tcase_add_loop_test(tcase, walks_twice, 0, count);
	tcase_add_loop_test(tcase, stays_out, 0, count);
	suite_add_tcase(suite, tcase);
	return suite;
}

static Suite *suite_replay(void)
{
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("replay");

	if (glob(CERTROLL_TEST_REPLAY "/*.txt", 0, NULL, &files) == 0)
		tcase_add_loop_test(tcase, replays, 0, (int)files.gl_pathc);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite_tables());
	int failed;

	srunner_add_suite(runner, suite_replay());
	srunner_add_suite(runner, suite_conformance());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	globfree(&files);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
