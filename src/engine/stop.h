/**
 * @file
 * stop: SIGINT and SIGTERM while the engine runs, as events of its loop.
 *
 * Layer: engine, private.
 */
#ifndef CERTROLL_ENGINE_STOP_H
#define CERTROLL_ENGINE_STOP_H

#include "loop.h"
#include <signal.h>

struct stop {
	struct loop *loop;
	int signals;              /**< received since stop_begin() */
	void (*again)(void *arg); /**< called for the second and each further one */
	void *arg;
	struct watch watch;
	sigset_t old;
};

/** From now on signals are counted in place of their usual effect. */
int stop_begin(struct stop *stop, struct err *err) MUST_CHECK;
void stop_end(struct stop *stop);

#endif
