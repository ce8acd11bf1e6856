#include "certroll/cli.h"
#include "certroll/driver.h"
#include "certroll/exit.h"
#include <stdio.h>

static void print_row(const char *key, const struct field *row, void *arg)
{
	auto_free char *type = NULL;

	(void)arg;
	if (row->type == FIELD_GROUP) {
		printf("\n  %s: %s\n", key, row->help ? row->help : "");
		return;
	}
	type = schema_describe(row);
	printf("    %-18s %-10s %s\n", key, evidence_name(row->evidence),
	       row->fallback ? row->fallback : "");
	printf("    %-18s %-10s %s%s%s%s%s\n", "", "", type, row->help ? "; " : "",
	       row->help ? row->help : "", row->source ? "; source: " : "",
	       row->source ? row->source : "");
}

static void print_steps(const char *title, const struct step *steps)
{
	for (; steps && steps->name; steps++, title = "")
		printf("  %-9s %-11s %-10s %s%s\n", title, steps->name,
		       evidence_name(steps->evidence), steps->source ? steps->source : "",
		       steps->changes ? "  (changes the device)" : "");
}

static void print_driver(const struct driver *driver)
{
	printf("%s: %s\n\n", driver->name, driver->summary);
	if (driver->by_hand)
		printf("a person installs, by a checklist: docs/devices/%s.md\n", driver->name);
	else
		printf("steps, and how their wire format is known\n");
	print_steps("identify", driver->identify);
	print_steps("trust", driver->trust);
	print_steps("install", driver->install);
	print_steps("undo", driver->undo);
	print_steps("clear", driver->clear);
	printf("\noptions, how their default is known, and the default\n");
	if (driver->options)
		schema_each(driver->options, print_row, NULL);
	printf("\nevidence: tested > documented > seen (in public code) > recorded (by you) > "
	       "assumed\n");
}

static void print_refusal(const struct refusal *refusal)
{
	printf("%s: %s\n\nThere can be no driver for it: %s.\n\nWhat to do: %s.\n\n"
	       "evidence: %s, %s\n",
	       refusal->name, refusal->summary, refusal->reason, refusal->remedy,
	       evidence_name(refusal->evidence), refusal->source);
}

static void list_refusals(void)
{
	size_t count;
	const struct refusal *refusals = driver_refusals(&count);

	for (size_t i = 0; i < count; i++)
		printf("%-16s %-10s %s\n", refusals[i].name, "cannot be", refusals[i].summary);
}

static void list_drivers(void)
{
	size_t count;
	const struct driver *const *drivers = driver_list(&count);

	for (size_t i = 0; i < count; i++)
		printf("%-16s %-10s %s\n", drivers[i]->name,
		       drivers[i]->by_hand ? "by hand"
					   : evidence_name(steps_evidence(drivers[i]->install)),
		       drivers[i]->summary);
}

int cmd_drivers(struct cli *cli)
{
	const struct driver *driver = cli->word_count ? driver_find(cli->words[0]) : NULL;
	const struct refusal *refusal = cli->word_count ? driver_refusal(cli->words[0]) : NULL;

	if (cli->word_count && !driver && !refusal) {
		fprintf(stderr, "certroll: no driver '%.60s'; 'certroll drivers' lists them\n",
			cli->words[0]);
		return EXIT_USAGE;
	}
	if (driver)
		print_driver(driver);
	else if (refusal)
		print_refusal(refusal);
	else {
		list_drivers();
		list_refusals();
	}
	return EXIT_WELL;
}
