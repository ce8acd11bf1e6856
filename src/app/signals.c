#include "rollout.h"
#include <time.h>

static sigset_t both(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

void signals_hold(sigset_t *before)
{
	sigset_t set = both();

	sigprocmask(SIG_BLOCK, &set, before);
}

void signals_release(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

bool signals_wait(int64_t ms)
{
	sigset_t set = both();
	struct timespec limit = { .tv_sec = (time_t)(ms / 1000),
				  .tv_nsec = (long)(ms % 1000) * 1000000 };

	return sigtimedwait(&set, NULL, &limit) > 0;
}
