#include "certroll/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Make room for count more bytes and the NUL; -1 when that passes the maximum. */
static int buf_reserve(struct buf *buf, size_t count)
{
	size_t cap = buf->cap ? buf->cap : 64;

	if (count > buf->max || buf->len > buf->max - count)
		return -1;
	while (cap < buf->len + count + 1)
		cap *= 2;
	if (cap != buf->cap)
		buf->data = mem_resize(buf->data, cap);
	buf->cap = cap;
	return 0;
}

int buf_add(struct buf *buf, const void *bytes, size_t count)
{
	if (buf_reserve(buf, count))
		return -1;
	if (count)
		memcpy(buf->data + buf->len, bytes, count);
	buf->len += count;
	buf->data[buf->len] = '\0';
	return 0;
}

int buf_addf(struct buf *buf, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(NULL, 0, format, values);
	va_end(values);
	if (length < 0 || buf_reserve(buf, (size_t)length))
		return -1;
	va_start(values, format);
	vsnprintf(buf->data + buf->len, (size_t)length + 1, format, values);
	va_end(values);
	buf->len += (size_t)length;
	return 0;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

void buf_clear(struct buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf->len = 0;
}

void buf_free(struct buf *buf)
{
	mem_free(buf->data);
	*buf = BUF_MAX(buf->max);
}
