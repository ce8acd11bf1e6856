/*
 * fence: every connection of the engine gets its socket here, and in a rehearsal none that leads
 * away from this machine.  Private to the engine.
 */
#ifndef ENGINE_FENCE_H
#define ENGINE_FENCE_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * A stream socket that does not block and is closed in children.
 * -1 with errno; EACCES: only addresses of 127.0.0.0/8 are allowed, and this is none.
 */
int fence_socket(bool loopback_only, const struct sockaddr *address);

#endif
