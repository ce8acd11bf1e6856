/**
 * @file
 * detour: where a rehearsal has what stands for a port of a device.
 *
 * Layer: contract between engine and rehearsal.
 */
#ifndef CERTROLL_DETOUR_H
#define CERTROLL_DETOUR_H

#include <stdint.h>

struct detour {
	char address[16]; /**< of 127.0.0.0/8 */
	uint16_t port;    /**< 0: nowhere */
};

#endif
