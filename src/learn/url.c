#include "url.h"
#include "certroll/buf.h"
#include "certroll/text.h"
#include "token.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 160, URL_MAX = 65536 };

void url_free(struct url *url)
{
	mem_free(url->scheme);
	mem_free(url->host);
	mem_free(url->path);
	*url = (struct url){ 0 };
}

static char *lower(const char *text, size_t len)
{
	char *copy = mem_copy(text, len);

	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

static uint16_t usual_port(const char *scheme)
{
	static const struct {
		const char *scheme;
		uint16_t port;
	} known[] = { { "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 } };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i].scheme, scheme) == 0)
			return known[i].port;
	return 0;
}

/* RFC 3986 3.2: what stands before an '@' is a log-on, and no part of the host. */
static bool read_authority(struct url *url, const char *text, size_t len)
{
	const char *at = memrchr(text, '@', len), *colon;
	int64_t port;

	if (at) {
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	colon = memrchr(text, ':', len);
	if (colon && !memchr(colon, ']', len - (size_t)(colon - text))) {
		auto_free char *digits = mem_copy(colon + 1, len - (size_t)(colon + 1 - text));

		if (*digits && !text_number(digits, 1, 65535, &port))
			return false;
		url->port = *digits ? (uint16_t)port : url->port;
		len = (size_t)(colon - text);
	}
	if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	len -= len > 1 && text[len - 1] == '.';
	url->host = lower(text, len);
	return len > 0;
}

bool url_read(struct url *url, const char *text)
{
	const char *end = strstr(text, "://"), *path;

	*url = (struct url){ 0 };
	if (!end || strlen(text) > URL_MAX)
		return false;
	url->scheme = lower(text, (size_t)(end - text));
	url->port = usual_port(url->scheme);
	path = end + 3 + strcspn(end + 3, "/?#");
	if (!url->port || !read_authority(url, end + 3, (size_t)(path - end - 3))) {
		url_free(url);
		return false;
	}
	url->path = text_format("%s%.*s", *path == '/' ? "" : "/", (int)strcspn(path, "#"), path);
	return true;
}

bool url_encrypted(const struct url *url)
{
	return strcmp(url->scheme, "https") == 0 || strcmp(url->scheme, "wss") == 0;
}

static size_t bare_host(const char **host)
{
	size_t len = strlen(*host);

	if (len > 1 && **host == '[' && (*host)[len - 1] == ']') {
		(*host)++;
		len -= 2;
	}
	return len - (len > 1 && (*host)[len - 1] == '.');
}

bool url_same_host(const char *a, const char *b)
{
	size_t a_len = bare_host(&a), b_len = bare_host(&b);

	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static int hex(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return at ? (int)(at - digits) : -1;
}

char *url_decode(const char *text, size_t len, bool plus)
{
	char *out = mem_alloc(len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex(text[i + 1]) : -1;
		int low = high >= 0 ? hex(text[i + 2]) : -1;

		if (low >= 0) {
			*to++ = (char)(16 * high + low);
			i += 2;
		} else {
			*to++ = plus && text[i] == '+' ? ' ' : text[i];
		}
	}
	return out;
}

/* The next "name=value" of a query; false at its end. */
struct argument {
	const char *name, *value;
	size_t name_len, value_len;
};

static bool next_argument(const char **rest, struct argument *argument)
{
	const char *at = *rest;
	size_t len, name;

	if (!*at)
		return false;
	len = strcspn(at, "&");
	name = strcspn(at, "=&");
	argument->name = at;
	argument->name_len = name;
	argument->value = at + name + (name < len);
	argument->value_len = len - name - (name < len);
	*rest = at + len + (at[len] == '&');
	return true;
}

static const char *query_of(const struct url *url)
{
	const char *mark = strchr(url->path, '?');

	return mark ? mark + 1 : "";
}

void url_arguments(const struct url *url,
		   void (*visit)(const char *name, const char *value, void *arg), void *arg)
{
	const char *rest = query_of(url);

	for (struct argument one; next_argument(&rest, &one);) {
		auto_free char *name = url_decode(one.name, one.name_len, true);
		auto_free char *value = url_decode(one.value, one.value_len, true);

		visit(name, value, arg);
	}
}

/* "/a/b;sid=1" in its words; @p len: of the path without the query. */
static bool path_hides(const char *path, size_t len, const char *const *secrets)
{
	for (size_t at = 0; at < len;) {
		size_t word = strcspn(path + at, "/;=?");
		auto_free char *copy = NULL;

		word = at + word > len ? len - at : word;
		copy = url_decode(path + at, word, false);
		if (*copy && token_suspected("", copy, secrets))
			return true;
		at += word + 1;
	}
	return false;
}

char *url_shown(const struct url *url)
{
	const char *rest = query_of(url);
	size_t len = strcspn(url->path, "?");
	auto_buf out = BUF_MAX(2 * URL_MAX);
	bool fits = true, first = true;

	if (path_hides(url->path, len, NULL))
		fits = buf_addf(&out, "/...") == 0;
	else
		fits = buf_addf(&out, "%.*s", (int)len, url->path) == 0;
	for (struct argument one; fits && next_argument(&rest, &one); first = false) {
		auto_free char *name = url_decode(one.name, one.name_len, true);
		auto_free char *value = url_decode(one.value, one.value_len, true);
		bool hidden = token_suspected(name, value, NULL);

		fits = buf_addf(&out, "%c%.*s%s%.*s", first ? '?' : '&', (int)one.name_len,
				one.name, one.value > one.name + one.name_len ? "=" : "",
				hidden ? 3 : (int)one.value_len, hidden ? "..." : one.value) == 0;
	}
	return text_printable(buf_text(&out), out.len, SHOWN_MAX);
}

static const struct hole *find_hole(const struct hole *holes, size_t count, const char *value)
{
	for (size_t i = 0; i < count; i++)
		if (text_same(holes[i].value, value))
			return &holes[i];
	return NULL;
}

static int add_argument(struct buf *out, const struct argument *one, const struct hole *hole)
{
	if (!hole)
		return buf_add(out, one->name, (size_t)(one->value + one->value_len - one->name));
	return buf_addf(out, "%.*s={%s}", (int)one->name_len, one->name, hole->name);
}

char *url_template(const struct url *url, const struct hole *holes, size_t count,
		   const char *const *secrets, char **why)
{
	const char *rest = query_of(url);
	size_t len = strcspn(url->path, "?");
	auto_buf out = BUF_MAX(2 * URL_MAX);
	bool fits = buf_add(&out, url->path, len) == 0, first = true;

	*why = NULL;
	if (strpbrk(url->path, "{}"))
		*why = text_copy("holds a brace, which means a placeholder here");
	else if (path_hides(url->path, len, secrets))
		*why = text_copy("holds what looks like a key of that one session");
	for (struct argument one; fits && !*why && next_argument(&rest, &one); first = false) {
		auto_free char *name = url_decode(one.name, one.name_len, true);
		auto_free char *value = url_decode(one.value, one.value_len, true);
		const struct hole *hole = find_hole(holes, count, value);

		if (!hole && token_suspected(name, value, secrets)) {
			auto_free char *shown = text_printable(name, strlen(name), 40);

			*why = text_format("has an argument '%s' that looks like a key of that one "
					   "session",
					   shown);
			break;
		}
		fits = buf_addf(&out, "%c", first ? '?' : '&') == 0 &&
		       add_argument(&out, &one, hole) == 0;
	}
	if (!fits && !*why)
		*why = text_copy("is too long");
	return *why ? NULL : text_copy(buf_text(&out));
}
