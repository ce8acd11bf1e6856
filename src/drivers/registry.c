#include "certroll/driver.h"
#include <string.h>

#define DRIVER(name) extern const struct driver driver_##name;
#include "drivers.def"
#undef DRIVER

#define DRIVER(name) &driver_##name,
static const struct driver *const drivers[] = {
#include "drivers.def"
};
#undef DRIVER

const struct driver *const *driver_list(size_t *count)
{
	*count = COUNT(drivers);
	return drivers;
}

const struct driver *driver_find(const char *name)
{
	for (size_t i = 0; i < COUNT(drivers); i++)
		if (strcmp(drivers[i]->name, name) == 0)
			return drivers[i];
	return NULL;
}

enum evidence steps_evidence(const struct step *steps)
{
	enum evidence weakest = EVIDENCE_TESTED;

	for (; steps && steps->name; steps++)
		if (steps->evidence < weakest)
			weakest = steps->evidence;
	return weakest;
}

struct profile driver_profile_server(const void *options, const char *firmware)
{
	(void)options;
	(void)firmware;
	return profile_default(PROFILE_SERVER);
}

bool driver_factory_self_signed(const void *options, const struct cert *leaf)
{
	(void)options;
	return leaf->self_signed;
}
