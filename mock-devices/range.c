/* range: loopback addresses in, places in the fleet out. */
#include "range.h"

#include "text.h"

#include <arpa/inet.h>
#include <stdio.h>

#define LOOPBACK_NET  127U
#define LOOPBACK_LAST 0x7ffffffeU /* 127.255.255.254; the one after it is the broadcast address */

int range_parse_address(const char *text, uint32_t *address, struct err *err)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return err_set(err, "%.64s: not an IPv4 address", text);
	uint32_t host = ntohl(parsed.s_addr);
	if (host >> 24 != LOOPBACK_NET)
		return err_set(err, "%s: the mock lives in 127.0.0.0/8 only", text);
	*address = host;
	return 0;
}

int range_check(const struct range *range, struct err *err)
{
	if (range->count < 1 || range->count > RANGE_COUNT_MAX)
		return err_set(err, "between 1 and %d devices", RANGE_COUNT_MAX);
	if (range->first >> 24 != LOOPBACK_NET || range->first > LOOPBACK_LAST ||
	    range->count - 1 > LOOPBACK_LAST - range->first)
		return err_set(err, "the range leaves 127.0.0.0/8");
	return 0;
}

bool range_index(const struct range *range, uint32_t address, size_t *index)
{
	if (address < range->first || address - range->first >= range->count)
		return false;
	*index = address - range->first;
	return true;
}

void range_format(uint32_t address, char text[RANGE_TEXT_MAX])
{
	(void)snprintf(text, RANGE_TEXT_MAX, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255U,
		       (address >> 8) & 255U, address & 255U);
}
