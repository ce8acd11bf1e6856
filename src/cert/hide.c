/* The key in what others say. */
#include "certroll/bundle.h"
#include <string.h>

enum { PIECE = 16 }; /* characters: 96 bits, so that no other text is meant */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_piece(const struct secret *key, const char *run, size_t len)
{
	for (size_t at = 0; at + PIECE <= len; at++)
		if (memmem(key->bytes, key->len, run + at, PIECE))
			return true;
	return false;
}

void bundle_hide_key(const struct bundle *bundle, char *text)
{
	if (!bundle || !bundle->key_pem.len)
		return;
	while (*text) {
		size_t len = strspn(text, base64);

		if (is_piece(&bundle->key_pem, text, len))
			memset(text, '*', len);
		text += len ? len : 1;
	}
}
