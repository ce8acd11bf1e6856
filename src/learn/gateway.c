/*
 * Gateways (driver innovaphone): a form uploads the certificate, another one trusted certificates,
 * and a link or button clears.
 */
#include "gateway.h"
#include "certroll/driver.h"
#include "words.h"
#include <string.h>

enum { ANSWER_MAX = 256 * 1024 };

/* What the file of a form is, as far as the recording tells. */
enum content {
	CONTENT_OTHER,
	CONTENT_KEY,         /* certificate and key: the device's own */
	CONTENT_CERTIFICATE, /* no key: to be trusted */
	CONTENT_UNKNOWN,     /* a file; the browser left its content out */
	CONTENT_BLIND,       /* a form; the browser left everything out */
};

static enum content content_of(const struct entry *entry)
{
	enum content content = CONTENT_OTHER;

	if (!entry_sends(entry))
		return CONTENT_OTHER;
	if (entry->body.missing)
		return entry->body.kind == BODY_FORM ? CONTENT_BLIND : CONTENT_OTHER;
	for (size_t i = 0; i < entry->body.count; i++) {
		const struct part *part = &entry->body.parts[i];

		if (part_has_key(part))
			return CONTENT_KEY;
		if (part_has_certificate(part))
			content = CONTENT_CERTIFICATE;
		else if (part->filename && content == CONTENT_OTHER &&
			 (part->cut || part_is_named_certificate(part)))
			content = CONTENT_UNKNOWN;
	}
	return content;
}

/* The content decides; without it the words of the address do. */
bool gateway_is_trust(const struct entry *entry)
{
	enum content content = content_of(entry);

	if (content == CONTENT_CERTIFICATE)
		return true;
	return (content == CONTENT_UNKNOWN || content == CONTENT_BLIND) &&
	       words_in(entry->url.path, WORDS_TRUST);
}

/* Of those with this content the last that was accepted, else the last. */
static const struct entry *choose(const struct learner *learner, enum content content,
				  size_t *count)
{
	const struct entry *best = NULL;

	*count = 0;
	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (content_of(entry) != content || gateway_is_trust(entry))
			continue;
		*count += entry->status != 401; /* the log-on comes second */
		if (!best || answer_accepted(learner, entry) || !answer_accepted(learner, best))
			best = entry;
	}
	return best;
}

static bool one_address(const struct learner *learner, enum content content,
			const struct entry *chosen)
{
	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (content_of(entry) == content && !gateway_is_trust(entry) &&
		    strcmp(entry->url.path, chosen->url.path) != 0)
			return false;
	}
	return true;
}

static const char RECORD_UPLOAD[] =
	"record again: developer tools open at the network tab, General/Certificates, Device "
	"certificate: choose a throw-away PEM with certificate and key, Upload; then export all as "
	"HAR with content";

static void tell_missing(struct learner *learner)
{
	const struct entry *bare = NULL;

	for (size_t i = 0; i < learner->har->count; i++)
		if (content_of(&learner->har->entries[i]) == CONTENT_CERTIFICATE)
			bare = &learner->har->entries[i];
	found_line(learner, "upload: not found: no POST or PUT carries a certificate with its key");
	if (bare) {
		auto_free char *name = found_name(bare);

		found_line(learner,
			   "a certificate without key is taken for one to be trusted: %s; the file "
			   "for the device has both",
			   name);
	}
	found_line(learner, "%s", RECORD_UPLOAD);
}

static const struct entry *find_upload(struct learner *learner)
{
	static const enum content order[] = { CONTENT_KEY, CONTENT_UNKNOWN, CONTENT_BLIND };
	const struct entry *upload = NULL;
	size_t count = 0, i;

	for (i = 0; i < COUNT(order) && !upload; i++)
		upload = choose(learner, order[i], &count);
	if (!upload) {
		tell_missing(learner);
		return NULL;
	}
	if (order[i - 1] != CONTENT_KEY && !one_address(learner, order[i - 1], upload)) {
		found_line(
			learner,
			"upload: not found: %zu forms send files, the browser left their content "
			"out, and nothing tells which is the device certificate's",
			count);
		found_line(learner, "record again, only that one upload");
		return NULL;
	}
	if (count > 1)
		found_line(learner,
			   "%zu uploads were recorded; the last that was accepted is taken", count);
	return upload;
}

/* A form with more than the file: the driver may have to learn it, or surely has to. */
static void name_other_fields(struct learner *learner, const struct entry *upload,
			      const struct part *file)
{
	for (size_t i = 0; i < upload->body.count; i++) {
		const struct part *part = &upload->body.parts[i];
		auto_free char *name = NULL;

		if (part == file || !part->name)
			continue;
		name = text_printable(part->name, strlen(part->name), 60);
		if (part->filename && *part->filename)
			found_lacks(learner,
				    "upload: the form sends a second file in the field '%s', the "
				    "driver sends one with all in it; the driver has to learn it",
				    name);
		else
			found_line(learner,
				   "upload: the form also sends the field '%s', the driver sends "
				   "the file alone; if the box refuses that, the driver has to "
				   "learn it",
				   name);
	}
}

