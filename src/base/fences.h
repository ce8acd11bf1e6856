/*
 * fences: the two halves of the sandbox.  Private to it.
 */
#ifndef BASE_FENCES_H
#define BASE_FENCES_H

#include "certroll/sandbox.h"
#include <stdbool.h>

/* The version of landlock that the kernel has, up to the newest known here; 0: none. */
int landlock_abi(void);

/* After prctl(PR_SET_NO_NEW_PRIVS).  0, or -1 with ERR_IO. */
int landlock_raise(const struct sandbox *sandbox, int abi, struct err *err) MUST_CHECK;

/* Has the kernel filters of system calls? */
bool seccomp_there(void);

int seccomp_raise(bool kill, struct err *err) MUST_CHECK;

#endif
