#include "certroll/text.h"
#include "owned.h"
#include <stdlib.h>
#include <string.h>

/* "berlin:&pbx-slave:!pbx7" is taken apart into terms; the sign says what a term does. */
enum sign { SIGN_ADD, SIGN_INTERSECT, SIGN_REMOVE };

static void match_groups(const struct inventory *inventory, const char *pattern, bool *hits)
{
	for (size_t i = 0; i < inventory->group_count; i++) {
		bool inside = false;

		for (int at = (int)i; at != GROUP_NONE && !inside; at = inventory->groups[at].outer)
			inside = text_glob(pattern, inventory->groups[at].name);
		for (size_t j = 0; inside && j < inventory->groups[i].member_count; j++)
			hits[inventory->groups[i].members[j]] = true;
	}
}

static size_t match(const struct inventory *inventory, const char *pattern, bool *hits)
{
	bool all = text_same(pattern, "all");
	size_t count = 0;

	memset(hits, 0, inventory->count * sizeof *hits);
	match_groups(inventory, pattern, hits);
	for (size_t i = 0; i < inventory->count; i++) {
		const struct device *device = &inventory->devices[i];

		hits[i] = hits[i] || all || text_glob(pattern, device->name) ||
			  text_glob(pattern, device->site) ||
			  text_glob(pattern, role_name(device->role));
		count += hits[i];
	}
	return count;
}

/* The nearest word that a pattern could have meant, or NULL.  Borrowed. */
static const char *find_nearest(const struct inventory *inventory, const char *pattern)
{
	size_t room = 2 * inventory->count + inventory->group_count + ROLE_OTHER + 1, count = 0;
	auto_free const char **words = mem_alloc(room * sizeof *words);

	for (size_t i = 0; i < inventory->group_count; i++)
		words[count++] = inventory->groups[i].name;
	for (int role = 0; role <= ROLE_OTHER; role++)
		words[count++] = role_words[role];
	for (size_t i = 0; i < inventory->count; i++) {
		words[count++] = inventory->devices[i].name;
		if (*inventory->devices[i].site)
			words[count++] = inventory->devices[i].site;
	}
	return text_nearest(pattern, words, count);
}

static int refuse_pattern(const struct inventory *inventory, const char *pattern, struct err *err)
{
	auto_free char *shown = text_printable(pattern, strlen(pattern), 60);
	const char *nearest;

	if (!*pattern)
		return err_set(err, ERR_USAGE, "a pattern for devices is empty");
	nearest = find_nearest(inventory, pattern);
	if (!nearest)
		return err_set(err, ERR_USAGE, "no device, group, site or role is called \"%s\"",
			       shown);
	if (text_same(nearest, pattern))
		return err_set(err, ERR_USAGE, "there is no device in \"%s\"", shown);
	return err_set(err, ERR_USAGE,
		       "no device, group, site or role is called \"%s\" (did you mean \"%s\"?)",
		       shown, nearest);
}

static char *trim(char *text)
{
	size_t length;

	while (*text == ' ')
		text++;
	length = strlen(text);
	while (length && text[length - 1] == ' ')
		text[--length] = '\0';
	return text;
}

static enum sign take_sign(char **term)
{
	enum sign sign = **term == '&' ? SIGN_INTERSECT : **term == '!' ? SIGN_REMOVE : SIGN_ADD;

	if (sign != SIGN_ADD)
		*term = trim(*term + 1);
	return sign;
}

static void apply(enum sign sign, const bool *hits, size_t count, bool *chosen)
{
	for (size_t i = 0; i < count; i++) {
		if (sign == SIGN_ADD)
			chosen[i] = chosen[i] || hits[i];
		else if (sign == SIGN_INTERSECT)
			chosen[i] = chosen[i] && hits[i];
		else
			chosen[i] = chosen[i] && !hits[i];
	}
}

/* How many terms have the sign, or -1. */
static int apply_terms(const struct inventory *inventory, const char *patterns, enum sign wanted,
		       bool *chosen, struct err *err)
{
	auto_free char *copy = text_copy(patterns);
	auto_free bool *hits = mem_alloc(inventory->count * sizeof *hits);
	char *rest = copy;
	int count = 0;

	for (char *term; (term = strsep(&rest, ",:"));) {
		enum sign sign;

		term = trim(term);
		sign = take_sign(&term);
		if (!*term || !match(inventory, term, hits))
			return refuse_pattern(inventory, term, err);
		if (sign != wanted)
			continue;
		apply(sign, hits, inventory->count, chosen);
		count++;
	}
	return count;
}

int inventory_limit(const struct inventory *inventory, const char *patterns, bool *chosen,
		    struct err *err)
{
	int additions = 0, count = 0;

	memset(chosen, 0, inventory->count * sizeof *chosen);
	if (patterns)
		additions = apply_terms(inventory, patterns, SIGN_ADD, chosen, err);
	if (additions < 0)
		return -1;
	for (size_t i = 0; !additions && i < inventory->count; i++)
		chosen[i] = true;
	if (patterns && (apply_terms(inventory, patterns, SIGN_INTERSECT, chosen, err) < 0 ||
			 apply_terms(inventory, patterns, SIGN_REMOVE, chosen, err) < 0))
		return -1;
	for (size_t i = 0; i < inventory->count; i++)
		count += chosen[i];
	return count;
}
