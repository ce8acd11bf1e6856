/**
 * @file
 * executor: programs that users name, run by a small process that knows no secrets.
 *
 * The process is forked before anything secret is read; from then on the main process starts none
 * itself.  Whatever it runs has no shell, an environment of PATH, HOME, USER and LANG alone, a
 * process group of its own, no descriptor of ours, and a limit of time.  Signals of the terminal do
 * not reach it.  When the main process goes away, however, all that still runs is killed.
 *
 * Layer: base.
 */
#ifndef CERTROLL_EXECUTOR_H
#define CERTROLL_EXECUTOR_H

#include "certroll/err.h"
#include <stddef.h>

enum {
	EXECUTOR_MAX_ARGUMENTS = 64,
	EXECUTOR_MAX_BYTES = 65536, /**< of all arguments, with their NULs */
	EXECUTOR_SAID = 4096,       /**< bytes kept of what a program says: the last ones */
};

struct program {
	const char *const *argv; /**< NULL-terminated; argv[0] is the whole path */
	const void *input;       /**< for its standard input; NULL: nothing is there */
	size_t input_len;
	int within_ms; /**< killed after that, with all it started in its process group */
};

enum ran_end {
	RAN_EXITED,  /**< number: its exit status */
	RAN_KILLED,  /**< number: the signal */
	RAN_LATE,    /**< time was up */
	RAN_REFUSED, /**< did not begin; number: errno */
};

struct ran {
	enum ran_end end;
	int number;
	size_t said_len;
	char said[EXECUTOR_SAID + 1]; /**< the end of both its outputs; NUL-terminated */
};

/** Fork it now.  Fine when it is there already. */
int executor_start(struct err *err) MUST_CHECK;

/** End it, and what it runs. */
void executor_stop(void);

/**
 * Begin to run; starts the executor if need be.  What is given is copied.
 *
 * @return a descriptor that becomes readable when the program has ended, for executor_end(); to
 *         close(2) it instead kills the program.  -1 with ERR_IO or ERR_LIMIT
 */
int executor_begin(const struct program *program, struct err *err) MUST_CHECK;

/** What became of it; waits for that, and closes @p fd.  0, or -1 with ERR_IO. */
int executor_end(int fd, struct ran *ran, struct err *err) MUST_CHECK;

/** Both; waits until the program has ended or its time is up. */
int executor_run(const struct program *program, struct ran *ran, struct err *err) MUST_CHECK;

/**
 * Did it end well?  If not: "ended with status 3: " and the last line it said, "was ended by signal
 * 9", "did not end within 30 seconds", "could not be started: ...".
 *
 * @return 0, or -1 with ERR_IO
 */
int ran_judge(const struct ran *ran, int within_ms, struct err *err) MUST_CHECK;

#endif
