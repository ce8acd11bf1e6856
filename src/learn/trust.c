/* The root and the trust list: a form of its own, or a tick at a certificate that is there. */
#include "certroll/driver.h"
#include "gateway.h"
#include "key.h"
#include "words.h"
#include <string.h>

enum { ROOTS_MAX = 16 };

/* Fingerprints of what was uploaded: the box is asked to trust one of these. */
struct roots {
	struct hole holes[ROOTS_MAX];
	char hex[ROOTS_MAX][2 * CERT_HASH + 1];
	size_t count;
};

static void add_roots(struct roots *roots, const struct body *body)
{
	for (size_t i = 0; i < body->count; i++)
		for (size_t n = 0; roots->count < ROOTS_MAX; n++) {
			char *hex = roots->hex[roots->count];

			if (!pem_fingerprint(body->parts[i].content, body->parts[i].len, n, hex))
				break;
			roots->holes[roots->count++] = (struct hole){ "fingerprint", hex };
		}
}

static bool is_hash(const char *value, size_t digits)
{
	return strlen(value) == digits && strspn(value, "0123456789abcdefABCDEF") == digits;
}

/* The browser may have left the certificates out; a hash is known by its length, too. */
struct hash_search {
	struct roots *roots;
	bool sha1;
};

static void visit_hash(const char *name, const char *value, void *arg)
{
	struct hash_search *search = arg;
	struct roots *roots = search->roots;

	(void)name;
	search->sha1 |= is_hash(value, 40);
	if (!is_hash(value, 64) || roots->count == ROOTS_MAX)
		return;
	memcpy(roots->hex[roots->count], value, 65);
	roots->holes[roots->count] = (struct hole){ "fingerprint", roots->hex[roots->count] };
	roots->count++;
}

static void learn_tick(struct learner *learner, const struct entry *entry,
		       const struct roots *known)
{
	struct roots roots = *known;
	struct hash_search search = { &roots, false };

	for (size_t i = 0; i < roots.count; i++)
		roots.holes[i].value = roots.hex[i];
	url_arguments(&entry->url, visit_hash, &search);
	found_exchange(learner, "trust", entry);
	if (strcmp(entry->method, "GET") != 0) {
		found_line(learner, "trust.tick: it is no GET, which is what the driver sends; the "
				    "driver has to learn it");
		return;
	}
	if (search.sha1) {
		found_line(learner,
			   "trust.tick: the box names the root by its SHA-1, the driver by "
			   "its SHA-256; the driver has to learn it");
		return;
	}
	if (!found_path(learner, "trust.tick", entry, roots.holes, roots.count))
		return;
	found_option(learner, "trust.mode", "tick", entry);
	if (!strstr(found_find(learner, "trust.tick")->value, "{fingerprint}"))
		found_line(learner,
			   "trust.tick: no fingerprint in it: does it trust the certificate "
			   "you ticked, or the first one? check by hand");
}

static void visit_any_hash(const char *name, const char *value, void *arg)
{
	(void)name;
	*(bool *)arg |= is_hash(value, 64) || is_hash(value, 40);
}

static bool is_tick(const struct entry *entry)
{
	bool hash = false;

	url_arguments(&entry->url, visit_any_hash, &hash);
	return !gateway_is_trust(entry) && entry_succeeded(entry) &&
	       words_in(entry->url.path, WORDS_TRUST) && !words_in(entry->url.path, WORDS_CLEAR) &&
	       !words_in(entry->url.path, WORDS_REJECT) && hash;
}

static void learn_trust_upload(struct learner *learner, const struct entry *entry)
{
	const struct part *file = body_file(&entry->body);

	found_exchange(learner, "trust", entry);
	if (strcmp(entry->method, "POST") != 0 || entry->body.kind != BODY_FORM) {
		found_line(learner, "trust: it is no form with a file, which is all the driver can "
				    "send; the driver has to learn it");
		return;
	}
	if (!found_path(learner, "trust.path", entry, NULL, 0))
		return;
	found_option(learner, "trust.mode", "upload", entry);
	if (file && file->name)
		found_option(learner, "trust.field", file->name, entry);
	else
		found_line(learner, "trust.field: the browser left out the body of entry %zu",
			   entry->number);
}

/* For the trust list, and not a failed try to upload a certificate without its key. */
static bool is_other(const struct learner *learner, const struct entry *entry,
		     const struct entry *upload)
{
	return gateway_is_trust(entry) &&
	       (strcmp(entry->url.path, upload->url.path) != 0 || answer_accepted(learner, entry));
}

void trust_learn(struct learner *learner, const struct entry *upload)
{
	const struct entry *file = NULL, *tick = NULL;
	struct roots roots = { 0 };

	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (!gateway_is_there(entry, upload))
			continue;
		add_roots(&roots, &entry->body);
		if (is_other(learner, entry, upload) && (!file || answer_accepted(learner, entry)))
			file = entry;
		if (is_tick(entry))
			tick = entry;
	}
	if (file)
		learn_trust_upload(learner, file);
	else if (tick)
		learn_tick(learner, tick, &roots);
	else
		found_line(learner,
			   "trust: not found; to learn it, upload a throw-away root at Trust "
			   "list, or tick one at Device certificate and press Trust");
	if (file && tick)
		found_line(learner,
			   "trust: a tick was recorded as well (entry %zu); to use that "
			   "instead, record it alone",
			   tick->number);
}
