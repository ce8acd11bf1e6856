/*
 * Boxes that nobody knows (driver generic-upload): the request with the certificate, whatever its form
 * is, the log-on before it, and the tokens that tie the two together.
 */
#include "certroll/driver.h"
#include "form.h"
#include "gateway.h"
#include "key.h"
#include "token.h"
#include <stdio.h>
#include <string.h>

static bool went_well(const struct entry *entry)
{
	return entry->status >= 200 && entry->status < 400;
}

static bool changes_something(const struct entry *entry)
{
	return entry_sends(entry) || strcmp(entry->method, "PATCH") == 0;
}

/* A certificate or key in whatever clothes, or a file that may be one. */
static bool carries(const struct part *part)
{
	return part_has_key(part) || part_has_certificate(part) ||
	       (part->filename && *part->filename &&
		(part->cut || part_is_named_certificate(part) ||
		 (part->len > 4 && (unsigned char)part->content[0] == 0x30))) ||
	       (part->content && (strstr(part->content, "LS0tLS1CRUdJTi") || /* "-----BEGIN " */
				  strstr(part->content, "-----BEGIN ")));
}

static bool is_upload(const struct entry *entry)
{
	for (size_t i = 0; changes_something(entry) && i < entry->body.count; i++)
		if (carries(&entry->body.parts[i]))
			return true;
	return changes_something(entry) && entry->body.missing && entry->body.kind == BODY_FORM;
}

static const struct entry *find_upload(struct learner *learner)
{
	const struct entry *best = NULL;
	size_t count = 0;

	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (!is_upload(entry))
			continue;
		count += entry->status != 401; /* the log-on comes second */
		if (!best || went_well(entry) || !went_well(best))
			best = entry;
	}
	if (!best)
		found_line(
			learner,
			"upload: not found: no request carries a certificate or a file; record "
			"again: developer tools open at the network tab before you log on, upload "
			"a "
			"throw-away certificate with its key, then export all as HAR with content");
	if (count > 1)
		found_line(learner,
			   "%zu uploads were recorded; the last that was accepted is taken", count);
	return best;
}

/* --- the log-on ------------------------------------------------------------------------------- */

static const char *const user_words[] = { "user",    "username", "login", "name",
					  "account", "uid",      "usr",   "loginname" };

static bool names_user(const char *name)
{
	for (size_t i = 0; i < COUNT(user_words); i++)
		if (text_same(user_words[i], name))
			return true;
	return false;
}

static char *json_member(const struct part *part, bool (*wanted)(const char *))
{
	json_t *body = json_loadb(part->content, part->len, 0, NULL), *value;
	const char *name;
	char *found = NULL;

	json_object_foreach(body, name, value)
	{
		if (!found && wanted(name) && json_string_length(value))
			found = text_copy(json_string_value(value));
	}
	json_decref(body);
	return found;
}

/* The first value of that kind in a form or a JSON object; owned, NULL: none. */
static char *value_named(const struct entry *entry, bool (*wanted)(const char *))
{
	const struct body *body = &entry->body;

	if (body->kind == BODY_RAW && body->count)
		return json_member(&body->parts[0], wanted);
	for (size_t i = 0; i < body->count; i++) {
		const struct part *part = &body->parts[i];

		if (part->name && wanted(part->name) && part->len)
			return text_copy(part->content);
	}
	return NULL;
}

/* The last request with a password before the upload. */
static const struct entry *find_login(const struct learner *learner, const struct entry *upload,
				      struct form_words *words)
{
	for (const struct entry *entry = upload; entry > learner->har->entries;) {
		entry--;
		if (!changes_something(entry) || !gateway_is_there(entry, upload) ||
		    is_upload(entry) || !went_well(entry))
			continue;
		words->password = value_named(entry, token_names_password);
		if (!words->password)
			continue;
		words->user = value_named(entry, names_user);
		return entry;
	}
	return NULL;
}

/* --- one request ------------------------------------------------------------------------------ */

static const char *form_name(const struct entry *entry)
{
	if (entry->body.kind == BODY_FORM)
		return "multipart";
	if (entry->body.kind == BODY_FIELDS)
		return "urlencoded";
	return text_starts(entry->type, "application/json") ? "json" : "raw";
}

/* As form_split() will take it apart again. */
static bool can_be_named(const struct part *part, const char *filename)
{
	return part->name && *part->name && !part->name[strcspn(part->name, "=@")] &&
	       !filename[strcspn(filename, "=")];
}

static void learn_field(struct learner *learner, const struct entry *entry, const char *key,
			const struct part *part, struct form_words *words)
{
	const char *filename = part->filename ? part->filename : "";
	auto_free char *value = form_value(learner, entry, part, words);
	auto_free char *field = NULL;

	if (!can_be_named(part, filename)) {
		found_lacks(
			learner,
			"entry %zu: a field without a name, or with '=' or '@' in it, which the "
			"driver cannot send",
			entry->number);
		return;
	}
	if (!value)
		return;
	field = text_format("%s%s%s=%s", part->name, *filename ? "@" : "", filename, value);
	if (!found_option(learner, key, field, entry))
		learner->whole = false;
}

static void learn_fields(struct learner *learner, const struct entry *entry, const char *key,
			 struct form_words *words)
{
	const struct body *body = &entry->body;

	words->certificates = words->taken = 0;
	words->container = false;
	for (size_t i = 0; i < body->count; i++) {
		const struct part *part = &body->parts[i];
		const char *name = part->filename ? part->filename : "";

		words->certificates += part_has_certificate(part) && !part_has_key(part);
		words->container |= text_ends(name, ".p12") || text_ends(name, ".pfx");
	}
	for (size_t i = 0; i < body->count; i++)
		learn_field(learner, entry, key, &body->parts[i], words);
}

