/* auth: Digest and Basic. */
#include "auth.h"

#include "cleanup.h"
#include "http.h"
#include "text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <strings.h>

/* The parameters of a Digest answer (RFC 7616 3.4); NULL where absent. */
struct digest {
	const char *username, *realm, *nonce, *uri, *response, *algorithm, *cnonce, *qop, *nc;
};

enum auth_scheme auth_scheme(const struct http_request *request)
{
	const char *value = http_field(request, "Authorization");

	if (value && strncasecmp(value, "Digest ", 7) == 0)
		return AUTH_DIGEST;
	return value && strncasecmp(value, "Basic ", 6) == 0 ? AUTH_BASIC : AUTH_NONE;
}

const char *auth_scheme_name(enum auth_scheme scheme)
{
	static const char *const names[] = { "none", "basic", "digest" };

	return names[scheme];
}

static bool equal(const char *given, const char *wanted)
{
	size_t length = strlen(wanted);

	return strlen(given) == length && CRYPTO_memcmp(given, wanted, length) == 0;
}

static enum auth_verdict check_basic(const struct auth_login *login, const char *encoded)
{
	size_t length = strlen(encoded);
	auto_free unsigned char *decoded = mem_alloc(length + 1);
	auto_free char *wanted = mem_format("%s:%s", login->user, login->password);

	if (length % 4 || length > HTTP_HEAD_MAX)
		return AUTH_REFUSED;
	int bytes = EVP_DecodeBlock(decoded, (const unsigned char *)encoded, (int)length);
	if (bytes < 0)
		return AUTH_REFUSED;
	/* the padding comes out as NUL bytes, which end the string where it should end */
	return equal((const char *)decoded, wanted) ? AUTH_GOOD : AUTH_REFUSED;
}

static const char **digest_slot(struct digest *digest, const char *name)
{
	const struct {
		const char *name;
		const char **slot;
	} rows[] = {
		{ "username", &digest->username },
		{ "realm", &digest->realm },
		{ "nonce", &digest->nonce },
		{ "uri", &digest->uri },
		{ "response", &digest->response },
		{ "cnonce", &digest->cnonce },
		{ "algorithm", &digest->algorithm },
		{ "qop", &digest->qop },
		{ "nc", &digest->nc },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcasecmp(rows[i].name, name) == 0)
			return rows[i].slot;
	return NULL;
}

