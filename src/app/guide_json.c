/* The guide for programs. */
#include "certroll/guide.h"
#include <jansson.h>
#include <stdio.h>

static json_t *severities(const struct rule *rule)
{
	json_t *object = json_object();

	for (int i = 0; rule && i < PROFILE_COLUMNS; i++) {
		enum severity severity = rule->severity[i];

		/* As a policy file has it. */
		json_object_set_new(object, profile_name((enum profile_column)i),
				    json_string(severity ? severity_name(severity) : "off"));
	}
	return object;
}

static json_t *guide_object(const struct guide *guide)
{
	const struct rule *rule = guide->rule;

	return json_pack("{s:s,s:s,s:s,s:o,s:b,s:b,s:s,s:s}", "id", guide->id, "title",
			 guide->title, "basis", rule ? rule->basis : "", "severities",
			 severities(rule), "bundle", rule && rule->bundle, "served",
			 rule && rule->served, "why", guide->why, "mend", guide->mend);
}

void guide_json(const struct guide *const *guides, size_t count)
{
	json_t *list = json_array();
	json_t *root;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, guide_object(guides[i]));
	root = json_pack("{s:i,s:s,s:o}", "schema", 1, "kind", "rules", "rules", list);
	json_dumpf(root, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(root);
}
