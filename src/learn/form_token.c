/* Tokens: what an answer shows and a later request repeats. */
#include "certroll/text.h"
#include "form.h"
#include "gateway.h"
#include "token.h"
#include <ctype.h>
#include <string.h>

enum { TOKEN_SHORTEST = 6, TOKEN_LONGEST = 500, LEAD_LONGEST = 150 };

void form_words_free(struct form_words *words)
{
	mem_free(words->user);
	mem_free(words->password);
	mem_free(words->pattern);
	mem_free(words->token);
	*words = (struct form_words){ 0 };
}

/* From the tag, the member or the line on that the token stands in. */
static const char *lead_of(const char *text, const char *at)
{
	const char *from = at;

	while (from > text && at - from < LEAD_LONGEST && !strchr("<{,\n\r", from[-1]))
		from--;
	return from > text && from[-1] == '<' ? from - 1 : from;
}

/* "<input name="csrf" value="*"": owned, or NULL where nothing stands around it. */
static char *pattern_at(const char *text, const char *at, size_t len)
{
	const char *from = lead_of(text, at);
	char end = at[len];

	if (from == at || memchr(from, '*', (size_t)(at - from)))
		return NULL;
	return text_format("%.*s*%.1s", (int)(at - from), from,
			   end && strchr("\"'<&", end) ? (const char[]){ end, '\0' } : "");
}

static bool holds_secret(const struct learner *learner, const struct form_words *words,
			 const char *pattern)
{
	const char *const *cookie = learner->har->cookies;

	for (; cookie && *cookie; cookie++)
		if (strstr(pattern, *cookie))
			return true;
	return words->password && *words->password && strstr(pattern, words->password);
}

struct search {
	struct learner *learner;
	const struct entry *entry; /* the request that sends it */
	struct form_words *words;
};

static bool shown_by(struct search *search, const struct entry *earlier, const char *value)
{
	const char *at = earlier->answer ? strstr(earlier->answer, value) : NULL;
	struct form_words *words = search->words;
	auto_free char *pattern = NULL;

	if (!at || earlier == search->entry || !gateway_is_there(earlier, search->entry))
		return false;
	pattern = pattern_at(earlier->answer, at, strlen(value));
	if (!pattern || holds_secret(search->learner, words, pattern))
		return false;
	mem_free(words->pattern);
	mem_free(words->token);
	words->pattern = take(pattern);
	words->token = text_copy(value);
	words->shows = earlier;
	return true;
}

/* The last answer before the request; names of tokens are believed, other values must look random. */
static void consider(const char *name, const char *value, void *arg)
{
	struct search *search = arg;
	const struct form_words *words = search->words;
	size_t len = strlen(value);

	if (words->token || len < TOKEN_SHORTEST || len > TOKEN_LONGEST ||
	    !token_suspected(name, value, NULL) ||
	    text_same(value, words->password ? words->password : "") || strstr(value, "-----"))
		return;
	for (size_t i = search->learner->har->count; i > 0; i--) {
		const struct entry *earlier = &search->learner->har->entries[i - 1];

		if (earlier->number < search->entry->number && shown_by(search, earlier, value))
			return;
	}
}

void form_find_token(struct learner *learner, const struct entry *entry, struct form_words *words)
{
	struct search search = { learner, entry, words };
	char *before = take(words->pattern);

	mem_free(words->token);
	words->token = NULL;
	words->shows = NULL;
	url_arguments(&entry->url, consider, &search);
	for (size_t i = 0; i < entry->body.count; i++)
		if (entry->body.parts[i].name && !entry->body.parts[i].filename)
			consider(entry->body.parts[i].name, entry->body.parts[i].content, &search);
	for (size_t i = 0; i < json_array_size(entry->headers); i++) {
		const json_t *header = json_array_get(entry->headers, i);

		if (token_names_header(har_text(header, "name")))
			consider("token", har_text(header, "value"), &search);
	}
	if (before && words->pattern && strcmp(before, words->pattern) != 0)
		found_lacks(learner,
			    "token: two pages show it in different ways, and there is one option "
			    "token; set it so that it fits both");
	if (!words->pattern)
		words->pattern = take(before);
	mem_free(before);
}
