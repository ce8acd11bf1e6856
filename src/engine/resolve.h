/*
 * resolve: names to addresses without a thread per name, through c-ares.  Private to the engine.
 */
#ifndef ENGINE_RESOLVE_H
#define ENGINE_RESOLVE_H

#include "loop.h"
#include <stdbool.h>
#include <sys/socket.h>

enum { ADDRESSES_MAX = 4 }; /* boxes have one or two, and each job keeps room for all */

struct address {
	struct sockaddr_storage socket; /* port 0 */
	socklen_t length;
	char text[64]; /* numeric, without brackets */
};

struct addresses {
	struct address items[ADDRESSES_MAX];
	size_t count;
};

struct resolver;

struct resolver *resolver_new(struct loop *loop, struct err *err) MUST_CHECK;
void resolver_free(struct resolver *resolver);

/* An address literal at once; false: it is a name. */
bool resolve_literal(const char *host, struct addresses *out);

/*
 * Ask for a name.  done is called exactly once, perhaps before this returns; on failure with count 0
 * and a reason in words.
 */
void resolve_start(struct resolver *resolver, const char *host,
		   void (*done)(void *arg, const struct addresses *, const char *reason),
		   void *arg);

#endif
