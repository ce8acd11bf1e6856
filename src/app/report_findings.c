/* What is to be mended: each kind of finding once, with the devices that have it; and single ones. */
#include "certroll/guide.h"
#include "certroll/text.h"
#include "report_page.h"
#include <stdlib.h>
#include <string.h>

enum { NAMED = 8 };

/* A kind of finding and who has it. */
struct kind {
	const char *id;
	enum severity severity;
	const char *remedy; /* of the first one; others may name other certificates */
	size_t *results;
	size_t count;
};

struct kinds {
	struct kind *items;
	size_t count;
};

static struct kind *kind_for(struct kinds *kinds, const struct finding *finding)
{
	for (size_t i = 0; i < kinds->count; i++)
		if (kinds->items[i].severity == finding->severity &&
		    strcmp(kinds->items[i].id, finding->id) == 0)
			return &kinds->items[i];
	kinds->items = mem_grow(kinds->items, kinds->count, sizeof *kinds->items);
	kinds->items[kinds->count] = (struct kind){ .id = finding->id,
						    .severity = finding->severity,
						    .remedy = finding->remedy };
	return &kinds->items[kinds->count++];
}

static int by_weight(const void *a, const void *b)
{
	const struct kind *left = a, *right = b;

	if (left->severity != right->severity)
		return left->severity > right->severity ? -1 : 1;
	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return strcmp(left->id, right->id);
}

static void collect_kinds(const struct page *page, struct kinds *kinds)
{
	for (size_t i = 0; i < page->site->count; i++) {
		size_t index = page->order[i];
		const struct findings *findings = &page->site->results[index].findings;

		for (size_t j = 0; j < findings->count; j++) {
			struct kind *kind = kind_for(kinds, &findings->items[j]);

			if (kind->count && kind->results[kind->count - 1] == index)
				continue;
			kind->results = mem_grow(kind->results, kind->count, sizeof(size_t));
			kind->results[kind->count++] = index;
		}
	}
	if (kinds->count)
		qsort(kinds->items, kinds->count, sizeof *kinds->items, by_weight);
}

static void free_kinds(struct kinds *kinds)
{
	for (size_t i = 0; i < kinds->count; i++)
		mem_free(kinds->items[i].results);
	mem_free(kinds->items);
}

static void put_devices(struct page *page, const struct kind *kind)
{
	struct buf *out = &page->out;

	for (size_t i = 0; i < kind->count && i < NAMED; i++) {
		put_format(out, "%s<a href=\"#device-%zu\">", i ? ", " : "", kind->results[i] + 1);
		put_text(out, page->site->results[kind->results[i]].device->name);
		put(out, "</a>");
	}
	if (kind->count > NAMED)
		put_format(out, ", <a href=\"#finding=%s\">all %zu</a>", kind->id, kind->count);
}

static void put_kind(struct page *page, const struct kind *kind)
{
	struct buf *out = &page->out;
	const struct guide *guide = guide_find(kind->id);

	put(out, "<tr><td>");
	put_badge(out, severity_tone(kind->severity), severity_name(kind->severity));
	put_format(out, "</td><th scope=\"row\"><span class=\"id\">%s</span> %s", kind->id,
		   guide ? guide->title : "");
	if (*kind->remedy && kind->count == 1) {
		put(out, "<span class=\"under remedy\">");
		put_text(out, kind->remedy);
		put(out, "</span>");
	}
	put_format(
		out,
		"</th><td class=\"number\" data-head=\"Devices\">%zu</td><td data-head=\"Where\">",
		kind->count);
	put_devices(page, kind);
	put(out, "</td></tr>\n");
}

static void put_kinds(struct page *page, const struct kinds *kinds)
{
	struct buf *out = &page->out;

	put(out, "<table class=\"stack\">\n<thead><tr><th scope=\"col\">Severity</th>"
		 "<th scope=\"col\">Finding</th><th scope=\"col\" class=\"number\">Devices</th>"
		 "<th scope=\"col\">Where</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < kinds->count; i++)
		put_kind(page, &kinds->items[i]);
	put(out, "</tbody>\n</table>\n");
}

/* Notes alone stay folded; but what a policy relaxes nobody may forget. */
static void put_files(struct buf *out, const struct findings *findings)
{
	size_t errors = findings_count(findings, SEVERITY_ERROR);
	size_t warnings = findings_count(findings, SEVERITY_WARNING);
	size_t notes = findings_count(findings, SEVERITY_NOTE);
	bool open = errors || findings_find(findings, "policy");

	if (!findings->count)
		return;
	put_format(out,
		   "<section aria-labelledby=\"files\">\n<h2 id=\"files\">Bundle, inventory and "
		   "policy</h2>\n<details class=\"files\"%s><summary>%zu error%s, %zu warning%s, "
		   "%zu note%s</summary>\n",
		   open ? " open" : "", errors, errors == 1 ? "" : "s", warnings,
		   warnings == 1 ? "" : "s", notes, notes == 1 ? "" : "s");
	page_finding_list(out, findings, NULL);
	put(out, "</details>\n</section>\n");
}

void page_findings(struct page *page)
{
	struct buf *out = &page->out;
	struct kinds kinds = { 0 };

	collect_kinds(page, &kinds);
	put_files(out, &page->site->findings);
	if (kinds.count) {
		put(out, "<section aria-labelledby=\"findings\">\n"
			 "<h2 id=\"findings\">What was found</h2>\n");
		put_kinds(page, &kinds);
		put(out, "</section>\n");
	}
	free_kinds(&kinds);
}

/* "pbx https: certificate 2" without the name that stands above already. */
static const char *short_place(const struct finding *finding, const struct device *device)
{
	size_t length = device ? strlen(device->name) : 0;

	if (length && !strncmp(finding->place, device->name, length) &&
	    finding->place[length] == ' ')
		return finding->place + length + 1;
	return finding->place;
}

static void put_finding(struct buf *out, const struct finding *finding, const struct device *device)
{
	enum tone tone = severity_tone(finding->severity);
	const char *place = short_place(finding, device);

	put_format(out, "<li class=\"finding %s\"><p>", tone_class(tone));
	put_badge(out, tone, severity_name(finding->severity));
	put_format(out, " <span class=\"id\">%s</span> ", finding->id);
	if (*place) {
		put(out, "<span class=\"dim\">");
		put_text(out, place);
		put(out, ":</span> ");
	}
	put_text(out, finding->sentence);
	put(out, "</p>");
	if (*finding->remedy) {
		put(out, "<p class=\"remedy\">");
		put_text(out, finding->remedy);
		put(out, "</p>");
	}
	put(out, "</li>\n");
}

void page_finding_list(struct buf *out, const struct findings *findings,
		       const struct device *device)
{
	put(out, "<ul>\n");
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < findings->count; i++)
			if (findings->items[i].severity == (enum severity)severity)
				put_finding(out, &findings->items[i], device);
	put(out, "</ul>\n");
}
