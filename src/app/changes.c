#include "changes.h"
#include "certroll/buf.h"
#include "certroll/text.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 8192, CHANGES_MOST = 128, SHORT_HASH = 8 };

static const char *const words[] = { "new",  "vanished", "unreachable", "reachable",
				     "leaf", "chain",    "findings" };

char *changed_words(unsigned what)
{
	auto_buf out = BUF_MAX(WORDS_MAX);

	for (size_t i = 0; i < COUNT(words); i++)
		if (what & 1U << i && buf_addf(&out, "%s%s", out.len ? " " : "", words[i]))
			break;
	return text_copy(out.len ? buf_text(&out) : "no");
}

static int by_weight(const void *a, const void *b)
{
	const struct finding *left = *(const struct finding *const *)a;
	const struct finding *right = *(const struct finding *const *)b;

	if (left->severity != right->severity)
		return left->severity > right->severity ? -1 : 1;
	return strcmp(left->id, right->id);
}

static bool told_before(const struct finding *const *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (!strcmp(list[i]->id, list[index]->id))
			return true;
	return false;
}

char *changes_findings(const struct finding *findings, size_t count)
{
	auto_free const struct finding **list = mem_alloc((count + 1) * sizeof *list);
	auto_buf out = BUF_MAX(WORDS_MAX);

	for (size_t i = 0; i < count; i++)
		list[i] = &findings[i];
	qsort(list, count, sizeof *list, by_weight);
	for (size_t i = 0; i < count; i++)
		if (!told_before(list, i) &&
		    buf_addf(&out, "%s%s:%s", out.len ? " " : "", severity_name(list[i]->severity),
			     list[i]->id))
			break;
	return text_copy(buf_text(&out));
}

bool changes_next(const char **at, enum severity *severity, char id[CHANGES_ID])
{
	size_t length = strcspn(*at, " "), colon = strcspn(*at, ": ");

	if (!length)
		return false;
	*severity = SEVERITY_NOTE;
	for (int i = SEVERITY_NOTE; i <= SEVERITY_ERROR; i++)
		if (!strncmp(*at, severity_name((enum severity)i), colon))
			*severity = (enum severity)i;
	colon += (*at)[colon] == ':';
	snprintf(id, CHANGES_ID, "%.*s", (int)(length - colon), *at + colon);
	*at += length + ((*at)[length] == ' ');
	return true;
}

/* All of a text as findings: @p ids holds their ids. */
static size_t parse(const char *findings, struct finding *list, char (*ids)[CHANGES_ID],
		    size_t count, const char *prefix)
{
	while (count < CHANGES_MOST && changes_next(&findings, &list[count].severity, ids[count])) {
		list[count].id = ids[count];
		count += text_starts(ids[count], prefix);
	}
	return count;
}

char *changes_carry(const char *before, const char *now, const char *prefix)
{
	struct finding list[CHANGES_MOST] = { 0 };
	char ids[CHANGES_MOST][CHANGES_ID];
	size_t count = parse(now, list, ids, 0, "");

	return changes_findings(list, parse(before, list, ids, count, prefix));
}

static enum severity weight_in(const char *findings, const char *id)
{
	enum severity severity;
	char other[CHANGES_ID];

	while (changes_next(&findings, &severity, other))
		if (!strcmp(id, other))
			return severity;
	return SEVERITY_NONE;
}

enum severity changes_worst(const char *findings)
{
	enum severity severity;
	char id[CHANGES_ID];

	return changes_next(&findings, &severity, id) ? severity : SEVERITY_NONE;
}

char *changes_say(const char *findings)
{
	auto_buf out = BUF_MAX(WORDS_MAX);
	enum severity severity;
	char id[CHANGES_ID];

	while (changes_next(&findings, &severity, id))
		if (buf_addf(&out, "%s%s %s", out.len ? ", " : "", severity_name(severity), id))
			break;
	return text_copy(buf_text(&out));
}

/* How near the end is, is one matter, whoever's end it is. */
static bool is_end(const char *id)
{
	return !strcmp(id, "V1") || !strcmp(id, "V4") || !strcmp(id, "chain-ends") ||
	       !strcmp(id, "path-ends");
}

