/**
 * @file
 * cleanup: memory that cannot run out, and locals that release themselves.
 *
 * An owning local carries one of the auto_ attributes and starts as NULL or with its value;
 * `return take(local)` hands the value over and leaves NULL behind.  Running out of memory ends
 * the process: a mock that limps is worse than one that stops.
 */
#ifndef MOCK_CLEANUP_H
#define MOCK_CLEANUP_H

#include <event2/buffer.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdlib.h>

/** Zeroed memory of @p bytes; never NULL.  Release with free(). */
void *mem_alloc(size_t bytes);

/** A terminated copy of @p length bytes; never NULL.  Release with free(). */
char *mem_copy(const void *bytes, size_t length);

/** A formatted string; never NULL.  Release with free(). */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @p pointer itself, or the end of the process when a library had no memory for it. */
void *mem_must(void *pointer);

/** The value of an owning variable, which is NULL afterwards. */
#define take(variable)                                                                             \
	__extension__({                                                                            \
		__typeof__(variable) taken_ = (variable);                                          \
		(variable) = NULL;                                                                 \
		taken_;                                                                            \
	})

#define CLEANUP_BY(function) __attribute__((cleanup(function)))

#define CLEANUP_DEFINE(name, type, function)                                                       \
	static inline void name(type *owned)                                                       \
	{                                                                                          \
		if (*owned)                                                                        \
			function(*owned);                                                          \
	}

static inline void cleanup_chain(STACK_OF(X509) * *owned)
{
	sk_X509_pop_free(*owned, X509_free);
}

static inline void cleanup_free(void *owned)
{
	free(*(void **)owned);
}

CLEANUP_DEFINE(cleanup_buffer, struct evbuffer *, evbuffer_free)
CLEANUP_DEFINE(cleanup_bio, BIO *, BIO_free_all)
CLEANUP_DEFINE(cleanup_x509, X509 *, X509_free)
CLEANUP_DEFINE(cleanup_pkey, EVP_PKEY *, EVP_PKEY_free)

#define auto_free   CLEANUP_BY(cleanup_free)
#define auto_buffer CLEANUP_BY(cleanup_buffer)
#define auto_bio    CLEANUP_BY(cleanup_bio)
#define auto_chain  CLEANUP_BY(cleanup_chain)
#define auto_x509   CLEANUP_BY(cleanup_x509)
#define auto_pkey   CLEANUP_BY(cleanup_pkey)

#endif
