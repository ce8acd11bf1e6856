/*
 * Who is at the other end, decided inside the TLS handshake and before a password is sent.
 */
#include "certroll/site.h"
#include "certroll/text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

char *identity_pin(const struct device *device)
{
	return text_format("%s@%s:%u", device->name, device->host, device->port);
}

static bool say(char reason[200], const char *sentence)
{
	snprintf(reason, 200, "%s", sentence);
	return false;
}

/* The name a certificate must bear: the host, or the first client name where that is an address. */
static const char *reference_name(const struct device *device)
{
	return host_is_address(device->host) && device->names.count ? device->names.items[0]
								    : device->host;
}

static bool judge_ca(const struct device *device, const struct chain *chain, char reason[200])
{
	const char *name = reference_name(device);

	if (chain->path.end != PATH_ANCHORED)
		return say(reason,
			   "trust: ca, but its certificate does not lead to a trust anchor; give "
			   "--ca-file, or use trust: pin");
	if (cert_covers(chain_leaf(chain), name))
		return true;
	snprintf(reason, 200, "trust: ca, but its certificate is not for '%.80s'", name);
	return false;
}

/* What the running job itself has just installed is the box's new key. */
static bool just_installed(const struct job *job, const struct chain *chain)
{
	return job->changed && job->bundle && job->bundle->chain &&
	       !memcmp(chain_leaf(chain)->key_sha256, chain_leaf(job->bundle->chain)->key_sha256,
		       CERT_HASH);
}

/* The key of a bundle whose installation was begun earlier, and perhaps cut off, is the box's, too. */
static bool judge_expected(struct site *site, const char *key, const unsigned char *shown)
{
	auto_free char *expected = text_format("%s" PIN_NEXT, key);
	const unsigned char *next = pins_find(site->pins, expected);

	if (!next || memcmp(next, shown, CERT_HASH))
		return false;
	pins_set(site->pins, key, shown, site->now);
	return true;
}

static bool judge_pin(struct site *site, const struct job *job, const struct chain *chain,
		      char reason[200])
{
	auto_free char *key = identity_pin(job->device);
	const unsigned char *known = pins_find(site->pins, key);
	const unsigned char *shown = chain_leaf(chain)->key_sha256;

	if (known && !memcmp(known, shown, CERT_HASH))
		return true;
	if (just_installed(job, chain) || judge_expected(site, key, shown))
		return true;
	if (known) {
		snprintf(reason, 200,
			 "its key is not the one it was known by: another box, or somebody in "
			 "between; if it was exchanged: certroll pin --replace %.60s",
			 job->device->name);
		return false;
	}
	if (site->request->accept_new) {
		pins_set(site->pins, key, shown, site->now);
		return true;
	}
	return say(
		reason,
		"its key is not known yet; 'certroll pin' shows it, to be compared with the box, "
		"and notes it (--accept-new notes it unseen)");
}

/* Does the vendor's CA of the inventory, and no other anchor, vouch for this chain? */
static bool from_factory(const struct site *site, const struct device *device,
			 const struct chain *chain)
{
	const unsigned char *der[CHAIN_MAX_CERTS];
	size_t lengths[CHAIN_MAX_CERTS];
	struct anchors *anchors = anchors_load(device->factory_ca, false, NULL);
	struct chains *chains = anchors ? chains_new(anchors, site->now) : NULL;
	const struct chain *judged = NULL;
	bool vouched;

	for (size_t i = 0; i < chain->count; i++) {
		der[i] = chain->certs[i]->der;
		lengths[i] = chain->certs[i]->der_len;
	}
	if (chains)
		judged = chains_parse(chains, der, lengths, chain->count, NULL);
	vouched = judged && judged->path.end == PATH_ANCHORED;
	chains_free(chains);
	anchors_free(anchors);
	return vouched;
}

/* "IP811-00-90-33-4d-00-01": the last twelve hex digits of the CN are the MAC. */
static bool bears_mac(const struct device *device, const char *cn)
{
	size_t left = strlen(device->mac);

	for (size_t at = strlen(cn); at && left; at--) {
		if (!isxdigit((unsigned char)cn[at - 1]))
			continue;
		if (tolower((unsigned char)cn[at - 1]) != device->mac[--left])
			return false;
	}
	return *device->mac && !left;
}

/* A box that has lost its factory certificate to an installation of ours is known by its pin. */
static bool judge_factory(struct site *site, const struct job *job, const struct chain *chain,
			  char reason[200])
{
	if (!from_factory(site, job->device, chain))
		return judge_pin(site, job, chain, reason);
	if (bears_mac(job->device, chain_leaf(chain)->subject_cn))
		return true;
	return say(reason,
		   "trust: factory, and it is a box of this vendor, but another one: the MAC in "
		   "its certificate is not the mac: of the inventory");
}

bool identity_judge(const struct job *job, const struct chain *chain, char reason[200], void *arg)
{
	struct site *site = arg;

	if (site->shows_keys)
		return true;
	switch (job->device->trust) {
	case TRUST_NONE:
		return true;
	case TRUST_CA:
		return judge_ca(job->device, chain, reason);
	case TRUST_FACTORY:
		return judge_factory(site, job, chain, reason);
	default:
		return judge_pin(site, job, chain, reason);
	}
}

void identity_look_for(const struct site *site, struct job *job)
{
	auto_free char *key = identity_pin(job->device);

	if (job->device->trust != TRUST_NONE)
		job_expect(job, pins_identity(site->pins, key));
}

void identity_note(struct site *site, const struct job *job)
{
	auto_free char *key = identity_pin(job->device);
	const char *identity = job_known(job, FACT_IDENTITY);

	if (!identity || !*identity || job->stranger || job->device->trust == TRUST_NONE)
		return;
	if (!secret_is_in(job->password, identity)) /* pins are no place for secrets */
		pins_identify(site->pins, key, identity);
}

void identity_know(struct site *site, const struct device *device,
		   const unsigned char key[PIN_HASH])
{
	auto_free char *name = identity_pin(device);

	pins_set(site->pins, name, key, site->now);
}

void identity_expect(struct site *site, const struct job *job)
{
	auto_free char *key = identity_pin(job->device);
	auto_free char *expected = text_format("%s" PIN_NEXT, key);

	if (job->device->trust != TRUST_NONE)
		pins_set(site->pins, expected, chain_leaf(job->bundle->chain)->key_sha256,
			 site->now);
}

void identity_learn(struct site *site, const struct job *job)
{
	for (size_t i = 0; i < job->endpoint_count; i++) {
		const struct endpoint *endpoint = &job->endpoints[i];
		auto_free char *key = identity_pin(job->device);
		auto_free char *expected = text_format("%s" PIN_NEXT, key);

		if (endpoint->service->port != job->device->port ||
		    endpoint->proof != PROOF_EXACT || job->device->trust == TRUST_NONE)
			continue;
		pins_set(site->pins, key, chain_leaf(endpoint->after.chain)->key_sha256, site->now);
		pins_drop(site->pins, expected); /* it has come true, or is out of date */
		identity_note(site, job);
	}
}
