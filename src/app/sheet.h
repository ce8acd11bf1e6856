/*
 * sheet: the page of steps, as data for its two renderings.  Private to the app.
 */
#ifndef APP_SHEET_H
#define APP_SHEET_H

#include "certroll/handout.h"
#include "markup.h"

enum step_kind {
	SHEET_DO,   /* numbered */
	SHEET_TYPE, /* a command, below the step before it */
	SHEET_NOTE, /* not numbered */
};

struct sheet_step {
	enum step_kind kind;
	const char *text; /* NULL: behind the last */
};

struct guide {
	const char *heading;
	const char *file; /* to be handed over: "{profile}" */
	const struct sheet_step *steps;
};

/* Ended by a row without a heading. */
extern const struct guide guides[];

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

#endif
