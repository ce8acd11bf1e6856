#include "certroll/rules.h"
#include "rule.h"
#include <string.h>

/* Severities; a dash is a rule this profile does not look at. */
#define F SEVERITY_ERROR
#define W SEVERITY_WARNING
#define o SEVERITY_NONE

#define WIKI  "innovaphone wiki, Custom certificates"
#define APPLE "Apple 103769"
#define BR    "CA/Browser Forum BR "

/*
 * Columns: innovaphone, apple, cabf, ip-office, strict, server, path.
 * A new rule is a row here and a test in the file of its topic; docs/findings.md explains each.
 */
/* clang-format off */
static const struct rule table[] = {
	{ "K1", "private key present, exactly one, and the leaf's", WIKI,
	  { F, F, F, F, F, F, o }, true, false, &test_key_present },
	{ "K2", "key readable without a pass phrase", WIKI "; HAProxy asks on its terminal",
	  { F, o, o, o, F, F, o }, true, false, &test_key_readable },
	{ "K3", "RSA keys of 2048 bits or more", APPLE "; " BR "6.1.5",
	  { F, F, F, F, F, W, o }, true, true, &test_rsa_strong },
	{ "K4", "RSA key of the leaf not longer than the boxes can bear", WIKI,
	  { F, o, o, o, o, o, o }, true, true, &test_rsa_cheap },
	{ "K5", "RSA rather than EC", WIKI "; innovaphone 16r1",
	  { F, o, o, W, W, o, o }, true, true, &test_not_ec },
	{ "K6", "keys of a kind and curve that TLS clients know", BR "6.1.5",
	  { F, F, F, F, F, F, o }, true, true, &test_curve },
	{ "K7", "RSA keys sound: exponent, ROCA, close primes (Debian's weak keys are not looked for)",
	  BR "6.1.1.3, 6.1.5, 6.1.6; CVE-2017-15361; CVE-2022-26320",
	  { W, W, F, W, F, W, o }, true, true, &test_sound_keys },
	{ "O1", "the first certificate is the leaf", WIKI "; RFC 8446 4.4.2",
	  { F, F, F, F, F, F, F }, true, true, &test_leaf_first },
	{ "O2", "each next certificate signed the one before", WIKI "; RFC 5246 7.4.2",
	  { F, W, W, W, F, W, o }, true, true, &test_order },
	{ "O3", "the bundle ends in its self-signed root", WIKI,
	  { F, o, o, W, F, o, o }, true, false, &test_root_present },
	{ "O4", "no foreign, duplicate or alternative certificates", WIKI,
	  { F, W, W, W, F, W, o }, true, true, &test_no_strays },
	{ "O5", "the key is the last block", WIKI,
	  { F, o, o, o, W, o, o }, true, false, &test_key_last },
	{ "O6", "no intermediate certificate expires before the leaf", "RFC 5280 6.1.3",
	  { W, W, W, W, F, W, o }, true, true, &test_outlived },
	{ "V1", "every certificate is valid now", "RFC 5280 4.1.2.5",
	  { F, F, F, F, F, F, F }, true, true, &test_valid_now },
	{ "V2", "made for 825 days at most", APPLE,
	  { W, F, o, W, F, o, o }, true, true, &test_life },
	{ "V3", "public root: made for 398, 200, 100 or 47 days at most, by day of issue",
	  BR "6.3.2; Apple 102028",
	  { W, F, F, W, F, o, o }, true, true, &test_public_life },
	{ "V4", "enough life left: a third of the lifetime", "docs/findings.md",
	  { W, W, W, W, W, W, o }, true, true, &test_life_left },
	{ "E1", "extended key usage has serverAuth", WIKI "; " APPLE "; " BR "7.1.2.7.10",
	  { W, F, F, F, F, F, F }, true, true, &test_server_auth },
	{ "E2", "extended key usage has clientAuth", WIKI,
	  { W, o, o, W, o, o, o }, true, true, &test_client_auth },
	{ "E3", "public root, issued since 2027-03-15: no clientAuth", "Chrome Root Program 1.8",
	  { W, o, F, W, F, o, o }, true, true, &test_no_client_auth },
	{ "E4", "extended key usage has nothing foreign to TLS", BR "7.1.2.7.10",
	  { W, W, F, W, F, o, o }, true, true, &test_single_purpose },
	{ "U1", "key usage present, with digitalSignature", WIKI "; " BR "7.1.2.7.11",
	  { W, o, F, F, F, o, o }, true, true, &test_digital_signature },
	{ "U2", "RSA: key usage has keyEncipherment", WIKI,
	  { W, o, o, o, o, o, o }, true, true, &test_key_encipherment },
	{ "U3", "EC: key usage without keyEncipherment", BR "7.1.2.7.11; RFC 8813 3",
	  { W, o, F, W, F, o, o }, true, true, &test_no_key_encipherment },
	{ "U4", "the leaf is no CA, the CAs are", BR "7.1.2.7.8; RFC 5280 4.2.1.9",
	  { W, W, F, o, F, W, o }, true, true, &test_ca_flags },
	{ "N1", "names stand in subjectAltName; a CN never counts", APPLE "; RFC 9525 6.4.4",
	  { F, F, F, W, F, F, F }, true, true, &test_has_names },
	{ "N2", "wildcards are well-formed", "RFC 9525 6.3; " BR "1.6.1",
	  { F, F, F, F, F, F, F }, true, true, &test_wildcards },
	{ "N3", "every wanted name is covered", WIKI "; RFC 9525 6.3",
	  { F, F, F, F, F, F, F }, true, true, &test_covered },
	{ "N4", "a CN is a copy of a name in subjectAltName; IP Office: the subject is not empty",
	  BR "7.1.4.3; Avaya, Certificate Name Content",
	  { o, o, F, W, F, o, o }, true, true, &test_cn },
	{ "N5", "what phones look for: the domain beside its wildcard; private root: an address",
	  "Avaya, Certificate Name Content; J129 manual p. 55",
	  { o, o, o, W, W, o, o }, true, true, &test_phone_names },
	{ "N6", "name constraints permit all names; none on the leaf", "RFC 5280 4.2.1.10",
	  { F, F, F, F, F, F, F }, true, true, &test_constraints },
	{ "S1", "signed with SHA-2", APPLE "; " BR "7.1.3.2",
	  { F, F, F, F, F, F, o }, true, true, &test_hash },
	{ "S2", "SHA-224 or SHA-256 with RSA", WIKI,
	  { W, o, o, o, o, o, o }, true, true, &test_hash_for_boxes },
	{ "T1", "public root: embedded SCTs of 2 logs (up to 180 days) or 3", "Apple 103214",
	  { o, F, W, o, F, o, o }, true, true, &test_transparency },
	{ "T2", "no must-staple", "RFC 7633; Let's Encrypt ended it on 2025-05-07",
	  { F, W, W, F, F, W, o }, true, true, &test_stapling },
	{ "T3", "OCSP address: not looked at, its absence is normal",
	  BR "7.1.2.7.7; Let's Encrypt ended OCSP on 2025-08-06",
	  { o, o, o, o, o, o, o }, true, true, NULL },
	{ "X1", "no critical extension that nobody knows", "RFC 5280 4.2; Avaya, Certificate Check "
	  "Controls",
	  { W, W, W, F, F, F, F }, true, true, &test_known_extensions },
	{ "P1", "a path leads to a trust anchor today", "RFC 5280 6.1",
	  { F, F, F, F, F, F, F }, true, true, &test_path },
	{ "P2", "the clients know the trust anchor", WIKI,
	  { W, W, o, W, W, o, o }, true, false, &test_known_root },
	{ "R1", "authority key identifier present, and that of the issuer", "RFC 5280 4.2.1.1",
	  { o, o, F, o, F, o, F }, true, true, &test_authority_key },
	{ "R2", "subject key identifier present in CA certificates", "RFC 5280 4.2.1.2",
	  { o, o, F, o, F, o, F }, true, true, &test_subject_key },
	{ "R3", "no more CAs below one than its path length allows", "RFC 5280 4.2.1.9, 6.1.4",
	  { F, F, F, F, F, F, F }, true, true, &test_path_length },
	{ "R4", "certificates do not sign each other in a circle", "RFC 5280 6.1; RFC 4158 2.4.2",
	  { F, F, F, F, F, F, F }, true, true, &test_circle },
	{ "R5", "extensions are critical exactly where they must be", "RFC 5280 4.2.1, 4.2.2",
	  { o, o, F, o, F, o, F }, true, true, &test_critical },
	{ "R6", "issuer and subject named, names well-formed", "RFC 5280 4.1.2.4, 4.1.2.6, 4.2.1.6",
	  { o, o, F, o, F, o, F }, true, true, &test_field_names },
	{ "R7", "serial number positive, at most 20 octets", "RFC 5280 4.1.2.2",
	  { o, o, F, o, F, o, F }, true, true, &test_serial },
	{ "R8", "version 3, with one signature algorithm", "RFC 5280 4.1.1.2, 4.1.2.1",
	  { o, o, F, o, F, o, F }, true, true, &test_version },
	{ "R9", "extensions well-formed, each once", "RFC 5280 4.2",
	  { o, o, F, o, F, o, F }, true, true, &test_form },
	{ "R10", "CA certificates are marked as such, others are not", "RFC 5280 4.2.1.3, 4.2.1.9",
	  { o, o, F, o, F, o, F }, true, true, &test_ca_marks },
};
/* clang-format on */

