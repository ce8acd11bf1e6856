/*
 * When which leaf ends: one row per leaf, however many devices serve it, with its lifetime drawn on a
 * common scale; what the rows have no room for becomes one row of strokes.
 *
 * Each drawing is as wide as its cell: all x are percents, so no text in it is scaled.
 */
#include "certroll/text.h"
#include "report_page.h"
#include <string.h>
#include <time.h>

enum { ROWS = 15, DAY = 86400, STROKES = 400 };

struct scale {
	int64_t from, until;
};

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* From a month ago at most to 13 months ahead at most: a factory certificate may last 20 years. */
static struct scale scale_of(const struct page *page)
{
	int64_t now = page->site->now;
	int64_t first = page->leaves[0].leaf->not_after;
	int64_t last = page->leaves[page->leaf_count - 1].leaf->not_after;
	int64_t until = clamp(last, now + 45 * DAY, now + 400 * DAY);
	int64_t margin = (until - now) / 20;

	return (struct scale){ .from = clamp(first, now - 45 * DAY, now) - margin,
			       .until = until + margin };
}

static double percent(const struct scale *scale, int64_t when)
{
	int64_t at = clamp(when, scale->from, scale->until);

	return 100.0 * (double)(at - scale->from) / (double)(scale->until - scale->from);
}

/* The first of the month that is @p months after that of @p when. */
static int64_t month_after(int64_t when, int months, struct tm *parts)
{
	time_t seconds = (time_t)when;

	gmtime_r(&seconds, parts);
	*parts = (struct tm){ .tm_year = parts->tm_year,
			      .tm_mon = parts->tm_mon + months,
			      .tm_mday = 1 };
	return (int64_t)timegm(parts);
}

/* At most six marks, so that their names have room on a phone. */
static int months_apart(const struct scale *scale)
{
	int64_t months = (scale->until - scale->from) / (30 * DAY);

	return months <= 5 ? 1 : months <= 10 ? 2 : 3;
}

static void put_grid(struct buf *out, const struct scale *scale, int64_t now)
{
	struct tm parts;
	int step = months_apart(scale);

	for (int i = step;; i += step) {
		int64_t when = month_after(scale->from, i, &parts);

		if (when > scale->until)
			break;
		put_format(out,
			   "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" "
			   "y2=\"100%%\"/>",
			   percent(scale, when), percent(scale, when));
	}
	put_format(out, "<line class=\"today\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>",
		   percent(scale, now), percent(scale, now));
}

/* Names of months that would touch "today" are left out. */
static void put_axis(struct buf *out, const struct scale *scale, int64_t now)
{
	struct tm parts;
	int step = months_apart(scale);
	bool named = false;

	put(out, "<svg class=\"axis\" aria-hidden=\"true\">");
	for (int i = step;; i += step) {
		int64_t when = month_after(scale->from, i, &parts);
		double x = percent(scale, when), today = percent(scale, now);
		char name[16];

		if (when > scale->until || x > 93)
			break;
		if (x > today - 9 && x < today + 13)
			continue;
		strftime(name, sizeof name, !named || parts.tm_mon < step ? "%b %Y" : "%b", &parts);
		put_format(out, "<text x=\"%.2f%%\" y=\"1em\" text-anchor=\"middle\">%s</text>", x,
			   name);
		named = true;
	}
	put_format(out, "<text class=\"now\" x=\"%.2f%%\" y=\"1em\">today</text></svg>",
		   percent(scale, now) - 1);
}

/* A cross for what is over, an arrow for what ends beyond the scale, else a dot. */
static void put_end(struct buf *out, const struct scale *scale, const struct cert *leaf,
		    int64_t now)
{
	double x = percent(scale, leaf->not_after);

	if (leaf->not_after >= now && leaf->not_after <= scale->until) {
		put_format(out, "<circle class=\"end\" cx=\"%.2f%%\" cy=\"50%%\" r=\"4\"/>", x);
		return;
	}
	put_format(out,
		   "<svg x=\"%.2f%%\" y=\"50%%\" overflow=\"visible\"><path class=\"cross\" "
		   "d=\"%s\"/></svg>",
		   x,
		   leaf->not_after < now ? "M-4-4L4 4M-4 4L4-4" : "M-9-4L-4 0L-9 4M-4-4L1 0L-4 4");
}

