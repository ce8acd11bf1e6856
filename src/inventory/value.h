/**
 * @file
 * value: one scalar of a file becomes the C value of a schema row.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_VALUE_H
#define INVENTORY_VALUE_H

#include "certroll/schema.h"
#include <stdbool.h>

/** Why a value was refused. */
struct problem {
	char *sentence; /**< behind the key: "must be a number ..."; NULL: no problem */
	char *remedy;   /**< may be NULL */
};

/** A text of a file. */
struct value {
	const char *text;
	bool quoted;      /**< was in quotes: no number and no switch */
	const char *file; /**< relative file names are looked for beside it */
};

/**
 * Parse into the slot of a row; every type but LIST and GROUP.
 *
 * @param[out] problem  filled on failure: problem_clear()
 * @return true when the slot was filled
 */
bool value_parse(const struct field *row, const struct value *value, void *slot,
		 struct problem *problem);

/** One entry of a LIST row; true when it may be there. */
bool value_check_item(const struct field *row, const char *text, struct problem *problem);

/** An unsuitable value quoted for a sentence: printable, short, in quotes.  Owned. */
char *value_quote(const char *text) MUST_CHECK;

/** "did you mean "x"?" or NULL.  Owned. */
char *value_suggest(const char *word, const char *const *words, size_t count) MUST_CHECK;

/** A file name beside another file; absolute names stay.  Owned. */
char *value_beside(const char *file, const char *name) MUST_CHECK;

void problem_clear(struct problem *problem);

#define auto_problem __attribute__((cleanup(problem_clear))) struct problem

#endif