static void compare_came(struct audit_change *change, const char *before, const char *now)
{
	auto_buf out = BUF_MAX(WORDS_MAX);
	bool better = changes_worst(now) < changes_worst(before);
	enum severity severity;
	char id[CHANGES_ID];

	while (changes_next(&now, &severity, id)) {
		enum severity old = weight_in(before, id);

		if (severity == old)
			continue;
		change->worse |= !better && severity > old && severity >= SEVERITY_WARNING;
		change->crossed |= severity > old && is_end(id);
		if (buf_addf(&out, "%s%s:%s", out.len ? " " : "", severity_name(severity), id))
			break;
	}
	change->came = out.len ? text_copy(buf_text(&out)) : "";
}

static const char *compare_went(const char *before, const char *now)
{
	auto_buf out = BUF_MAX(WORDS_MAX);
	enum severity severity;
	char id[CHANGES_ID];

	while (changes_next(&before, &severity, id))
		if (!weight_in(now, id) &&
		    buf_addf(&out, "%s%s:%s", out.len ? " " : "", severity_name(severity), id))
			break;
	return out.len ? text_copy(buf_text(&out)) : "";
}

static unsigned compare_chains(const struct sighting *before, const struct sighting *now)
{
	if (!before || !before->leaf.set || !now->leaf.set)
		return 0;
	if (memcmp(before->leaf.bytes, now->leaf.bytes, JOURNAL_HASH))
		return CHANGED_LEAF;
	return before->chain.set && memcmp(before->chain.bytes, now->chain.bytes, JOURNAL_HASH)
		       ? CHANGED_CHAIN
		       : 0;
}

static unsigned compare_reach(const struct sighting *before, const struct sighting *now)
{
	if (before->leaf.set == now->leaf.set)
		return 0;
	return now->leaf.set ? CHANGED_REACHABLE : CHANGED_UNREACHABLE;
}

static char *name_leaf(const struct sighting *sighting)
{
	char hex[2 * SHORT_HASH + 1], until[32];

	text_hex(sighting->leaf.bytes, SHORT_HASH, hex);
	return text_format("'%s' (SHA-256 %s..., until %.10s)", sighting->subject, hex,
			   text_time(sighting->not_after, until));
}

static char *say_served(unsigned what, const struct sighting *before, const struct sighting *now)
{
	auto_free char *old = before && what & CHANGED_LEAF ? name_leaf(before) : NULL;
	auto_free char *new = now->leaf.set ? name_leaf(now) : NULL;

	if (what & CHANGED_NEW)
		return new ? text_format("new here, serves %s", new)
			   : text_copy("new here, and shows no certificate");
	if (what & CHANGED_UNREACHABLE)
		return text_copy("shows no certificate any more");
	if (old)
		return text_format("%sserves %s instead of %s",
				   what & CHANGED_REACHABLE ? "is back, and " : "", new, old);
	if (what & CHANGED_REACHABLE)
		return text_format("%s%s, with %s", before ? "is back" : "answers now",
				   what & CHANGED_CHAIN ? " with another chain" : "", new);
	return text_copy(what & CHANGED_CHAIN ? "serves the same leaf with another chain" : "");
}

static char *say(const struct audit_change *change, const struct sighting *before,
		 const struct sighting *now)
{
	auto_free char *served = say_served(change->what, before, now);
	auto_free char *came = changes_say(change->came), *went = changes_say(change->went);

	return text_format("%s%s%s%s%s%s%s", served, *served && (*came || *went) ? "; " : "",
			   *came ? "new: " : "", came, *came && *went ? "; " : "",
			   *went ? "gone: " : "", went);
}

void changes_free(struct audit_change *change)
{
	const char *owned[] = { change->came, change->went, change->sentence };

	for (size_t i = 0; i < COUNT(owned); i++)
		if (owned[i] && *owned[i])
			mem_free((void *)(uintptr_t)owned[i]);
}

void changes_compare(struct audit_change *change, const struct sighting *before,
		     const struct sighting *seen, const struct sighting *now)
{
	const struct sighting *served =
		before && !before->leaf.set && now->leaf.set ? seen : before;
	const char *old = served ? served->findings : "";

	change->what =
		before ? compare_reach(before, now) | compare_chains(served, now) : CHANGED_NEW;
	compare_came(change, old, now->findings);
	/* Of a box that is silent nobody knows what is mended. */
	change->went = change->what & CHANGED_UNREACHABLE ? "" : compare_went(old, now->findings);
	if (before && !(change->what & CHANGED_UNREACHABLE) && (*change->came || *change->went))
		change->what |= CHANGED_FINDINGS;
	change->worse |= (change->what & CHANGED_UNREACHABLE) != 0;
	change->sentence = change->what ? say(change, served, now) : "";
	change->since = before ? before->since : 0;
}
