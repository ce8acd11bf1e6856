/*
 * The judgement of profile path (RFC 5280 and RFC 9525 alone) against the public x509-limbo data.
 *
 * A case of limbo is what a TLS client knows when a server greets it: trust anchors, the
 * certificates sent, the name wanted, the time.  We accept when no rule finds an error.  Right is a
 * refusal only for the stated reason: the ids of all errors are those of limbo-expected.txt.  Where
 * we judge otherwise on purpose, limbo-exceptions.txt says why.
 *
 * Status 0: as expected; 1: not; 77: the data is not here.
 */
#include "certroll/buf.h"
#include "certroll/rules.h"
#include "certroll/text.h"
#include <jansson.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_SKIPPED = 77, IDS_MAX = 256 };

/* 2023-12-02 12:00:00 UTC, when the data was taken: for cases without a time of their own. */
#define LIMBO_NOW INT64_C(1701518400)

/* A file of lines "case-id text", in no order. */
struct notes {
	struct note {
		char *id, *text;
		bool used;
	} * items;
	size_t count;
};

struct tally {
	unsigned accepts, accepted; /* cases to accept, and those we do */
	unsigned rejects, rejected; /* to reject, and those we do for the stated reason */
	unsigned exceptions, wrong;
};

/* --- files ------------------------------------------------------------------------------------- */

static void notes_add(struct notes *notes, const char *line)
{
	size_t len = strcspn(line, " \t");
	const char *text = line + len + strspn(line + len, " \t");

	notes->items = mem_grow(notes->items, notes->count, sizeof *notes->items);
	notes->items[notes->count++] = (struct note){ mem_copy(line, len), text_copy(text), false };
}

static bool notes_load(struct notes *notes, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[1024];

	if (!file) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			notes_add(notes, line);
	}
	fclose(file);
	return true;
}

static void notes_free(struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		mem_free(notes->items[i].id);
		mem_free(notes->items[i].text);
	}
	mem_free(notes->items);
}

/* NULL: nothing is said of this case. */
static const char *notes_find(struct notes *notes, const char *id)
{
	for (size_t i = 0; i < notes->count; i++) {
		if (strcmp(notes->items[i].id, id) != 0)
			continue;
		notes->items[i].used = true;
		return notes->items[i].text;
	}
	return NULL;
}

static unsigned notes_unused(const struct notes *notes, const char *path)
{
	unsigned unused = 0;

	for (size_t i = 0; i < notes->count; i++)
		if (!notes->items[i].used && ++unused)
			printf("%s: %s: no such case was run; remove the line\n", path,
			       notes->items[i].id);
	return unused;
}

/* "" when it is missing or no string. */
static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* --- one case ---------------------------------------------------------------------------------- */

/* The anchors come from a file, as those of --ca-file do. */
static struct anchors *load_anchors(const json_t *certs, struct err *err)
{
	char path[] = "/tmp/certroll-limbo-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	struct anchors *anchors;
	json_t *pem;
	size_t i;

	if (!file)
		return NULL;
	json_array_foreach(certs, i, pem)
	{
		if (json_is_string(pem))
			fprintf(file, "%s\n", json_string_value(pem));
	}
	fclose(file);
	anchors = anchors_load(path, false, err);
	unlink(path);
	return anchors;
}

/* DER of one certificate in PEM form; the bytes are OpenSSL's. */
static bool read_der(const json_t *pem, unsigned char **der, size_t *len)
{
	const char *text = json_string_value(pem);
	BIO *memory = BIO_new_mem_buf(text ? text : "", -1);
	char *name = NULL, *header = NULL;
	long bytes = 0;
	bool fine = PEM_read_bio(memory, &name, &header, der, &bytes) == 1;

	*len = (size_t)bytes;
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(memory);
	return fine;
}

static const struct chain *served_chain(struct chains *pool, const json_t *test, struct err *err)
{
	const json_t *rest = json_object_get(test, "untrusted_intermediates");
	unsigned char *der[CHAIN_MAX_CERTS] = { 0 };
	size_t len[CHAIN_MAX_CERTS] = { 0 }, count = 1 + json_array_size(rest);
	const struct chain *chain = NULL;
	bool fine = count <= CHAIN_MAX_CERTS;

	fine = fine && read_der(json_object_get(test, "peer_certificate"), &der[0], &len[0]);
	for (size_t i = 1; fine && i < count; i++)
		fine = read_der(json_array_get(rest, i - 1), &der[i], &len[i]);
	if (fine)
		chain = chains_parse(pool, (const unsigned char *const *)der, len, count, err);
	for (size_t i = 0; i < CHAIN_MAX_CERTS; i++)
		OPENSSL_free(der[i]);
	return chain;
}

static int64_t time_of_case(const json_t *test)
{
	const char *text = string_of(test, "validation_time");
	struct tm broken = { 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%S", &broken) ? timegm(&broken) : LIMBO_NOW;
}

/* The ids of all errors, each once, in the order of the table: "N3 P1"; "" when all is well. */
static void list_errors(const struct findings *findings, struct buf *ids)
{
	const char *last = "";

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *one = &findings->items[i];

		if (one->severity < SEVERITY_ERROR || strcmp(one->id, last) == 0)
			continue;
		if (buf_addf(ids, "%s%s", ids->len ? " " : "", one->id))
			return;
		last = one->id;
	}
}

