/**
 * @file
 * yeastar: what a P-Series PBX keeps: tokens, uploads, and its list of certificates.
 *
 * No JSON and no HTTP here; codes are those of docs/devices/yeastar.md Y9.
 */
#ifndef MOCK_YEASTAR_H
#define MOCK_YEASTAR_H

#include "../identity.h"

#include <stdbool.h>
#include <stdint.h>

#define YEASTAR_TOKENS      8 /**< at a time */
#define YEASTAR_TOKEN_CHARS 32
#define YEASTAR_NAME_MAX    80
#define YEASTAR_PLACES      3 /**< server certificates */
#define YEASTAR_UPLOADS     4
#define YEASTAR_FAILURES    5 /**< log-ons before an address is blocked */

enum yeastar_code {
	YEASTAR_SUCCESS = 0,
	YEASTAR_FAILURE = -1,
	YEASTAR_TOKEN_EXPIRED = 10004,
	YEASTAR_PARAMETER_ERROR = 40002,
	YEASTAR_NOT_FOUND = 60001,
	YEASTAR_LIMIT = 60002,
	YEASTAR_BLOCKED = 70004,
};

struct yeastar_token {
	char access[YEASTAR_TOKEN_CHARS + 1], renewal[YEASTAR_TOKEN_CHARS + 1];
};

/** A file: uploaded, or in the list, where it has a number. */
struct yeastar_file {
	char name[YEASTAR_NAME_MAX];
	struct identity *identity; /**< owned; NULL: somebody else's, or nothing is here */
	int id;                    /**< 0: the place is free */
};

/** Usable when zeroed. */
struct yeastar {
	struct yeastar_token tokens[YEASTAR_TOKENS];
	struct yeastar_file uploads[YEASTAR_UPLOADS], list[YEASTAR_PLACES];
	int last_id, next_upload, selected; /**< 0: its own certificate */
	int failures;
};

/** Release what it owns. */
void yeastar_forget(void *memory);

/** A new pair of tokens in a free place, or NULL.  Borrowed. */
const struct yeastar_token *yeastar_log_on(struct yeastar *yeastar);

/** The pair with this access token or renewal, or NULL. */
struct yeastar_token *yeastar_find_token(struct yeastar *yeastar, const char *text);

/** Another pair in its place. */
void yeastar_renew(struct yeastar_token *token);

/** Keep an upload (consumes the identity), over the oldest one. */
void yeastar_upload(struct yeastar *yeastar, const char *name, struct identity *identity);

/** Put an upload into a free place of the list. */
enum yeastar_code yeastar_create(struct yeastar *yeastar, const char *file);

/** Put an upload into the place with this number. */
enum yeastar_code yeastar_update(struct yeastar *yeastar, int id, const char *file);

/** The entry of this name, or NULL. */
const struct yeastar_file *yeastar_find(const struct yeastar *yeastar, const char *name);

/** Take all free places for somebody else. */
void yeastar_fill(struct yeastar *yeastar);

#endif
