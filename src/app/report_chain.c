/*
 * A chain as boxes on a rail: certificates in the order in which they were sent, between two of them
 * whether the lower one signed the upper one, and dashed what was not sent.
 */
#include "certroll/text.h"
#include "report_page.h"
#include <stdlib.h>
#include <string.h>

struct drawing {
	struct buf *out;
	const struct chain *chain;
	const struct findings *findings;
	const char *place;
	int64_t now;
};

/* The position on the path, or CHAIN_NONE. */
static int step_of(const struct path *path, const struct cert *cert)
{
	for (size_t i = 0; i < path->count; i++)
		if (path->certs[i] == cert)
			return (int)i;
	return CHAIN_NONE;
}

static bool is_sent(const struct chain *chain, const struct cert *cert)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->certs[i] == cert)
			return true;
	return false;
}

/* A repeated one; or one the path does without, unless the path has a gap that it may belong above. */
static bool is_stray(const struct chain *chain, size_t index)
{
	const struct cert *cert = chain->certs[index];

	if (chain->same_as[index] != CHAIN_NONE)
		return true;
	return step_of(&chain->path, cert) < 0 &&
	       !(chain->path.end == PATH_INCOMPLETE && cert->is_ca);
}

static void put_flag(struct buf *out, const char *text)
{
	put_format(out,
		   "<span class=\"flag\"><span aria-hidden=\"true\">\xe2\x9c\x95</span> %s</span>",
		   text);
}

static bool is_out_of_date(const struct drawing *drawing, const struct cert *cert)
{
	return cert->not_after < drawing->now || cert->not_before > drawing->now;
}

static void put_flags(const struct drawing *drawing, size_t index)
{
	const struct chain *chain = drawing->chain;
	const struct cert *cert = chain->certs[index];
	auto_free char *repeats = text_format("repeats certificate %d", chain->same_as[index] + 1);
	auto_free char *leaf =
		text_format("stands first, but certificate %d is the leaf", chain->leaf + 1);

	if (cert->not_after < drawing->now)
		put_flag(drawing->out, "expired");
	if (cert->not_before > drawing->now)
		put_flag(drawing->out, "not yet valid");
	if (index == 0 && chain->leaf != 0)
		put_flag(drawing->out, leaf);
	if (chain->same_as[index] != CHAIN_NONE)
		put_flag(drawing->out, repeats);
	else if (is_stray(chain, index))
		put_flag(drawing->out, "does not belong to this chain");
	if (chain->path.refused == cert && !is_out_of_date(drawing, cert))
		put_flag(drawing->out, "refused, see the findings");
}

static const char *kind_of(const struct chain *chain, size_t index)
{
	const struct cert *cert = chain->certs[index];

	if ((int)index == chain->leaf)
		return cert->self_signed ? "leaf, self-signed" : "leaf";
	return cert->self_signed ? "root" : cert->is_ca ? "intermediate" : "no CA";
}

/* Findings that name this certificate of this endpoint: "pbx https: certificate 2". */
static enum severity worst_here(const struct drawing *drawing, size_t index)
{
	auto_free char *place = text_format("%s: certificate %zu", drawing->place, index + 1);
	enum severity worst = SEVERITY_NONE;

	for (size_t i = 0; i < drawing->findings->count; i++) {
		const struct finding *finding = &drawing->findings->items[i];

		if (finding->severity > worst && strcmp(finding->place, place) == 0)
			worst = finding->severity;
	}
	return worst;
}

static void put_ids(const struct drawing *drawing, size_t index)
{
	auto_free char *place = text_format("%s: certificate %zu", drawing->place, index + 1);

	for (size_t i = 0; i < drawing->findings->count; i++) {
		const struct finding *finding = &drawing->findings->items[i];

		if (strcmp(finding->place, place) == 0)
			put_format(drawing->out, " <span class=\"badge %s\">%s %s</span>",
				   tone_class(severity_tone(finding->severity)),
				   severity_name(finding->severity), finding->id);
	}
}

