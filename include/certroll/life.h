/**
 * @file
 * life: how much of a certificate's life must be left, in days or as a share of the whole.
 *
 * Layer: base.
 */
#ifndef CERTROLL_LIFE_H
#define CERTROLL_LIFE_H

#include <stdbool.h>
#include <stdint.h>

/** At most one of the two is not 0; none: not said. */
struct life_limit {
	int64_t seconds;
	int percent; /**< of the leaf's whole lifetime: 1..99 */
};

/** "14d", "36h" or "14" (days), up to ten years; "20%", up to 99%. */
bool life_limit_parse(const char *text, struct life_limit *out);

/** Is anything said? */
bool life_limit_given(const struct life_limit *limit);

/** In seconds, for a certificate made for @p lifetime seconds. */
int64_t life_limit_seconds(const struct life_limit *limit, int64_t lifetime);

#endif
