/* certroll-inventory(5), certroll-policy(5), certroll-drivers(7), certroll-findings(7). */
#include "certroll/driver.h"
#include "certroll/guide.h"
#include "certroll/inventory.h"
#include "docs.h"
#include <string.h>

static void put_default(FILE *out, const struct field *row)
{
	if (!row->fallback || !*row->fallback)
		return;
	fputs("Default:\n.Ql ", out);
	mdoc_arg(out, row->fallback);
	fputs(" .\n", out);
}

/* What the value is, whether it must be there, and what holds without it. */
static void put_value(FILE *out, const struct field *row)
{
	auto_free char *type = schema_describe(row);

	if (row->type != FIELD_CHOICE || !text_names_all(row->help, row->choices))
		mdoc_sentence(out, type);
	if (row->required)
		fputs("Required.\n", out);
	put_default(out, row);
}

static void put_key(FILE *out, const struct field *row)
{
	mdoc_line(out, "It Cm", row->key);
	if (row->help)
		mdoc_sentence(out, row->help);
	put_value(out, row);
}

bool frame_keys(FILE *out, const char *which)
{
	bool device = strcmp(which, "device") == 0, shared = strcmp(which, "shared") == 0;
	bool group = strcmp(which, "group") == 0;
	const struct field *row = group ? inventory_group_rows() : inventory_device_rows();

	if (!device && !shared && !group)
		return false;
	fputs(".Bl -tag -width Ds\n", out);
	for (; row->key; row++)
		if (inventory_key_is_shared(row->key) == shared)
			put_key(out, row);
	fputs(".El\n", out);
	return true;
}

bool frame_profiles(FILE *out, const char *argument)
{
	for (int i = 0; i < PROFILE_COLUMNS; i++)
		fprintf(out, ".Cm %s ,\n", profile_name((enum profile_column)i));
	return !*argument;
}

bool frame_rules(FILE *out, const char *argument)
{
	size_t count;
	const struct rule *rules = rules_table(&count);

	fputs(".Bl -tag -width V10x\n", out);
	for (size_t i = 0; i < count; i++) {
		mdoc_line(out, "It Cm", rules[i].id);
		mdoc_sentence(out, rules[i].title);
	}
	fputs(".El\n", out);
	return !*argument;
}

static void put_guide(FILE *out, const struct guide *guide)
{
	auto_free char *heading = text_format("%s: %s", guide->id, guide->title);
	auto_free char *by_profile = guide_severities(guide);

	mdoc_line(out, "Ss", heading);
	if (guide->rule) {
		fputs(".Bl -tag -width severity -compact\n.It basis\n", out);
		mdoc_text(out, guide->rule->basis);
		fputs(".It severity\n", out);
		mdoc_text(out, by_profile);
		fputs(".It looks at\n", out);
		mdoc_text(out, guide_scope(guide->rule));
		fputs(".El\n.Pp\n", out);
	}
	mdoc_text(out, guide->why);
	fputs(".Pp\n.Em \"What to do:\"\n", out);
	mdoc_text(out, guide->mend);
}

bool frame_findings(FILE *out, const char *argument)
{
	bool rules = strcmp(argument, "rules") == 0;
	size_t count;
	const struct guide *all = guide_all(&count);

	for (size_t i = 0; i < count; i++)
		if ((all[i].rule != NULL) == rules)
			put_guide(out, &all[i]);
	return rules || strcmp(argument, "others") == 0;
}

/* A source that is that of the step before is not said again. */
static void put_steps(FILE *out, const char *table, const struct step *steps, const char **said)
{
	for (; steps && steps->name; steps++) {
		auto_free char *title = text_format("%s: %s", table, steps->name);

		mdoc_line(out, "It", title);
		fprintf(out, "%s%s\n", evidence_name(steps->evidence),
			steps->changes ? ", changes the device" : "");
		if (steps->source && (!*said || strcmp(*said, steps->source) != 0))
			mdoc_line(out, "Pq", steps->source);
		*said = steps->source;
	}
}

static void put_option(const char *key, const struct field *row, void *arg)
{
	FILE *out = arg;

	if (row->type == FIELD_GROUP)
		return;
	mdoc_line(out, "It Cm", key);
	if (row->help)
		mdoc_sentence(out, row->help);
	put_value(out, row);
	fprintf(out, "Evidence: %s%s", evidence_name(row->evidence), row->source ? "\n" : ".\n");
	if (row->source) {
		fputs(".Pq ", out);
		mdoc_arg(out, row->source);
		fputs(" .\n", out);
	}
}

static void put_tables(FILE *out, const struct driver *driver)
{
	const char *said = NULL;

	if (driver->by_hand) {
		fputs(".Pp\nA person installs, by a checklist that certroll writes.\n", out);
		return;
	}
	fputs(".Pp\nSteps, and how their wire format is known:\n"
	      ".Bl -tag -width \"identify: identity\" -compact\n",
	      out);
	put_steps(out, "identify", driver->identify, &said);
	put_steps(out, "trust", driver->trust, &said);
	put_steps(out, "install", driver->install, &said);
	put_steps(out, "undo", driver->undo, &said);
	put_steps(out, "clear", driver->clear, &said);
	fputs(".El\n", out);
}

static void put_refused(FILE *out)
{
	size_t count;
	const struct refusal *refusals = driver_refusals(&count);

	for (size_t i = 0; i < count; i++) {
		mdoc_line(out, "Ss", refusals[i].name);
		mdoc_text(out, refusals[i].summary);
		fputs(".Pp\nRefused:\n", out);
		mdoc_sentence(out, refusals[i].reason);
		mdoc_sentence(out, refusals[i].remedy);
	}
}

static void put_driver(FILE *out, const struct driver *driver)
{
	mdoc_line(out, "Ss", driver->name);
	mdoc_text(out, driver->summary);
	put_tables(out, driver);
	if (!driver->options)
		return;
	fputs(".Pp\nOptions, below\n.Cm options :\nof the device:\n.Bl -tag -width Ds\n", out);
	schema_each(driver->options, put_option, out);
	fputs(".El\n", out);
}

bool frame_drivers(FILE *out, const char *argument)
{
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count; i++)
		put_driver(out, drivers[i]);
	put_refused(out);
	return !*argument;
}
