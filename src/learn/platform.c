/*
 * The Application Platform (driver innovaphone-ap): a WebSocket for the words, a POST for the file.
 * The socket gives out a key, the POST shows it, and the verdict comes over the socket.
 *
 * Challenge, digest and key are looked at only to know them again; they are never repeated.
 */
#include "certroll/driver.h"
#include "found.h"
#include "words.h"
#include <ctype.h>
#include <string.h>

enum { KEYS_MAX = 64 };

static const char RESULT[] = "Result", REQUEST[] = "Request";

/* The conversation around the upload. */
struct talk {
	const struct entry *socket, *upload;
	const struct frame *key; /* the answer that gave out the key; NULL: not seen */
};

static const struct frame *find_frame(const struct entry *socket, const char *mt)
{
	for (size_t i = 0; socket && i < socket->frame_count; i++)
		if (strcmp(socket->frames[i].mt, mt) == 0)
			return &socket->frames[i];
	return NULL;
}

/* "RequestHttpKeyResult" without its "Result"; NULL when it has none.  Owned. */
static char *stem(const char *mt, const char *suffix)
{
	size_t len = strlen(mt), cut = strlen(suffix);

	return len > cut && text_ends(mt, suffix) ? mem_copy(mt, len - cut) : NULL;
}

/* Is this what answers something that was sent over the socket? */
static bool is_reply(const struct entry *socket, const struct frame *frame)
{
	auto_free char *asked = stem(frame->mt, RESULT);
	auto_free char *request = asked ? text_format("%s%s", asked, REQUEST) : NULL;

	for (size_t i = 0; asked && i < socket->frame_count; i++) {
		const struct frame *one = &socket->frames[i];

		if (one->sent && (strcmp(one->mt, asked) == 0 || strcmp(one->mt, request) == 0))
			return true;
	}
	return false;
}

/* The messages that gave out keys, of all sockets. */
struct keys {
	struct key {
		const struct entry *socket;
		const struct frame *frame;
		const char *text;
	} list[KEYS_MAX];
	size_t count;
};

static void collect_keys(struct keys *keys, const struct har *har)
{
	for (size_t i = 0; i < har->count; i++)
		for (size_t j = 0; j < har->entries[i].frame_count; j++) {
			const struct frame *frame = &har->entries[i].frames[j];
			const char *text = har_text(frame->message, "key");

			if (*text && !frame->sent && keys->count < KEYS_MAX)
				keys->list[keys->count++] =
					(struct key){ &har->entries[i], frame, text };
		}
}

struct key_search {
	const struct keys *keys;
	const struct key *found;
};

static void visit_key(const char *name, const char *value, void *arg)
{
	struct key_search *search = arg;

	(void)name;
	for (size_t i = 0; i < search->keys->count; i++)
		if (strcmp(value, search->keys->list[i].text) == 0)
			search->found = &search->keys->list[i];
}

/* The key that stands in the address of a request to the same host, or NULL. */
static const struct key *key_of(const struct keys *keys, const struct url *url)
{
	struct key_search search = { keys, NULL };

	url_arguments(url, visit_key, &search);
	if (search.found && !url_same_host(search.found->socket->url.host, url->host))
		return NULL;
	return search.found;
}

static bool has_pem(const struct entry *entry)
{
	for (size_t i = 0; i < entry->body.count; i++)
		if (part_has_key(&entry->body.parts[i]) ||
		    part_has_certificate(&entry->body.parts[i]))
			return true;
	return false;
}

/* The socket that gave out the key of a request; else the last with a log-on before it. */
static struct talk talk_of(const struct har *har, const struct entry *upload)
{
	struct talk talk = { .upload = upload };
	struct keys keys = { 0 };
	const struct key *key;

	collect_keys(&keys, har);
	key = key_of(&keys, &upload->url);
	if (key) {
		talk.key = key->frame;
		talk.socket = key->socket;
		return talk;
	}
	for (size_t i = 0; i < har->count; i++) {
		const struct entry *entry = &har->entries[i];

		if (entry->frame_count && url_same_host(entry->url.host, upload->url.host) &&
		    (!talk.socket || (entry < upload && find_frame(entry, "AppLogin"))))
			talk.socket = entry;
	}
	return talk;
}

