/**
 * @file
 * form: the parts of understanding the form of a box that nobody knows (driver generic-upload).
 */
#ifndef LEARN_FORM_H
#define LEARN_FORM_H

#include "found.h"

/** What comes back in one recording under different names; NULL: not known.  All owned. */
struct form_words {
	char *user, *password;
	char *pattern;             /**< what stands around a token in answers, '*' in its place */
	char *token;               /**< the present one */
	const struct entry *shows; /**< the answer that shows it */
	bool container;            /**< a PKCS#12 file is in the form at hand */
	size_t certificates;       /**< parts with certificates alone in the form at hand */
	size_t taken;              /**< of these, so far */
};

void form_words_free(struct form_words *words);

/**
 * What stands for a value of a form in the driver's options: "{key}{chain}", "{token}", or the value
 * itself.  Owned; NULL: it cannot be repeated, which has been said.
 */
char *form_value(struct learner *learner, const struct entry *entry, const struct part *part,
		 struct form_words *words) MUST_CHECK;

/** The same of a JSON body, as text. */
char *form_json(struct learner *learner, const struct entry *entry,
		struct form_words *words) MUST_CHECK;

/** Look at all that a request sends for a token that an earlier answer shows; into the words. */
void form_find_token(struct learner *learner, const struct entry *entry, struct form_words *words);

#endif
