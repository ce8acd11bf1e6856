/*
 * crowd: the devices that are being worked on now, and whether one more may join them.
 */
#ifndef ENGINE_CROWD_H
#define ENGINE_CROWD_H

#include "certroll/device.h"
#include "certroll/engine.h"
#include <stdbool.h>

struct crowd {
	const struct device *here[ENGINE_JOBS_MAX];
	size_t count;
};

/* Room by all limits: in all, at its address, and (per_site not 0) at its site. */
bool crowd_has_room(const struct crowd *crowd, const struct device *device,
		    const struct engine_config *config);

void crowd_enter(struct crowd *crowd, const struct device *device);
void crowd_leave(struct crowd *crowd, const struct device *device);

#endif
