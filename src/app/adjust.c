/*
 * --policy: the severities of a policy file become adjustments of the table, and what they relax is
 * said in every report, so that nobody forgets it.
 */
#include "certroll/buf.h"
#include "certroll/policy.h"
#include "certroll/site.h"

/* The word behind the profiles' names. */
enum { ALL = PROFILE_COLUMNS, PROFILE_WORDS };

static struct policy *load(const char *path, struct findings *findings)
{
	size_t count;
	const struct rule *table = rules_table(&count);
	auto_free const char **rules = mem_alloc(count * sizeof *rules);
	const char *profiles[PROFILE_WORDS] = { [ALL] = "all" };
	struct policy_words words = { profiles, PROFILE_WORDS, rules, count };

	for (size_t i = 0; i < count; i++)
		rules[i] = table[i].id;
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		profiles[i] = profile_name((enum profile_column)i);
	return policy_load(path, &words, findings);
}

static bool names_profile(const struct policy *policy, size_t rule, size_t profile)
{
	for (size_t i = 0; i < policy->count; i++)
		if (policy->entries[i].rule == rule && policy->entries[i].profile == profile)
			return true;
	return false;
}

/* "all" means the profiles that look at the rule; one that is named has its own word. */
static bool reaches(const struct policy *policy, const struct policy_entry *entry,
		    const struct rule *rule, size_t column)
{
	if (entry->profile != ALL)
		return entry->profile == column;
	return rule->severity[column] != SEVERITY_NONE &&
	       !names_profile(policy, entry->rule, column);
}

static void add(struct adjustments *all, struct adjustment one)
{
	all->items = mem_grow(all->items, all->count, sizeof one);
	all->items[all->count++] = one;
}

/*
 * Not only what is below the table: a test may have a severity of its own (V4 becomes an error in
 * the last days), which an adjustment to the table's severity takes away.
 */
static bool relaxes(const struct policy_entry *entry, enum severity severity)
{
	return severity != SEVERITY_NONE && entry->severity <= severity &&
	       entry->severity < SEVERITY_ERROR;
}

static const char *shown(enum severity severity)
{
	static const char *const words[] = { "not judged", "a note", "a warning", "an error" };

	return words[severity];
}

static void tell_useless(const struct rule *rule, const char *place, struct findings *findings)
{
	findings_add(findings, "policy", SEVERITY_WARNING, place, "Take the line out.",
		     "%s (%s) judges nothing, so its severity has no effect", rule->id,
		     rule->title);
}

static void tell(const struct policy_entry *entry, const struct rule *rule, enum severity worst,
		 const char *profiles, const char *place, struct findings *findings)
{
	bool less = worst > entry->severity;

	findings_add(findings, "policy", SEVERITY_NOTE, place,
		     "Remove this from the policy when the reason for it is gone.",
		     "%s (%s) is %s%s for %s%s%s", rule->id, rule->title, shown(entry->severity),
		     entry->severity ? " at most" : "", profiles,
		     less ? "; by the table it is " : "", less ? shown(worst) : "");
}

static void apply(struct site *site, const struct policy *policy, const struct policy_entry *entry)
{
	size_t count;
	const struct rule *rule = &rules_table(&count)[entry->rule];
	enum severity worst = SEVERITY_NONE;
	auto_buf profiles = BUF_MAX(256);
	auto_free char *place = text_format("%s:%d:%d", policy->path, entry->line, entry->column);

	if (!rule->test)
		tell_useless(rule, place, &site->findings);
	for (size_t i = 0; i < PROFILE_COLUMNS; i++) {
		enum profile_column column = (enum profile_column)i;

		if (!reaches(policy, entry, rule, i))
			continue;
		add(&site->adjustments, (struct adjustment){ rule, column, entry->severity });
		if (!relaxes(entry, rule->severity[i]))
			continue;
		if (buf_addf(&profiles, "%s%s", profiles.len ? ", " : "", profile_name(column)))
			mem_exhausted();
		if (rule->severity[i] > worst)
			worst = rule->severity[i];
	}
	if (profiles.len)
		tell(entry, rule, worst, buf_text(&profiles), place, &site->findings);
}

int site_load_policy(struct site *site, struct err *err)
{
	const char *path = site->request->policy;
	struct policy *policy;

	if (!path)
		return 0;
	policy = load(path, &site->findings);
	if (!policy)
		return err_set(err, ERR_CONFIG, "the policy %s cannot be used", path);
	for (size_t i = 0; i < policy->count; i++)
		apply(site, policy, &policy->entries[i]);
	policy_free(policy);
	return 0;
}
