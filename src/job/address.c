/* Where a program takes its orders, when that is not the device's own TLS port. */
#include "certroll/exchange.h"
#include "certroll/text.h"
#include <string.h>

enum { SOCKET_PATH_MAX = 107 }; /* unix(7): sun_path has 108 bytes with the NUL */

enum verdict exchange_at(struct exchange *exchange, const char *at, bool plain)
{
	exchange->at = strcmp(at, "tls") == 0 ? NULL : at;
	exchange->plain = plain;
	return STEP_OK;
}

bool exchange_split_at(const char *at, char host[256], uint16_t *port)
{
	const char *colon = strrchr(at, ':');
	size_t length = colon ? (size_t)(colon - at) : 0;
	int64_t number;

	if (!colon || !text_number(colon + 1, 1, 65535, &number))
		return false;
	if (at[0] == '[' && length > 2 && colon[-1] == ']') {
		at++;
		length -= 2;
	} else if (memchr(at, ':', length)) {
		return false;
	}
	if (!length || length > 255 || strcspn(at, " []/@?#\\") < length)
		return false;
	memcpy(host, at, length);
	host[length] = '\0';
	*port = (uint16_t)number;
	return true;
}

char *exchange_refuse_at(const char *text)
{
	char host[256];
	uint16_t port;

	if (text[0] == '/' && strlen(text) > SOCKET_PATH_MAX)
		return text_format("is longer than the %d bytes the path of a socket may have",
				   SOCKET_PATH_MAX);
	if (text[0] == '/' || strcmp(text, "tls") == 0 || exchange_split_at(text, host, &port))
		return NULL;
	return text_copy(
		"must be the path of a socket, HOST:PORT, or the word tls (host: and port: "
		"of the device, over TLS)");
}
