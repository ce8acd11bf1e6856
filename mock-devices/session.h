/**
 * @file
 * session: one accepted connection: TLS, then HTTP or silence, then the end.
 *
 * Knows the faults that happen on the wire: no handshake, delay, cut, reset.  Sessions own
 * themselves: they end when the peer does, when a fault wants it, or after SESSION_IDLE_S.
 */
#ifndef MOCK_SESSION_H
#define MOCK_SESSION_H

#include <sys/queue.h>

struct device;
struct listener;
struct session;

#define SESSION_IDLE_S   120
#define SESSION_LINGER_S 2    /**< to take in what the peer was still sending */
#define SESSION_HANG_S   3600 /**< how long never-answer lasts */

/** Begin with an accepted descriptor, which is closed whatever happens. */
void session_start(struct listener *listener, struct device *device, int fd);

/** End at once. */
void session_free(struct session *session);

#endif