#undef F
#undef W
#undef o

static const char *const names[PROFILE_COLUMNS] = {
	[PROFILE_INNOVAPHONE] = "innovaphone",
	[PROFILE_APPLE] = "apple",
	[PROFILE_CABF] = "cabf",
	[PROFILE_IP_OFFICE] = "ip-office",
	[PROFILE_STRICT] = "strict",
	[PROFILE_SERVER] = "server",
	[PROFILE_PATH] = "path",
};

struct profile profile_default(enum profile_column column)
{
	return (struct profile){
		.column = column,
		.leaf_rsa_max = column == PROFILE_INNOVAPHONE ? 2048 : 0,
	};
}

const char *profile_name(enum profile_column column)
{
	return (size_t)column < COUNT(names) ? names[column] : "unknown";
}

bool profile_find(const char *name, enum profile_column *column)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*column = (enum profile_column)i;
		return true;
	}
	return false;
}

const struct rule *rules_table(size_t *count)
{
	*count = COUNT(table);
	return table;
}

static const struct adjustment *adjustment_of(const struct view *view, const struct rule *rule)
{
	const struct adjustments *all = view->judgement->adjustments;

	for (size_t i = 0; all && i < all->count; i++)
		if (all->items[i].rule == rule && all->items[i].column == view->column)
			return &all->items[i];
	return NULL;
}

