/*
 * place: several files that belong together, put into their places.  Private to the engine.
 */
#ifndef ENGINE_PLACE_H
#define ENGINE_PLACE_H

#include "certroll/err.h"
#include "certroll/exchange.h"

/* What would stand in the way of place_files(), without writing.  0, or -1 with ERR_IO. */
int place_look(const struct exchange *exchange, struct err *err) MUST_CHECK;

/*
 * All are written beside their places first, and moved there when none is left to go wrong: each
 * file is old or new at any moment, never half.  Old files lend owner and mode to the new ones
 * unless the exchange gives others.
 *
 * 0, or -1 with ERR_IO naming the file
 */
int place_files(const struct exchange *exchange, struct err *err) MUST_CHECK;

#endif
