#include "hostname.h"
#include "certroll/text.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 253 }; /* RFC 1035 2.3.4, without the root's dot */

static bool is_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return len > 0;
}

static char *refuse_dns(const char *name)
{
	size_t length = strlen(name), last = 0;

	if (length && name[length - 1] == '.')
		length--;
	if (length == 0)
		return text_copy("is empty");
	if (length > NAME_MAX_BYTES)
		return text_copy("is longer than 253 characters");
	for (size_t at = 0; at <= length;) {
		size_t end = at;
		char *problem;

		while (end < length && name[end] != '.')
			end++;
		problem = text_refuse_label(name + at, end - at);
		if (problem)
			return problem;
		last = at;
		at = end + 1;
	}
	if (is_digits(name + last, length - last))
		return text_copy("is no IPv4 address: four numbers from 0 to 255 without leading "
				 "zeros are needed");
	return NULL;
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* The part between "[" and "]", or NULL; what follows the bracket. */
static char *between_brackets(const char *text, const char **rest)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : NULL;

	if (!end)
		return NULL;
	*rest = end + 1;
	return mem_copy(text + 1, (size_t)(end - text - 1));
}

static char *refuse_common(const char *text)
{
	if (strncasecmp(text, "http://", 7) == 0)
		return text_copy(
			"is plain http, over which anybody could read the password and the "
			"key; certroll speaks https only: write the host alone, and the "
			"port of https");
	if (strstr(text, "://"))
		return text_copy(
			"is a URL; write the host alone, without https:// and without a path");
	if (strchr(text, '/'))
		return text_copy("holds a '/'; write the host alone, without a path or a netmask");
	return NULL;
}

char *host_refuse(const char *text)
{
	struct in6_addr address;
	const char *rest = "";
	auto_free char *inner = between_brackets(text, &rest);
	char *problem = refuse_common(text);

	if (problem)
		return problem;
	if (is_address(text))
		return NULL;
	if (inner && !*rest && inet_pton(AF_INET6, inner, &address) == 1)
		return NULL;
	if (text[0] == '[' || (strchr(text, ':') && strchr(text, ':') != strrchr(text, ':')))
		return text_copy("is not an IPv6 address; the form is 2001:db8::1");
	return refuse_dns(text);
}

/* Where ":port" starts, or NULL: never inside a bare IPv6 address. */
static const char *find_port(const char *text)
{
	const char *last = strrchr(text, ':');

	if (!last || is_address(text))
		return NULL;
	if (text[0] == '[')
		return last > text && last[-1] == ']' ? last : NULL;
	return strchr(text, ':') == last ? last : NULL;
}

char *host_refuse_port(const char *text)
{
	const char *port = find_port(text);
	auto_free char *host = NULL;
	char *problem = refuse_common(text);
	int64_t number;

	if (problem)
		return problem;
	if (!port)
		return host_refuse(text);
	if (!is_digits(port + 1, strlen(port + 1)) || !text_number(port + 1, 1, 65535, &number))
		return text_copy("needs a port from 1 to 65535 behind the ':'");
	host = mem_copy(text, (size_t)(port - text));
	return host_refuse(host);
}

char *host_refuse_name(const char *text)
{
	char *problem;

	if (strchr(text, '*'))
		return text_copy("is a wildcard; list the names that clients use, such as "
				 "pbx.example.com");
	problem = refuse_common(text);
	if (!problem && find_port(text))
		return text_copy("holds a port; ports belong to services");
	return problem ? problem : host_refuse(text);
}

/* One spelling per address, so that equal ones are seen to be equal. */
static char *normal_address(const char *text)
{
	char out[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) == 1 &&
	    inet_ntop(AF_INET6, &address, out, sizeof out))
		return text_copy(out);
	return text_copy(text);
}

char *host_split(const char *text, uint16_t *port)
{
	const char *colon = find_port(text), *rest = "";
	int64_t number = 0;
	auto_free char *host = colon ? mem_copy(text, (size_t)(colon - text)) : text_copy(text);
	auto_free char *inner = between_brackets(host, &rest);
	size_t length;

	if (colon && !text_number(colon + 1, 1, 65535, &number))
		number = 0;
	*port = (uint16_t)number;
	if (inner)
		return normal_address(inner);
	for (char *at = host; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	length = strlen(host);
	if (length && host[length - 1] == '.')
		host[length - 1] = '\0';
	return normal_address(host);
}
