/*
 * HAProxy: a certificate is replaced in the running process over its runtime API ("stats socket"):
 * set (stages it), show (what is staged), commit.  One command a connection.
 *
 * What it answers, and what no answer says, was seen on 2.6.12: docs/devices/haproxy.md.  It takes
 * any chain and any date, so the rules before and the handshake after carry all the judgement.  A
 * request of exactly tune.bufsize bytes ends the process, a longer one is dropped without a word:
 * such a one is never sent.
 */
#include "certroll/driver.h"
#include <stdio.h>
#include <string.h>

struct haproxy {
	char *api, *certificate, *crt_list, *file, *client;
	int64_t bufsize;
	bool plain;
};

/* From one step to the next. */
struct talk {
	bool known, pending; /* the certificate is loaded; a change of it is staged */
	char refusal[200];   /* why what is staged must be taken back; "": it need not */
};

/* Words of a command end at blanks, commands at ';'; '<' begins a payload, '*' means staged. */
static char *refuse_word(const char *text)
{
	if (text[strcspn(text, " \t;<>\\\"'")] == '\0' && text[0] != '*')
		return NULL;
	return text_copy("holds a blank, a quote or one of * ; < > \\, which HAProxy's commands "
			 "cannot carry");
}

#define OPTION(key, type, member, value, level, ...)                                               \
	DRIVER_OPTION(haproxy, key, type, member, value, level, SHEET, __VA_ARGS__)

static const char SHEET[] = "docs/devices/haproxy.md";

/* clang-format off */
static const struct field options[] = {
	OPTION("api", TEXT, api, "/run/haproxy/admin.sock", TESTED, .min = 1, .max = 255, .refuse = exchange_refuse_at,
	       .help = "its runtime API: path of the socket, HOST:PORT without TLS, or tls (host: and port: of the device)"),
	OPTION("plain", SWITCH, plain, "false", TESTED,
	       .help = "true: HOST:PORT may be another machine, and the key crosses the network unencrypted"),
	OPTION("client", FILE, client, NULL, TESTED, .help = "api: tls: certificate and key of ours (PEM)"),
	OPTION("certificate", TEXT, certificate, "", TESTED, .max = 400, .refuse = refuse_word,
	       .help = "its name as \"show ssl cert\" prints it"),
	OPTION("crt-list", TEXT, crt_list, "", TESTED, .max = 400, .refuse = refuse_word,
	       .help = "where a certificate is added that HAProxy does not know yet"),
	OPTION("file", FILE, file, NULL, TESTED,
	       .help = "the file of this machine that HAProxy loads it from, replaced too; without it a restart brings the old one back"),
	OPTION("bufsize", NUMBER, bufsize, "16384", TESTED, .min = 1024, .max = 1 << 20,
	       .help = "its tune.bufsize: requests of that size and more are not sent"),
	FIELD_END };
/* clang-format on */

static const struct haproxy *of(const struct job *job)
{
	return job_options(job);
}

static enum verdict to(const struct job *job, struct exchange *exchange)
{
	exchange->client = of(job)->client;
	return exchange_at(exchange, of(job)->api, of(job)->plain);
}

static enum verdict info_build(struct job *job, struct exchange *exchange)
{
	exchange_command(exchange, (struct bytes){ 0 }, "show info");
	return to(job, exchange);
}

static enum verdict info_check(struct job *job, const struct reply *reply)
{
	auto_free char *version = reply_value(reply, "Version"), *name = reply_value(reply, "node");

	if (!version || !text_starts(reply->body, "Name: HAProxy"))
		return step_fail(job, "this is not the runtime API of HAProxy");
	job_fact(job, FACT_FIRMWARE, version);
	job_fact(job, FACT_NAME, name);
	if (of(job)->plain)
		job_note(job, SEVERITY_WARNING,
			 "plain: true: the private key may cross the network unencrypted");
	if (!of(job)->file)
		job_note(job, SEVERITY_WARNING,
			 "not persistent: HAProxy loads the old certificate when it restarts; "
			 "replace its file too, or name it in the option file");
	return STEP_OK;
}

