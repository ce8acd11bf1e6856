/*
 * runner: one program, from its start to the answer.  Private to the executor.
 */
#ifndef BASE_RUNNER_H
#define BASE_RUNNER_H

#include "certroll/executor.h"
#include <stdbool.h>

enum order_kind { ORDER_RUN, ORDER_PLACE, ORDER_CALL };

struct order {
	size_t count; /* of arguments */
	int within_ms;
	char argv[EXECUTOR_MAX_BYTES]; /* one behind the other, each with its NUL */
	enum order_kind kind;
	/* PLACE: the owner and the paths are the words; CALL: its words.  The input is their parts. */
	bool look;
	int64_t mode;
	size_t part_count;
	struct {
		size_t len;
		bool secret;
	} parts[EXECUTOR_MAX_PARTS];
};

/* Is this "NAME=value" one of the variables that programs get? */
bool runner_passes(const char *variable);

/* What an order of a call calls. */
void runner_calls(executor_function *function);

/* In a process of its own: carry it out, send a struct ran to answer, and end. */
_Noreturn void runner(const struct order *order, int input, int answer);

#endif
