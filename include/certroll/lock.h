/**
 * @file
 * lock: one run per inventory at a time.
 *
 * A file in the state folder, locked through its open file description (F_OFD_SETLK): the lock ends
 * with the process that holds it, however that ends, so there are no stale locks to clean up.  The
 * file says who holds it, for the sentence that others get.
 *
 * Layer: store.
 */
#ifndef CERTROLL_LOCK_H
#define CERTROLL_LOCK_H

#include "certroll/err.h"
#include <stdbool.h>

struct lock;

/**
 * Take the lock without waiting.
 *
 * @param folder   the state folder; made when missing
 * @param what     what is locked: the absolute path of an inventory
 * @param command  what for ("deploy")
 * @return the caller frees, or NULL: ERR_BUSY naming the holder, or ERR_IO
 */
struct lock *lock_take(const char *folder, const char *what, const char *command,
		       struct err *err) MUST_CHECK;

/** Is it held by somebody? */
bool lock_is_held(const char *folder, const char *what);

/** NULL is fine. */
void lock_free(struct lock *lock);

#endif
