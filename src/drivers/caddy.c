/*
 * Caddy: its admin API replaces one object of the running configuration, the pair of certificate
 * and key at apps.tls.certificates.load_pem, and keeps the old configuration when the new one does
 * not load.  Seen on 2.6.2: docs/devices/caddy.md.
 *
 * The key is never asked for: the members are read one by one, without "key".  The object is
 * replaced, never appended to (which of two certificates for a name is served is not defined), and
 * only if nobody has changed it since (If-Match).
 */
#include "certroll/driver.h"
#include <string.h>

struct caddy {
	char *api, *path;
	bool plain, resume;
};

/* What of the old object goes into the new one, as JSON; "": nothing. */
struct talk {
	char etag[EXCHANGE_MAX_HEADER - 16], id[100], tags[500];
};

static const char SHEET[] = "docs/devices/caddy.md";

#define OPTION(key, type, member, value, ...)                                                      \
	DRIVER_OPTION(caddy, key, type, member, value, TESTED, SHEET, __VA_ARGS__)

/* clang-format off */
static const struct field options[] = {
	OPTION("api", TEXT, api, "localhost:2019", .min = 1, .max = 255, .refuse = exchange_refuse_at,
	       .help = "its admin API: HOST:PORT without TLS, path of a socket, or tls (host: and port: of the device)"),
	OPTION("plain", SWITCH, plain, "false",
	       .help = "true: HOST:PORT may be another machine, and the key crosses the network unencrypted"),
	OPTION("path", PATH, path, "/config/apps/tls/certificates/load_pem/0",
	       .help = "of the object with certificate and key; /id/NAME when it has an @id"),
	OPTION("resume", SWITCH, resume, "false",
	       .help = "true: it is started with --resume, and so keeps what the API has set"),
	FIELD_END };
/* clang-format on */

static const struct caddy *of(const struct job *job)
{
	return job_options(job);
}

static enum verdict refused(struct job *job, const struct reply *reply)
{
	auto_free char *error = reply_member(reply, "error");
	auto_free char *shown = job_quote(job, error, 200);

	return step_fail(job, "Caddy answers HTTP %d: '%s'", reply->status, shown);
}

static enum verdict get_member(struct job *job, struct exchange *exchange, const char *member)
{
	auto_free char *path = text_format("%s/%s", of(job)->path, member);

	exchange_get(exchange, path);
	return exchange_at(exchange, of(job)->api, of(job)->plain);
}

/* One line of JSON, or nothing; '{' would be a placeholder, and is none of these values' own. */
static enum verdict keep_member(struct job *job, const struct reply *reply, char *out, size_t size)
{
	size_t length = strcspn(reply->body, "\n");

	out[0] = '\0';
	if (reply->status != 200)
		return refused(job, reply);
	if (strncmp(reply->body, "null", length) == 0)
		return STEP_OK;
	if (length >= size || memchr(reply->body, '{', length))
		return step_fail(job, "the tags or the @id of the old object cannot be kept");
	memcpy(out, reply->body, length);
	out[length] = '\0';
	return STEP_OK;
}

static enum verdict look_build(struct job *job, struct exchange *exchange)
{
	return get_member(job, exchange, "certificate");
}

static enum verdict look_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);
	auto_free char *etag = reply_header(reply, "ETag");

	if (reply->status != 200)
		return refused(job, reply);
	if (!text_starts(reply->body, "\"-----BEGIN"))
		return step_fail(
			job,
			"there is no certificate at %s to replace; load one there first, or "
			"set the option path",
			of(job)->path);
	if (!etag || strlen(etag) >= sizeof talk->etag)
		return step_fail(job, "no usable ETag; this is not the admin API of Caddy 2.6 or "
				      "newer");
	memcpy(talk->etag, etag, strlen(etag) + 1);
	return STEP_OK;
}

static enum verdict first_look_check(struct job *job, const struct reply *reply)
{
	if (of(job)->plain)
		job_note(job, SEVERITY_WARNING,
			 "plain: true: the private key may cross the network unencrypted");
	if (!of(job)->resume)
		job_note(job, SEVERITY_WARNING,
			 "not persistent: Caddy loads the old certificate when it restarts, unless "
			 "it is started with --resume (then say so with the option resume)");
	return look_check(job, reply);
}

static enum verdict id_build(struct job *job, struct exchange *exchange)
{
	return get_member(job, exchange, "@id");
}

static enum verdict id_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	return keep_member(job, reply, talk->id, sizeof talk->id);
}

static enum verdict tags_build(struct job *job, struct exchange *exchange)
{
	return get_member(job, exchange, "tags");
}

static enum verdict tags_check(struct job *job, const struct reply *reply)
{
	struct talk *talk = job_state(job);

	return keep_member(job, reply, talk->tags, sizeof talk->tags);
}

static enum verdict replace_build(struct job *job, struct exchange *exchange)
{
	const struct talk *talk = job_state(job);
	auto_free char *pattern =
		text_format("{%s%s%s%s%s%s\"certificate\":\"{chain}\",\"key\":\"{key}\"}",
			    *talk->id ? "\"@id\":" : "", talk->id, *talk->id ? "," : "",
			    *talk->tags ? "\"tags\":" : "", talk->tags, *talk->tags ? "," : "");

	exchange_send(exchange, "PATCH", of(job)->path, "application/json", job_json(job, pattern));
	exchange_header(exchange, "If-Match", talk->etag);
	return exchange_at(exchange, of(job)->api, of(job)->plain);
}

static enum verdict replace_check(struct job *job, const struct reply *reply)
{
	if (reply->status == 412)
		return step_fail(job, "somebody has changed the certificate just now; look at it, "
				      "and run certroll again");
	return reply->status == 200 ? STEP_OK : refused(job, reply);
}

/* clang-format off */
#define ROW(title, building, checking, ...)                                                        \
	{ .name = title, .build = building, .check = checking, .evidence = EVIDENCE_TESTED,        \
	  .source = SHEET, __VA_ARGS__ }

static const struct step identify[] = {
	ROW("look", look_build, first_look_check), { 0 } };
static const struct step install[] = {
	ROW("look", look_build, look_check),
	ROW("id", id_build, id_check),
	ROW("tags", tags_build, tags_check),
	ROW("replace", replace_build, replace_check, .changes = true), { 0 } };
/* clang-format on */

const struct driver driver_caddy = {
	.name = "caddy",
	.summary = "Caddy (tested with 2.6): admin API",
	.port = 443,
	.by_name = true,
	.options = options,
	.options_size = sizeof(struct caddy),
	.state_size = sizeof(struct talk),
	.profile = driver_profile_server,
	.factory = driver_factory_self_signed,
	.identify = identify,
	.install = install,
};
