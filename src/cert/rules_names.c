/* N: names. */
#include "certroll/buf.h"
#include "certroll/text.h"
#include "rule.h"
#include "x509.h"
#include <arpa/inet.h>
#include <string.h>

enum { MOST_NAMES = 20, NAMES_SHOWN = 5 };

/* Addresses are names enough for TLS, the telephony profiles want DNS names. */
static bool has_names(const struct view *view)
{
	bool bare = view_column(view) == PROFILE_SERVER || view_column(view) == PROFILE_PATH;

	return view->leaf->dns_count || (bare && view->leaf->ip_count);
}

static void complain_no_names(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	complain(view, view->leaf, "Have it issued with the names in subjectAltName.",
		 "the certificate of %s has no DNS name in subjectAltName%s", name,
		 *view->leaf->subject_cn ? "; clients ignore the name in its subject (CN)" : "");
}

/* Names that cannot be read are R9's. */
static void names(const struct view *view)
{
	unsigned flaws = view->leaf->form.malformed | view->leaf->form.repeated;

	if (flaws & EXT_SUBJECT_NAMES && severity_of(view, "R9") >= view->severity)
		return;
	if (!has_names(view))
		complain_no_names(view);
}

const struct rule_test test_has_names = { names, false };

static void wildcards(const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->leaf->dns_count; i++) {
		const char *name = view->leaf->dns_names[i];

		if (strchr(name, '*') && !name_wildcard_valid(name) && count++ < MOST_NAMES)
			complain(view, view->leaf, "Have it issued with names like *.example.com.",
				 "'%s' covers nothing: the star must be the whole first label, the "
				 "only one, and two labels or more must follow",
				 name);
	}
}

const struct rule_test test_wildcards = { wildcards, false };

