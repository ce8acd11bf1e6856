/*
 * report_page: what the parts of the HTML report share.  Private to the app.
 *
 * Names and sentences come from boxes, certificates and files: they reach the page by put_text() and
 * put_attribute() only.
 */
#ifndef APP_REPORT_PAGE_H
#define APP_REPORT_PAGE_H

#include "certroll/report.h"
#include "markup.h"
#include <inttypes.h>

/* How good news is; a class of the style, and a sign, because colour alone tells not everybody. */
enum tone { TONE_BAD, TONE_WARN, TONE_NOTE, TONE_CALM, TONE_GOOD, TONES };

/* A leaf that is served, and by whom. */
struct leaf_use {
	const struct cert *leaf;
	size_t devices;     /* how many serve it */
	const char *device; /* the first of them */
};

struct page {
	struct buf out;
	const struct site *site;
	enum report_kind kind;
	size_t *order; /* of site->results: the worst first */
	struct leaf_use *leaves;
	size_t leaf_count; /* by end */
};

/* Made of html/ at build time. */
extern const char page_style[], page_style_hash[], page_script[], page_script_hash[];

/* report_page.c */
void put_format(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);
void put_text(struct buf *out, const char *text);      /* isolated from the text around it */
void put_attribute(struct buf *out, const char *text); /* in quotes; or a title */
void put_badge(struct buf *out, enum tone tone, const char *word);
void put_day(struct buf *out, int64_t when);
void put_left(struct buf *out, const char *element, const struct site *site,
	      const struct cert *cert);
const char *tone_class(enum tone tone);
const char *tone_sign(enum tone tone);
enum tone severity_tone(enum severity severity);
enum tone outcome_tone(enum outcome outcome);
enum tone life_tone(const struct cert *cert, int64_t now);

/* report_facts.c */
void page_collect(struct page *page);
const struct cert *result_leaf(const struct result *result); /* the one that ends first; or NULL */
bool endpoint_shown(const struct endpoint *endpoint);
const struct finding *result_worst(const struct result *result);

/* One part of the page each. */
void page_overview(struct page *page);
void page_findings(struct page *page);
void page_timeline(struct page *page);
void page_devices(struct page *page);

/* The list of findings of one device, or of the files (device NULL). */
void page_finding_list(struct buf *out, const struct findings *findings,
		       const struct device *device);

/* What one endpoint serves, as boxes.  @place is how findings call the endpoint. */
void page_chain(struct buf *out, const struct site *site, const struct chain *chain,
		const struct findings *findings, const char *place);

#endif