/* Terminate a quoted string or token in place, undoing backslashes; NULL: the quote stays open. */
static char *cut_value(char **rest)
{
	char *in = *rest, *out = in, *value = in;

	if (*in != '"') {
		in += strcspn(in, ", \t");
		*rest = in + (*in != '\0');
		*in = '\0';
		return value;
	}
	for (in++; *in && *in != '"'; in++) {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	if (!*in)
		return NULL;
	*out = '\0';
	*rest = in + 1;
	return value;
}

/* Cut `name=value, name="value"` up in place; false: malformed or a parameter came twice. */
static bool parse_digest(char *rest, struct digest *digest)
{
	for (;;) {
		rest += strspn(rest, ", \t");
		if (!*rest)
			return true;
		char *name = rest;
		rest = strchr(rest, '=');
		if (!rest)
			return false;
		*rest++ = '\0';
		const char *value = cut_value(&rest);
		const char **slot = digest_slot(digest, name);
		if (!value || (slot && *slot))
			return false;
		if (slot)
			*slot = value;
	}
}

/* Hash a text and write it as hex; consumes the text. */
static void hash_text(const char *algorithm, char *consumed, char hex[2 * EVP_MAX_MD_SIZE + 1])
{
	const EVP_MD *md = strcmp(algorithm, "SHA-256") == 0 ? EVP_sha256() : EVP_md5();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	size_t bytes = strlen(consumed);

	if (!EVP_Digest(consumed, bytes, digest, &length, md, NULL))
		length = 0;
	text_hex(digest, length, hex);
	OPENSSL_cleanse(consumed, bytes);
	free(consumed);
}

static bool response_is_right(const struct auth_login *login, const struct digest *digest,
			      const char *method)
{
	char who[2 * EVP_MAX_MD_SIZE + 1], what[2 * EVP_MAX_MD_SIZE + 1];
	char wanted[2 * EVP_MAX_MD_SIZE + 1];

	hash_text(login->algorithm,
		  mem_format("%s:%s:%s", login->user, login->realm, login->password), who);
	hash_text(login->algorithm, mem_format("%s:%s", method, digest->uri), what);
	hash_text(login->algorithm,
		  mem_format("%s:%s:%s:%s:%s:%s", who, digest->nonce, digest->nc, digest->cnonce,
			     digest->qop, what),
		  wanted);
	return *wanted && equal(digest->response, wanted);
}

/* Whether the count is eight hex digits (RFC 7616 3.4), and which number it is. */
static bool parse_count(const char *text, uint32_t *count)
{
	*count = 0;
	for (int i = 0; i < 8; i++) {
		int digit = text_hex_digit(text[i]);
		if (digit < 0)
			return false;
		*count = *count << 4 | (uint32_t)digit;
	}
	return text[8] == '\0';
}

/* Spend the count on a nonce we gave out; false: unknown nonce, or the count was used before. */
static bool spend_nonce(struct auth_nonces *nonces, const char *nonce, uint32_t count)
{
	for (size_t i = 0; i < AUTH_NONCES; i++) {
		if (!*nonces->ring[i].text || !equal(nonce, nonces->ring[i].text))
			continue;
		if (count <= nonces->ring[i].count)
			return false;
		nonces->ring[i].count = count;
		return true;
	}
	return false;
}

static bool fits_offer(const struct auth_login *login, const struct digest *digest)
{
	/* RFC 7616 3.3: without the parameter the algorithm is MD5 */
	const char *algorithm = digest->algorithm ? digest->algorithm : "MD5";

	return digest->username && digest->realm && digest->nonce && digest->uri &&
	       digest->response && digest->cnonce && digest->qop && digest->nc &&
	       strcmp(digest->qop, "auth") == 0 && strcmp(digest->realm, login->realm) == 0 &&
	       strcmp(digest->username, login->user) == 0 &&
	       strcasecmp(algorithm, login->algorithm) == 0;
}

static enum auth_verdict check_digest(const struct auth_login *login, struct auth_nonces *nonces,
				      const struct http_request *request, const char *parameters)
{
	auto_free char *copy = mem_copy(parameters, strlen(parameters));
	struct digest digest = { 0 };
	uint32_t count = 0;

	if (!parse_digest(copy, &digest) || !fits_offer(login, &digest) ||
	    !parse_count(digest.nc, &count) || strcmp(digest.uri, request->target) != 0)
		return AUTH_REFUSED;
	if (!response_is_right(login, &digest, request->method))
		return AUTH_REFUSED;
	return spend_nonce(nonces, digest.nonce, count) ? AUTH_GOOD : AUTH_STALE;
}

enum auth_verdict auth_check(const struct auth_login *login, struct auth_nonces *nonces,
			     const struct http_request *request)
{
	const char *value = http_field(request, "Authorization");

	switch (auth_scheme(request)) {
	case AUTH_BASIC:
		return check_basic(login, value + strlen("Basic "));
	case AUTH_DIGEST:
		if (!*login->algorithm)
			return AUTH_REFUSED;
		return check_digest(login, nonces, request, value + strlen("Digest "));
	default:
		return value ? AUTH_REFUSED : AUTH_MISSING;
	}
}

static const char *make_nonce(struct auth_nonces *nonces)
{
	unsigned char random[AUTH_NONCE_CHARS / 2];
	unsigned slot = nonces->next++ % AUTH_NONCES;

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	text_hex(random, sizeof(random), nonces->ring[slot].text);
	nonces->ring[slot].count = 0;
	return nonces->ring[slot].text;
}

void auth_challenge(const struct auth_login *login, struct auth_nonces *nonces, bool stale,
		    struct evbuffer *fields)
{
	bool md5 = strcmp(login->algorithm, "MD5") == 0;

	if (*login->algorithm)
		evbuffer_add_printf(fields,
				    "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", "
				    "qop=\"auth\"%s%s%s\r\n",
				    login->realm, make_nonce(nonces),
				    md5 ? "" : ", algorithm=", md5 ? "" : login->algorithm,
				    stale ? ", stale=true" : "");
	evbuffer_add_printf(fields, "WWW-Authenticate: Basic realm=\"%s\"\r\n", login->realm);
}
