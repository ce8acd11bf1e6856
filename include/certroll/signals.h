/**
 * @file
 * signals: ctrl-C and SIGTERM while something is done that has to be told afterwards.  They are the
 * engine's while it runs; between its runs they must wait, or they would end the program without a
 * report, and with a journal that calls the run cut off.
 *
 * Layer: app.
 */
#ifndef CERTROLL_SIGNALS_H
#define CERTROLL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/** SIGINT and SIGTERM wait from now on; @p before gets what was held until now.  May be nested. */
void signals_hold(sigset_t *before);

/** As before signals_hold(): one that waits arrives now. */
void signals_release(const sigset_t *before);

/** Wait so long for one of the two, which is held and taken away.  Has it come?  0 ms: look only. */
bool signals_wait(int64_t ms);

#endif
