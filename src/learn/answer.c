/* What boxes say to an upload: an attribute in a small XML answer, with status 200 either way. */
#include "certroll/text.h"
#include "gateway.h"
#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 64 };

static bool is_complaint(const char *name, const char *value, void *arg)
{
	(void)value;
	(void)arg;
	return strcasestr(name, "error") || strcasestr(name, "fail") || strcasestr(name, "fault");
}

static bool is_consent(const char *name, const char *value, void *arg)
{
	static const char *const words[] = { "ok",      "true",     "done",
					     "success", "accepted", "installed" };

	(void)name;
	(void)arg;
	for (size_t i = 0; i < COUNT(words); i++)
		if (text_same(words[i], value))
			return true;
	return false;
}

/*
 * The first attribute name="value" of an answer that somebody wants; its place, and the lengths of
 * name and of all of it.
 */
static const char *find_attribute(const char *text,
				  bool (*wanted)(const char *, const char *, void *), void *arg,
				  size_t *name_len, size_t *len)
{
	for (const char *at = text; text && (at = strstr(at, "=\"")); at++) {
		const char *from = at, *end = strchr(at + 2, '"');

		while (from > text &&
		       (isalnum((unsigned char)from[-1]) || from[-1] == '-' || from[-1] == '_'))
			from--;
		if (end && from < at && at - from <= WORD_MAX && end - at <= WORD_MAX) {
			auto_free char *name = mem_copy(from, (size_t)(at - from));
			auto_free char *value = mem_copy(at + 2, (size_t)(end - at - 2));

			if (wanted(name, value, arg)) {
				*name_len = (size_t)(at - from);
				*len = (size_t)(end + 1 - from);
				return from;
			}
		}
	}
	return NULL;
}

/* Boxes say no with status 200. */
bool answer_accepted(const struct learner *learner, const struct entry *entry)
{
	const char *no = found_fallback(learner, "upload.error");
	size_t name, len;

	if (!entry_succeeded(entry))
		return false;
	if (!entry->answer || entry->document)
		return true;
	return !text_match(no, entry->answer) &&
	       !find_attribute(entry->answer, is_complaint, NULL, &name, &len);
}

/* A failed try at the same address shows what "no" looks like. */
static const struct entry *find_failure(const struct learner *learner, const struct entry *upload)
{
	for (size_t i = 0; i < learner->har->count; i++) {
		const struct entry *entry = &learner->har->entries[i];

		if (entry != upload && entry->answer && !entry->document &&
		    strcmp(entry->url.path, upload->url.path) == 0 &&
		    !answer_accepted(learner, entry))
			return entry;
	}
	return NULL;
}

void answer_learn_no(struct learner *learner, const struct entry *upload)
{
	const struct entry *failure = find_failure(learner, upload);
	const char *known = found_fallback(learner, "upload.error"), *from;
	auto_free char *text = NULL;
	size_t name, len;

	if (!failure)
		return;
	if (text_match(known, failure->answer)) {
		found_option(learner, "upload.error", known, failure);
		return;
	}
	from = find_attribute(failure->answer, is_complaint, NULL, &name, &len);
	text = from ? text_format("%.*s=\"", (int)name, from) : NULL;
	if (text)
		found_option(learner, "upload.error", text, failure);
}

void answer_learn_yes(struct learner *learner, const struct entry *upload)
{
	const char *known = found_fallback(learner, "upload.ok"), *from;
	auto_free char *text = NULL;
	size_t name, len;

	if (!upload->answer) {
		found_line(learner, "upload.ok: the answer is not in the recording; export 'with "
				    "content' to see what the box says");
		return;
	}
	if (text_match(known, upload->answer)) {
		found_option(learner, "upload.ok", known, upload);
		return;
	}
	from = find_attribute(upload->answer, is_consent, NULL, &name, &len);
	text = from && !upload->document ? mem_copy(from, len) : NULL;
	if (text)
		found_option(learner, "upload.ok", text, upload);
	else
		found_line(learner,
			   "upload.ok: the answer of entry %zu does not hold the default, and no "
			   "other text in it means yes for sure; look at it and set upload.ok",
			   upload->number);
}