static void tell_missing(struct learner *learner)
{
	found_line(learner, "upload: not found: no POST carries a certificate, or the key that the "
			    "manager gave out");
	if (learner->har->lost_frames)
		found_line(learner, "the messages of a WebSocket are not in the file; not every "
				    "browser exports them, Chromium and Chrome do");
	found_line(learner,
		   "record again: developer tools open at the network tab before the manager "
		   "is opened, log on, Settings/Security: choose a throw-away PEM; then export "
		   "all as HAR with content");
}

static const struct entry *find_upload(struct learner *learner)
{
	const struct entry *best = NULL;
	struct keys keys = { 0 };
	size_t count = 0;

	collect_keys(&keys, learner->har);
	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (!entry_sends(entry) || !(has_pem(entry) || key_of(&keys, &entry->url)))
			continue;
		if (!count++ || entry_succeeded(entry) || !entry_succeeded(best))
			best = entry;
	}
	if (!best)
		tell_missing(learner);
	if (count > 1)
		found_line(learner,
			   "%zu uploads were recorded; the last that was accepted is taken", count);
	return best;
}

static void learn_upload(struct learner *learner, const struct talk *talk)
{
	const struct entry *upload = talk->upload;
	struct hole hole = { "key", talk->key ? har_text(talk->key->message, "key") : "" };

	found_exchange(learner, "upload", upload);
	if (!entry_succeeded(upload))
		found_line(learner,
			   "upload: it was answered with HTTP %d; record one that the "
			   "AP accepts, to be sure",
			   upload->status);
	if (!talk->key)
		found_line(learner, "upload: no message gave out a key that stands in its address");
	found_path(learner, "upload.path", upload, &hole, talk->key != NULL);
	if (strcmp(upload->method, "POST") != 0 || upload->body.kind == BODY_FORM ||
	    upload->body.kind == BODY_FIELDS)
		found_lacks(learner,
			    "upload: it is no POST of the bare file, which is all the driver "
			    "can send; the driver has to learn it");
	else if (*upload->type)
		found_option(learner, "upload.type", upload->type, upload);
	else
		found_lacks(
			learner,
			"upload.type: entry %zu has no Content-Type; the browser left its headers "
			"out, export it unchanged",
			upload->number);
	if (upload->body.missing)
		found_line(learner, "upload: the content of the file was left out by the browser; "
				    "that does no harm");
}

