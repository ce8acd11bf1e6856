/* What the values of a form stand for: parts of the bundle, the log-on, a token, or themselves. */
#include "base64.h"
#include "certroll/text.h"
#include "form.h"
#include "key.h"
#include "token.h"
#include <string.h>

enum { NAME_SHOWN = 60, LITERAL_MAX = 500 };

static bool is_container(const struct part *part)
{
	const char *name = part->filename ? part->filename : "";

	return text_ends(name, ".p12") || text_ends(name, ".pfx") ||
	       (part->len > 4 && (unsigned char)part->content[0] == 0x30 && part->filename);
}

/* One certificate part of several is the leaf, the others are above it; a lone one is all. */
static const char *certificates(struct form_words *words)
{
	bool first = words->taken++ == 0;

	if (words->certificates < 2)
		return "{chain}";
	return first ? "{leaf}" : "{issuers}";
}

/* PEM text; NULL: it is none. */
static const char *pem_pattern(const char *text, size_t len, struct form_words *words)
{
	bool key = pem_has_key(text, len), cert = pem_has_certificate(text, len);
	const char *begin = memmem(text, len, "-----BEGIN ", 11);
	const char *certificate = memmem(text, len, "-----BEGIN CERTIFICATE", 22);

	if (key && cert)
		return begin == certificate ? "{bundle}" : "{key}{chain}";
	if (key)
		return "{key}";
	return cert ? certificates(words) : NULL;
}

/* Base64 of a PEM text or of a container: the pattern with its suffix, owned; NULL: neither. */
static char *coded_pattern(struct learner *learner, const char *text, size_t len,
			   struct form_words *words)
{
	size_t size = 0;
	auto_free char *decoded = len > 64 ? base64_decode(text, len, &size) : NULL;
	const char *pattern = decoded ? pem_pattern(decoded, size, words) : NULL;

	if (decoded && !pattern && (unsigned char)decoded[0] == 0x30 && size > 200)
		pattern = words->container ? "{pkcs12}" : NULL;
	if (!pattern)
		return NULL;
	if (strcmp(pattern, "{key}{chain}") == 0) {
		found_line(learner,
			   "upload: key and chain in one base64 text are sent with the "
			   "chain first; if the box refuses that, the driver has to learn it");
		pattern = "{bundle}";
	}
	return text_format("%.*s:base64}", (int)strlen(pattern) - 1, pattern);
}

static bool has_word(const struct part *part, const char *word)
{
	return (part->name && strcasestr(part->name, word)) ||
	       (part->filename && strcasestr(part->filename, word));
}

/* The browser left the content out: names are all there is to go by. */
static const char *guess(struct learner *learner, const struct part *part)
{
	auto_free char *name = text_printable(part->name ? part->name : "",
					      strlen(part->name ? part->name : ""), NAME_SHOWN);
	const char *pattern = "{bundle}";

	if (is_container(part))
		pattern = "{pkcs12}";
	else if (has_word(part, "key"))
		pattern = "{key}";
	else if (has_word(part, "chain") || has_word(part, "inter"))
		pattern = "{issuers}";
	found_lacks(learner,
		    "upload: the browser left out what the file of field '%s' holds; %s is a guess "
		    "by its name; write in its place what you had put in there",
		    name, pattern);
	return pattern;
}

static char *refuse_value(struct learner *learner, const struct entry *entry, const char *name)
{
	auto_free char *shown = text_printable(name, strlen(name), NAME_SHOWN);

	found_lacks(learner,
		    "the field '%s' of entry %zu holds what is not the same next time, and no "
		    "earlier answer of the recording shows it; the driver has to learn it",
		    shown, entry->number);
	return NULL;
}

static bool same(const char *value, const char *word)
{
	return word && *word && strcmp(value, word) == 0;
}

static char *plain_value(struct learner *learner, const struct entry *entry, const char *name,
			 const char *value, const struct form_words *words)
{
	if (same(value, words->token))
		return text_copy("{token}");
	if (same(value, words->password))
		return text_copy("{password}");
	if (same(value, words->user))
		return text_copy("{user}");
	if (*value && token_names_password(name) && words->container)
		return text_copy("{pkcs12-password}");
	if (strchr(value, '{')) {
		auto_free char *shown = text_printable(name, strlen(name), NAME_SHOWN);

		found_lacks(learner,
			    "the field '%s' of entry %zu holds a brace, which begins a placeholder "
			    "here; write it by hand",
			    shown, entry->number);
		return NULL;
	}
	if (token_suspected(name, value, learner->har->cookies) || strlen(value) > LITERAL_MAX ||
	    strstr(value, "-----"))
		return refuse_value(learner, entry, name);
	return text_copy(value);
}

char *form_value(struct learner *learner, const struct entry *entry, const struct part *part,
		 struct form_words *words)
{
	const char *pattern = pem_pattern(part->content, part->len, words);
	char *coded;

	if (pattern)
		return text_copy(pattern);
	if (part->filename && *part->filename && part->cut)
		return text_copy(guess(learner, part));
	if (is_container(part))
		return text_copy("{pkcs12}");
	coded = coded_pattern(learner, part->content, part->len, words);
	if (coded)
		return coded;
	if (part->filename && *part->filename)
		return refuse_value(learner, entry, part->name ? part->name : "");
	return plain_value(learner, entry, part->name ? part->name : "", part->content, words);
}

/* Texts become patterns; -1: one cannot be repeated. */
static int walk_json(struct learner *learner, const struct entry *entry, json_t *value,
		     const char *name, json_t **out, struct form_words *words)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(value)) {
		auto_free char *own_name = text_copy(name);
		struct part part = { .name = own_name,
				     .content = (char *)(uintptr_t)json_string_value(value),
				     .len = json_string_length(value) };
		auto_free char *pattern = form_value(learner, entry, &part, words);

		*out = pattern ? json_string(pattern) : NULL;
		return pattern ? 0 : -1;
	}
	if (!json_is_object(value) && !json_is_array(value)) {
		*out = json_incref(value);
		return 0;
	}
	*out = json_is_object(value) ? json_object() : json_array();
	json_object_foreach(value, key, member)
	{
		json_t *made = NULL;
		int failed = walk_json(learner, entry, member, key, &made, words);

		if (made)
			json_object_set_new(*out, key, made);
		if (failed)
			return -1;
	}
	json_array_foreach(value, i, member)
	{
		json_t *made = NULL;
		int failed = walk_json(learner, entry, member, name, &made, words);

		if (made)
			json_array_append_new(*out, made);
		if (failed)
			return -1;
	}
	return 0;
}

char *form_json(struct learner *learner, const struct entry *entry, struct form_words *words)
{
	const struct part *part = &entry->body.parts[0];
	json_t *given = json_loadb(part->content, part->len, 0, NULL), *made = NULL;
	char *dumped = NULL, *text = NULL;

	if (given && walk_json(learner, entry, given, "", &made, words) == 0)
		dumped = json_dumps(made, JSON_COMPACT);
	if (!given)
		found_lacks(learner, "entry %zu: its JSON body cannot be read", entry->number);
	text = dumped ? text_copy(dumped) : NULL;
	mem_library_free(dumped);
	json_decref(given);
	json_decref(made);
	return text;
}