static void put_cert(const struct drawing *drawing, size_t index)
{
	struct buf *out = drawing->out;
	const struct chain *chain = drawing->chain;
	const struct cert *cert = chain->certs[index];
	auto_free char *key = cert_key_text(cert);
	bool bad = is_out_of_date(drawing, cert) || is_stray(chain, index) ||
		   (index == 0 && chain->leaf != 0) || chain->path.refused == cert ||
		   worst_here(drawing, index) == SEVERITY_ERROR;

	put_format(out, "<div class=\"cert%s\"><span class=\"kind\">%s</span>", bad ? " bad" : "",
		   kind_of(chain, index));
	put_format(out, "<span class=\"name\">%zu. ", index + 1);
	put_text(out, cert->display);
	put(out, "</span>");
	put_ids(drawing, index);
	put(out, "<span class=\"under\">issued by ");
	put_text(out, *cert->issuer_cn ? cert->issuer_cn : cert->issuer);
	put(out, ", until ");
	put_day(out, cert->not_after);
	put_format(out, ", %s</span>", key);
	put_flags(drawing, index);
	put(out, "</div>");
}

static void put_link(struct buf *out, const char *class, const char *text)
{
	bool bad = strcmp(class, "bad") == 0;

	put_format(out, "<div class=\"link %s\">%s%s</div>", class,
		   bad ? "<span aria-hidden=\"true\">\xe2\x9c\x95</span> " : "", text);
}

/* What signed @p cert was not sent: an anchor that clients bring along, or nobody knows. */
static void put_gap(const struct drawing *drawing, const struct cert *cert)
{
	static const char *const sources[] = {
		[ANCHOR_NONE] = "",
		[ANCHOR_SYSTEM] = "not sent, and need not be: clients bring it along",
		[ANCHOR_FILE] = "not sent, and need not be: clients that trust it have it",
		[ANCHOR_BUNDLE] = "not sent, and need not be: it is the bundle's root",
	};
	const struct path *path = &drawing->chain->path;
	int step = step_of(path, cert);
	bool known = step >= 0 && (size_t)step + 1 < path->count;
	const struct cert *above = known ? path->certs[step + 1] : NULL;
	const char *name = *cert->issuer_cn ? cert->issuer_cn : cert->issuer;
	struct buf *out = drawing->out;

	put_link(out, known ? "calm" : "bad",
		 known ? "signed by" : "signed by one that is missing");
	put_format(out, "<div class=\"cert gap%s\"><span class=\"kind\">%s</span>",
		   known ? "" : " bad", known ? "trust anchor" : "missing");
	put(out, "<span class=\"name\">");
	put_text(out, known ? above->display : name);
	put_format(out, "</span><span class=\"under\">%s</span></div>",
		   known ? sources[path->source] : "was not sent, and is not known here");
}

/* The rail from certificate @p index to the next one that was sent. */
static void put_rail(const struct drawing *drawing, size_t index)
{
	const struct chain *chain = drawing->chain;
	int issuer = chain->issuer_of[index];
	auto_free char *elsewhere =
		text_format("not signed by the next: certificate %d signed it", issuer + 1);

	if (issuer == (int)index + 1)
		put_link(drawing->out, "fine", "signed by");
	else if (is_stray(chain, index) || is_stray(chain, index + 1))
		put_link(drawing->out, "bad", "nothing connects these");
	else if (issuer == (int)index)
		put_link(drawing->out, "bad", "a root ends a chain, but more follows");
	else if (issuer != CHAIN_NONE)
		put_link(drawing->out, "bad", elsewhere);
	else
		put_link(drawing->out, "calm", "not known to be connected");
}

static void put_above(const struct drawing *drawing, size_t index)
{
	const struct chain *chain = drawing->chain;
	const struct cert *cert = chain->certs[index];
	int issuer = chain->issuer_of[index];
	bool last = index + 1 == chain->count;
	auto_free char *text = text_format("signed by certificate %d, above", issuer + 1);
	int step = step_of(&chain->path, cert);
	bool anchored = step >= 0 && (size_t)step + 1 < chain->path.count &&
			!is_sent(chain, chain->path.certs[step + 1]);

	if ((issuer == CHAIN_NONE || anchored) && !is_stray(chain, index) && !cert->self_signed)
		put_gap(drawing, cert);
	if (!last)
		put_rail(drawing, index);
	else if (issuer != CHAIN_NONE && issuer != (int)index)
		put_link(drawing->out, "bad", text);
}

void page_chain(struct buf *out, const struct site *site, const struct chain *chain,
		const struct findings *findings, const char *place)
{
	struct drawing drawing = {
		.out = out, .chain = chain, .findings = findings, .place = place, .now = site->now
	};

	put(out, "<ol class=\"chain\">\n");
	for (size_t i = 0; i < chain->count; i++) {
		put(out, "<li>");
		put_cert(&drawing, i);
		put_above(&drawing, i);
		put(out, "</li>\n");
	}
	put(out, "</ol>\n");
}
