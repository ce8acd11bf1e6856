/* One entry per device: its state in a line, and opened, what it serves and what is wrong. */
#include "certroll/audit_log.h"
#include "certroll/text.h"
#include "report_page.h"
#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 12 };

static void put_option(struct buf *out, const char *value, const char *text)
{
	put_format(out, "<option value=\"%s\">%s</option>", value, text);
}

static bool has_outcome(const struct site *site, enum outcome outcome)
{
	for (size_t i = 0; i < site->count; i++)
		if (site->results[i].outcome == outcome)
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids are literals, but the same one may stand in two files. */
static void put_finding_options(struct buf *out, const struct site *site)
{
	const char **ids = NULL;
	size_t count = 0;

	for (size_t i = 0; i < site->count; i++)
		for (size_t j = 0; j < site->results[i].findings.count; j++) {
			ids = mem_grow(ids, count, sizeof(char *));
			ids[count++] = site->results[i].findings.items[j].id;
		}
	if (count)
		qsort(ids, count, sizeof(char *), by_text);
	for (size_t i = 0; i < count; i++)
		if (!i || strcmp(ids[i], ids[i - 1]))
			put_option(out, ids[i], ids[i]);
	mem_free(ids);
}

/* Hidden until the script shows it: without, it could do nothing. */
static void put_tools(struct buf *out, const struct site *site)
{
	put(out,
	    "<div class=\"tools\" id=\"tools\" role=\"search\" aria-label=\"Devices\" hidden>\n"
	    "<div class=\"wide\"><label for=\"q\">Text</label>"
	    "<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></div>\n"
	    "<div><label for=\"state\">State</label><select id=\"state\">");
	put_option(out, "", "all");
	for (int i = OUTCOME_NONE; i < OUTCOMES; i++)
		if (has_outcome(site, (enum outcome)i))
			put_option(out, outcome_name((enum outcome)i),
				   outcome_name((enum outcome)i));
	put(out, "</select></div>\n"
		 "<div><label for=\"finding\">Finding</label><select id=\"finding\">");
	put_option(out, "", "all");
	put_finding_options(out, site);
	put(out, "</select></div>\n<div><label for=\"sort\">Order</label><select id=\"sort\">");
	put_option(out, "", "worst first");
	put_option(out, "end", "next to end first");
	put_option(out, "name", "by name");
	put(out, "</select></div>\n<button id=\"open\" type=\"button\">Open all</button>\n"
		 "<button id=\"close\" type=\"button\">Close all</button>\n</div>\n");
}

static void put_ids(struct buf *out, const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		put_format(out, "%s%s", i ? " " : "", findings->items[i].id);
}

static void put_say(struct buf *out, const struct result *result)
{
	const struct finding *worst = result_worst(result);
	bool told = worst && worst->severity >= SEVERITY_WARNING;

	put(out, "<span class=\"say\">");
	if (told) {
		put_format(out, "<span class=\"id\">%s</span> ", worst->id);
		put_text(out, worst->sentence);
	} else if (result->sentence) {
		put_text(out, result->sentence);
	}
	if (told && result->findings.count > 1)
		put_format(out, " <span class=\"dim\">(%zu findings)</span>",
			   result->findings.count);
	put(out, "</span>");
}

static void put_summary(struct page *page, const struct result *result)
{
	struct buf *out = &page->out;
	const struct device *device = result->device;
	const struct cert *leaf = result_leaf(result);

	put(out, "<summary>");
	put_badge(out, outcome_tone(result->outcome), outcome_name(result->outcome));
	put(out, "<h3>");
	put_text(out, device->name);
	if (page->site->inventory && device->role != ROLE_OTHER)
		put_format(out, " <span class=\"role\">%s</span>", role_name(device->role));
	put(out, "</h3>");
	put_say(out, result);
	if (leaf)
		put_left(out, "span", page->site, leaf);
	put(out, "</summary>\n");
}

/* "looked": there was nothing to compare with, and that is no news. */
static void put_state(struct buf *out, const char *state)
{
	put(out, "<td data-head=\"State\">");
	if (strcmp(state, "looked") == 0)
		put(out, "<span class=\"dim\">looked at</span>");
	else
		put_badge(out,
			  strcmp(state, "proved") == 0   ? TONE_GOOD
			  : strcmp(state, "closed") == 0 ? TONE_CALM
							 : TONE_BAD,
			  state);
	put(out, "</td>");
}

static void put_names(struct buf *out, const struct endpoint *endpoint)
{
	put(out, "<td data-head=\"Names\">");
	for (size_t i = 0; i < endpoint->name_count; i++) {
		put(out, i ? ", " : "");
		put_text(out, endpoint->names[i]);
	}
	put(out, endpoint->name_count ? "</td>" : "<span class=\"dim\">none</span></td>");
}

static void put_under(struct buf *out, const char *before, const char *text)
{
	put(out, "<span class=\"under small\">");
	put(out, before);
	put_text(out, text);
	put(out, "</span>");
}

static void put_endpoint(struct buf *out, const struct endpoint *endpoint,
			 const struct audit_change *change)
{
	const struct served *served = endpoint_look(endpoint);
	auto_free char *address = endpoint_address(endpoint);

	put(out, "<tr><th scope=\"row\">");
	put_text(out, endpoint->service->name);
	put(out, endpoint->after_only ? " <span class=\"dim\">without a server name</span>" : "");
	put(out, "</th><td data-head=\"Address\">");
	put_text(out, address);
	put(out, "</td>");
	put_names(out, endpoint);
	put_state(out, endpoint_state(endpoint));
	put(out, "<td data-head=\"Served\">");
	put_text(out, served->chain ? chain_leaf(served->chain)->display : served_failure(served));
	if (served->chain && served->tls_version)
		put_format(out, " <span class=\"dim\">%s</span>", served->tls_version);
	if (endpoint->difference)
		put_under(out, "", endpoint->difference);
	if (change && change->what)
		put_under(out, "<strong>changed:</strong> ", change->sentence);
	put(out, "</td></tr>\n");
}

static void put_endpoints(struct buf *out, const struct site *site, const struct result *result)
{
	put(out,
	    "<table class=\"endpoints stack\">\n<thead><tr><th scope=\"col\">Service</th>"
	    "<th scope=\"col\">Address</th><th scope=\"col\">Names</th>"
	    "<th scope=\"col\">State</th><th scope=\"col\">Served</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (endpoint_shown(&result->endpoints[i]))
			put_endpoint(out, &result->endpoints[i],
				     audit_log_of(site, result, &result->endpoints[i]));
	put(out, "</tbody>\n</table>\n");
}

/* The same chain on several services is shown once. */
static bool shown_before(const struct result *result, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (endpoint_look(&result->endpoints[i])->chain ==
		    endpoint_look(&result->endpoints[index])->chain)
			return true;
	return false;
}

static void put_services(struct buf *out, const struct result *result, const struct chain *chain)
{
	const char *separator = "";

	put(out, "<h4>Chain as served on ");
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];

		if (endpoint_look(endpoint)->chain != chain || endpoint->after_only)
			continue;
		put(out, separator);
		put_text(out, endpoint->service->name);
		separator = ", ";
	}
	put(out, "</h4>\n");
}

