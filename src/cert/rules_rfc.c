/* R: what RFC 5280 section 4 demands of the certificates of a conforming CA. */
#include "certroll/text.h"
#include "rule.h"
#include "x509.h"

static const char again[] = "Have it issued again by a CA that follows RFC 5280.";

/*
 * Profile path judges the trust anchor too, as the strictest clients do.  To the others its form is
 * nothing: an anchor is a name and a key (RFC 5280 6.1.1 d), and some public roots are older than
 * the rules.
 */
bool view_form_counts(const struct view *view, const struct cert *cert)
{
	return cert != view->path->anchor || view_column(view) == PROFILE_PATH;
}

typedef void judge_one(const struct view *view, const struct cert *cert, const char *name);

static void each(const struct view *view, judge_one *judge)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);

		if (view_form_counts(view, cert))
			judge(view, cert, name);
	}
}

/* The one above on the path; a self-signed certificate's is itself; NULL when it is not here. */
static const struct cert *issuer_on_path(const struct view *view, const struct cert *cert)
{
	for (size_t i = 0; i + 1 < view->path->count; i++)
		if (view->path->certs[i] == cert)
			return view->path->certs[i + 1];
	return cert->self_signed ? cert : NULL;
}

static void complain_no_key_id(const struct view *view, const struct cert *cert, const char *name)
{
	complain(view, cert,
		 "Have it issued again with the identifier of its issuer's key (OpenSSL: "
		 "authorityKeyIdentifier = keyid).",
		 "the certificate of %s has no authority key identifier%s", name,
		 cert->form.authority_key ? " with a key identifier in it" : "");
}

/* A certificate without extensions is R8's, an identifier that cannot be read is R9's. */
static void authority_key(const struct view *view, const struct cert *cert, const char *name)
{
	const struct cert *issuer = issuer_on_path(view, cert);
	bool pair = !(cert->form.authority_key & KEY_ID_ISSUER) ==
		    !(cert->form.authority_key & KEY_ID_SERIAL);
	bool there = cert->form.extensions & EXT_AUTHORITY_KEY_ID;

	if (cert->form.version < 3 ||
	    ((cert->form.malformed | cert->form.repeated) & EXT_AUTHORITY_KEY_ID))
		return;
	if (!(cert->form.authority_key & KEY_ID_KEY) && (there || !cert->self_signed))
		complain_no_key_id(view, cert, name);
	else if (!pair)
		complain(view, cert, again,
			 "the authority key identifier of %s has one of issuer and serial number "
			 "without the other",
			 name);
	else if (issuer && !form_key_id_fits(cert, issuer))
		complain(view, cert, again,
			 "the authority key identifier of %s names another certificate than that "
			 "which signed it",
			 name);
}

static void authority_keys(const struct view *view)
{
	each(view, authority_key);
}

const struct rule_test test_authority_key = { authority_keys, false };

static void subject_key(const struct view *view, const struct cert *cert, const char *name)
{
	if (cert->is_ca && !(cert->form.extensions & EXT_SUBJECT_KEY_ID))
		complain(view, cert,
			 "Have it issued again with one (OpenSSL: subjectKeyIdentifier = hash).",
			 "the CA certificate of %s has no subject key identifier", name);
}

static void subject_keys(const struct view *view)
{
	each(view, subject_key);
}

const struct rule_test test_subject_key = { subject_keys, false };

static bool may_sign(const struct cert *cert)
{
	return cert->key_usage & (USAGE_KEY_CERT_SIGN | USAGE_ABSENT);
}

/* The first extension of a set. */
static enum extension first_of(unsigned set)
{
	return (enum extension)(set & -set);
}

/* RFC 5280 4.2.1.9, .11, .14. */
static unsigned always_critical(const struct cert *cert)
{
	unsigned set = EXT_POLICY_CONSTRAINTS | EXT_ANY_POLICY;

	if (cert->is_ca && may_sign(cert))
		set |= EXT_BASIC_CONSTRAINTS;
	return cert->form.extensions & set;
}

/*
 * Not critical, name constraints bind a client all the same, and BR 7.1.2.5.2 allows it.  That
 * names beside a subject are better not critical is a "should" in RFC 5280 4.2.1.6, and a "must"
 * in BR 7.1.2.7.12.
 */
static void critical_by_advice(const struct view *view, const struct cert *cert, const char *name)
{
	bool br = view_column(view) == PROFILE_CABF;

	if (!br && cert->form.extensions & EXT_NAME_CONSTRAINTS & ~cert->form.critical)
		complain_as(view, SEVERITY_WARNING, cert, again,
			    "the name constraints of %s are not critical: a client that does not "
			    "know them passes them over",
			    name);
	if (cert->form.critical & EXT_SUBJECT_NAMES && *cert->subject)
		complain_as(view, br ? view->severity : SEVERITY_WARNING, cert, again,
			    "subjectAltName of %s is critical, which it should be only where the "
			    "subject is empty",
			    name);
}

