#include "certroll/endpoint.h"
#include "certroll/driver.h"
#include <stdio.h>
#include <string.h>

bool host_is_address(const char *name)
{
	return strchr(name, ':') || strspn(name, "0123456789.") == strlen(name);
}

static const char *first_sni(const struct device *device)
{
	for (size_t i = 0; i < device->all_names.count; i++)
		if (!host_is_address(device->all_names.items[i]))
			return device->all_names.items[i];
	return "";
}

static size_t add_service(struct endpoint *endpoints, size_t count, const struct device *device,
			  const struct service *service)
{
	const char *const *names = (const char *const *)device->all_names.items;
	size_t total = device->all_names.count;
	bool by_name = device->driver && device->driver->by_name && total;
	size_t looks = by_name ? total : 1;

	for (size_t i = 0; i < looks; i++)
		endpoints[count++] = (struct endpoint){
			.device = device,
			.service = service,
			.sni = !by_name                    ? first_sni(device)
			       : host_is_address(names[i]) ? ""
							   : names[i],
			.names = by_name ? names + i : names,
			.name_count = by_name ? 1 : total,
		};
	return count;
}

struct endpoint *endpoints_make(const struct device *device, size_t *count)
{
	size_t most = device->service_count * (device->all_names.count + 1) + 1;
	struct endpoint *endpoints = mem_alloc(most * sizeof *endpoints);

	*count = 0;
	for (size_t i = 0; i < device->service_count; i++)
		*count = add_service(endpoints, *count, device, &device->services[i]);
	/* A client that sends no server name must get the new certificate too. */
	if (*count && *first_sni(device) && device->driver && !device->driver->by_name)
		endpoints[(*count)++] = (struct endpoint){
			.device = device,
			.service = &device->services[0],
			.sni = "",
			.after_only = true,
		};
	return endpoints;
}

void endpoint_clear(struct endpoint *endpoint)
{
	served_clear(&endpoint->before);
	served_clear(&endpoint->after);
	mem_free(take(endpoint->difference));
}

void endpoints_free(struct endpoint *endpoints, size_t count)
{
	for (size_t i = 0; i < count; i++)
		endpoint_clear(&endpoints[i]);
	mem_free(endpoints);
}

void served_clear(struct served *served)
{
	mem_free(served->failure);
	*served = (struct served){ 0 };
}

const char *endpoint_difference(const struct endpoint *endpoint)
{
	return endpoint->difference ? endpoint->difference : "";
}

const char *served_failure(const struct served *served)
{
	return served->failure ? served->failure : "";
}

void served_take(struct served *served, const struct reply *reply)
{
	served_clear(served);
	*served = (struct served){
		.looked = true,
		.net = reply->net,
		.failure = *reply->detail ? text_copy(reply->detail) : NULL,
		.chain = reply->chain,
		.completed = reply->completed,
		.asks_client = reply->asks_client,
		.requires_client = reply->requires_client,
		.tls_version = reply->tls_version,
	};
}

enum proof served_prove(const struct served *now, const struct served *before,
			const struct chain *intended, char difference[256])
{
	difference[0] = '\0';
	if (!now->chain || !now->completed)
		return PROOF_NONE;
	switch (chain_compare(intended, now->chain, difference)) {
	case CHAIN_EXACT:
		return PROOF_EXACT;
	case CHAIN_PARTIAL:
		return PROOF_PARTIAL;
	default:
		break;
	}
	if (before && before->chain &&
	    !memcmp(chain_leaf(before->chain)->sha256, chain_leaf(now->chain)->sha256, CERT_HASH))
		return PROOF_OLD;
	return PROOF_OTHER;
}

void endpoint_prove(struct endpoint *endpoint, const struct served *now,
		    const struct served *before, const struct chain *intended)
{
	char difference[256];

	endpoint->proof = endpoint_compare(endpoint, now, before, intended, difference);
	mem_free(endpoint->difference);
	endpoint->difference = *difference ? text_copy(difference) : NULL;
}

char *endpoint_address(const struct endpoint *endpoint)
{
	const char *host = endpoint->device->host;

	return text_format(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, endpoint->service->port);
}
