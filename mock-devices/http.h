/**
 * @file
 * http: the head of an HTTP/1.x request, taken apart (RFC 9112), and the names of replies.
 *
 * Bytes in, values out; no sockets.  Strict where a lenient server would hide a client's
 * mistake: lines end in CRLF, one Content-Length at most, no folded fields, no NUL.
 */
#ifndef MOCK_HTTP_H
#define MOCK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX   16384  /**< request line and fields, blank line included */
#define HTTP_BODY_MAX   131072 /**< twice the largest bundle a box takes */
#define HTTP_FIELDS_MAX 64
#define HTTP_DATE_MAX   40

struct http_field {
	const char *name, *value;
};

/** A parsed request.  Strings point into memory it owns; the body is borrowed from the caller. */
struct http_request {
	char *head; /**< owned: the head, cut into strings */
	char *path; /**< owned: the target up to the question mark */
	const char *method;
	const char *target; /**< as sent; what a Digest answer must name */
	const char *query;  /**< after the question mark, "" when there is none */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
	size_t body_length;
	bool keep_alive;
	bool expects_continue;
	const char *body;
};

/** Bytes of the head including its blank line; 0 when the blank line has not come yet. */
size_t http_head_length(const char *bytes, size_t length);

/**
 * Take a complete head apart.
 *
 * @return 0, or the status to refuse the request with (400, 413, 431, 501, 505).  The request
 *         must be released with http_clear() in either case.
 */
int http_parse(struct http_request *request, const char *head, size_t length);

/** Release what the request owns; a zeroed request is fine. */
void http_clear(struct http_request *request);

/** Value of a header field (name in any case), or NULL. */
const char *http_field(const struct http_request *request, const char *name);

/** Whether a field that is a comma-separated list has a token (in any case). */
bool http_field_lists(const struct http_request *request, const char *name, const char *token);

/** Copy the decoded value of a query argument; false: absent, malformed or longer than fits. */
bool http_argument(const struct http_request *request, const char *name, char *value, size_t size);

/** Whether the path is that of @p pattern and the query holds every argument the pattern has. */
bool http_target_matches(const struct http_request *request, const char *pattern);

/** The reason phrase of a status the mock uses. */
const char *http_reason(int status);

/** An IMF-fixdate (RFC 9110 5.6.7). */
void http_date(int64_t seconds, char text[HTTP_DATE_MAX]);

#endif
