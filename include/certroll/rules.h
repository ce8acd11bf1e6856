/**
 * @file
 * rules: what a certificate chain must be, one row per rule, with a severity per profile.
 *
 * A rule has an id, a title, its basis with citation, a severity in each profile's column, whether
 * it looks at bundles, served chains or both, and one test.  Ids, bases and severities are those of
 * docs/findings.md.  Every finding names the block (or the place in the served chain), says what is
 * wrong and what to do.  The guide (guide.h) explains each.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_RULES_H
#define CERTROLL_RULES_H

#include "certroll/bundle.h"
#include "certroll/chain.h"
#include "certroll/finding.h"
#include "certroll/life.h"

/** Columns of the table. */
enum profile_column {
	PROFILE_INNOVAPHONE,
	PROFILE_APPLE,
	PROFILE_CABF,
	PROFILE_IP_OFFICE,
	PROFILE_STRICT,
	PROFILE_SERVER, /**< structure alone: what breaks any TLS client */
	PROFILE_PATH,   /**< RFC 5280 and RFC 9525 alone */
	PROFILE_COLUMNS,
};

/** What somebody demands: columns, and the limits that depend on the device's options. */
struct profile {
	enum profile_column column;
	int leaf_rsa_max;   /**< bits, for K4; 0: no limit */
	bool ec_allowed;    /**< K5 is then silent */
	bool root_optional; /**< O3 is then silent */
	unsigned clients; /**< set of further columns, `1u << column`: what those who connect demand
			       of the served chain; the worst severity of a finding counts */
};

/** The profile of a column with its usual limits. */
struct profile profile_default(enum profile_column column);

/** "innovaphone" ... "path". */
const char *profile_name(enum profile_column column);

/** false when there is no such profile. */
bool profile_find(const char *name, enum profile_column *column);

/** Names that must be covered, and why. */
struct wanted_name {
	const char *name;
	const char *owner; /**< the device that needs it, for the sentence; NULL: the user asked */
};

/** Is the root one that clients bring along?  ROOT_DETECT asks the system's store. */
enum root_kind { ROOT_DETECT, ROOT_PUBLIC, ROOT_PRIVATE };

/** A severity that takes the place of the table's and of the test's own; NONE: not judged. */
struct adjustment {
	const struct rule *rule; /**< a row of rules_table() */
	enum profile_column column;
	enum severity severity;
};

/** At most one adjustment for a rule and column counts: the first. */
struct adjustments {
	struct adjustment *items;
	size_t count;
};

/** One judgement: what is looked at, and by whose demands. */
struct judgement {
	const struct profile *profile;
	int64_t now;
	enum root_kind root_kind;
	const struct wanted_name *names; /**< N3 */
	size_t name_count;
	const struct adjustments *adjustments; /**< NULL: none */
	struct life_limit warn, fail;          /**< V4; not said: those of its text */
};

/** One row, for `certroll rules` and docs. */
struct rule {
	const char *id, *title, *basis;
	enum severity severity[PROFILE_COLUMNS];
	bool bundle, served;          /**< applies to */
	const struct rule_test *test; /**< NULL: listed only, for those who look for it */
};

/** The table, in the order in which findings are reported. */
const struct rule *rules_table(size_t *count);

/**
 * V4 in seconds: with less left than @p warn it warns, with less than @p fail it is an error.
 *
 * @param lifetime  of the leaf, cert_lifetime()
 */
void rules_life(const struct judgement *judgement, int64_t lifetime, int64_t *warn, int64_t *fail);

/** Append what the rules say of a bundle. */
void rules_judge_bundle(const struct bundle *bundle, const struct judgement *judgement,
			struct findings *findings);

/**
 * Append what the rules say of a chain as served.
 *
 * @param place  put before each place ("pbx-master https"); NULL for none
 */
void rules_judge_served(const struct chain *served, const struct judgement *judgement,
			const char *place, struct findings *findings);

#endif
