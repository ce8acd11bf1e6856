/*
 * local: files of this machine, and a program that is told about them.  Private to the engine.
 */
#ifndef ENGINE_LOCAL_H
#define ENGINE_LOCAL_H

#include "certroll/exchange.h"
#include "loop.h"

struct local;

/*
 * Write the files, then run the program, without a shell; it has within_ms to end, and is then
 * killed.  done is called exactly once, from the loop, unless it is stopped before.  The reply is
 * valid during the call: in detail why not, in the body what the program said.
 */
struct local *local_start(struct loop *loop, const struct exchange *exchange, int within_ms,
			  void (*done)(void *arg, const struct reply *), void *arg) MUST_CHECK;

/* A program that runs is killed.  NULL is fine. */
void local_stop(struct local *local);

#endif