static enum verdict level_build(struct job *job, struct exchange *exchange)
{
	exchange_command(exchange, (struct bytes){ 0 }, "show cli level");
	return to(job, exchange);
}

static enum verdict level_check(struct job *job, const struct reply *reply)
{
	auto_free char *level = reply_said(reply);

	if (reply_has_line(reply, "admin"))
		return STEP_OK;
	return step_fail(job, "this socket has level '%s', changes need 'level admin'", level);
}

static enum verdict set_command(struct job *job, struct exchange *exchange)
{
	struct bytes pem = job_bundle(job, BUNDLE_PEM_CHAIN_KEY);
	size_t size;

	exchange_command(exchange, pem, "set ssl cert %s <<", of(job)->certificate);
	size = strlen(exchange->text) + pem.len + 1;
	if (pem.len &&
	    memmem(pem.data, pem.len, "\n\n", 2)) /* the rest would be taken for commands */
		return step_fail(job, "the bundle's text has an empty line");
	if (size < (size_t)of(job)->bufsize)
		return to(job, exchange);
	return step_fail(
		job,
		"the request has %zu bytes, and HAProxy may crash at its tune.bufsize (%d); "
		"leave the root out of the bundle, or raise tune.bufsize there and the "
		"option bufsize here",
		size, (int)of(job)->bufsize);
}

/* The size is known before anything is sent: then the plan says it, not the installation. */
static enum verdict list_build(struct job *job, struct exchange *exchange)
{
	if (set_command(job, exchange) != STEP_OK)
		return STEP_FAIL;
	exchange_command(exchange, (struct bytes){ 0 }, "show ssl cert");
	return to(job, exchange);
}

static enum verdict unknown(struct job *job, const struct reply *reply)
{
	const char *names = reply->body + strcspn(reply->body, "\n");
	auto_free char *shown = job_quote(job, names, 200);

	if (!*of(job)->certificate)
		return step_fail(job, "the option certificate is missing; HAProxy has:%s", shown);
	return step_fail(job,
			 "HAProxy has no certificate '%s'; give the option crt-list for a new one, "
			 "or one of these names:%s",
			 of(job)->certificate, shown);
}

static enum verdict list_check(struct job *job, const struct reply *reply)
{
	const struct haproxy *set = of(job);
	auto_free char *staged = text_format("*%s", set->certificate);
	struct talk *talk = job_state(job);

	if (!reply_has_line(reply, "# filename") && !reply_has_line(reply, ""))
		return step_fail(job, "an unexpected answer to 'show ssl cert'");
	*talk = (struct talk){ .known =
				       *set->certificate && reply_has_line(reply, set->certificate),
			       .pending = *set->certificate && reply_has_line(reply, staged) };
	if (reply_has_line(reply, "# transaction") && !talk->pending)
		return step_fail(job, "somebody else's change of another certificate is staged; it "
				      "must be committed or aborted there first");
	return talk->known || (*set->certificate && *set->crt_list) ? STEP_OK : unknown(job, reply);
}

static enum verdict abort_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (!talk->pending)
		return STEP_SKIP;
	exchange_command(exchange, (struct bytes){ 0 }, "abort ssl cert %s", of(job)->certificate);
	return to(job, exchange);
}

/* What was staged for this name is of an earlier run that was cut off, or refused just now. */
static enum verdict abort_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *words = reply_said(reply);

	if (!text_starts(words, "Transaction aborted"))
		return step_fail(job, "%s%sHAProxy does not take the staged change back: '%s'",
				 talk->refusal, *talk->refusal ? "; " : "", words);
	talk->pending = false;
	return *talk->refusal ? step_fail(job, "HAProxy refuses: %s", talk->refusal) : STEP_OK;
}