static void critical(const struct view *view, const struct cert *cert, const char *name)
{
	unsigned must_not = cert->form.critical & EXT_NEVER_CRITICAL;
	unsigned must = always_critical(cert) & ~cert->form.critical;

	if (must_not)
		complain(view, cert, again,
			 "the extension %s of %s is critical and must not be: some clients refuse "
			 "the certificate for that",
			 extension_name(first_of(must_not)), name);
	if (must)
		complain(view, cert, again, "the extension %s of %s must be critical and is not",
			 extension_name(first_of(must)), name);
	critical_by_advice(view, cert, name);
}

static void criticals(const struct view *view)
{
	each(view, critical);
}

const struct rule_test test_critical = { criticals, false };

static void field_names(const struct view *view, const struct cert *cert, const char *name)
{
	if (!*cert->issuer)
		complain(view, cert, again, "the issuer of %s is empty", name);
	if (!*cert->subject && cert->is_ca)
		complain(view, cert, again, "the subject of the CA certificate %s is empty", name);
	else if (!*cert->subject && !(cert->form.critical & EXT_SUBJECT_NAMES))
		complain(view, cert, again,
			 "the subject of %s is empty, but subjectAltName is not critical", name);
	if (*cert->form.bad_name)
		complain(view, cert, again,
			 "'%s' in subjectAltName of %s is neither a DNS name nor an address",
			 cert->form.bad_name, name);
}

static void all_field_names(const struct view *view)
{
	each(view, field_names);
}

const struct rule_test test_field_names = { all_field_names, false };

/* RFC 5280 4.1.2.2 asks clients to bear with numbers that are not positive: some roots have 0. */
static void serial(const struct view *view, const struct cert *cert, const char *name)
{
	if (cert->form.serial_octets > 20)
		complain(view, cert, again,
			 "the serial number of %s has %d octets, more than the 20 that clients "
			 "must bear",
			 name, cert->form.serial_octets);
	if (cert->form.serial_sign <= 0)
		complain_as(view, SEVERITY_WARNING, cert, again, "the serial number of %s is %s",
			    name, cert->form.serial_sign ? "negative" : "zero");
}

static void serials(const struct view *view)
{
	each(view, serial);
}

const struct rule_test test_serial = { serials, false };

/* As every conforming certificate has extensions, 4.1.2.1 makes version 3 the only one. */
static void version(const struct view *view, const struct cert *cert, const char *name)
{
	if (cert->form.version != 3)
		complain(view, cert, again,
			 "the certificate of %s is of version %d; only version 3 has extensions, "
			 "which it needs",
			 name, cert->form.version);
	if (!cert->form.algorithms_agree)
		complain(view, cert, again,
			 "the certificate of %s names two different signature algorithms", name);
}

static void versions(const struct view *view)
{
	each(view, version);
}

const struct rule_test test_version = { versions, false };

static void form(const struct view *view, const struct cert *cert, const char *name)
{
	if (cert->form.malformed)
		complain(view, cert, again, "the extension %s of %s is empty or malformed",
			 extension_name(first_of(cert->form.malformed)), name);
	if (cert->form.repeated)
		complain(view, cert, again, "the extension %s of %s is there more than once",
			 extension_name(first_of(cert->form.repeated)), name);
}

static void forms(const struct view *view)
{
	each(view, form);
}

const struct rule_test test_form = { forms, false };

/* Where U4 or validation (P1) has said that this one is no CA, once is enough. */
static bool said_no_ca(const struct view *view, const struct cert *cert)
{
	return (view->path->flaw == FLAW_CA && view->path->refused == cert) ||
	       (view_index(view, cert) >= 0 && severity_of(view, "U4") >= view->severity);
}

/* RFC 5280 6.1.4 (k) takes another mark than basicConstraints from versions 1 and 2: see R8. */
static void ca_marks(const struct view *view, const struct cert *cert, const char *name)
{
	bool signed_one = cert != view->path->certs[0];

	if (signed_one && !cert->is_ca && cert->form.version == 3 && !said_no_ca(view, cert))
		complain(view, cert, again,
			 "%s signed another certificate but is not marked as a CA "
			 "(basicConstraints CA:TRUE)",
			 name);
	if (signed_one && cert->is_ca && !may_sign(cert) && !said_no_ca(view, cert))
		complain(view, cert, again,
			 "%s signed another certificate, which its key usage does not allow "
			 "(keyCertSign)",
			 name);
	if (!signed_one && !cert->is_ca && cert->key_usage & USAGE_KEY_CERT_SIGN)
		complain(view, cert, again,
			 "the key usage of %s allows to sign certificates (keyCertSign), but it is "
			 "no CA's",
			 name);
	if (!signed_one && cert->path_len >= 0 && !(cert->is_ca && may_sign(cert)))
		complain(view, cert, again,
			 "%s has a path length, which only a CA that signs certificates may have",
			 name);
}

static void all_ca_marks(const struct view *view)
{
	each(view, ca_marks);
}

const struct rule_test test_ca_marks = { all_ca_marks, false };