static void put_lane(struct page *page, const struct scale *scale, const struct cert *leaf)
{
	int64_t now = page->site->now;
	double begin = percent(scale, leaf->not_before), end = percent(scale, leaf->not_after);

	put_format(&page->out, "<td class=\"lane\"><svg class=\"%s\" aria-hidden=\"true\">",
		   tone_class(life_tone(leaf, now)));
	put_grid(&page->out, scale, now);
	put_format(&page->out,
		   "<rect class=\"life\" x=\"%.2f%%\" y=\"50%%\" width=\"%.2f%%\" height=\"8\" "
		   "transform=\"translate(0 -4)\"/>",
		   begin, end - begin);
	put_end(&page->out, scale, leaf, now);
	put(&page->out, "</svg></td></tr>\n");
}

static void put_row(struct page *page, const struct scale *scale, const struct leaf_use *use)
{
	struct buf *out = &page->out;
	const struct bundle *bundle = page->site->bundle;
	bool intended = bundle && bundle->chain && chain_leaf(bundle->chain) == use->leaf;

	put(out, "<tr><th scope=\"row\">");
	put_text(out, use->leaf->display);
	if (intended)
		put(out, " <span class=\"badge note\">the bundle</span>");
	put(out, "<span class=\"under dim small\">on ");
	put_text(out, use->device);
	if (use->devices > 1)
		put_format(out, " and %zu more", use->devices - 1);
	put(out, "</span></th><td class=\"date\" data-head=\"Ends\">");
	put_day(out, use->leaf->not_after);
	put(out, "</td>");
	put_left(out, "td", page->site, use->leaf);
	put_lane(page, scale, use->leaf);
}

/* Strokes at the same place are one. */
static void put_strokes(struct page *page, const struct scale *scale, size_t rows)
{
	bool drawn[STROKES + 1] = { false };

	for (size_t i = rows; i < page->leaf_count; i++) {
		const struct cert *leaf = page->leaves[i].leaf;
		double x = percent(scale, leaf->not_after);
		size_t slot = (size_t)(x * STROKES / 100);

		if (drawn[slot])
			continue;
		drawn[slot] = true;
		put_format(&page->out,
			   "<line class=\"rug %s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"20%%\" "
			   "y2=\"80%%\"/>",
			   tone_class(life_tone(leaf, page->site->now)), x, x);
	}
}

static void put_rest(struct page *page, const struct scale *scale, size_t rows)
{
	struct buf *out = &page->out;
	size_t rest = page->leaf_count - rows;

	put_format(out, "<tr><th scope=\"row\">%zu %scertificate%s</th>", rest, rows ? "more " : "",
		   rest == 1 ? "" : "s");
	put(out, "<td class=\"date\" data-head=\"Ends\">");
	put_day(out, page->leaves[rows].leaf->not_after);
	put(out, " and later</td><td></td><td class=\"lane\"><svg aria-hidden=\"true\">");
	put_grid(out, scale, page->site->now);
	put_strokes(page, scale, rows);
	put(out, "</svg></td></tr>\n");
}

/* Where there are too many for a row each, those that end beyond the scale get none. */
static size_t count_rows(const struct page *page, const struct scale *scale)
{
	size_t rows = 0;

	if (page->leaf_count <= ROWS)
		return page->leaf_count;
	while (rows < ROWS && page->leaves[rows].leaf->not_after <= scale->until)
		rows++;
	return rows;
}

void page_timeline(struct page *page)
{
	struct buf *out = &page->out;
	size_t rows;
	struct scale scale;

	if (!page->leaf_count)
		return;
	scale = scale_of(page);
	rows = count_rows(page, &scale);
	put(out, "<section aria-labelledby=\"expiry\">\n<h2 id=\"expiry\">When they end</h2>\n"
		 "<table class=\"timeline stack\">\n<thead><tr><th scope=\"col\">Certificate</th>"
		 "<th scope=\"col\">Ends</th><th scope=\"col\">Left</th>"
		 "<th scope=\"col\" class=\"lane\" aria-label=\"Lifetime, drawn\">");
	put_axis(out, &scale, page->site->now);
	put(out, "</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < rows; i++)
		put_row(page, &scale, &page->leaves[i]);
	if (page->leaf_count > rows)
		put_rest(page, &scale, rows);
	put(out, "</tbody>\n</table>\n</section>\n");
}
