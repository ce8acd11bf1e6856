/* V, P: time, and the way to a trust anchor. */
#include "certroll/text.h"
#include "rule.h"
#include <string.h>

static void complain_expired(const struct view *view, const struct cert *cert)
{
	auto_free char *name = view_name(view, cert);
	auto_free char *ago = text_remaining(cert->not_after - view->judgement->now);
	char end[32];

	complain(view, cert,
		 cert == view->leaf ? "Renew it." : "Ask the CA for its current certificate.",
		 "the certificate of %s ended on %s (%s)", name, text_time(cert->not_after, end),
		 ago);
}

static void complain_early(const struct view *view, const struct cert *cert)
{
	auto_free char *name = view_name(view, cert);
	auto_free char *wait = text_remaining(cert->not_before - view->judgement->now);
	char begin[32];

	complain(view, cert, "Check the clock of this machine; if it is right, wait until then.",
		 "the certificate of %s is not valid before %s (in %s)", name,
		 text_time(cert->not_before, begin), wait);
}

static void valid_now(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];

		if (cert->not_after < view->judgement->now)
			complain_expired(view, cert);
		else if (cert->not_before > view->judgement->now)
			complain_early(view, cert);
	}
}

const struct rule_test test_valid_now = { valid_now, false };

/* By fraction, not by days: 30 days are most of a certificate's life when that is 45. */
void rules_life(const struct judgement *judgement, int64_t lifetime, int64_t *warn, int64_t *fail)
{
	const int64_t week = INT64_C(7) * 86400;

	*warn = lifetime / 3;
	*fail = lifetime / 10 < week ? lifetime / 10 : week;
	if (life_limit_given(&judgement->warn))
		*warn = life_limit_seconds(&judgement->warn, lifetime);
	if (life_limit_given(&judgement->fail))
		*fail = life_limit_seconds(&judgement->fail, lifetime);
	if (*warn < *fail)
		*warn = *fail;
}

static void life_left(const struct view *view)
{
	int64_t left = view->leaf->not_after - view->judgement->now;
	int64_t life = cert_lifetime(view->leaf), enough, least;
	auto_free char *name = view_name(view, view->leaf);
	auto_free char *rest = text_remaining(left);
	auto_free char *whole = text_remaining(life);

	rules_life(view->judgement, life, &enough, &least);
	if (left < 0 || left >= enough)
		return;
	complain_as(view, left < least ? SEVERITY_ERROR : view->severity, view->leaf,
		    "Renew it and roll the new one out.",
		    "the certificate of %s has %s left of its %s", name, rest, whole);
}

const struct rule_test test_life_left = { life_left, false };

/* A given certificate with the name of the missing issuer. */
static const struct cert *namesake(const struct view *view, const struct cert *last)
{
	for (size_t i = 0; i < view->given->count; i++)
		if (strcmp(view->given->certs[i]->subject, last->issuer) == 0)
			return view->given->certs[i];
	return NULL;
}

static void complain_circle(const struct view *view, const struct cert *last,
			    const struct cert *above)
{
	auto_free char *name = view_name(view, last);
	auto_free char *other = view_name(view, above);

	complain(view, last, "Ask the CA which certificates lead to its root.",
		 "the certificates of %s and %s lead in a circle: there is no way to a root", name,
		 other);
}

static void complain_missing(const struct view *view, const struct cert *last,
			     const struct cert *other)
{
	auto_free char *name = view_name(view, last);
	auto_free char *false_name = other ? view_name(view, other) : NULL;
	auto_free char *remedy = text_format(
		"Add that certificate after %s %zu%s%s%s, then those above it up to the root.",
		view_noun(view), view_number(view, (size_t)view_index(view, last)),
		*last->issuer_url ? " (the CA publishes it at " : "", last->issuer_url,
		*last->issuer_url ? ")" : "");

	complain(view, last, remedy, "the certificate of '%s', which signed %s, is missing%s%s%s",
		 *last->issuer_cn ? last->issuer_cn : last->issuer, name, other ? "; " : "",
		 other ? false_name : "", other ? " has that name but another key" : "");
}

/* Where the one stands that signed the last on the path, which must then have met it before. */
static int circle_index(const struct view *view)
{
	const struct cert *last = view->path->certs[view->path->count - 1];

	for (size_t i = 0; view->path->end == PATH_INCOMPLETE && i < view->given->count; i++)
		if (cert_signed_by(last, view->given->certs[i]))
			return (int)i;
	return CHAIN_NONE;
}

