/**
 * @file
 * guide: what each finding means, why it matters on which device, and how to mend it.
 *
 * One table for `certroll rules` and docs/findings.md: all rules of the table of rules, then the
 * findings that are no rules (net-timeout, pem, ...).
 *
 * Layer: app.
 */
#ifndef CERTROLL_GUIDE_H
#define CERTROLL_GUIDE_H

#include "certroll/rules.h"

struct guide {
	const char *id, *title;
	const char *why, *mend;  /**< paragraphs in Markdown */
	const struct rule *rule; /**< NULL: no rule, so no basis and no severity per profile */
};

/**
 * All entries: rules in the order of their table, then the others.  Texts for rules that the table
 * does not have are left out.
 *
 * @return an array that lives as long as the program
 */
const struct guide *guide_all(size_t *count);

/** By id, ASCII case ignored; NULL: there is none. */
const struct guide *guide_find(const char *id);

/** The id nearest to this word, or NULL when none is near. */
const char *guide_nearest(const char *word);

/** "error: innovaphone, strict; not looked at: apple".  Owned; NULL: the finding is no rule. */
char *guide_severities(const struct guide *guide) MUST_CHECK;

/** "the bundle", "what is served", or both. */
const char *guide_scope(const struct rule *rule);

/** @name On standard output
 * @{ */
/** One line per finding. */
void guide_list(void);
/** The whole section of one finding. */
void guide_text(const struct guide *guide);
/** docs/findings.md. */
void guide_markdown(void);
/** Schema 1, as report.h. */
void guide_json(const struct guide *const *guides, size_t count);
/** @} */

#endif