static void learn_body(struct learner *learner, const struct entry *entry, const char *in,
		       struct form_words *words)
{
	bool json = strcmp(form_name(entry), "json") == 0;
	auto_free char *body_key = text_format("%s.body", in);
	auto_free char *type_key = text_format("%s.type", in);
	auto_free char *type = mem_copy(entry->type, strcspn(entry->type, ";"));
	auto_free char *body = NULL;

	if (!entry->body.count)
		return;
	words->certificates =
		json ? 2 : 1; /* leaf and issuers are apart in JSON, if there are two */
	words->taken = 0;
	words->container = strstr(entry->body.parts[0].content, "assw") != NULL;
	body = json ? form_json(learner, entry, words)
		    : form_value(learner, entry, &entry->body.parts[0], words);
	if (body && !found_option(learner, body_key, body, entry))
		learner->whole = false;
	if (!json && *type)
		found_option(learner, type_key, type, entry);
}

/* What is sent as a header of its own because it is the token. */
static void learn_header(struct learner *learner, const struct entry *entry, const char *in,
			 const struct form_words *words)
{
	auto_free char *key = text_format("%s.header", in);

	for (size_t i = 0; words->token && i < json_array_size(entry->headers); i++) {
		const json_t *header = json_array_get(entry->headers, i);
		const char *name = har_text(header, "name");
		auto_free char *line = text_format("%s: {token}", name);

		if (strcmp(har_text(header, "value"), words->token) == 0)
			found_option(learner, key, line, entry);
	}
}

static void learn_page(struct learner *learner, const struct entry *entry, const char *in,
		       const struct entry *login, const struct form_words *words)
{
	auto_free char *key = text_format("%s.page", in);
	const struct entry *page = words->token ? words->shows : NULL;

	if (!page || page == login)
		return;
	if (strcmp(page->method, "GET") == 0) {
		found_path(learner, key, page, NULL, 0);
		return;
	}
	found_lacks(learner,
		    "%s: entry %zu shows the token that entry %zu repeats, and it is no GET; the "
		    "driver has to learn it",
		    key, page->number, entry->number);
}

static void learn_status(struct learner *learner, const struct entry *entry, const char *in,
			 bool moved)
{
	auto_free char *key = text_format("%s.status", in);
	char status[8];

	if (entry_succeeded(entry) || (moved && went_well(entry)))
		return;
	snprintf(status, sizeof status, "%d", entry->status);
	if (went_well(entry))
		found_option(learner, key, status, entry);
}

static void learn_request(struct learner *learner, const struct entry *entry, const char *in,
			  const struct entry *login, struct form_words *words)
{
	auto_free char *method = text_format("%s.method", in), *path = text_format("%s.path", in);
	auto_free char *form = text_format("%s.form", in), *fields = text_format("%s.fields", in);
	struct hole hole = { "token", NULL };

	found_exchange(learner, in, entry);
	form_find_token(learner, entry, words);
	hole.value = words->token;
	found_option(learner, method, entry->method, entry);
	if (!found_path(learner, path, entry, &hole, words->token ? 1 : 0))
		learner->whole = false;
	found_option(learner, form, form_name(entry), entry);
	if (entry->body.missing)
		found_lacks(
			learner,
			"%s: the browser left out the body of entry %zu; export 'with content', "
			"or use another browser",
			in, entry->number);
	else if (entry->body.kind == BODY_RAW)
		learn_body(learner, entry, in, words);
	else
		learn_fields(learner, entry, fields, words);
	learn_header(learner, entry, in, words);
	learn_page(learner, entry, in, login, words);
}

/* --- all of it -------------------------------------------------------------------------------- */

static const char *scheme_of(const char *header)
{
	static const char *const names[] = { "basic", "digest", "bearer" };
	size_t len = strcspn(header, " ");

	for (size_t i = 0; i < COUNT(names); i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], header, len) == 0)
			return names[i];
	return NULL;
}

/* By the request itself, else by what a 401 before it asked for: browsers leave log-ons out. */
static void learn_auth(struct learner *learner, const struct entry *upload)
{
	const char *scheme = scheme_of(upload->authorization);
	const struct entry *seen = upload;

	for (size_t i = 0; !scheme && i < learner->har->count; i++) {
		seen = &learner->har->entries[i];
		if (gateway_is_there(seen, upload))
			scheme = scheme_of(seen->challenge);
	}
	if (scheme)
		found_option(learner, "auth", scheme, seen);
	else
		found_line(learner,
			   "auth: no log-on is in this recording; it has to be open before "
			   "you log on, or set the option auth by hand");
}

static void learn_form_login(struct learner *learner, const struct entry *login,
			     struct form_words *words)
{
	found_option(learner, "auth", "form", login);
	learn_request(learner, login, "login", NULL, words);
	learn_status(learner, login, "login", true);
}

static void learn(struct learner *learner, const struct entry *upload)
{
	struct form_words words = { 0 };
	const struct entry *login = find_login(learner, upload, &words);

	if (login)
		learn_form_login(learner, login, &words);
	else
		learn_auth(learner, upload);
	learn_request(learner, upload, "upload", login, &words);
	learn_status(learner, upload, "upload", false);
	if (words.pattern)
		found_option(learner, "token", words.pattern, upload);
	if (!went_well(upload))
		found_line(
			learner,
			"upload: it was answered with HTTP %d; record one that the box accepts, to "
			"be sure",
			upload->status);
	found_line(learner, "upload.ok, upload.error: not learned; write words of the answer that "
			    "only success, or only a refusal, shows");
	form_words_free(&words);
}

const struct recipe recipe_form = { "generic-upload", find_upload, learn };