static void learn_file_field(struct learner *learner, const struct entry *upload)
{
	const struct part *file = body_file(&upload->body);

	if (upload->body.missing || !file || !file->name) {
		found_lacks(
			learner,
			"upload: the browser left out the body of entry %zu, so its field, file "
			"name and type are unknown; export 'with content', or use another "
			"browser",
			upload->number);
		return;
	}
	if (!file->filename) {
		found_lacks(learner,
			    "upload: entry %zu sends the certificate as a text, the driver sends a "
			    "file; the driver has to learn it",
			    upload->number);
		return;
	}
	if (!file->len)
		found_line(learner, "upload: the content of the file was left out by the browser; "
				    "that does no harm");
	found_option(learner, "upload.field", file->name, upload);
	found_option(learner, "upload.filename", file->filename, upload);
	if (file->type && *file->type)
		found_option(learner, "upload.type", file->type, upload);
	name_other_fields(learner, upload, file);
}

bool gateway_is_there(const struct entry *entry, const struct entry *upload)
{
	return url_same_host(entry->url.host, upload->url.host) &&
	       entry->url.port == upload->url.port;
}

static bool is_clear(const struct entry *entry)
{
	return (strcmp(entry->method, "GET") == 0 || strcmp(entry->method, "POST") == 0) &&
	       content_of(entry) == CONTENT_OTHER && words_in(entry->url.path, WORDS_CLEAR) &&
	       !words_in(entry->url.path, WORDS_TRUST) && !words_in(entry->url.path, WORDS_REJECT);
}

static void learn_clear(struct learner *learner, const struct entry *upload)
{
	const struct entry *clear = NULL;

	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (gateway_is_there(entry, upload) && is_clear(entry) &&
		    (!clear || answer_accepted(learner, entry)))
			clear = entry;
	}
	if (!clear) {
		found_line(learner, "clear: not found; to learn it, press Clear at Device "
				    "certificate while you record");
		return;
	}
	found_exchange(learner, "clear", clear);
	if (strcmp(clear->method, "GET") == 0)
		found_path(learner, "clear.path", clear, NULL, 0);
	else
		found_line(learner,
			   "clear: it is a POST, the driver sends a GET; the driver has to "
			   "learn it");
}

enum reading { READS_INFO, READS_LOGIN, READS_STATE, READ_NOTHING };

static enum reading reading_of(const struct entry *entry)
{
	auto_xml xml = NULL;

	if (strcmp(entry->method, "GET") != 0 || entry->status != 200 || !entry->answer ||
	    entry->answer_len > ANSWER_MAX || entry->document)
		return READ_NOTHING;
	xml = xml_parse(entry->answer);
	if (!xml)
		return READ_NOTHING;
	if (xml_find(xml, "servercert", 0))
		return READS_STATE;
	if (xml_find(xml, "sys", 0) || xml_attr(xml, "version"))
		return READS_INFO;
	return xml_attr(xml, "name") ? READS_LOGIN : READ_NOTHING;
}

/* A browser asks for more than one page that would do; the default is taken when it is one. */
static void learn_readings(struct learner *learner, const struct entry *upload)
{
	static const char *const keys[] = { "info.path", "login.path", "state.path" };
	const struct entry *best[READ_NOTHING] = { 0 };

	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];
		enum reading reading =
			gateway_is_there(entry, upload) ? reading_of(entry) : READ_NOTHING;

		if (reading != READ_NOTHING &&
		    (!best[reading] ||
		     strcmp(best[reading]->url.path, found_fallback(learner, keys[reading])) != 0))
			best[reading] = entry;
	}
	for (size_t i = 0; i < READ_NOTHING; i++)
		if (best[i])
			found_path(learner, keys[i], best[i], NULL, 0);
}

static void learn(struct learner *learner, const struct entry *upload)
{
	found_exchange(learner, "upload", upload);
	if (!answer_accepted(learner, upload))
		found_line(learner,
			   "upload: it was answered with HTTP %d or with an error; record one that "
			   "the box accepts, to be sure",
			   upload->status);
	if (strcmp(upload->method, "POST") != 0 || upload->body.kind != BODY_FORM)
		found_lacks(learner, "upload: it is no form sent by POST, which is all the driver "
				     "can send; the driver has to learn it");
	else
		learn_file_field(learner, upload);
	found_path(learner, "upload.path", upload, NULL, 0);
	answer_learn_yes(learner, upload);
	answer_learn_no(learner, upload);
	trust_learn(learner, upload);
	learn_clear(learner, upload);
	learn_readings(learner, upload);
}

const struct recipe recipe_gateway = { "innovaphone", find_upload, learn };