static void judge(const struct chain *chain, const json_t *test, struct findings *findings)
{
	const char *name = string_of(json_object_get(test, "expected_peer_name"), "value");
	struct profile profile = profile_default(PROFILE_PATH);
	struct wanted_name wanted = { name, NULL };
	struct judgement judgement = { .profile = &profile,
				       .now = time_of_case(test),
				       .names = &wanted,
				       .name_count = *name ? 1 : 0 };

	rules_judge_served(chain, &judgement, NULL, findings);
}

static void print_findings(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		printf("\t%s %s: %s\n", severity_name(findings->items[i].severity),
		       findings->items[i].id, findings->items[i].sentence);
}

/* "unreadable" stands for what has no findings because it is no certificate. */
static void judge_case(const json_t *test, struct buf *ids, struct findings *findings)
{
	struct err err = { 0 };
	struct anchors *anchors = load_anchors(json_object_get(test, "trusted_certs"), &err);
	struct chains *pool = chains_new(anchors, time_of_case(test));
	const struct chain *chain = anchors ? served_chain(pool, test, &err) : NULL;

	if (chain)
		judge(chain, test, findings);
	else
		findings_add(findings, "unreadable", SEVERITY_ERROR, NULL, NULL, "%s", err.text);
	list_errors(findings, ids);
	chains_free(pool);
	anchors_free(anchors);
}

/* --- all of them ------------------------------------------------------------------------------- */

struct run {
	struct notes expected, exceptions;
	struct tally tally;
	bool verbose;
};

static void wrong(struct run *run, const char *id, const char *ids, const char *wanted,
		  const struct findings *findings)
{
	run->tally.wrong++;
	printf("%s: judged '%s', expected '%s'\n", id, ids, wanted);
	print_findings(findings);
}

static void run_case(struct run *run, const json_t *test)
{
	const char *id = string_of(test, "id");
	const char *result = string_of(test, "expected_result");
	bool accept = strcmp(result, "SUCCESS") == 0;
	const char *reason = notes_find(&run->exceptions, id);
	const char *wanted = accept ? "" : notes_find(&run->expected, id);
	auto_findings findings = { 0 };
	auto_buf ids = BUF_MAX(IDS_MAX);
	bool accepted, right;

	judge_case(test, &ids, &findings);
	accepted = ids.len == 0;
	right = wanted && strcmp(buf_text(&ids), wanted) == 0;
	if (accept)
		run->tally.accepts++, run->tally.accepted += right;
	else
		run->tally.rejects++, run->tally.rejected += right;
	if (run->verbose)
		printf("%s %s\n", id, accepted ? "accepted" : buf_text(&ids));
	if (reason && accepted != accept)
		run->tally.exceptions++;
	else if (reason || !right)
		wrong(run, id, buf_text(&ids),
		      reason   ? "an exception"
		      : wanted ? wanted
			       : "a line in limbo-expected.txt",
		      &findings);
}

/* Cases that ask for what no client can be assumed to do are marked with a feature. */
static bool wanted_case(const json_t *test)
{
	return strcmp(string_of(test, "validation_kind"), "SERVER") == 0 &&
	       json_array_size(json_object_get(test, "features")) == 0;
}

static int run_all(struct run *run, const json_t *root)
{
	const struct tally *tally = &run->tally;
	json_t *test;
	size_t i;

	json_array_foreach(json_object_get(root, "testcases"), i, test)
	{
		if (wanted_case(test))
			run_case(run, test);
	}
	run->tally.wrong += notes_unused(&run->expected, "limbo-expected.txt");
	run->tally.wrong += notes_unused(&run->exceptions, "limbo-exceptions.txt");
	printf("limbo: accept %u/%u, reject %u/%u, exceptions %u\n", tally->accepted,
	       tally->accepts, tally->rejected, tally->rejects, tally->exceptions);
	return tally->wrong || !tally->accepts || !tally->rejects;
}

static int run_file(const char *path, bool verbose)
{
	struct run run = { .verbose = verbose };
	json_error_t where;
	json_t *root = json_load_file(path, 0, &where);
	int status = 1;

	if (!root)
		printf("%s:%d: %s\n", path, where.line, where.text);
	else if (notes_load(&run.expected, CERTROLL_LIMBO_NOTES "/limbo-expected.txt") &&
		 notes_load(&run.exceptions, CERTROLL_LIMBO_NOTES "/limbo-exceptions.txt"))
		status = run_all(&run, root);
	notes_free(&run.expected);
	notes_free(&run.exceptions);
	json_decref(root);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = getenv("CERTROLL_LIMBO");

	path = path ? path : CERTROLL_LIMBO_DATA;
	if (access(path, R_OK) != 0) {
		printf("skip: there is no %s; name the x509-limbo data with CERTROLL_LIMBO\n",
		       path);
		return STATUS_SKIPPED;
	}
	return run_file(path, argc > 1 && strcmp(argv[1], "-v") == 0);
}