static void circle(const struct view *view)
{
	int index = circle_index(view);

	if (index >= 0)
		complain_circle(view, view->path->certs[view->path->count - 1],
				view->given->certs[index]);
}

const struct rule_test test_circle = { circle, false };

static void complain_algorithms(const struct view *view, const struct cert *last)
{
	auto_free char *name = view_name(view, last);

	complain(view, last, "Ask the CA for another certificate.",
		 "the certificate of %s names two different signature algorithms, so nobody can "
		 "tell who signed it",
		 name);
}

/* A circle is R4's, a signature that nobody can check is R8's. */
static void complain_incomplete(const struct view *view)
{
	const struct cert *last = view->path->certs[view->path->count - 1];

	if (circle_index(view) >= 0) {
		if (severity_of(view, "R4") < view->severity)
			circle(view);
	} else if (!last->form.algorithms_agree) {
		if (severity_of(view, "R8") < view->severity)
			complain_algorithms(view, last);
	} else {
		complain_missing(view, last, namesake(view, last));
	}
}

static void complain_untrusted(const struct view *view)
{
	const struct cert *last = view->path->certs[view->path->count - 1];
	auto_free char *name = view_name(view, last);

	if (view->path->count == 1)
		complain(view, last, "Have the certificate issued by a CA.",
			 "the certificate of %s is signed by itself: no client has a reason to "
			 "trust it",
			 name);
	else
		complain(view, last, "If this is your own CA, give its certificate with --ca-file.",
			 "the chain ends in %s, which signed itself and is no trust anchor here",
			 name);
}

static void path_length(const struct view *view)
{
	if (view->path->flaw == FLAW_PATH_LENGTH)
		complain(view, view->path->refused,
			 "Ask the CA for a certificate from one of its CAs further up.", "%s",
			 view->path->reason);
}

const struct rule_test test_path_length = { path_length, false };

/* The rule about form that tells why this one was refused; "": none. */
static const char *form_teller(const struct view *view, const struct cert *refused)
{
	if (!view_form_counts(view, refused))
		return "";
	if (view->path->flaw == FLAW_CRITICAL)
		return refused->form.critical & EXT_NEVER_CRITICAL ? "R5" : "";
	return refused->form.malformed || refused->form.repeated ? "R9" : "";
}

/* The rule that tells of the flaw in its own words; "": none but P1. */
static const char *teller_of(const struct view *view)
{
	switch (view->path->flaw) {
	case FLAW_TIME:
		return "V1";
	case FLAW_NAMES:
		return "N6";
	case FLAW_PATH_LENGTH:
		return "R3";
	case FLAW_KEY_ID:
		return "R1";
	case FLAW_CRITICAL:
	case FLAW_FORM:
		return form_teller(view, view->path->refused);
	default:
		return "";
	}
}

/* What another rule says is not said twice. */
static void complain_invalid(const struct view *view)
{
	if (severity_of(view, teller_of(view)) >= view->severity)
		return;
	if (extension_said(view))
		return;
	complain(view, view->path->refused,
		 "Ask the CA that issued the certificate; clients refuse it like this.", "%s",
		 view->path->reason);
}

static void path(const struct view *view)
{
	switch (view->path->end) {
	case PATH_ANCHORED:
		break;
	case PATH_INCOMPLETE:
		complain_incomplete(view);
		break;
	case PATH_UNTRUSTED:
		complain_untrusted(view);
		break;
	case PATH_INVALID:
		complain_invalid(view);
		break;
	}
}

const struct rule_test test_path = { path, false };

static void known_root(const struct view *view)
{
	const struct cert *root = view->path->anchor;
	auto_free char *name = NULL;

	if (!root || view_public(view))
		return;
	name = view_name(view, root);
	complain(view, root,
		 "Install it on the clients before the roll-out: browsers, phones, mobile devices.",
		 "the root %s is not in this machine's store of public roots: clients do not bring "
		 "it along%s",
		 name,
		 view->path->source == ANCHOR_BUNDLE
			 ? ", and it is taken as an anchor here only because the bundle holds it"
			 : "");
}

const struct rule_test test_known_root = { known_root, false };
