/**
 * @file
 * sheet: steps for people, as data: what drivers and hand-outs say, rendered as text and as HTML.
 *
 * Texts are constant.  Words in braces ("{device}") are replaced when a sheet is rendered; which
 * words there are is said where the sheet is used.
 *
 * Layer: contract.
 */
#ifndef CERTROLL_SHEET_H
#define CERTROLL_SHEET_H

enum step_kind {
	SHEET_DO,   /**< numbered */
	SHEET_TYPE, /**< to be typed as it is, below the step before it */
	SHEET_NOTE, /**< not numbered */
	SHEET_WARN, /**< not numbered, stands before the steps */
};

struct sheet_step {
	enum step_kind kind;
	const char *text; /**< NULL: behind the last */
};

/** Steps under a heading; a list of sections ends with one without a heading. */
struct sheet_section {
	const char *heading;
	const char *file; /**< the file these steps need: "{profile}"; NULL: none */
	const struct sheet_step *steps;
};

#endif
