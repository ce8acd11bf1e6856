/**
 * @file
 * mem: allocation that never returns NULL, and cleanup by scope.
 *
 * Out of memory ends the process with one sentence: every step certroll takes may be repeated after
 * a crash, so an untested branch for it would be worse.  Memory is zeroed when handed out and wiped
 * when freed through mem_free(); mem_library_free() lets libraries do the same.
 *
 * Layer: base.
 */
#ifndef CERTROLL_MEM_H
#define CERTROLL_MEM_H

#include <stddef.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/** Hand an owned pointer over: evaluates to the pointer and leaves NULL behind. */
#define take(pointer)                                                                              \
	({                                                                                         \
		__typeof__(pointer) taken_ = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

/** Elements of an array. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Say so and end the process. */
_Noreturn void mem_exhausted(void);

/** @p bytes of zeroed memory. */
void *mem_alloc(size_t bytes) MUST_CHECK;

/**
 * Room for one more element: grows @p array, which holds @p count elements of @p size bytes, in
 * powers of two, so that adding n elements costs O(n).  The new element is zeroed.
 */
void *mem_grow(void *array, size_t count, size_t size) MUST_CHECK;

/** As realloc(), but the old copy is wiped.  With @p pointer NULL: as mem_alloc(). */
void *mem_resize(void *pointer, size_t bytes) MUST_CHECK;

/** Wipe and free.  NULL is fine. */
void mem_free(void *pointer);

/** An owned copy of @p bytes bytes, with a NUL added behind them. */
void *mem_copy(const void *bytes, size_t count) MUST_CHECK;

/** An owned copy of @p text; NULL gives NULL. */
char *text_copy(const char *text) MUST_CHECK;

/** An owned text, formatted. */
char *text_format(const char *format, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

/**
 * Allocate, resize and free as malloc(), realloc() and free() do, but wipe what is given up: for
 * libraries that let us choose (curl_global_init_mem(), CRYPTO_set_mem_functions()).  May return NULL.
 */
void *mem_library_alloc(size_t bytes);
void *mem_library_resize(void *pointer, size_t bytes);
void mem_library_free(void *pointer);

/**
 * Once, before anything else: what is large goes back to the system when it is freed, always.  By itself
 * the allocator soon keeps it, and lists that grow then leave holes that nothing fits in.
 */
void mem_init(void);

/** Give the room that was freed back to the system, also between what is in use: after a crowd has gone. */
void mem_trim(void);

static inline void mem_cleanup(void *owner)
{
	mem_free(*(void **)owner);
}

/** The pointer is freed (and wiped) at the end of the scope. */
#define auto_free __attribute__((cleanup(mem_cleanup)))

#endif
