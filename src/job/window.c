#include "certroll/job.h"
#include <time.h>

bool window_open(const struct window *window, int64_t wall)
{
	time_t seconds = (time_t)wall;
	struct tm local;
	int minute;

	if (!window->set || !localtime_r(&seconds, &local))
		return false;
	minute = local.tm_hour * 60 + local.tm_min;
	if (window->from_minute == window->to_minute)
		return true;
	if (window->from_minute < window->to_minute)
		return minute >= window->from_minute && minute < window->to_minute;
	return minute >= window->from_minute || minute < window->to_minute;
}
