/**
 * @file
 * executor: programs that users name, run by a small process that knows no secrets.
 *
 * The process is forked before anything secret is read; from then on the main process starts none
 * itself.  Whatever it runs has no shell, an environment of PATH, HOME, USER and LANG alone, a
 * process group of its own, no descriptor of ours, and a limit of time.  Signals of the terminal do
 * not reach it.  When the main process goes away, however, all that still runs is killed.
 *
 * It also replaces files of this machine, and calls functions of ours that need more of the system
 * than the main process has left itself (sandbox.h).  It does only what was permitted before it was
 * forked: whoever takes the main process over later gets no shell and no other file from it.
 *
 * Layer: base.
 */
#ifndef CERTROLL_EXECUTOR_H
#define CERTROLL_EXECUTOR_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXECUTOR_MAX_ARGUMENTS = 64,
	EXECUTOR_MAX_BYTES = 65536,   /**< of all arguments, with their NULs */
	EXECUTOR_SAID = 4096,         /**< bytes kept of what a program says: the last ones */
	EXECUTOR_MAX_PARTS = 6,       /**< files replaced together; bytes handed to a call */
	EXECUTOR_MAX_INPUT = 8 << 20, /**< bytes of these, all together */
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

/** One file to be replaced. */
struct placed_file {
	const char *path;
	const void *bytes;
	size_t len;
	bool secret; /**< a key is in it: never readable by all */
};

/** Files that belong together. */
struct placing {
	const struct placed_file *files;
	size_t count;
	const char *owner; /**< "user:group"; "" or NULL: as the old file, else ours */
	int64_t mode;      /**< 0: as the old file, else by what is in it */
	bool look;         /**< only say what would stand in the way */
};

/** Permit a program with exactly these arguments.  Before executor_start(). */
void executor_permit_program(const char *const *argv);

/** Permit that this file is replaced.  Before executor_start(). */
void executor_permit_file(const char *path);

/** Bytes for a call. */
struct call_part {
	const void *bytes;
	size_t len;
};

/** A function of ours that is run in a process of its own; 0, or -1 and why. */
typedef int executor_function(const char *const *words, const struct call_part *parts, size_t count,
			      struct err *err);

/** Permit this one function to be called with exactly these words.  Before executor_start(). */
void executor_permit_call(executor_function *function, const char *const *words);

/** Fork it now.  Fine when it is there already. */
int executor_start(struct err *err) MUST_CHECK;

/** End it, and what it runs; nothing is permitted any more. */
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
 * Replace files: all are written beside their places first, and moved there when nothing is left to
 * go wrong, so each is old or new at any moment, never half.  Old files lend owner and mode to the new
 * ones unless @p placing gives others.  What is written goes through a pipe into locked pages of a
 * process that ends with it.  Waits until it is done.
 *
 * @return 0, or -1 with ERR_IO or ERR_LIMIT naming the file
 */
int executor_place(const struct placing *placing, struct err *err) MUST_CHECK;

/**
 * Call the function that was permitted with these words.  The parts go the way of files.  Waits until
 * it is done: the function limits its time.
 *
 * @return 0, or -1 with ERR_IO and what the function said
 */
int executor_call(const char *const *words, const struct call_part *parts, size_t count,
		  struct err *err) MUST_CHECK;

/**
 * Did it end well?  If not: "ended with status 3: " and the last line it said, "was ended by signal
 * 9", "did not end within 30 seconds", "could not be started: ...".
 *
 * @return 0, or -1 with ERR_IO
 */
int ran_judge(const struct ran *ran, int within_ms, struct err *err) MUST_CHECK;

#endif
