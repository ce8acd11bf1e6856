/**
 * @file
 * clock: what time it is, and what time a test wants it to be.
 *
 * Layer: base.
 */
#ifndef CERTROLL_CLOCK_H
#define CERTROLL_CLOCK_H

#include <stdint.h>

/** Seconds since 1970, UTC; the fixed value when one was set. */
int64_t clock_wall(void);

/** Milliseconds that only go forward. */
int64_t clock_mono_ms(void);

/** Make clock_wall() stand still at @p seconds; 0 lets it run again. */
void clock_fix(int64_t seconds);

/** The real time even when clock_wall() stands still (to compare with a device's clock). */
int64_t clock_real(void);

#endif
