#include "loop.h"
#include "certroll/clock.h"
#include "fence.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 64 };

struct loop {
	int epoll;
	struct timer *timers;
	struct epoll_event events[EVENTS_PER_TURN]; /* of this turn; ptr NULL: watch has gone */
	int pending;
};

struct loop *loop_new(struct err *err)
{
	auto_free struct loop *loop = mem_alloc(sizeof *loop);

	fence_raise_files();
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return err_set(err, ERR_IO, "epoll: %s", strerror(errno)), NULL;
	return take(loop);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	mem_free(loop);
}

/* An event already fetched must not reach a watch that has been stopped since. */
static void forget_pending(struct loop *loop, const struct watch *watch)
{
	for (int i = 0; i < loop->pending; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
}

void loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };
	int how = !events ? EPOLL_CTL_DEL : watch->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events == watch->events)
		return;
	if (!events)
		forget_pending(loop, watch);
	/* A descriptor closed by its library has left epoll by itself: nothing to do then. */
	(void)epoll_ctl(loop->epoll, how, watch->fd, &event);
	watch->events = events;
}

void timer_stop(struct loop *loop, struct timer *timer)
{
	if (!timer->at_ms)
		return;
	if (timer->prev)
		timer->prev->next = timer->next;
	else
		loop->timers = timer->next;
	if (timer->next)
		timer->next->prev = timer->prev;
	timer->next = timer->prev = NULL;
	timer->at_ms = 0;
}

void timer_set(struct loop *loop, struct timer *timer, int64_t at_ms)
{
	timer_stop(loop, timer);
	timer->at_ms = at_ms > 0 ? at_ms : 1;
	timer->next = loop->timers;
	if (loop->timers)
		loop->timers->prev = timer;
	loop->timers = timer;
}

/* A few timers per job in flight: walking the list costs nothing beside one handshake. */
static struct timer *earliest(const struct loop *loop)
{
	struct timer *first = loop->timers;

	for (struct timer *timer = first; timer; timer = timer->next)
		if (timer->at_ms < first->at_ms)
			first = timer;
	return first;
}

static void fire_due(struct loop *loop)
{
	int64_t now = clock_mono_ms();
	struct timer *timer;

	while ((timer = earliest(loop)) && timer->at_ms <= now) {
		timer_stop(loop, timer);
		timer->fire(timer->arg);
	}
}

static int wait_ms(const struct loop *loop, int max_ms)
{
	const struct timer *timer = earliest(loop);
	int64_t left = timer ? timer->at_ms - clock_mono_ms() : max_ms;

	return left <= 0 ? 0 : left < max_ms ? (int)left : max_ms;
}

void loop_turn(struct loop *loop, int max_ms)
{
	int count = epoll_wait(loop->epoll, loop->events, EVENTS_PER_TURN, wait_ms(loop, max_ms));

	loop->pending = count > 0 ? count : 0;
	for (int i = 0; i < loop->pending; i++) {
		struct watch *watch = loop->events[i].data.ptr;

		if (watch)
			watch->ready(watch->arg, loop->events[i].events);
	}
	loop->pending = 0;
	fire_due(loop);
}
