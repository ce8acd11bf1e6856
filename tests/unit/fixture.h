/**
 * @file
 * fixture: certificates, who judges them, and what the rules must say.  The suites rules and policy
 * have tables of them; each rule needs one that fails it and one that passes it.
 */
#ifndef CERTROLL_TEST_FIXTURE_H
#define CERTROLL_TEST_FIXTURE_H

#include "certroll/text.h"
#include "pki.h"

/**
 * What is judged, by which profile, and all errors and warnings expected, in order.
 * A bundle unless it is said to be served.  "+root": the root is the system's; "root": given as
 * --ca-file; "": none.
 */
struct fixture {
	const char *files, *anchor;
	enum profile_column column;
	bool served;
	const char *ids;
	enum severity severity;    /**< of the first finding that counts */
	const char *place, *words; /**< of the same */
	const char *remedy;
};

/** Does one of the rows of the suite policy fail (or pass) this rule? */
bool policy_fails(const struct rule *rule);
bool policy_passes(const struct rule *rule);

static inline bool fixture_fails(const struct fixture *fixture, const struct rule *rule)
{
	const char *ids = fixture->ids;
	char word[64];

	while (pki_word(&ids, word))
		if (strcmp(word, rule->id) == 0)
			return true;
	return false;
}

/** The rule was asked and had nothing to say. */
static inline bool fixture_passes(const struct fixture *fixture, const struct rule *rule)
{
	return rule->severity[fixture->column] != SEVERITY_NONE &&
	       (fixture->served ? rule->served : rule->bundle) && !fixture_fails(fixture, rule);
}

static inline void fixture_judge_with(struct pki *pki, const struct fixture *fixture,
				      const struct judgement *judgement, struct findings *findings)
{
	auto_bundle *bundle = NULL;

	if (fixture->served) {
		rules_judge_served(pki_take(pki, fixture->files), judgement, "here", findings);
		return;
	}
	bundle = pki_bundle(pki, fixture->files, findings);
	rules_judge_bundle(bundle, judgement, findings);
}

static inline void fixture_judge(const struct fixture *fixture, int64_t now,
				 struct findings *findings)
{
	const char *anchor = fixture->anchor;
	auto_pki pki =
		anchor[0] == '+' ? pki_open_public(anchor + 1) : pki_open(*anchor ? anchor : NULL);
	struct profile profile = profile_default(fixture->column);
	struct wanted_name wanted = { "pbx.example.com", "pbx7" };
	struct judgement judgement = {
		.profile = &profile, .now = now, .names = &wanted, .name_count = 1
	};

	chains_free(pki.pool);
	pki.pool = chains_new(pki.anchors, now);
	fixture_judge_with(&pki, fixture, &judgement, findings);
}

static inline void fixture_check(const struct fixture *fixture, int64_t now)
{
	auto_findings findings = { 0 };
	auto_free char *ids = NULL, *all = NULL;
	const struct finding *first;

	fixture_judge(fixture, now, &findings);
	ids = pki_ids(&findings);
	all = pki_dump(&findings);
	ck_assert_msg(strcmp(ids, fixture->ids) == 0, "%s, %s: '%s', not '%s'%s", fixture->files,
		      profile_name(fixture->column), ids, fixture->ids, all);
	if (!*fixture->ids)
		return;
	first = &findings.items[0];
	ck_assert_msg(first->severity == fixture->severity, "%s", all);
	ck_assert_msg(text_starts(first->place, fixture->place), "%s", all);
	ck_assert_msg(strstr(first->sentence, fixture->words), "%s", all);
	ck_assert_msg(strstr(first->remedy, fixture->remedy), "%s", all);
	ck_assert_int_ne(first->sentence[strlen(first->sentence) - 1], '.');
}

#endif
