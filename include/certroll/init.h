/**
 * @file
 * init: a first inventory out of a handful of answers, for people who have never written one.
 *
 * Nothing here asks or writes: the command prints each question, reads a line, hands it to
 * init_answer() until that has no objection, and saves what init_inventory() returns.
 *
 * Layer: app.
 */
#ifndef CERTROLL_INIT_H
#define CERTROLL_INIT_H

#include "certroll/schema.h"
#include <stdbool.h>

/** As typed; NULL and empty lists: not given. */
struct init_answers {
	char *domain;     /**< "example.com" */
	char *pbx_master; /**< host, also with :port */
	char *pbx_standby;
	struct text_list pbx_slaves; /**< hosts */
	struct text_list aps, rps;
	char *user;
	char *password; /**< a reference, never the password */
};

/**
 * The questions in their order; ended by an empty row.  `help` is the question, `fallback` the
 * answer when nothing is typed, `type` what is accepted.  Each slot is a text, or a list of texts
 * that are typed with commas or blanks between them.
 */
extern const struct field init_questions[];

/**
 * Take one answer.
 *
 * @param text  as typed; empty: the fallback, or nothing where the question is not required
 * @return NULL, or why the answer is refused, owned; the answers are then unchanged
 */
char *init_answer(struct init_answers *answers, const struct field *question,
		  const char *text) MUST_CHECK;

/**
 * The commented inventory (YAML).  It loads without findings.  Owned.
 *
 * @param schema  file of its JSON schema, named in a first line that editors read; NULL: no such line
 */
char *init_inventory(const struct init_answers *answers, const char *schema) MUST_CHECK;

/** Free what the answers own. */
void init_answers_free(struct init_answers *answers);

#endif
