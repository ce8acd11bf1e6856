/*
 * fence: every connection of the engine gets its socket here, and in a rehearsal, or without TLS,
 * none that leads away from this machine.  Private to the engine.
 */
#ifndef ENGINE_FENCE_H
#define ENGINE_FENCE_H

#include <sys/socket.h>

/* As many open files as the hard limit allows: a connection takes one. */
void fence_raise_files(void);

/* What to do about the cause of a missing socket; NULL: nothing about this one. */
const char *fence_words(int cause);

enum fence {
	FENCE_NONE,
	FENCE_LOOPBACK, /* 127.0.0.0/8 only: a rehearsal; else EACCES */
	FENCE_LOCAL,    /* also ::1 and sockets of this machine: without TLS; else EPERM */
};

/* A stream socket that does not block and is closed in children; -1 with errno. */
int fence_socket(enum fence fence, const struct sockaddr *address);

#endif
