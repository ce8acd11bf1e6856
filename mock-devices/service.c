/* service: names. */
#include "service.h"

#include <string.h>

const char *service_name(enum service service)
{
	static const char *const names[SERVICE_COUNT] = { "https", "sips", "h323s", "ldaps",
							  "tls1",  "tls2", "tls3",  "tls4" };

	return names[service];
}

bool service_find(const char *name, enum service *service)
{
	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (strcmp(service_name((enum service)i), name) == 0) {
			*service = (enum service)i;
			return true;
		}
	}
	return false;
}
