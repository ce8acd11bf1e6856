#include "certroll/finding.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE_MAX = 1024, RECENT = 16 };

/* A text that several findings have: about ten thousand endpoints the same few things are said. */
struct shared {
	size_t users;
	char text[];
};

/* Those that were added last and are in use. */
static struct shared *recent[RECENT];
static unsigned oldest;

static struct shared *shared_of(const char *text)
{
	return (struct shared *)(uintptr_t)(text - offsetof(struct shared, text));
}

static struct shared *find_recent(const char *text)
{
	for (size_t i = 0; i < RECENT; i++)
		if (recent[i] && strcmp(recent[i]->text, text) == 0)
			return recent[i];
	return NULL;
}

static const char *share(const char *text)
{
	struct shared *shared = find_recent(text);
	size_t size = strlen(text) + 1;

	if (!shared) {
		shared = mem_alloc(sizeof *shared + size);
		memcpy(shared->text, text, size);
		recent[oldest++ % RECENT] = shared;
	}
	shared->users++;
	return shared->text;
}

static void unshare(const char *text)
{
	struct shared *shared = shared_of(text);

	if (--shared->users)
		return;
	for (size_t i = 0; i < RECENT; i++)
		if (recent[i] == shared)
			recent[i] = NULL;
	mem_free(shared);
}

void findings_add(struct findings *findings, const char *id, enum severity severity,
		  const char *place, const char *remedy, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list values;

	if (severity == SEVERITY_NONE)
		return;
	va_start(values, format);
	vsnprintf(sentence, sizeof sentence, format, values);
	va_end(values);
	findings->items = mem_grow(findings->items, findings->count, sizeof *findings->items);
	findings->items[findings->count++] = (struct finding){
		.id = id,
		.severity = severity,
		.place = text_copy(place ? place : ""),
		.sentence = share(sentence),
		.remedy = share(remedy ? remedy : ""),
	};
}

void finding_advise(struct finding *finding, const char *remedy)
{
	unshare(finding->remedy);
	finding->remedy = share(remedy);
}

void findings_append(struct findings *findings, const struct findings *more)
{
	for (size_t i = 0; i < more->count; i++) {
		const struct finding *one = &more->items[i];

		findings_add(findings, one->id, one->severity, one->place, one->remedy, "%s",
			     one->sentence);
	}
}

static bool same(const struct finding *a, const struct finding *b)
{
	return !strcmp(a->id, b->id) && !strcmp(a->place, b->place) &&
	       !strcmp(a->sentence, b->sentence);
}

void findings_merge(struct findings *findings, const struct findings *more)
{
	for (size_t i = 0; i < more->count; i++) {
		const struct finding *one = &more->items[i];
		size_t at = 0;

		while (at < findings->count && !same(&findings->items[at], one))
			at++;
		if (at == findings->count)
			findings_add(findings, one->id, one->severity, one->place, one->remedy,
				     "%s", one->sentence);
		else if (one->severity > findings->items[at].severity)
			findings->items[at].severity = one->severity;
	}
}

enum severity findings_worst(const struct findings *findings)
{
	enum severity worst = SEVERITY_NONE;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].severity > worst)
			worst = findings->items[i].severity;
	return worst;
}

size_t findings_count(const struct findings *findings, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].severity == severity;
	return count;
}

const struct finding *findings_find(const struct findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].id, id) == 0)
			return &findings->items[i];
	return NULL;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "none", "note", "warning", "error" };

	return (size_t)severity < COUNT(names) ? names[severity] : "unknown";
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		mem_free(findings->items[i].place);
		unshare(findings->items[i].sentence);
		unshare(findings->items[i].remedy);
	}
	mem_free(findings->items);
	*findings = (struct findings){ 0 };
}
