/*
 * The report as one HTML file: nothing from elsewhere, complete without its script, for screens light
 * and dark, wide and narrow, and for paper.
 */
#include "certroll/audit_log.h"
#include "certroll/text.h"
#include "report_page.h"
#include <stdio.h>
#include <string.h>

/* 10,000 devices, each with a chain of its own, take 60 MiB. */
enum { PAGE_MAX = 512 << 20 };

static const char *const kinds[] = { "check", "plan", "deploy", "verify", "audit", "clear" };

/* Outcomes in the order of their weight. */
static const enum outcome outcomes[] = {
	OUTCOME_FAILED,    OUTCOME_UNREACHABLE, OUTCOME_RESET,   OUTCOME_STOPPED,
	OUTCOME_DUE,       OUTCOME_WOULD,       OUTCOME_CHANGED, OUTCOME_WELL,
	OUTCOME_UNCHANGED, OUTCOME_HELD,        OUTCOME_NONE,
};

static size_t count_outcome(const struct site *site, enum outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		count += site->results[i].outcome == outcome;
	return count;
}

static void put_all_well(struct buf *out, const struct site *site)
{
	size_t aside = count_outcome(site, OUTCOME_HELD) + count_outcome(site, OUTCOME_NONE);

	if (aside)
		put_format(out, "%zu of %zu devices well, %zu left aside", site->count - aside,
			   site->count, aside);
	else if (site->count == 1)
		put(out, "the device is well");
	else
		put_format(out, "all %zu devices are well", site->count);
}

/* "2 of 12 devices failed, 1 unreachable"; "all 12 devices are well". */
static void put_headline(struct buf *out, const struct site *site)
{
	const char *separator = "";
	size_t failed = 0;

	for (size_t i = 0; i < COUNT(outcomes) && outcome_tone(outcomes[i]) < TONE_CALM; i++) {
		size_t count = count_outcome(site, outcomes[i]);

		if (!count)
			continue;
		put_format(out, "%s%zu", separator, count);
		if (!failed)
			put_format(out, " of %zu device%s", site->count,
				   site->count == 1 ? "" : "s");
		put_format(out, " %s", outcome_name(outcomes[i]));
		separator = ", ";
		failed += count;
	}
	if (!failed)
		put_all_well(out, site);
}

static void put_head(struct page *page)
{
	struct buf *out = &page->out;
	char now[32];

	put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	put_format(out,
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		   "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
		   page_style_hash, page_script_hash);
	put(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		 "<meta name=\"color-scheme\" content=\"light dark\">\n"
		 "<meta name=\"referrer\" content=\"no-referrer\">\n"
		 "<meta name=\"robots\" content=\"noindex\">\n<title>certroll ");
	put_format(out, "%s: ", kinds[page->kind]);
	put_headline(out, page->site);
	put_format(out, " (%.10s)</title>\n<style>", text_time(page->site->now, now));
	put(out, page_style);
	put(out, "</style>\n</head>\n");
}

static size_t count_endpoints(const struct site *site)
{
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		for (size_t j = 0; j < site->results[i].endpoint_count; j++)
			count += endpoint_shown(&site->results[i].endpoints[j]);
	return count;
}

static void put_header(struct page *page)
{
	struct buf *out = &page->out;
	const struct bundle *bundle = page->site->bundle;
	size_t endpoints = count_endpoints(page->site);
	char now[32];

	put(out, "<body>\n<a class=\"skip\" href=\"#devices\">Skip to the devices</a>\n<header>\n");
	put_format(out, "<p class=\"brand\">certroll %s</p>\n<h1>", kinds[page->kind]);
	put_headline(out, page->site);
	put_format(out, "</h1>\n<p class=\"dim\">As of %s, %zu endpoint%s",
		   text_time(page->site->now, now), endpoints, endpoints == 1 ? "" : "s");
	if (bundle && bundle->chain) {
		put(out, ", compared with the bundle of ");
		put_text(out, chain_leaf(bundle->chain)->display);
		put(out, " until ");
		put_day(out, chain_leaf(bundle->chain)->not_after);
	}
	put(out, "</p>\n</header>\n");
}

