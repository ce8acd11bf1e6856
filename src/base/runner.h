/*
 * runner: one program, from its start to the answer.  Private to the executor.
 */
#ifndef BASE_RUNNER_H
#define BASE_RUNNER_H

#include "certroll/executor.h"
#include <stdbool.h>

struct order {
	size_t count; /* of arguments */
	int within_ms;
	char argv[EXECUTOR_MAX_BYTES]; /* one behind the other, each with its NUL */
};

/* Is this "NAME=value" one of the variables that programs get? */
bool runner_passes(const char *variable);

/* In a process of its own: run it, send a struct ran to answer, and end. */
_Noreturn void runner(const struct order *order, int input, int answer);

#endif
