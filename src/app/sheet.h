/*
 * sheet: the page of steps, as data for its two renderings.  Private to the app.
 */
#ifndef APP_SHEET_H
#define APP_SHEET_H

#include "certroll/handout.h"
#include "certroll/sheet.h"
#include "markup.h"

/* For whom the hand-out of a root has steps; ended by a row without a heading. */
extern const struct sheet_section guides[];

/* What stands above the steps. */
extern const char sheet_heading[], sheet_intro[], sheet_warning[];

/* The words that those texts use. */
enum { SHEET_WORDS = 3 };
void sheet_words(const struct handout *handout, struct word words[SHEET_WORDS]);

/* Facts of the root, in the order in which they are shown; texts owned by the facts. */
enum { SHEET_FACTS = 3 };
struct sheet_facts {
	struct word rows[SHEET_FACTS];
	char until[32];
	char *key;
};

void sheet_facts(const struct handout *handout, struct sheet_facts *facts);

/* What the words of a sheet stand for. */
struct words {
	const struct word *items;
	size_t count;
};

/*
 * Steps as text: warnings, then the numbered ones, each behind @p box, with their notes.  Lines of
 * SHEET_WIDTH columns.
 */
enum { SHEET_WIDTH = 78 };
void sheet_steps(struct buf *out, const struct sheet_step *steps, const struct words *words,
		 const char *box);

/* A paragraph in such lines, @p margin columns in, where the first line may have begun already. */
void sheet_wrapped(struct buf *out, size_t margin, const char *text);

/* Up to the title, the style of all sheets, and steps as HTML. */
extern const char sheet_head[], sheet_style[];
void sheet_steps_html(struct buf *out, const struct sheet_step *steps, const struct words *words,
		      bool boxes);

#endif
