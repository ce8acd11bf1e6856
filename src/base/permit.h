/*
 * permit: what the executor may do, as the inventory says.  It is forked with this list, so whoever
 * takes the main process over cannot make it longer.
 */
#ifndef BASE_PERMIT_H
#define BASE_PERMIT_H

#include "runner.h"

/* One that is there already is no second one. */
void permit(enum order_kind kind, const char *const *words);
void permit_nothing(void);

bool permits(enum order_kind kind, const char *const *words);

#endif
