#include "certroll/policy.h"
#include "certroll/doc.h"
#include "certroll/schema.h"
#include "certroll/text.h"
#include <string.h>

static const char id[] = "policy";

/* In the order of enum severity. */
static const char *const severities[] = { "off", "note", "warning", "error", NULL };

/* The rows of a policy file: a mapping per profile, and in each a choice per rule. */
struct rows {
	struct field top[2];
	struct field *profiles; /* ended */
	struct field *rules;    /* of all profiles, each ended */
	int *values; /* where the choices land; the document is what is read afterwards */
};

static void fill_profile(struct rows *rows, const struct policy_words *words, size_t profile)
{
	struct field *first = rows->rules + profile * (words->rule_count + 1);

	rows->profiles[profile] = (struct field){ .key = words->profiles[profile],
						  .type = FIELD_GROUP,
						  .rows = first };
	for (size_t i = 0; i < words->rule_count; i++)
		first[i] = (struct field){
			.key = words->rules[i],
			.type = FIELD_CHOICE,
			.offset = (profile * words->rule_count + i) * sizeof(int),
			.choices = severities,
		};
}

static void rows_make(struct rows *rows, const struct policy_words *words)
{
	size_t profiles = words->profile_count;

	rows->profiles = mem_alloc((profiles + 1) * sizeof *rows->profiles);
	rows->rules = mem_alloc(profiles * (words->rule_count + 1) * sizeof *rows->rules);
	rows->values = mem_alloc(profiles * words->rule_count * sizeof *rows->values);
	for (size_t i = 0; i < profiles; i++)
		fill_profile(rows, words, i);
	rows->top[0] = (struct field){ .key = "profiles",
				       .type = FIELD_GROUP,
				       .rows = rows->profiles,
				       .required = true,
				       .help = "severities by profile and rule, such as "
					       "innovaphone: {E2: note}" };
}

static void rows_free(struct rows *rows)
{
	mem_free(rows->profiles);
	mem_free(rows->rules);
	mem_free(rows->values);
}

/* The words are known to be there: the rows have accepted them. */
static size_t index_of(const char *word, const char *const *words, size_t count)
{
	size_t at = 0;

	while (at + 1 < count && strcmp(words[at], word) != 0)
		at++;
	return at;
}

static void take_profile(struct policy *policy, const struct policy_words *words, size_t profile,
			 const struct node *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct node *key = &map->keys[i];
		size_t severity = index_of(map->values[i].text, severities, COUNT(severities) - 1);

		policy->entries = mem_grow(policy->entries, policy->count, sizeof *policy->entries);
		policy->entries[policy->count++] = (struct policy_entry){
			.profile = profile,
			.rule = index_of(key->text, words->rules, words->rule_count),
			.severity = (enum severity)severity,
			.line = key->line,
			.column = key->column,
		};
	}
}

static struct policy *take_document(const struct doc *doc, const struct policy_words *words)
{
	const struct node *profiles = doc_find(&doc->root, "profiles");
	struct policy *policy = mem_alloc(sizeof *policy);

	policy->path = text_copy(doc->path);
	for (size_t i = 0; i < profiles->count; i++)
		take_profile(
			policy, words,
			index_of(profiles->keys[i].text, words->profiles, words->profile_count),
			&profiles->values[i]);
	return policy;
}

static bool check(const struct doc *doc, const struct policy_words *words,
		  struct findings *findings)
{
	struct rows rows = { 0 };
	struct schema_place place = { doc->path, "" };
	bool fine;

	rows_make(&rows, words);
	fine = schema_parse(&doc->root, rows.top, rows.values, &place, findings);
	rows_free(&rows);
	return fine;
}

static void label(struct finding *finding, bool of_words)
{
	finding->id = id;
	if (of_words && !*finding->remedy)
		finding_advise(finding, "'certroll rules' lists the rules and the profiles");
}

struct policy *policy_load(const char *path, const struct policy_words *words,
			   struct findings *findings)
{
	size_t before = findings->count;
	struct doc *doc = doc_load(path, findings);
	size_t loaded = findings->count;
	struct policy *policy = NULL;

	if (doc && check(doc, words, findings))
		policy = take_document(doc, words);
	doc_free(doc);
	for (size_t i = before; i < findings->count; i++)
		label(&findings->items[i], i >= loaded);
	return policy;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	mem_free(policy->entries);
	mem_free(policy->path);
	mem_free(policy);
}
