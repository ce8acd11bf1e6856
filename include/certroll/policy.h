/**
 * @file
 * policy: a YAML file that sets the severity of rules, profile by profile.
 *
 *     profiles:
 *       innovaphone: {K4: off, E2: note}
 *       all: {V4: error}
 *
 * Which rules and profiles there are is handed in, so that this layer does not know them.  Places,
 * limits and suggestions are those of the inventory (doc.h, schema.h).
 *
 * Layer: inventory.
 */
#ifndef CERTROLL_POLICY_H
#define CERTROLL_POLICY_H

#include "certroll/finding.h"

/** The words a policy may use; both arrays are borrowed during the call only. */
struct policy_words {
	const char *const *profiles;
	size_t profile_count;
	const char *const *rules;
	size_t rule_count;
};

struct policy_entry {
	size_t profile, rule;   /**< indices into the words */
	enum severity severity; /**< "off" is SEVERITY_NONE */
	int line, column;       /**< of the rule's id in the file */
};

struct policy {
	char *path;                   /**< as given, for places */
	struct policy_entry *entries; /**< in the order of the file, none twice */
	size_t count;
};

/**
 * Load and check.  Every problem is appended to @p findings (id "policy", severity error).
 *
 * @return the policy (caller frees), or NULL when there was any problem
 */
struct policy *policy_load(const char *path, const struct policy_words *words,
			   struct findings *findings) MUST_CHECK;

/** NULL is fine. */
void policy_free(struct policy *policy);

#endif
