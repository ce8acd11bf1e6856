/**
 * @file
 * privilege: from root to an ordinary user, for good.
 *
 * A renewal is announced by a client that runs as root, and only root may read the key it made.  What
 * needs that is opened first; then the process becomes the user to whom journal, pins and archive
 * belong, and nothing in it or below it can become root again.
 *
 * Layer: base.
 */
#ifndef CERTROLL_PRIVILEGE_H
#define CERTROLL_PRIVILEGE_H

#include "certroll/err.h"

/**
 * Become this user: groups, then ids, then no_new_privs; the result is checked, and so is that there
 * is no way back.  HOME, USER and LOGNAME follow; where root keeps things (XDG_...) is forgotten.
 * Before threads and children.  Nothing happens when the process is that user's already.
 *
 * @return 0, or -1 with ERR_CONFIG (no such user, or root again) or ERR_IO (not allowed, or the
 *         system would let us back), and then nothing may be done but end
 */
int privilege_drop(const char *user, struct err *err) MUST_CHECK;

#endif
