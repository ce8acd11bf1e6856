/*
 * What somebody should know before a device is changed: what else depends on the certificate that
 * goes, and how well the way of the new one is known.
 */
#include "certroll/clock.h"
#include "certroll/driver.h"
#include "hand.h"
#include "rollout.h"
#include <stdio.h>
#include <string.h>

/* The first chain seen that is not yet the bundle's. */
static const struct chain *chain_now(const struct result *result)
{
	for (size_t i = 0; i < result->endpoint_count; i++)
		if (result->endpoints[i].before.chain && result->endpoints[i].proof != PROOF_EXACT)
			return result->endpoints[i].before.chain;
	return NULL;
}

/* A PBX knows "its" reverse proxies by the name in their certificate. */
static void warn_name(struct result *result, const struct chain *now)
{
	const struct cert *old = chain_leaf(now), *new = chain_leaf(result->job->bundle->chain);

	if (result->device->role != ROLE_RP || !strcmp(old->subject_cn, new->subject_cn))
		return;
	findings_add(&result->warnings, "plan-rp-name", SEVERITY_WARNING, NULL,
		     "Enter the new name at the PBX first, as the alternate certificate name of "
		     "this reverse proxy (cert2).",
		     "a PBX that knows this reverse proxy by the name in its certificate sees '%s' "
		     "instead of '%s' afterwards",
		     new->subject_cn, old->subject_cn);
}

static const struct cert *end_of(const struct chain *chain)
{
	return chain->path.count ? chain->path.certs[chain->path.count - 1] : chain_leaf(chain);
}

/* Does what is served now hang on this root?  A chain that ends below it names it as its issuer. */
static bool leads_to(const struct chain *now, const struct cert *root)
{
	const struct cert *end = end_of(now);

	return !memcmp(end->key_sha256, root->key_sha256, CERT_HASH) ||
	       (!end->self_signed && cert_signed_by(end, root));
}

/* Do clients bring it along? */
static bool is_public(const struct site *site, const struct bundle *bundle)
{
	if (site->request->root_kind != ROOT_DETECT)
		return site->request->root_kind == ROOT_PUBLIC;
	return bundle->chain->path.source == ANCHOR_SYSTEM;
}

static void warn_root(struct site *site, struct result *result, const struct chain *now)
{
	const struct cert *root = end_of(result->job->bundle->chain);

	if (!root->self_signed || leads_to(now, root))
		return;
	findings_add(&result->warnings, "plan-root",
		     is_public(site, result->job->bundle) ? SEVERITY_NOTE : SEVERITY_WARNING, NULL,
		     "Bring the new root to phones and peers first: certroll root, deploy "
		     "--trust-only.",
		     "what it serves now does not lead to the root '%s'; phones and peers that do "
		     "not have that root yet will refuse it",
		     root->display);
}

/* The vendor's connector would replace what is installed at its next renewal. */
static void warn_managed(struct result *result, const struct chain *now)
{
	static const char maker[] = "Let's Encrypt";

	if (!strstr(chain_leaf(now)->issuer, maker) ||
	    strstr(chain_leaf(result->job->bundle->chain)->issuer, maker))
		return;
	findings_add(
		&result->warnings, "plan-managed", SEVERITY_WARNING, NULL,
		"Switch the connector off for this device, or leave the device to it (state: "
		"hold).",
		"its certificate is from Let's Encrypt: if the box renews it by itself, it will "
		"replace the bundle again");
}

static void warn_evidence(const struct site *site, struct result *result)
{
	const struct driver *driver = result->device->driver;
	enum evidence evidence =
		steps_evidence(site->request->trust_only ? driver->trust : driver->install);

	if (evidence == EVIDENCE_ASSUMED)
		findings_add(&result->warnings, "plan-assumed", SEVERITY_NOTE, NULL,
			     "Begin with one box that may be disturbed (-l NAME).",
			     "how this box takes a certificate is assumed in part, not documented "
			     "by its maker");
}

static void window_text(const struct window *window, char out[16])
{
	snprintf(out, 16, "%02d:%02d-%02d:%02d", window->from_minute / 60 % 24,
		 window->from_minute % 60, window->to_minute / 60 % 24, window->to_minute % 60);
}

bool must_wait(const struct site *site, const struct result *result)
{
	const struct window *window = &result->device->window;

	/* Files for a person may lie ready; the checklist names the window. */
	return window->set && !device_by_hand(result->device, NULL) && !site->request->now &&
	       !site->rehearsal && !window_open(window, clock_wall());
}

void conclude_waiting(struct result *result)
{
	char window[16];
	auto_free char *why = NULL;

	window_text(&result->device->window, window);
	why = text_format("outside its window %s; run it then, or with --now", window);
	result->later = true;
	conclude_unbegun(result, OUTCOME_HELD, why);
}

static void warn_window(struct site *site, struct result *result)
{
	char window[16];

	if (!must_wait(site, result))
		return;
	window_text(&result->device->window, window);
	findings_add(&result->warnings, "plan-window", SEVERITY_WARNING, NULL,
		     "Run deploy in the window, or with --now.",
		     "its window %s is closed now: deploy would leave it alone", window);
}

void warn_before(struct site *site, struct result *result)
{
	const struct chain *now = device_makes_own(result->device) ? NULL : chain_now(result);

	if (!site->request->trust_only)
		hand_warn(result);
	if (now && !site->request->trust_only) {
		warn_name(result, now);
		warn_root(site, result, now);
		warn_managed(result, now);
	}
	warn_evidence(site, result);
	warn_window(site, result);
}
