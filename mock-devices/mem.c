/* mem: allocation that never returns NULL. */
#include "cleanup.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *mem_must(void *pointer)
{
	if (!pointer)
		errx(EXIT_FAILURE, "out of memory");
	return pointer;
}

void *mem_alloc(size_t bytes)
{
	return mem_must(calloc(1, bytes ? bytes : 1));
}

char *mem_copy(const void *bytes, size_t length)
{
	char *copy = mem_alloc(length + 1);

	if (length)
		memcpy(copy, bytes, length);
	return copy;
}

char *mem_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return mem_must(length < 0 ? NULL : text);
}
