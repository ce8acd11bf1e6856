/**
 * @file
 * buf: bytes that grow up to a compulsory maximum.
 *
 * A buffer is born with its maximum, so nothing from a file or the network can grow without end.
 * The content is always followed by a NUL, and wiped whenever it moves or is freed.
 *
 * Layer: base.
 */
#ifndef CERTROLL_BUF_H
#define CERTROLL_BUF_H

#include "certroll/mem.h"

struct buf {
	char *data; /**< NULL while empty and never added to */
	size_t len, cap, max;
};

/** An empty buffer that will hold at most @p max bytes. */
#define BUF_MAX(limit)                                                                             \
	(struct buf)                                                                               \
	{                                                                                          \
		.max = (limit)                                                                     \
	}

/** Append; 0, or -1 when the maximum would be exceeded (the content is then unchanged). */
int buf_add(struct buf *buf, const void *bytes, size_t count) MUST_CHECK;

/** Append formatted text; as buf_add(). */
int buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/** The content as text; "" while empty. */
const char *buf_text(const struct buf *buf);

/** Forget (and wipe) the content, keep the room. */
void buf_clear(struct buf *buf);

/** Wipe and free; the buffer is empty afterwards and may be used again. */
void buf_free(struct buf *buf);

#define auto_buf __attribute__((cleanup(buf_free))) struct buf

#endif