static void put_chains(struct page *page, const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++) {
		const struct endpoint *endpoint = &result->endpoints[i];
		const struct chain *chain = endpoint_look(endpoint)->chain;
		auto_free char *place =
			text_format("%s %s", result->device->name, endpoint->service->name);

		if (!chain || shown_before(result, i))
			continue;
		put_services(&page->out, result, chain);
		page_chain(&page->out, page->site, chain, &result->findings, place);
	}
}

/* What text reports say of the box itself. */
static void put_notes(struct buf *out, const struct result *result)
{
	const struct job *job = result->job;
	const char *firmware = job ? job_known(job, FACT_FIRMWARE) : NULL;

	if (firmware) {
		put(out, "<p>Firmware ");
		put_text(out, firmware);
		put(out, "</p>\n");
	}
	if (job && result->device->trust == TRUST_NONE)
		put(out,
		    "<p><strong>warning:</strong> trust: none - nobody checked that this is the "
		    "device</p>\n");
	if (job && job->clock_known && (job->clock_skew > 120 || job->clock_skew < -120))
		put_format(out,
			   "<p><strong>warning:</strong> its clock is %" PRId64 " seconds %s</p>\n",
			   job->clock_skew > 0 ? job->clock_skew : -job->clock_skew,
			   job->clock_skew > 0 ? "ahead" : "behind");
	if (job && job->notes.count)
		page_finding_list(out, &job->notes, result->device);
}

