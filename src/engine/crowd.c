#include "crowd.h"
#include <string.h>

/* Devices without a site are one site: nobody said that they stand apart. */
static const char *site_of(const struct device *device)
{
	return device->site ? device->site : "";
}

bool crowd_has_room(const struct crowd *crowd, const struct device *device,
		    const struct engine_config *config)
{
	unsigned box = 0, site = 0;

	for (size_t i = 0; i < crowd->count; i++) {
		box += strcmp(crowd->here[i]->host, device->host) == 0;
		site += strcmp(site_of(crowd->here[i]), site_of(device)) == 0;
	}
	return crowd->count < config->jobs && box < config->per_address &&
	       (!config->per_site || site < config->per_site);
}

void crowd_enter(struct crowd *crowd, const struct device *device)
{
	crowd->here[crowd->count++] = device;
}

void crowd_leave(struct crowd *crowd, const struct device *device)
{
	size_t at = 0;

	while (crowd->here[at] != device)
		at++;
	crowd->here[at] = crowd->here[--crowd->count];
}
