/*
 * What is proved of devices that get their certificate by a person's hand, or make one themselves.
 */
#include "certroll/driver.h"
#include "certroll/endpoint.h"
#include <stdio.h>
#include <string.h>

enum { DIFFERENCE = 256 };

bool device_by_hand(const struct device *device, struct by_hand *hand)
{
	struct by_hand unused = { 0 };

	if (!device->driver || !device->driver->by_hand)
		return false;
	hand = hand ? hand : &unused;
	*hand = (struct by_hand){ 0 };
	device->driver->by_hand(device->options, hand);
	return true;
}

bool device_makes_own(const struct device *device)
{
	struct by_hand hand;

	return device_by_hand(device, &hand) && hand.own;
}

static const char *first_uncovered(const struct cert *leaf, const struct text_list *names)
{
	for (size_t i = 0; names && i < names->count; i++)
		if (!cert_covers(leaf, names->items[i]))
			return names->items[i];
	return NULL;
}

static const char *uncovered(const struct device *device, const struct by_hand *hand,
			     const struct cert *leaf)
{
	const char *name = first_uncovered(leaf, &device->all_names);

	if (!name)
		name = first_uncovered(leaf, hand->domains);
	if (!name && host_is_address(device->host) && !cert_covers(leaf, device->host))
		name = device->host;
	return name;
}

/* The first thing wrong with a certificate that a device has made; false: nothing. */
static bool find_fault(const struct device *device, const struct by_hand *hand,
		       const struct cert *leaf, char difference[DIFFERENCE])
{
	const char *name = uncovered(device, hand, leaf);
	long long days = cert_days(leaf);

	if (name)
		snprintf(difference, DIFFERENCE, "is not for '%.200s'", name);
	else if (days > hand->most_days)
		snprintf(difference, DIFFERENCE, "is valid for %lld days, not for %d at most", days,
			 hand->most_days);
	else if (leaf->ext_key_usage & EKU_ABSENT)
		snprintf(difference, DIFFERENCE,
			 "has no extended key usage (serverAuth is needed)");
	else if (!(leaf->ext_key_usage & EKU_SERVER_AUTH))
		snprintf(difference, DIFFERENCE, "has an extended key usage without serverAuth");
	return *difference;
}

static enum proof prove_own(const struct device *device, const struct served *now,
			    const struct served *before, char difference[DIFFERENCE])
{
	const struct cert *leaf;
	struct by_hand hand;

	if (!now->chain || !now->completed)
		return PROOF_NONE;
	leaf = chain_leaf(now->chain);
	device_by_hand(device, &hand);
	if (before && before->chain &&
	    !memcmp(chain_leaf(before->chain)->sha256, leaf->sha256, CERT_HASH))
		return PROOF_OLD;
	return find_fault(device, &hand, leaf, difference) ? PROOF_OTHER : PROOF_EXACT;
}

enum proof endpoint_compare(const struct endpoint *endpoint, const struct served *now,
			    const struct served *before, const struct chain *intended,
			    char difference[DIFFERENCE])
{
	const struct device *device = endpoint->device;

	difference[0] = '\0';
	if (now->net == NET_CLOSED && device->driver && device->driver->may_close)
		return PROOF_CLOSED;
	if (device_makes_own(device))
		return prove_own(device, now, before, difference);
	return served_prove(now, before, intended, difference);
}

bool proof_settled(enum proof proof)
{
	return proof == PROOF_EXACT || proof == PROOF_CLOSED;
}

bool endpoints_proved(const struct endpoint *endpoints, size_t count)
{
	size_t exact = 0;

	for (size_t i = 0; i < count; i++) {
		if (!proof_settled(endpoints[i].proof))
			return false;
		exact += endpoints[i].proof == PROOF_EXACT;
	}
	return exact > 0;
}
