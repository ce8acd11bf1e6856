/*
 * loop: one epoll descriptor, watches and timers.  Private to the engine.
 *
 * Watches and timers live in their owners.  A callback may stop any of them, its own too, and free
 * what they are part of.
 */
#ifndef ENGINE_LOOP_H
#define ENGINE_LOOP_H

#include "certroll/err.h"
#include <stdint.h>

struct loop;

struct watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT; 0 while not watched */
	void (*ready)(void *arg, uint32_t events);
	void *arg;
};

struct timer {
	int64_t at_ms; /* 0 while not set */
	void (*fire)(void *arg);
	void *arg;
	struct timer *next, *prev;
};

struct loop *loop_new(struct err *err) MUST_CHECK;
void loop_free(struct loop *loop);

/* Watch, change what is watched (events in the watch: then), or stop with events 0. */
void loop_watch(struct loop *loop, struct watch *watch, uint32_t events);

/* Call fire once at this monotonic time; a set timer is moved. */
void timer_set(struct loop *loop, struct timer *timer, int64_t at_ms);
void timer_stop(struct loop *loop, struct timer *timer);

/* Wait for events, at most max_ms and not past the next timer; call what is due. */
void loop_turn(struct loop *loop, int max_ms);

#endif