static bool any_chain(const struct result *result)
{
	return result_leaf(result) != NULL;
}

/* Of a look alone, the findings say everything that the sentence counts. */
static bool is_told(const struct page *page, const struct result *result)
{
	bool looks = page->kind == REPORT_AUDIT || page->kind == REPORT_VERIFY;

	return looks && (result->findings.count || result->outcome == OUTCOME_WELL);
}

static void put_inside(struct page *page, const struct result *result, size_t number)
{
	struct buf *out = &page->out;
	bool both = any_chain(result) && result->findings.count;

	put_format(out, "<div class=\"inside\" id=\"device-%zu\">\n", number);
	if (result->sentence && !is_told(page, result)) {
		put(out, "<p>");
		put_text(out, result->sentence);
		put(out, "</p>\n");
	}
	put_notes(out, result);
	if (result->endpoint_count)
		put_endpoints(out, page->site, result);
	put_format(out, "<div class=\"look%s\">\n", both ? "" : " alone");
	if (any_chain(result)) {
		put(out, "<div>");
		put_chains(page, result);
		put(out, "</div>\n");
	}
	if (result->findings.count) {
		put(out, "<div><h4>Findings</h4>\n");
		page_finding_list(out, &result->findings, result->device);
		put(out, "</div>\n");
	}
	put(out, "</div>\n</div>\n");
}

/* @p rank: the place in the order of the page. */
static void put_device(struct page *page, size_t index, size_t rank)
{
	struct buf *out = &page->out;
	const struct result *result = &page->site->results[index];
	const struct cert *leaf = result_leaf(result);
	enum tone tone = outcome_tone(result->outcome);

	if (tone == TONE_GOOD && findings_worst(&result->findings) == SEVERITY_WARNING)
		tone = TONE_WARN;
	put_format(out, "<li class=\"device %s\" data-state=\"%s\" data-rank=\"%zu\"",
		   tone_class(tone), outcome_name(result->outcome), rank);
	if (leaf)
		put_format(out, " data-end=\"%" PRId64 "\"", leaf->not_after);
	put(out, " data-name=\"");
	put_attribute(out, result->device->name);
	put(out, "\" data-findings=\"");
	put_ids(out, &result->findings);
	put_format(out, "\"><details%s>", tone == TONE_BAD && rank < OPEN_MAX ? " open" : "");
	put_summary(page, result);
	put_inside(page, result, index + 1);
	put(out, "</details></li>\n");
}

static bool is_left_out(const struct site *site, const struct result *result)
{
	enum tone tone = outcome_tone(result->outcome);

	return site->request->quiet && (tone == TONE_GOOD || tone == TONE_CALM);
}

void page_devices(struct page *page)
{
	struct buf *out = &page->out;
	const struct site *site = page->site;

	put(out, "<section aria-labelledby=\"devices\">\n<h2 id=\"devices\">Devices</h2>\n");
	put_tools(out, site);
	put_format(out, "<p id=\"count\" role=\"status\" class=\"dim\">%zu device%s</p>\n",
		   site->count, site->count == 1 ? "" : "s");
	put(out, "<ol id=\"list\">\n");
	for (size_t i = 0; i < site->count; i++)
		if (!is_left_out(site, &site->results[page->order[i]]))
			put_device(page, page->order[i], i);
	put(out, "</ol>\n</section>\n");
}
