/*
 * place: files of this machine are replaced.  Private to the executor, which does it in a process of
 * its own.
 */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include "certroll/executor.h"

/* See executor_place(). */
int place_look(const struct placing *placing, struct err *err) MUST_CHECK;

/* All are written beside their places before the first one moves. */
int place_files(const struct placing *placing, struct err *err) MUST_CHECK;

#endif
