#include "crowd.h"
#include "certroll/mem.h"
#include <string.h>

enum { LOOKAHEAD = 4096 };

/* FNV-1a: numbers are compared before the names, for there may be many of both. */
static uint32_t hash(const char *text)
{
	uint32_t sum = 2166136261u;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 16777619u;
	return sum;
}

/* Devices without a site are one site: nobody said that they stand apart. */
static const char *site_of(const struct device *device)
{
	return device->site ? device->site : "";
}

void crowd_begin(struct crowd *crowd, const struct engine_work *work,
		 const struct engine_config *limits)
{
	*crowd = (struct crowd){ .work = work,
				 .limits = limits,
				 .admitted = mem_alloc(work->count + 1) };
}

void crowd_end(struct crowd *crowd)
{
	mem_free(take(crowd->admitted));
}

static bool same_host(const struct guest *one, const struct guest *other)
{
	return one->host == other->host && strcmp(one->device->host, other->device->host) == 0;
}

static bool same_site(const struct guest *one, const struct guest *other)
{
	return one->site == other->site &&
	       strcmp(site_of(one->device), site_of(other->device)) == 0;
}

static bool has_room(const struct crowd *crowd, const struct guest *guest)
{
	unsigned per_site = crowd->limits->per_site;
	unsigned box = 0, site = 0;

	for (size_t i = 0; i < crowd->count; i++) {
		box += same_host(&crowd->here[i], guest);
		site += per_site && same_site(&crowd->here[i], guest);
	}
	return box < crowd->limits->per_address && (!per_site || site < per_site);
}

static bool enter(struct crowd *crowd, size_t at)
{
	const struct device *device = crowd->work->device(at, crowd->work->arg);
	struct guest guest = { device, hash(device->host), hash(site_of(device)) };

	if (!has_room(crowd, &guest))
		return false;
	crowd->here[crowd->count++] = guest;
	crowd->admitted[at] = 1;
	return true;
}

/* In the order given; a job whose address is busy waits without holding up those behind it. */
bool crowd_next(struct crowd *crowd, size_t *at)
{
	size_t count = crowd->work->count;

	if (crowd->full || crowd->count >= crowd->limits->jobs)
		return false;
	while (crowd->first < count && crowd->admitted[crowd->first])
		crowd->first++;
	for (*at = crowd->first; *at < count && *at - crowd->first < LOOKAHEAD; ++*at)
		if (!crowd->admitted[*at] && enter(crowd, *at))
			return true;
	crowd->full = true;
	return false;
}

void crowd_leave(struct crowd *crowd, const struct device *device)
{
	size_t at = 0;

	while (crowd->here[at].device != device)
		at++;
	crowd->here[at] = crowd->here[--crowd->count];
	crowd->full = false;
}