enum severity severity_of(const struct view *view, const char *id)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct adjustment *set;

		if (strcmp(table[i].id, id) != 0)
			continue;
		set = adjustment_of(view, &table[i]);
		return set ? set->severity : table[i].severity[view->column];
	}
	return SEVERITY_NONE;
}

static void judge_rule(struct view *view, const struct rule *rule)
{
	const struct adjustment *set = adjustment_of(view, rule);

	view->rule = rule;
	view->adjusted = set != NULL;
	view->severity = set ? set->severity : rule->severity[view->column];
	if (!rule->test || view->severity == SEVERITY_NONE ||
	    !(view->bundle ? rule->bundle : rule->served))
		return;
	if (view->given || rule->test->without_certs)
		rule->test->run(view);
}

static void judge_column(struct view *view)
{
	for (size_t i = 0; i < COUNT(table); i++)
		judge_rule(view, &table[i]);
}

/*
 * The Baseline Requirements bind public CAs.  Of a chain to a private root, browsers demand what
 * every TLS client does.
 */
static unsigned client_columns(const struct view *view)
{
	unsigned columns = view->judgement->profile->clients;

	if (!(columns & 1u << PROFILE_CABF) || (view->path && view_public(view)))
		return columns;
	return (columns & ~(1u << PROFILE_CABF)) | 1u << PROFILE_SERVER;
}

/* Clients see what is served: what only a bundle can do wrong is none of their business. */
static void judge_rule_for_clients(struct view *view, const struct rule *rule, unsigned columns)
{
	for (unsigned column = 0; column < PROFILE_COLUMNS && rule->served; column++) {
		view->column = (enum profile_column)column;
		if (columns & 1u << column)
			judge_rule(view, rule);
	}
}

/* Rule by rule, for the order of the table; what several columns say is said once. */
static void judge_columns(struct view *view)
{
	unsigned columns = client_columns(view) & ~(1u << view->column);
	enum profile_column own = view->column;
	struct findings *findings = view->findings;
	auto_findings merged = { 0 };

	for (size_t i = 0; i < COUNT(table); i++) {
		auto_findings said = { 0 };

		view->findings = &said;
		view->column = own;
		judge_rule(view, &table[i]);
		judge_rule_for_clients(view, &table[i], columns);
		findings_merge(&merged, &said);
	}
	findings_append(findings, &merged);
}

static void judge(struct view *view)
{
	struct spoken spoken = { 0 };

	view->spoken = &spoken;
	view->column = view->judgement->profile->column;
	if (view->judgement->profile->clients)
		judge_columns(view);
	else
		judge_column(view);
	mem_free(spoken.name);
}

void rules_judge_bundle(const struct bundle *bundle, const struct judgement *judgement,
			struct findings *findings)
{
	const struct chain *chain = bundle->chain;
	struct view view = {
		.judgement = judgement,
		.bundle = bundle,
		.given = bundle->file,
		.path = chain ? &chain->path : NULL,
		.leaf = chain ? chain_leaf(chain) : NULL,
		.place = bundle->path,
		.findings = findings,
	};

	judge(&view);
}

void rules_judge_served(const struct chain *served, const struct judgement *judgement,
			const char *place, struct findings *findings)
{
	struct view view = {
		.judgement = judgement,
		.given = served,
		.path = &served->path,
		.leaf = chain_leaf(served),
		.place = place ? place : "",
		.findings = findings,
	};

	judge(&view);
}
