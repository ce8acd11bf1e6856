/**
 * @file
 * range: the consecutive loopback addresses the fleet answers on.
 *
 * All of 127.0.0.0/8 is local without any set-up, so a virtual device is nothing but one of
 * these addresses.  Addresses are in host byte order here.
 */
#ifndef MOCK_RANGE_H
#define MOCK_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/** More devices than any site has; keeps the table of devices below a megabyte. */
#define RANGE_COUNT_MAX 65536

/** Room for a dotted address. */
#define RANGE_TEXT_MAX 16

struct range {
	uint32_t first;
	size_t count;
};

/** Read a dotted address of 127.0.0.0/8; -1 for anything else. */
int range_parse_address(const char *text, uint32_t *address, struct err *err);

/** Whether all addresses of the range are loopback ones; -1 with the reason if not. */
int range_check(const struct range *range, struct err *err);

/** Place of the address in the range; false: not one of ours. */
bool range_index(const struct range *range, uint32_t address, size_t *index);

/** Write the address with dots. */
void range_format(uint32_t address, char text[RANGE_TEXT_MAX]);

#endif
