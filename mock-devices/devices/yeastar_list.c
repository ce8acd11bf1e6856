/* yeastar_list: places for tokens, uploads and certificates. */
#include "yeastar.h"

#include "../text.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

void yeastar_forget(void *memory)
{
	struct yeastar *yeastar = memory;

	for (int i = 0; i < YEASTAR_UPLOADS; i++)
		identity_free(yeastar->uploads[i].identity);
	for (int i = 0; i < YEASTAR_PLACES; i++)
		identity_free(yeastar->list[i].identity);
}

static void make_token(char text[YEASTAR_TOKEN_CHARS + 1])
{
	unsigned char random[YEASTAR_TOKEN_CHARS / 2];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	text_hex(random, sizeof(random), text);
}

void yeastar_renew(struct yeastar_token *token)
{
	make_token(token->access);
	make_token(token->renewal);
}

const struct yeastar_token *yeastar_log_on(struct yeastar *yeastar)
{
	for (int i = 0; i < YEASTAR_TOKENS; i++) {
		if (*yeastar->tokens[i].access)
			continue;
		yeastar_renew(&yeastar->tokens[i]);
		return &yeastar->tokens[i];
	}
	return NULL;
}

struct yeastar_token *yeastar_find_token(struct yeastar *yeastar, const char *text)
{
	for (int i = 0; *text && i < YEASTAR_TOKENS; i++)
		if (strcmp(yeastar->tokens[i].access, text) == 0 ||
		    strcmp(yeastar->tokens[i].renewal, text) == 0)
			return &yeastar->tokens[i];
	return NULL;
}

static void put(struct yeastar_file *file, const char *name, struct identity *consumed)
{
	identity_free(file->identity);
	file->identity = consumed;
	(void)snprintf(file->name, sizeof(file->name), "%s", name);
}

void yeastar_upload(struct yeastar *yeastar, const char *name, struct identity *identity)
{
	put(&yeastar->uploads[yeastar->next_upload++ % YEASTAR_UPLOADS], name, identity);
}

/* The latest upload of this name. */
static const struct yeastar_file *find_upload(const struct yeastar *yeastar, const char *name)
{
	for (int i = 1; i <= YEASTAR_UPLOADS && i <= yeastar->next_upload; i++) {
		const struct yeastar_file *file =
			&yeastar->uploads[(yeastar->next_upload - i) % YEASTAR_UPLOADS];

		if (strcmp(file->name, name) == 0)
			return file;
	}
	return NULL;
}

enum yeastar_code yeastar_create(struct yeastar *yeastar, const char *file)
{
	const struct yeastar_file *upload = find_upload(yeastar, file);

	if (!upload)
		return YEASTAR_NOT_FOUND;
	for (int i = 0; i < YEASTAR_PLACES; i++) {
		if (yeastar->list[i].id)
			continue;
		put(&yeastar->list[i], file, identity_hold(upload->identity));
		yeastar->list[i].id = ++yeastar->last_id;
		return YEASTAR_SUCCESS;
	}
	return YEASTAR_LIMIT;
}

enum yeastar_code yeastar_update(struct yeastar *yeastar, int id, const char *file)
{
	const struct yeastar_file *upload = find_upload(yeastar, file);

	for (int i = 0; upload && i < YEASTAR_PLACES; i++) {
		if (!id || yeastar->list[i].id != id)
			continue;
		put(&yeastar->list[i], file, identity_hold(upload->identity));
		return YEASTAR_SUCCESS;
	}
	return YEASTAR_NOT_FOUND;
}

const struct yeastar_file *yeastar_find(const struct yeastar *yeastar, const char *name)
{
	for (int i = 0; i < YEASTAR_PLACES; i++)
		if (yeastar->list[i].id && strcmp(yeastar->list[i].name, name) == 0)
			return &yeastar->list[i];
	return NULL;
}

void yeastar_fill(struct yeastar *yeastar)
{
	for (int i = 0; i < YEASTAR_PLACES; i++) {
		if (yeastar->list[i].id)
			continue;
		yeastar->list[i].id = ++yeastar->last_id;
		(void)snprintf(yeastar->list[i].name, sizeof(yeastar->list[i].name),
			       "foreign-%d.crt", yeastar->last_id);
	}
}
