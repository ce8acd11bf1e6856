/**
 * @file
 * order: who is changed first, in what waves, and when a roll-out stops.  Arithmetic only.
 *
 * A wave is a set of devices that are changed at the same time; the next one begins when all of it is
 * proved.  A wave never mixes ranks (App Platforms; standby and slaves; others; reverse proxies;
 * masters), and the canaries of a rank, the first device of each driver, go before the rest.
 *
 * Layer: app.
 */
#ifndef CERTROLL_ORDER_H
#define CERTROLL_ORDER_H

#include "certroll/device.h"
#include "certroll/err.h"
#include <stdbool.h>
#include <stddef.h>

enum { ORDER_MAX_SERIAL = 16 };

/** A number of devices, or a percentage of those that are to be changed. */
struct share {
	int64_t number; /**< 0: not given */
	bool percent;
};

struct order {
	struct share
		serial[ORDER_MAX_SERIAL]; /**< most devices of wave 1, 2, ...; the last repeats */
	size_t serial_count;              /**< 0: waves are as large as they come */
	struct share max_fail; /**< begin no wave once so many have failed; 0: whatever fails */
	bool no_canary;
};

/** A device's place. */
struct turn {
	const struct device *device;
	bool by_hand; /**< files are prepared for a person: never a canary, and nobody waits for it */
	size_t wave; /**< from 1 */
	bool canary; /**< the others with its driver wait for its proof */
};

/**
 * Read what the user said; either text may be NULL.
 *
 * @param serial    "1,10%,100%"
 * @param max_fail  "3" or "20%"
 * @return 0, or -1 with ERR_USAGE
 */
int order_parse(struct order *order, const char *serial, const char *max_fail,
		struct err *err) MUST_CHECK;

/** AP 0; standby and slave 1; others 2; RP 3, it stands for boxes before it; master 4. */
int order_rank(enum role role);

/** How many devices of @p total a share is: percentages are rounded up, and it is at least one. */
size_t share_of(const struct share *share, size_t total);

/**
 * Give each turn its wave.
 *
 * @param turns  sorted by order_rank(); wave and canary are written
 * @return the number of waves
 */
size_t order_waves(const struct order *order, struct turn *turns, size_t count);

/** Have so many failed that no further wave may begin? */
bool order_stops(const struct order *order, size_t failed, size_t total);

#endif
