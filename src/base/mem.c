#include "certroll/mem.h"
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 128 * 1024 };

_Noreturn void mem_exhausted(void)
{
	static const char sentence[] = "certroll: out of memory; whatever was under way can be "
				       "repeated safely\n";

	if (write(STDERR_FILENO, sentence, sizeof sentence - 1) < 0)
		_exit(1);
	_exit(1);
}

void *mem_alloc(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (!memory)
		mem_exhausted();
	return memory;
}

void *mem_resize(void *pointer, size_t bytes)
{
	size_t had = pointer ? malloc_usable_size(pointer) : 0;
	void *memory = mem_alloc(bytes);

	if (pointer)
		memcpy(memory, pointer, had < bytes ? had : bytes);
	mem_free(pointer);
	return memory;
}

void *mem_grow(void *array, size_t count, size_t size)
{
	if (count && (count & (count - 1)))
		return array; /* room up to the next power of two */
	if (count > SIZE_MAX / 2 / size)
		mem_exhausted();
	return mem_resize(array, (count ? 2 * count : 1) * size);
}

/* As explicit_bzero(), without its detour: OpenSSL frees thousands of blocks per handshake. */
static void wipe(void *pointer, size_t bytes)
{
	memset(pointer, 0, bytes);
	__asm__ volatile("" : : "r"(pointer) : "memory");
}

void mem_free(void *pointer)
{
	if (!pointer)
		return;
	wipe(pointer, malloc_usable_size(pointer));
	free(pointer);
}

void *mem_copy(const void *bytes, size_t count)
{
	char *copy;

	if (count == SIZE_MAX)
		mem_exhausted();
	copy = mem_alloc(count + 1);
	if (count)
		memcpy(copy, bytes, count);
	return copy;
}

char *text_copy(const char *text)
{
	return text ? mem_copy(text, strlen(text)) : NULL;
}

char *text_format(const char *format, ...)
{
	char small[256], *text; /* most texts: formatted once */
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(small, sizeof small, format, values);
	va_end(values);
	if (length < 0)
		mem_exhausted();
	if ((size_t)length < sizeof small)
		return mem_copy(small, (size_t)length);
	text = mem_alloc((size_t)length + 1);
	va_start(values, format);
	vsnprintf(text, (size_t)length + 1, format, values);
	va_end(values);
	return text;
}

void *mem_library_alloc(size_t bytes)
{
	return malloc(bytes);
}

void *mem_library_resize(void *pointer, size_t bytes)
{
	size_t had = pointer ? malloc_usable_size(pointer) : 0;
	void *memory = malloc(bytes);

	if (!memory || !pointer)
		return memory;
	memcpy(memory, pointer, had < bytes ? had : bytes);
	mem_free(pointer);
	return memory;
}

void mem_library_free(void *pointer)
{
	mem_free(pointer);
}

void mem_init(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
}

void mem_trim(void)
{
	malloc_trim(0);
}
