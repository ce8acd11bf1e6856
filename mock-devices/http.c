/* http: request heads, strictly. */
#include "http.h"

#include "cleanup.h"
#include "text.h"

#include <string.h>
#include <strings.h>
#include <time.h>

size_t http_head_length(const char *bytes, size_t length)
{
	const char *end = length ? memmem(bytes, length, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - bytes) + 4 : 0;
}

/* The next line, terminated in place; NULL when no CRLF is left. */
static char *cut_line(char **rest)
{
	char *line = *rest;
	char *end = strstr(line, "\r\n");

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 2;
	return line;
}

static bool is_token(const char *text)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	if (!*text)
		return false;
	for (; *text; text++) {
		bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
		bool digit = *text >= '0' && *text <= '9';

		if (!letter && !digit && !strchr(marks, *text))
			return false;
	}
	return true;
}

/* Nothing but the characters a URI may have when written down (RFC 3986 2, roughly). */
static bool is_target(const char *text)
{
	if (*text != '/')
		return false;
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	return true;
}

static int parse_request_line(struct http_request *request, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version)
		return 400;
	*target++ = '\0';
	*version++ = '\0';
	if (!is_token(line) || !is_target(target) || strncmp(version, "HTTP/", 5) != 0)
		return 400;
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return 505;
	char *mark = strchr(target, '?');
	request->method = line;
	request->target = target;
	request->query = mark ? mark + 1 : "";
	request->path = mem_copy(target, mark ? (size_t)(mark - target) : strlen(target));
	request->keep_alive = version[7] == '1';
	return 0;
}

static char *trim_blanks(char *text)
{
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		text[--length] = '\0';
	return text;
}

static int parse_field_line(struct http_request *request, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return 400;
	*colon++ = '\0';
	if (!is_token(line))
		return 400;
	for (const char *byte = colon; *byte; byte++)
		if (((unsigned char)*byte < 0x20 && *byte != '\t') || *byte == 0x7f)
			return 400;
	if (request->field_count == HTTP_FIELDS_MAX)
		return 431;
	request->fields[request->field_count++] = (struct http_field){ line, trim_blanks(colon) };
	return 0;
}

static size_t count_fields(const struct http_request *request, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < request->field_count; i++)
		count += strcasecmp(request->fields[i].name, name) == 0;
	return count;
}

/* How long the body is and what happens to the connection: RFC 9112 6.3 and 9.3. */
static int judge_fields(struct http_request *request)
{
	const char *length = http_field(request, "Content-Length");
	const char *connection = http_field(request, "Connection");
	const char *expect = http_field(request, "Expect");
	int64_t bytes = 0;

	/* two lengths, or two logins, are how requests are smuggled */
	if (count_fields(request, "Content-Length") > 1 ||
	    count_fields(request, "Authorization") > 1)
		return 400;
	if (http_field(request, "Transfer-Encoding"))
		return 501;
	if (length && !text_number(length, 0, INT64_MAX, &bytes))
		return 400;
	if (bytes > HTTP_BODY_MAX)
		return 413;
	request->body_length = (size_t)bytes;
	request->expects_continue = expect && strcasecmp(expect, "100-continue") == 0;
	if (connection)
		request->keep_alive = request->keep_alive
					      ? strcasecmp(connection, "close") != 0
					      : strcasecmp(connection, "keep-alive") == 0;
	return 0;
}

int http_parse(struct http_request *request, const char *head, size_t length)
{
	*request = (struct http_request){ .head = mem_copy(head, length), .query = "" };
	if (length > HTTP_HEAD_MAX)
		return 431;
	if (memchr(head, '\0', length))
		return 400;

	char *rest = request->head;
	char *line = cut_line(&rest);
	int status = line ? parse_request_line(request, line) : 400;
	while (!status) {
		line = cut_line(&rest);
		if (!line)
			return 400;
		if (!*line)
			return judge_fields(request);
		status = parse_field_line(request, line);
	}
	return status;
}

void http_clear(struct http_request *request)
{
	free(request->head);
	free(request->path);
	*request = (struct http_request){ 0 };
}

const char *http_field(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (strcasecmp(request->fields[i].name, name) == 0)
			return request->fields[i].value;
	return NULL;
}

bool http_field_lists(const struct http_request *request, const char *name, const char *token)
{
	const char *list = http_field(request, name);

	while (list && *list) {
		list += strspn(list, ", \t");
		size_t length = strcspn(list, ", \t");

		if (length == strlen(token) && strncasecmp(list, token, length) == 0)
			return true;
		list += length;
	}
	return false;
}

/* The value of `name=` in a query, not decoded and not terminated; NULL when absent. */
static const char *find_argument(const char *query, const char *name, size_t name_length,
				 size_t *length)
{
	while (*query) {
		size_t pair = strcspn(query, "&");

		if (pair > name_length && query[name_length] == '=' &&
		    memcmp(query, name, name_length) == 0) {
			*length = pair - name_length - 1;
			return query + name_length + 1;
		}
		query += pair;
		query += *query == '&';
	}
	return NULL;
}

/* One byte of a percent-encoded text, or -1; moves on. */
static int decode_byte(const char **text, size_t *left)
{
	char byte = *(*text)++;

	--*left;
	if (byte != '%')
		return byte == '+' ? ' ' : (unsigned char)byte;
	if (*left < 2)
		return -1;
	int high = text_hex_digit((*text)[0]);
	int low = text_hex_digit((*text)[1]);
	*text += 2;
	*left -= 2;
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool http_argument(const struct http_request *request, const char *name, char *value, size_t size)
{
	size_t left = 0;
	const char *text = find_argument(request->query, name, strlen(name), &left);

	if (!text)
		return false;
	for (size_t used = 0; used < size; used++) {
		if (!left) {
			value[used] = '\0';
			return true;
		}
		int byte = decode_byte(&text, &left);
		if (byte <= 0)
			return false;
		value[used] = (char)byte;
	}
	return false;
}

bool http_target_matches(const struct http_request *request, const char *pattern)
{
	size_t path = strcspn(pattern, "?");

	if (strlen(request->path) != path || memcmp(request->path, pattern, path) != 0)
		return false;
	for (pattern += path; *pattern;) {
		size_t pair = strcspn(++pattern, "&");
		size_t name = strcspn(pattern, "=");
		size_t length = 0;

		if (name >= pair)
			return false;
		const char *value = find_argument(request->query, pattern, name, &length);
		if (!value || length != pair - name - 1 ||
		    memcmp(value, pattern + name + 1, length) != 0)
			return false;
		pattern += pair;
	}
	return true;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} rows[] = {
		{ 101, "Switching Protocols" },
		{ 200, "OK" },
		{ 302, "Found" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 426, "Upgrade Required" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "Unknown";
}

void http_date(int64_t seconds, char text[HTTP_DATE_MAX])
{
	time_t when = (time_t)seconds;
	struct tm utc = { .tm_mday = 1 };

	/* English names: nothing here calls setlocale() */
	(void)gmtime_r(&when, &utc);
	if (!strftime(text, HTTP_DATE_MAX, "%a, %d %b %Y %H:%M:%S GMT", &utc))
		*text = '\0';
}