/* The last log-on before the upload: who, but neither challenge nor digest. */
static void learn_login(struct learner *learner, const struct talk *talk)
{
	static const struct {
		const char *member, *key;
	} rows[] = { { "app", "login.app" },
		     { "sip", "login.sip" },
		     { "guid", "login.guid" },
		     { "dn", "login.dn" },
		     { "domain", "login.domain" } };
	const struct frame *login = find_frame(talk->socket, "AppLogin");

	if (!login) {
		found_line(learner,
			   "login: no AppLogin in the recording; open the manager after the "
			   "developer tools");
		return;
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		if (json_is_string(json_object_get(login->message, rows[i].member)))
			found_option(learner, rows[i].key, har_text(login->message, rows[i].member),
				     talk->socket);
	if (json_object_get(login->message, "info") || json_object_get(login->message, "pbxObj"))
		found_line(learner,
			   "login: the page sends more ('info' or 'pbxObj') than the driver; "
			   "if the AP refuses the log-on, the driver has to learn it");
}

static void learn_info(struct learner *learner, const struct talk *talk)
{
	const struct entry *socket = talk->socket;

	for (size_t i = 0; i < socket->frame_count; i++) {
		const struct frame *frame = &socket->frames[i];
		auto_free char *name = stem(frame->mt, RESULT);
		auto_free char *asked = name ? text_format("%s%s", name, REQUEST) : NULL;
		const struct frame *request = asked ? find_frame(socket, asked) : NULL;

		if (frame->sent || !*har_text(frame->message, "version"))
			continue;
		if (request && request->sent) {
			found_option(learner, "info.message", name, socket);
			return;
		}
	}
}

static void learn_key(struct learner *learner, const struct talk *talk)
{
	auto_free char *name = talk->key ? stem(talk->key->mt, RESULT) : NULL;
	const struct frame *asked = name ? find_frame(talk->socket, name) : NULL;

	if (asked && asked->sent)
		found_option(learner, "key.message", name, talk->socket);
	else if (talk->key)
		found_lacks(learner, "key.message: the key comes in a message that is not the "
				     "question's name with 'Result'; the driver has to learn it");
}

/* CERTIFICATE_CHAIN_INVALID and the like. */
static bool is_error_name(const char *text)
{
	size_t len = strlen(text);

	return len > 3 && isupper((unsigned char)text[0]) &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == len;
}

/* Browsers time messages and requests by two clocks. */
static bool comes_after(const struct frame *frame, const struct entry *entry)
{
	return frame->at <= 0 || entry->at <= 0 || frame->at + 1 >= entry->at;
}

/* How much it looks like the verdict on a certificate; 0: not at all. */
static int rank_of(const struct frame *frame, const char *known)
{
	const char *name;
	json_t *value;

	if (strcmp(frame->mt, known) == 0)
		return 3;
	json_object_foreach(frame->message, name,
			    value) if (json_is_string(value) && strcmp(name, "mt") != 0 &&
				       is_error_name(json_string_value(value))) return 2;
	if (strcasestr(frame->mt, "cert"))
		return 2;
	return json_is_boolean(json_object_get(frame->message, "ok"));
}

static void learn_error(struct learner *learner, const struct talk *talk,
			const struct frame *result)
{
	const char *name;
	json_t *value;

	json_object_foreach(result->message, name,
			    value) if (json_is_string(value) && strcmp(name, "mt") != 0 &&
				       strcmp(name, "src") != 0 &&
				       is_error_name(json_string_value(value)))
	{
		found_option(learner, "result.error", name, talk->socket);
		return;
	}
}

/* What comes in after the upload without having been asked for. */
static void learn_result(struct learner *learner, const struct talk *talk)
{
	const struct entry *socket = talk->socket;
	const char *known = found_fallback(learner, "result.message");
	const struct frame *result = NULL;
	int best = 0;

	for (size_t i = 0; i < socket->frame_count; i++) {
		const struct frame *frame = &socket->frames[i];
		int rank = frame->sent || !*frame->mt || is_reply(socket, frame)
				   ? 0
				   : rank_of(frame, known);

		if (rank > best && comes_after(frame, talk->upload)) {
			result = frame;
			best = rank;
		}
	}
	if (!result) {
		found_line(learner,
			   "result: no message came after the upload; that is how an AP says "
			   "yes");
		return;
	}
	if (!found_option(learner, "result.message", result->mt, socket))
		return;
	/* A refused upload, at whatever time, shows where the name of an error stands. */
	for (size_t i = 0; i < socket->frame_count && !found_find(learner, "result.error"); i++)
		if (!socket->frames[i].sent && strcmp(socket->frames[i].mt, result->mt) == 0)
			learn_error(learner, talk, &socket->frames[i]);
}

static void learn_clear(struct learner *learner, const struct talk *talk)
{
	const struct entry *socket = talk->socket;
	const struct frame *clear = NULL;

	for (size_t i = 0; i < socket->frame_count; i++)
		if (socket->frames[i].sent && comes_after(&socket->frames[i], talk->upload) &&
		    words_in(socket->frames[i].mt, WORDS_CLEAR))
			clear = &socket->frames[i];
	if (!clear) {
		found_line(learner, "clear: not found; to learn it, take the certificate off again "
				    "while you record");
		return;
	}
	found_option(learner, "clear.message", clear->mt, socket);
	for (size_t i = 0; i < socket->frame_count; i++) {
		auto_free char *answered = stem(socket->frames[i].mt, RESULT);

		if (answered && strcmp(answered, clear->mt) == 0)
			return;
	}
	found_line(learner,
		   "clear: no answer to it in the recording; the driver waits for its name "
		   "with 'Result'");
}

static void learn(struct learner *learner, const struct entry *upload)
{
	struct talk talk = talk_of(learner->har, upload);

	learn_upload(learner, &talk);
	if (!talk.socket) {
		found_lacks(learner,
			    "socket: the messages of the manager's WebSocket are not in the "
			    "file; not every browser exports them, Chromium and Chrome do");
		return;
	}
	found_exchange(learner, "socket", talk.socket);
	found_path(learner, "socket.path", talk.socket, NULL, 0);
	learn_login(learner, &talk);
	learn_info(learner, &talk);
	learn_key(learner, &talk);
	learn_result(learner, &talk);
	learn_clear(learner, &talk);
}

const struct recipe recipe_platform = { "innovaphone-ap", find_upload, learn };