static enum verdict new_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (talk->known)
		return STEP_SKIP;
	exchange_command(exchange, (struct bytes){ 0 }, "new ssl cert %s", of(job)->certificate);
	return to(job, exchange);
}

static enum verdict new_check(struct job *job, const struct reply *reply)
{
	auto_free char *words = reply_said(reply);

	if (text_starts(words, "New empty certificate store"))
		return STEP_OK;
	return step_fail(job, "HAProxy refuses: '%s'", words);
}

static enum verdict set_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *words = reply_said(reply);

	if (!text_starts(words, "Transaction created for certificate "))
		return step_fail(job, "HAProxy refuses: '%s'", words);
	talk->pending = true;
	return STEP_OK;
}

static enum verdict staged_build(struct job *job, struct exchange *exchange)
{
	exchange_command(exchange, (struct bytes){ 0 }, "show ssl cert *%s", of(job)->certificate);
	return to(job, exchange);
}

static enum verdict staged_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	const struct cert *leaf = job_leaf(job);
	auto_free char *serial = reply_value(reply, "Serial"), *words = reply_said(reply);

	if (!serial || !leaf || strcmp(serial, leaf->serial) != 0)
		snprintf(talk->refusal, sizeof talk->refusal,
			 "what it has staged is not the bundle's leaf (%s)",
			 serial ? serial : words);
	return STEP_OK;
}

static enum verdict commit_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (*talk->refusal)
		return STEP_SKIP;
	exchange_command(exchange, (struct bytes){ 0 }, "commit ssl cert %s", of(job)->certificate);
	return to(job, exchange);
}

static enum verdict commit_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *words = reply_said(reply);

	talk->pending = !reply_has_line(reply, "Success!");
	if (talk->pending)
		snprintf(talk->refusal, sizeof talk->refusal, "'%s'", words);
	return STEP_OK;
}

static enum verdict add_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);

	if (talk->known)
		return STEP_SKIP;
	exchange_command(exchange, (struct bytes){ 0 }, "add ssl crt-list %s %s", of(job)->crt_list,
			 of(job)->certificate);
	return to(job, exchange);
}

static enum verdict add_check(struct job *job, const struct reply *reply)
{
	auto_free char *words = reply_said(reply);

	return reply_has_line(reply, "Success!") ? STEP_OK
						 : step_fail(job, "HAProxy refuses: '%s'", words);
}

static enum verdict file_build(struct job *job, struct exchange *exchange)
{
	if (!of(job)->file)
		return STEP_SKIP;
	return exchange_file(exchange, of(job)->file, job_bundle(job, BUNDLE_PEM_CHAIN_KEY), true);
}

static enum verdict folder_build(struct job *job, struct exchange *exchange)
{
	exchange->look = true;
	return file_build(job, exchange);
}

/* clang-format off */
#define ROW(title, building, checking, ...)                                                        \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_TESTED,        \
	  .source = SHEET, __VA_ARGS__ }

static const struct step identify[] = {
	ROW("info", info_build, info_check),
	ROW("level", level_build, level_check),
	ROW("list", list_build, list_check),
	ROW("folder", folder_build, NULL), { 0 } };
static const struct step install[] = {
	ROW("list", list_build, list_check),
	ROW("leftover", abort_build, abort_check, .changes = true),
	ROW("new", new_build, new_check, .changes = true),
	ROW("set", set_command, set_check, .changes = true),
	ROW("staged", staged_build, staged_check),
	ROW("commit", commit_build, commit_check, .changes = true),
	ROW("abort", abort_build, abort_check, .changes = true),
	ROW("add", add_build, add_check, .changes = true),
	ROW("file", file_build, NULL, .changes = true), { 0 } };
/* clang-format on */

const struct driver driver_haproxy = {
	.name = "haproxy",
	.summary = "HAProxy (tested with 2.6): runtime API, and the file it loads",
	.port = 443,
	.by_name = true,
	.options = options,
	.options_size = sizeof(struct haproxy),
	.state_size = sizeof(struct talk),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
};
