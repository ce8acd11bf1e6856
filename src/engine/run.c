/* The work in an array of jobs, which stay the caller's and keep their connections. */
#include "certroll/engine.h"

static struct job *job_at(size_t at, void *jobs)
{
	return ((struct job **)jobs)[at];
}

static const struct device *device_at(size_t at, void *jobs)
{
	return job_at(at, jobs)->device;
}

static void mark_unbegun(size_t at, void *jobs)
{
	err_set(&job_at(at, jobs)->err, ERR_INTERRUPT, "stopped before it began");
}

int engine_run(struct engine *engine, struct job **jobs, size_t count, struct err *err)
{
	struct engine_work work = { .count = count,
				    .device = device_at,
				    .begin = job_at,
				    .skip = mark_unbegun,
				    .arg = jobs };

	return engine_work(engine, &work, err);
}
