#include "certroll/clock.h"
#include <time.h>

static int64_t fixed_seconds;

void clock_fix(int64_t seconds)
{
	fixed_seconds = seconds;
}

int64_t clock_real(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_wall(void)
{
	return fixed_seconds ? fixed_seconds : clock_real();
}

int64_t clock_mono_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
