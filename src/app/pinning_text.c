/*
 * The keys of devices for people, who compare them with what the boxes themselves show.
 */
#include "certroll/pinning.h"
#include "certroll/report.h"
#include <stdio.h>
#include <string.h>

static void print_key(const char *what, const unsigned char key[PIN_HASH], int64_t since)
{
	char base64[PINNING_BASE64], groups[PINNING_GROUPS], when[32];

	pinning_base64(key, base64);
	pinning_groups(key, groups);
	printf("      %-12s %s%s%s\n      %-12s %s\n", what, base64, since ? ", since " : "",
	       since ? text_time(since, when) : "", "", groups);
}

static void print_cert(const struct cert *leaf)
{
	char groups[PINNING_GROUPS];

	pinning_groups(leaf->sha256, groups);
	printf("      %-12s '%s', issued by '%s'\n      %-12s %s\n", "certificate", leaf->display,
	       leaf->issuer_cn, "its SHA-256", groups);
}

static void print_identity(const struct pinning *one)
{
	const char *identity = job_known(one->job, FACT_IDENTITY);

	if (one->known_identity && one->state == PIN_OTHER)
		printf("      %-12s %s\n", "was known as", one->known_identity);
	if (identity && *identity)
		printf("      %-12s %s\n", "calls itself", identity);
}

static const char *advice(const struct pinning *one)
{
	if (one->noted)
		return " (noted)";
	if (one->state == PIN_CHANGED)
		return ": another box, or somebody in between; if it was exchanged: --replace";
	if (one->state == PIN_OTHER)
		return ": the key is the known one, the box is not; if it was exchanged: --replace";
	return "";
}

static void print_one(const struct pinning *one)
{
	const struct served *seen = &one->endpoint.before;

	printf("  %s  %s:%u  %s%s\n", one->device->name, one->device->host, one->device->port,
	       pin_state_name(one->state), advice(one));
	if (one->state == PIN_UNSEEN) {
		printf("      %s\n", one->job->err.code ? one->job->err.text
				     : seen->failure    ? seen->failure
							: "it did not prove that it has its key");
		return;
	}
	if (one->state == PIN_CHANGED)
		print_key("known key", one->known, one->since);
	print_key(one->state == PIN_CHANGED ? "key now" : "key",
		  chain_leaf(seen->chain)->key_sha256, one->state == PIN_KNOWN ? one->since : 0);
	print_cert(chain_leaf(seen->chain));
	print_identity(one);
}

static void print_recap(const struct pinnings *pinnings)
{
	size_t counts[PIN_STATES] = { 0 }, noted = 0;
	const char *separator = "";

	for (size_t i = 0; i < pinnings->count; i++) {
		counts[pinnings->items[i].state]++;
		noted += pinnings->items[i].noted;
	}
	printf("\n%zu device%s: ", pinnings->count, pinnings->count == 1 ? "" : "s");
	for (size_t i = 0; i < PIN_STATES; i++) {
		if (!counts[i])
			continue;
		printf("%s%zu %s", separator, counts[i], pin_state_name((enum pin_state)i));
		separator = ", ";
	}
	printf("; %zu noted\n", noted);
}

void pinnings_text(const struct pinnings *pinnings, bool quiet)
{
	for (size_t i = 0; i < pinnings->count; i++)
		if (!quiet || (pinnings->items[i].state != PIN_KNOWN && !pinnings->items[i].noted))
			print_one(&pinnings->items[i]);
	if (!quiet)
		print_recap(pinnings);
	fflush(stdout);
}
