#include "token.h"
#include "certroll/text.h"
#include <ctype.h>
#include <string.h>

enum { TOKEN_MIN = 16, TURNS_MIN = 4 };

/* Digits and letters that take turns, or very many digits: nobody calls a page like that. */
static bool looks_random(const char *text)
{
	size_t len = strlen(text), turns = 0, digits = 0;

	for (size_t i = 0; i < len; i++) {
		bool digit = isdigit((unsigned char)text[i]);
		bool other = i && isalpha((unsigned char)(digit ? text[i - 1] : text[i])) &&
			     isdigit((unsigned char)(digit ? text[i] : text[i - 1]));

		digits += digit;
		turns += other;
	}
	return len >= TOKEN_MIN && (turns >= TURNS_MIN || digits == len);
}

/* As a whole, or as a part that no other word has. */
bool token_names_password(const char *name)
{
	static const char *const words[] = { "pwd", "pass",       "pw",         "auth",
					     "pin", "credential", "credentials" };
	static const char *const parts[] = { "passw",  "passphr", "passwd", "kennwort",
					     "secret", "pwd_",    "_pwd" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (text_same(words[i], name))
			return true;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcasestr(name, parts[i]))
			return true;
	return false;
}

bool token_names_header(const char *name)
{
	return strcasestr(name, "csrf") || strcasestr(name, "xsrf") || strcasestr(name, "token");
}

static bool names_token(const char *name)
{
	static const char *const words[] = { "key",  "token",  "session", "sid",  "sessionid",
					     "csrf", "nonce",  "ticket",  "jwt",  "sig",
					     "xsrf", "digest", "_token",  "hash", "signature" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (text_same(words[i], name))
			return true;
	return false;
}

bool token_suspected(const char *name, const char *value, const char *const *secrets)
{
	for (; secrets && *secrets; secrets++)
		if (strcmp(*secrets, value) == 0)
			return true;
	if (token_names_password(name) && *value)
		return true;
	if (names_token(name) && (strlen(value) >= 8 || strpbrk(value, "0123456789")))
		return true;
	return looks_random(value);
}
