/*
 * multi: libcurl's transfers in our loop.  Private to the engine.
 */
#ifndef ENGINE_MULTI_H
#define ENGINE_MULTI_H

#include "loop.h"
#include <curl/curl.h>

struct multi;

/*
 * done is called from the loop for each transfer that has ended, by whatever cause.
 * connections: how many are kept; too few, and Digest costs every box one more handshake.
 */
struct multi *multi_new(struct loop *loop, unsigned connections, void (*done)(CURL *, CURLcode),
			struct err *err) MUST_CHECK;
void multi_free(struct multi *multi);

/* Begin a transfer; -1 when libcurl does not take it. */
int multi_add(struct multi *multi, CURL *easy) MUST_CHECK;

/* End it; its connection is kept if it can be used again. */
void multi_remove(struct multi *multi, CURL *easy);

#endif
