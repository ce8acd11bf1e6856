/* T, X: transparency, stapling, and extensions nobody knows. */
#include "rule.h"
#include <inttypes.h>

/*
 * Apple 103214.  Which logs are approved changes too often for a table here.  SCTs may also come in
 * the handshake, but no box sends them.
 */
static size_t logs_wanted(const struct cert *cert)
{
	return cert_days(cert) <= 180 ? 2 : 3;
}

static void transparency(const struct view *view)
{
	const struct cert *leaf = view->leaf;
	auto_free char *name = view_name(view, leaf);

	if (view_public(view) && leaf->sct_logs < logs_wanted(leaf))
		complain(view, leaf,
			 "Ask the CA for a certificate with embedded SCTs; every public CA issues "
			 "them unless told not to.",
			 "the certificate of %s has embedded SCTs (proofs of certificate "
			 "transparency) of %zu log%s; Apple's devices and browsers want %zu for "
			 "%" PRId64 " days",
			 name, leaf->sct_logs, leaf->sct_logs == 1 ? "" : "s", logs_wanted(leaf),
			 cert_days(leaf));
}

const struct rule_test test_transparency = { transparency, false };

static void stapling(const struct view *view)
{
	auto_free char *name = view_name(view, view->leaf);

	if (view->leaf->must_staple)
		complain(
			view, view->leaf,
			"Have it issued without must-staple (the TLS feature status_request).",
			"the certificate of %s demands that each handshake brings an OCSP answer "
			"(must-staple), which telephony boxes do not send: clients that look at it "
			"refuse",
			name);
}

const struct rule_test test_stapling = { stapling, false };

static bool refused_for_it(const struct view *view, const struct cert *cert)
{
	return view->path->end == PATH_INVALID && view->path->flaw == FLAW_CRITICAL &&
	       view->path->refused == cert && *cert->unknown_critical;
}

/* Validation refuses such a certificate: of this rule and P1 the louder one says it. */
bool extension_said(const struct view *view)
{
	return view->path->refused && refused_for_it(view, view->path->refused) &&
	       view_index(view, view->path->refused) >= 0 &&
	       severity_of(view, "X1") >= severity_of(view, "P1");
}

static void known_extensions(const struct view *view)
{
	for (size_t i = 0; i < view->path->count; i++) {
		const struct cert *cert = view->path->certs[i];
		auto_free char *name = view_name(view, cert);

		if (!*cert->unknown_critical || view_index(view, cert) < 0 ||
		    (refused_for_it(view, cert) && !extension_said(view)))
			continue;
		complain(view, cert,
			 cert == view->leaf
				 ? "Have it issued without that extension, or not marked as "
				   "critical."
				 : "Ask the CA for a certificate of its own without it.",
			 "the certificate of %s has a critical extension that clients do not know "
			 "(%s), so they must refuse it",
			 name, cert->unknown_critical);
	}
}

const struct rule_test test_known_extensions = { known_extensions, false };
