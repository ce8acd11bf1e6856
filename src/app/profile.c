/* By whose demands a device is judged: its own, and those of the clients that connect to it. */
#include "certroll/driver.h"
#include "certroll/site.h"
#include <string.h>

static unsigned set_of(enum profile_column column)
{
	return 1U << column;
}

/*
 * Browsers hold chains to public roots to the Baseline Requirements; Android, too.  Desk phones have
 * no demands beyond those of their own PBX, so `phones` adds nothing to its column.
 */
static unsigned columns_of_client(const char *client)
{
	static const struct {
		const char *client;
		enum profile_column column;
	} clients[] = {
		{ "apple", PROFILE_APPLE },
		{ "android", PROFILE_CABF },
		{ "browsers", PROFILE_CABF },
	};

	for (size_t i = 0; i < COUNT(clients); i++)
		if (strcmp(clients[i].client, client) == 0)
			return set_of(clients[i].column);
	return 0;
}

/* Its users carry iPhones: the apps of IP Office are where its certificates fail first. */
static unsigned columns_implied(enum profile_column column)
{
	return column == PROFILE_IP_OFFICE ? set_of(PROFILE_APPLE) : 0;
}

struct profile site_profile(const struct site *site, const struct device *device,
			    const char *firmware)
{
	const struct driver *driver = device ? device->driver : NULL;
	bool given = site->request->profile_given || !driver;
	struct profile profile;

	if (!given && !firmware && *device->firmware)
		firmware = device->firmware;
	profile = given ? profile_default(site->request->profile)
			: driver->profile(device->options, firmware);
	profile.clients |= columns_implied(profile.column);
	for (size_t i = 0; !given && i < device->clients.count; i++)
		profile.clients |= columns_of_client(device->clients.items[i]);
	profile.clients &= ~set_of(profile.column);
	return profile;
}
