/* multipart: the walk from boundary to boundary. */
#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What has not been looked at yet. */
struct window {
	const char *bytes;
	size_t length;
};

/* Move past the next @p text; the bytes before it are the result.  False: it does not come. */
static bool cut_until(struct window *rest, const char *text, struct window *before)
{
	size_t length = strlen(text);
	const char *found = rest->length ? memmem(rest->bytes, rest->length, text, length) : NULL;

	if (!found)
		return false;
	*before = (struct window){ rest->bytes, (size_t)(found - rest->bytes) };
	rest->bytes = found + length;
	rest->length -= before->length + length;
	return true;
}

/* CRLF, two dashes and the boundary: what ends every part (RFC 2046 5.1.1). */
static bool make_delimiter(const char *type, char delimiter[MULTIPART_BOUNDARY_MAX + 5])
{
	static const char form[] = "multipart/form-data";

	if (!type || strncasecmp(type, form, sizeof(form) - 1) != 0)
		return false;
	const char *boundary = strcasestr(type, "boundary=");
	if (!boundary)
		return false;
	boundary += strlen("boundary=");
	bool quoted = *boundary == '"';
	boundary += quoted;
	size_t length = strcspn(boundary, quoted ? "\"" : "; \t");
	if (length < 1 || length > MULTIPART_BOUNDARY_MAX)
		return false;
	(void)snprintf(delimiter, MULTIPART_BOUNDARY_MAX + 5, "\r\n--%.*s", (int)length, boundary);
	return true;
}

static bool line_names(struct window line, const char *name)
{
	static const char field[] = "content-disposition:";
	char text[MULTIPART_HEAD_MAX + 1];
	char wanted[MULTIPART_HEAD_MAX];

	if (line.length < sizeof(field) - 1 || line.length > MULTIPART_HEAD_MAX ||
	    strncasecmp(line.bytes, field, sizeof(field) - 1) != 0)
		return false;
	memcpy(text, line.bytes, line.length);
	text[line.length] = '\0';
	(void)snprintf(wanted, sizeof(wanted), " name=\"%s\"", name);
	return strstr(text, wanted) != NULL;
}

/* What stands between the quotes of filename="..." (RFC 7578 4.2). */
static void take_filename(struct window line, struct multipart_part *found)
{
	static const char mark[] = " filename=\"";
	const char *name = memmem(line.bytes, line.length, mark, sizeof(mark) - 1);

	if (!name)
		return;
	name += sizeof(mark) - 1;
	size_t left = line.length - (size_t)(name - line.bytes);
	const char *end = memchr(name, '"', left);
	if (!end)
		return;
	found->filename = name;
	found->filename_length = (size_t)(end - name);
}

/* Read the fields of a part up to the blank line; the content is what remains. */
static bool part_matches(struct window part, const char *name, struct multipart_part *found)
{
	struct window line;
	bool named = false;

	*found = (struct multipart_part){ 0 };
	while (cut_until(&part, "\r\n", &line)) {
		if (!line.length) {
			found->bytes = part.bytes;
			found->length = part.length;
			return named;
		}
		named = named || line_names(line, name);
		take_filename(line, found);
	}
	return false;
}

bool multipart_find(const char *type, const char *body, size_t length, const char *name,
		    struct multipart_part *part)
{
	char delimiter[MULTIPART_BOUNDARY_MAX + 5];
	struct window rest = { body, length };
	struct window content;

	/* the first delimiter has no CRLF of its own, and nothing of use stands before it */
	if (!make_delimiter(type, delimiter) || !cut_until(&rest, delimiter + 2, &content))
		return false;
	for (int i = 0; i < MULTIPART_PARTS_MAX; i++) {
		bool last = rest.length < 2 || memcmp(rest.bytes, "\r\n", 2) != 0;

		if (last)
			return false;
		rest.bytes += 2;
		rest.length -= 2;
		if (!cut_until(&rest, delimiter, &content))
			return false;
		if (part_matches(content, name, part))
			return true;
	}
	return false;
}