static bool is_address(const char *name)
{
	unsigned char address[16];

	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* Why a wildcard comes near but does not cover the name; NULL: none comes near. */
static char *near_miss(const struct cert *leaf, const char *name)
{
	for (size_t i = 0; i < leaf->dns_count; i++) {
		const char *wildcard = leaf->dns_names[i];

		if (!name_wildcard_valid(wildcard))
			continue;
		if (text_same(wildcard + 2, name))
			return text_format("'%s' does not cover '%s' itself", wildcard,
					   wildcard + 2);
		if (strlen(name) > strlen(wildcard) &&
		    text_same(name + strlen(name) - strlen(wildcard) + 1, wildcard + 1))
			return text_format("'%s' covers exactly one label", wildcard);
	}
	return NULL;
}

static char *names_list(const struct cert *leaf)
{
	auto_buf list = BUF_MAX(1400);
	size_t shown = leaf->dns_count < NAMES_SHOWN ? leaf->dns_count : NAMES_SHOWN;
	bool fits = true;

	for (size_t i = 0; i < shown; i++)
		fits &= buf_addf(&list, "%s'%s'", i ? ", " : "", leaf->dns_names[i]) == 0;
	if (leaf->dns_count > shown)
		fits &= buf_addf(&list, " and %zu more", leaf->dns_count - shown) == 0;
	return text_format("the certificate is for %s%s",
			   shown ? buf_text(&list) : "no name at all", fits ? "" : " ...");
}

static char *why_not(const struct cert *leaf, const char *name)
{
	char *why = NULL;

	if (name[0] == '.')
		return text_copy("a host name does not begin with a dot");
	if (is_address(name))
		return text_copy("an address is covered only by an iPAddress entry, which public "
				 "CAs do not issue for private addresses");
	why = near_miss(leaf, name);
	if (!why && text_same(name, leaf->subject_cn))
		why = text_copy("it is only the CN, which clients ignore");
	return why ? why : names_list(leaf);
}

static void complain_name(const struct view *view, const struct wanted_name *wanted)
{
	auto_free char *why = why_not(view->leaf, wanted->name);
	auto_free char *remedy = text_format("Have the certificate issued with the further name "
					     "'%s', or give the device a name that is covered.",
					     wanted->name);

	if (wanted->owner)
		complain(view, view->leaf, remedy, "'%s' (device %s) is not covered: %s",
			 wanted->name, wanted->owner, why);
	else
		complain(view, view->leaf, remedy, "'%s' is not covered: %s", wanted->name, why);
}

/* Without any names N1 has said it, if it is heard as loudly. */
static void covered(const struct view *view)
{
	const struct judgement *judgement = view->judgement;
	bool said = !has_names(view) && severity_of(view, "N1") >= view->severity;
	size_t missing = 0;

	for (size_t i = 0; i < judgement->name_count; i++) {
		const struct wanted_name *wanted = &judgement->names[i];

		if (cert_covers(view->leaf, wanted->name) || (said && !is_address(wanted->name)))
			continue;
		if (missing++ < MOST_NAMES)
			complain_name(view, wanted);
	}
	if (missing > MOST_NAMES)
		complain(view, view->leaf, "", "and %zu more names are not covered",
			 missing - MOST_NAMES);
}

const struct rule_test test_covered = { covered, false };

/* Avaya asks for a subject that is not empty, best with the system's name. */
static void avaya_subject(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (!*view->leaf->subject)
		complain(view, view->leaf,
			 "Have it issued with a CN (Let's Encrypt: profile classic).",
			 "the subject of %s is empty; IP Office asks for one, best with the "
			 "system's name as CN",
			 name);
}

/* The Baseline Requirements prefer none.  Without any names N1 has said it. */
static void cn(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	auto_free char *name = view_name(view, leaf);
	bool said = !has_names(view) && severity_of(view, "N1") >= view->severity;

	if (view_column(view) == PROFILE_IP_OFFICE)
		avaya_subject(view);
	else if (*leaf->subject_cn && !leaf->cn_is_san && !said)
		complain(view, leaf,
			 "Have it issued without a CN, or with one of its names, spelt the same.",
			 "the CN of %s is no copy of a name in subjectAltName", name);
}

const struct rule_test test_cn = { cn, false };

static bool has_name(const struct cert *cert, const char *name)
{
	for (size_t i = 0; i < cert->dns_count; i++)
		if (strcmp(cert->dns_names[i], name) == 0)
			return true;
	return false;
}

/* A phone that registers with "example.com" looks for just that in the certificate (J129, p. 55). */
static void bare_domains(const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->leaf->dns_count; i++) {
		const char *wildcard = view->leaf->dns_names[i];
		auto_free char *remedy = NULL;

		if (!name_wildcard_valid(wildcard) || has_name(view->leaf, wildcard + 2) ||
		    count++ >= MOST_NAMES)
			continue;
		remedy = text_format("If '%s' is a SIP domain, have it issued with this further "
				     "name.",
				     wildcard + 2);
		complain(view, view->leaf, remedy,
			 "'%s' does not cover '%s' itself: SIP phones that register with this "
			 "domain look for it",
			 wildcard, wildcard + 2);
	}
}

/* No public CA certifies the addresses of a LAN: only a private one can be asked for them. */
static void phone_names(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	bare_domains(view);
	if (has_names(view) && !view->leaf->ip_count && !view_public(view) &&
	    view->path->end != PATH_INCOMPLETE)
		complain(
			view, view->leaf,
			"If phones are set up with the address of the system, have the certificate "
			"issued with that address.",
			"the certificate of %s holds no IP address: phones that reach the system "
			"by its LAN address find no match",
			name);
}

const struct rule_test test_phone_names = { phone_names, false };

static void constraints(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->path->flaw == FLAW_NAMES)
		complain(view, view->leaf,
			 "Have the certificate issued only with names this CA may certify, or by "
			 "another CA.",
			 "%s", view->path->reason);
	if (view->leaf->has_name_constraints && !view->leaf->is_ca)
		complain(view, view->leaf, "Have it issued without them.",
			 "the leaf %s has name constraints, which only CA certificates may have",
			 name);
}

const struct rule_test test_constraints = { constraints, false };
