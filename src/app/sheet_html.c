/*
 * The page of steps as HTML: one file without anything from elsewhere, for screens light and dark,
 * wide and narrow, and for paper.
 */
#include "certroll/text.h"
#include "sheet.h"

const char sheet_head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\">\n";

const char sheet_style[] =
	"<style>\n"
	":root { color-scheme: light dark; --page: #fff; --text: #1c1c1e; --dim: #55565c; "
	"--line: #d2d3d9; --card: #f4f5f8; --link: #0a58b0; --mark: #b45309; }\n"
	"@media (prefers-color-scheme: dark) { :root { --page: #17181b; --text: #ececf0; "
	"--dim: #a5a7b0; --line: #3a3c44; --card: #212329; --link: #8ab8f5; --mark: #f0a94b; } }\n"
	"* { box-sizing: border-box; }\n"
	"body { margin: 0 auto; padding: 1.5rem 1rem 2rem; max-width: 62rem; background: "
	"var(--page); color: var(--text); font: 1rem/1.45 system-ui, sans-serif; "
	"overflow-wrap: anywhere; }\n"
	"h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.2; }\n"
	"h2 { margin: 0; font-size: 1.05rem; }\n"
	"p { margin: 0 0 .8rem; }\n"
	"a { color: var(--link); }\n"
	".root { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1rem 0; padding: "
	".9rem "
	"1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }\n"
	"dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem .9rem; margin: 0; flex: 1 "
	"1 18rem; align-content: start; }\n"
	"dt, .label, .file, .note { color: var(--dim); }\n"
	"dd { margin: 0; }\n"
	".label { margin: 0; }\n"
	"pre { margin: .3rem 0 0; font: 1rem/1.4 ui-monospace, monospace; overflow-x: auto; }\n"
	".print { white-space: pre-wrap; font-size: 1.1rem; }\n"
	".warning { padding-left: .75rem; border-left: .25rem solid var(--mark); }\n"
	".guides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), "
	"1fr)); gap: 1.25rem 2rem; margin-top: 1.25rem; }\n"
	"section { border-top: 2px solid var(--line); padding-top: .6rem; break-inside: avoid; }\n"
	".file { margin: 0; font-size: .9rem; }\n"
	"ol { margin: .4rem 0 0; padding-left: 1.4rem; }\n"
	"li { margin-bottom: .35rem; }\n"
	".note { margin: .3rem 0 0; font-size: .9rem; }\n"
	"li pre { padding: .3rem .5rem; background: var(--card); border: 1px solid var(--line); "
	"border-radius: .3rem; font-size: .9rem; white-space: pre-wrap; }\n"
	".list section { margin-top: 1.2rem; }\n"
	".list h2 { margin-bottom: .5rem; }\n"
	".boxes label { display: flex; gap: .6rem; align-items: baseline; cursor: pointer; }\n"
	".boxes input { flex: none; width: 1.1rem; height: 1.1rem; margin: 0; }\n"
	"@page { margin: 12mm; }\n"
	"@media print {\n"
	":root { font-size: 9pt; --page: #fff; --text: #000; --dim: #333; --line: #999; --card: "
	"#fff; "
	"--link: #000; --mark: #000; }\n"
	"body { max-width: none; padding: 0; line-height: 1.35; }\n"
	"a { text-decoration: none; }\n"
	".guides { grid-template-columns: 1fr 1fr; gap: 3mm 6mm; margin-top: 3mm; }\n"
	"}\n"
	"</style>\n";

static void put_filled(struct buf *out, const char *before, const char *text,
		       const struct words *words, const char *after)
{
	auto_free char *filled = fill_words(text, words->items, words->count);

	put(out, before);
	put_escaped(out, filled);
	put(out, after);
}

static void put_root(struct buf *out, const struct handout *handout)
{
	auto_free char *fingerprint = handout_fingerprint(handout->root);
	struct sheet_facts facts;

	sheet_facts(handout, &facts);
	put(out, "<div class=\"root\">\n<dl>\n");
	for (size_t i = 0; i < SHEET_FACTS; i++) {
		put(out, "<dt>");
		put_escaped(out, facts.rows[i].name);
		put(out, "</dt><dd>");
		put_escaped(out, facts.rows[i].value);
		put(out, "</dd>\n");
	}
	put(out, "</dl>\n<div><p class=\"label\">Fingerprint (SHA-256)</p>\n<pre class=\"print\">");
	put_escaped(out, fingerprint);
	put(out, "</pre></div>\n</div>\n");
	mem_free(facts.key);
}

/* File names hold nothing that means something in a URL (handout_init()). */
static void put_file(struct buf *out, const char *file, const struct words *words)
{
	put_filled(out, "<p class=\"file\">File: <a href=\"", file, words, "\">");
	put_filled(out, "", file, words, "</a></p>\n");
}

static void put_kind(struct buf *out, const struct sheet_step *steps, enum step_kind kind,
		     const char *class, const struct words *words)
{
	auto_free char *open = text_format("<p class=\"%s\">", class);

	for (const struct sheet_step *step = steps; step->text; step++)
		if (step->kind == kind)
			put_filled(out, open, step->text, words, "</p>\n");
}

/* Commands belong to the step before them; warnings stand before the list, notes behind it. */
void sheet_steps_html(struct buf *out, const struct sheet_step *steps, const struct words *words,
		      bool boxes)
{
	const char *item = boxes ? "<li><label><input type=\"checkbox\"> " : "<li>";
	const char *end = boxes ? "</label>" : "";

	put_kind(out, steps, SHEET_WARN, "warning", words);
	put(out, boxes ? "<ol class=\"boxes\">\n" : "<ol>\n");
	for (const struct sheet_step *step = steps; step->text; step++) {
		const struct sheet_step *next = step + 1;

		if (step->kind == SHEET_DO)
			put_filled(out, item, step->text, words, end);
		if (step->kind == SHEET_TYPE)
			put_filled(out, "<pre>", step->text, words, "</pre>");
		if (step->kind <= SHEET_TYPE && !(next->text && next->kind == SHEET_TYPE))
			put(out, "</li>\n");
	}
	put(out, "</ol>\n");
	put_kind(out, steps, SHEET_NOTE, "note", words);
}

static void put_guide(struct buf *out, const struct sheet_section *guide, const struct words *words)
{
	put(out, "<section>\n<h2>");
	put_escaped(out, guide->heading);
	put(out, "</h2>\n");
	put_file(out, guide->file, words);
	sheet_steps_html(out, guide->steps, words, false);
	put(out, "</section>\n");
}

char *handout_html(const struct handout *handout)
{
	auto_buf out = BUF_MAX(HANDOUT_FILE_MAX);
	struct word items[SHEET_WORDS];
	const struct words list = { items, SHEET_WORDS }, *words = &list;

	sheet_words(handout, items);
	put(&out, sheet_head);
	put_filled(&out, "<title>", sheet_heading, words, "</title>\n");
	put(&out, sheet_style);
	put_filled(&out, "</head>\n<body>\n<h1>", sheet_heading, words, "</h1>\n");
	put_filled(&out, "<p>", sheet_intro, words, "</p>\n");
	put_root(&out, handout);
	put_filled(&out, "<p class=\"warning\">", sheet_warning, words, "</p>\n");
	put(&out, "<div class=\"guides\">\n");
	for (const struct sheet_section *guide = guides; guide->heading; guide++)
		put_guide(&out, guide, words);
	put(&out, "</div>\n</body>\n</html>\n");
	return text_copy(buf_text(&out));
}
