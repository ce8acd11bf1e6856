/*
 * upgrade: from HTTP to a WebSocket (RFC 6455 4.1), as text.  Private to the engine.
 */
#ifndef ENGINE_UPGRADE_H
#define ENGINE_UPGRADE_H

#include "certroll/buf.h"
#include "certroll/device.h"

enum { UPGRADE_ACCEPT = 32 };

/* Write the request into @p out, and what the box must answer into @p accept. */
void upgrade_request(struct buf *out, const struct device *device, const char *path,
		     char accept[UPGRADE_ACCEPT]);

/*
 * Read what has come in.  0: not complete yet; 101: the WebSocket is open, its bytes begin at
 * *taken; else the status of a refusal, 500 for an answer that is none.
 */
int upgrade_answer(const struct buf *in, const char *accept, size_t *taken);

#endif
