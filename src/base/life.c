#include "certroll/life.h"
#include "certroll/text.h"
#include <string.h>

enum { DAYS_MAX = 3650, DAY = 86400 };

static bool parse_percent(const char *text, size_t len, struct life_limit *out)
{
	auto_free char *number = mem_copy(text, len);
	int64_t percent;

	if (!text_number(number, 1, 99, &percent))
		return false;
	out->percent = (int)percent;
	return true;
}

bool life_limit_parse(const char *text, struct life_limit *out)
{
	size_t len = strlen(text);
	int64_t value;

	*out = (struct life_limit){ 0 };
	if (len && text[len - 1] == '%')
		return parse_percent(text, len - 1, out);
	if (text_number(text, 1, DAYS_MAX, &value))
		out->seconds = value * DAY;
	else if (!text_number(text, INT64_MIN, INT64_MAX, &value) && text_duration(text, &value) &&
		 value >= 1000 && value / 1000 <= (int64_t)DAYS_MAX * DAY)
		out->seconds = value / 1000;
	return out->seconds > 0;
}

bool life_limit_given(const struct life_limit *limit)
{
	return limit->seconds || limit->percent;
}

int64_t life_limit_seconds(const struct life_limit *limit, int64_t lifetime)
{
	return limit->percent ? lifetime / 100 * limit->percent : limit->seconds;
}