static void put_tile(struct buf *out, enum outcome outcome, size_t count)
{
	enum tone tone = outcome_tone(outcome);
	const char *name = outcome_name(outcome);

	put_format(out,
		   "<li class=\"tile %s\"><a href=\"#state=%s\"><span class=\"count\">%zu</span> "
		   "<span class=\"word\"><span aria-hidden=\"true\">%s</span> %s</span></a></li>\n",
		   tone_class(tone), name, count, tone_sign(tone), name);
}

/* The same counts as widths; for the eye alone. */
static void put_share(struct buf *out, const struct site *site)
{
	double at = 0;

	put(out, "<svg class=\"share\" aria-hidden=\"true\">");
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		double width =
			100.0 * (double)count_outcome(site, outcomes[i]) / (double)site->count;

		if (width > 0)
			put_format(out,
				   "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" "
				   "height=\"100%%\"/>",
				   tone_class(outcome_tone(outcomes[i])), at, width);
		at += width;
	}
	put(out, "</svg>\n");
}

/* The leaf that ends first of those that have not. */
static void put_next(struct page *page)
{
	struct buf *out = &page->out;
	size_t expired = 0;

	while (expired < page->leaf_count &&
	       page->leaves[expired].leaf->not_after < page->site->now)
		expired++;
	if (expired)
		put_format(out, "<p>%zu certificate%s expired already.</p>\n", expired,
			   expired == 1 ? " has" : "s have");
	if (expired < page->leaf_count) {
		const struct leaf_use *next = &page->leaves[expired];

		put(out, "<p>The next certificate to end is <strong>");
		put_text(out, next->leaf->display);
		put_format(out, "</strong> on %zu device%s: ", next->devices,
			   next->devices == 1 ? "" : "s");
		put_day(out, next->leaf->not_after);
		put(out, ", ");
		put_left(out, "span", page->site, next->leaf);
		put(out, ".</p>\n");
	}
}

/* What is no longer in the inventory has no place further down. */
static void put_changes(struct buf *out, const struct audit_log *log)
{
	char when[32];

	if (!log || !log->before)
		return;
	put_format(out, "<p>Since the audit of %s, ", text_time(log->before, when));
	if (log->changed)
		put_format(out, "<strong>%zu endpoint%s changed</strong>.</p>\n", log->changed,
			   log->changed == 1 ? " has" : "s have");
	else
		put(out, "nothing has changed.</p>\n");
	for (size_t i = 0; i < log->vanished_count; i++) {
		put(out, "<p>");
		put_text(out, log->vanished[i].device);
		put(out, " ");
		put_text(out, log->vanished[i].service);
		put(out, " ");
		put_text(out, log->vanished[i].name);
		put(out, *log->vanished[i].name ? " " : "");
		put_text(out, log->vanished[i].sentence);
		put(out, ".</p>\n");
	}
}

void page_overview(struct page *page)
{
	struct buf *out = &page->out;

	put(out, "<section aria-labelledby=\"overview\">\n<h2 id=\"overview\">Overview</h2>\n"
		 "<ul class=\"tiles\">\n");
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		size_t count = count_outcome(page->site, outcomes[i]);

		if (count)
			put_tile(out, outcomes[i], count);
	}
	put(out, "</ul>\n");
	put_share(out, page->site);
	put_next(page);
	put_changes(out, page->site->log);
	put(out, "</section>\n");
}

static void make_page(struct page *page)
{
	page_collect(page);
	put_head(page);
	put_header(page);
	put(&page->out, "<main>\n");
	page_overview(page);
	page_findings(page);
	page_timeline(page);
	page_devices(page);
	put(&page->out, "</main>\n<footer>Times are UTC. A finding is explained by "
			"<code>certroll rules ID</code>. Made by certroll " CERTROLL_VERSION
			"; nothing in this file is fetched from elsewhere.</footer>\n<script>");
	put(&page->out, page_script);
	put(&page->out, "</script>\n</body>\n</html>\n");
	mem_free(page->order);
	mem_free(page->leaves);
}

char *report_page(const struct site *site, enum report_kind kind)
{
	struct page page = { .out = BUF_MAX(PAGE_MAX), .site = site, .kind = kind };

	make_page(&page);
	return take(page.out.data);
}

void report_html(const struct site *site, enum report_kind kind)
{
	auto_free char *page = report_page(site, kind);

	fputs(page, stdout);
}
