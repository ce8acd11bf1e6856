/**
 * @file
 * multipart: one named part out of a multipart/form-data body (RFC 7578).
 */
#ifndef MOCK_MULTIPART_H
#define MOCK_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_BOUNDARY_MAX 70 /**< RFC 2046 5.1.1 */
#define MULTIPART_PARTS_MAX    16
#define MULTIPART_HEAD_MAX     1024

/** A part's content; borrowed from the body. */
struct multipart_part {
	const char *bytes;
	size_t length;
	const char *filename; /**< not terminated; NULL: it has none */
	size_t filename_length;
};

/**
 * Find the first part whose Content-Disposition has this name.
 *
 * @param type  value of the request's Content-Type, or NULL
 * @return false when the body is not multipart/form-data, is malformed before the part, is over
 *         a limit, or has no such part
 */
bool multipart_find(const char *type, const char *body, size_t length, const char *name,
		    struct multipart_part *part);

#endif
