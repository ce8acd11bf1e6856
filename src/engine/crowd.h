/*
 * crowd: the jobs that are being worked on now, and which one may join them next.
 */
#ifndef ENGINE_CROWD_H
#define ENGINE_CROWD_H

#include "certroll/device.h"
#include "certroll/engine.h"
#include <stdbool.h>

struct crowd {
	const struct engine_work *work;
	const struct engine_config *limits;
	struct guest {
		const struct device *device;
		uint32_t host, site; /* hashes */
	} here[ENGINE_JOBS_MAX];
	size_t count;
	size_t first;   /* no job before this one waits */
	char *admitted; /* one flag per job of the work */
	bool full;      /* who waits found no room, and nobody has left since */
};

/* Both are borrowed.  Ends with crowd_end(). */
void crowd_begin(struct crowd *crowd, const struct engine_work *work,
		 const struct engine_config *limits);
void crowd_end(struct crowd *crowd);

/*
 * The next job there is room for by all limits (in all, at its address, and, with per_site, at its
 * site) is in now, each once; false: there is none.
 */
bool crowd_next(struct crowd *crowd, size_t *at);

/* One job of this device has ended. */
void crowd_leave(struct crowd *crowd, const struct device *device);

#endif
