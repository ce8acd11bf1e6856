/* service: names. */
#include "service.h"

const char *service_name(enum service service)
{
	static const char *const names[SERVICE_COUNT] = { "https", "sips", "h323s", "ldaps" };

	return names[service];
}
