/**
 * @file
 * sandbox: the rest of this process may touch only what it still needs.
 *
 * Two fences of the kernel, both without way back.  Landlock (Linux 5.13 and newer) takes all files
 * but the listed ones away.  Seccomp takes all system calls away but a list of them: no other program
 * is executed, no process started or traced, no memory becomes code, and no sockets but TCP, UDP and
 * those of files (Unix) are made.  What one of them refuses fails with EACCES (files) or EPERM (calls,
 * which the kernel logs).
 *
 * What the kernel does not have is left out: sandbox_words() says what there is.  There is none in
 * builds with sanitizers (CERTROLL_SANDBOX=OFF), and none under valgrind.  With the variable
 * CERTROLL_SANDBOX=kill, for tests, a refused call kills the process, and a fence that is missing is an
 * error.  It makes the fences stricter only, so it does no harm in whose hands ever.
 *
 * Descriptors that are open stay usable, and stat(2), access(2) and connect(2) to the sockets of files
 * are not restricted by landlock.
 *
 * Layer: base.
 */
#ifndef CERTROLL_SANDBOX_H
#define CERTROLL_SANDBOX_H

#include "certroll/err.h"

enum {
	SANDBOX_MAX_PATHS = 16384,
	SANDBOX_WORDS = 80,
};

enum sandbox_right {
	SANDBOX_READ, /**< a file, or all below a folder */
	SANDBOX_WRITE, /**< all below a folder: read, write, make, rename and remove files; make folders */
	SANDBOX_PUT, /**< all below a folder: make, write, rename and remove files; nothing is read */
	SANDBOX_USE, /**< a device such as /dev/null: read and write */
};

struct sandbox_path {
	enum sandbox_right right;
	char *path; /**< owned */
};

/** What stays; empty when zeroed. */
struct sandbox {
	struct sandbox_path *paths;
	size_t count;
};

/** Allow; what does not exist when sandbox_enter() is called is passed over. */
void sandbox_allow(struct sandbox *sandbox, enum sandbox_right right, const char *path);

/** What libraries read by and by: how names are resolved, what time it is, whom TLS trusts. */
void sandbox_allow_system(struct sandbox *sandbox);

void sandbox_free(struct sandbox *sandbox);

/**
 * Raise both fences around this process, which must have one thread.
 *
 * @return 0, also where the kernel has less; -1 with ERR_IO when a fence that there is cannot be
 *         raised, or ERR_LIMIT
 */
int sandbox_enter(const struct sandbox *sandbox, struct err *err) MUST_CHECK;

/** Which fences sandbox_enter() raises on this machine: "landlock (ABI 7) and seccomp". */
void sandbox_words(char out[SANDBOX_WORDS]);

#define auto_sandbox __attribute__((cleanup(sandbox_free))) struct sandbox

#endif
