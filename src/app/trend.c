#include "certroll/trend.h"
#include "certroll/text.h"
#include "changes.h"
#include <stdio.h>

static void print_count(int64_t count, const char *what)
{
	if (count)
		printf(", %lld %s", (long long)count, what);
}

static void print_audit(const struct audit *audit)
{
	char when[32];

	printf("audit %lld  %s  %s%s%s: %lld well", (long long)audit->id,
	       text_time(audit->started, when), audit->inventory, *audit->limit ? " -l " : "",
	       audit->limit, (long long)audit->well);
	print_count(audit->warnings, "with warnings");
	print_count(audit->errors, "with errors");
	print_count(audit->unreachable, "unreachable");
	print_count(audit->unlooked, "not looked at");
	print_count(audit->changed, "changed");
	printf("\n");
}

int trend_audits(struct journal *journal, const char *inventory, enum report_format format,
		 struct err *err)
{
	struct err failure = { 0 };
	size_t count = 0;
	struct audit *audits =
		journal ? audits_list(journal, inventory, TREND_AUDITS, &count, &failure) : NULL;

	if (failure.code)
		*err = failure;
	else if (format == REPORT_JSON)
		trend_audits_json(audits, count);
	for (size_t i = 0; i < count && !failure.code && format == REPORT_TEXT; i++)
		print_audit(&audits[i]);
	if (!count && !failure.code && format == REPORT_TEXT)
		printf("no audit is recorded\n");
	audits_free(audits, count);
	return failure.code ? -1 : 0;
}

/* "2026-11-20 02:00:03 UTC - 2026-11-22 02:00:09 UTC". */
static void print_span(const struct sighting *sighting)
{
	char since[32], until[32];

	printf("  %s - %-23s  ", text_time(sighting->since, since),
	       sighting->until ? text_time(sighting->until, until) : "the last audit");
}

static void print_sighting(const struct sighting *sighting)
{
	auto_free char *findings = changes_say(sighting->findings);
	char leaf[17], until[32];

	print_span(sighting);
	if (sighting->leaf.set) {
		text_hex(sighting->leaf.bytes, 8, leaf);
		printf("'%s' (SHA-256 %s..., until %.10s)", sighting->subject, leaf,
		       text_time(sighting->not_after, until));
	} else {
		printf("no certificate seen");
	}
	printf("%s%s\n", *findings ? ": " : "", findings);
}

static void print_timeline(const struct sighting *sightings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct sighting *one = &sightings[i];

		if (!i || one->endpoint != sightings[i - 1].endpoint)
			printf("%s %s %lld%s%s\n", one->device, one->service, (long long)one->port,
			       *one->name ? " " : "", one->name);
		print_sighting(one);
		if (one->until && (i + 1 == count || one->endpoint != sightings[i + 1].endpoint))
			printf("  then it was no longer in the inventory\n");
	}
}

int trend_endpoint(struct journal *journal, const char *inventory, const char *device,
		   enum report_format format, struct err *err)
{
	struct err failure = { 0 };
	size_t count;
	struct sighting *sightings = sightings_of(journal, inventory, device, &count, &failure);

	if (!failure.code && !count)
		err_set(&failure, ERR_USAGE,
			"no audit%s%.200s has seen a device %.80s; 'certroll inventory' lists the "
			"devices, 'certroll history --audits' the audits",
			inventory ? " of " : "", inventory ? inventory : "", device);
	if (failure.code)
		*err = failure;
	else if (format == REPORT_JSON)
		trend_sightings_json(sightings, count);
	else
		print_timeline(sightings, count);
	sightings_free(sightings, count);
	return failure.code ? -1 : 0;
}
