#include "certroll/doc.h"
#include "report.h"
#include "scan.h"
#include "sheet.h"
#include "syntax.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/*
 * The event interface of libyaml, not its documents: those are quadratic in the depth of nesting
 * and accept a list that contains itself.
 */
struct reader {
	yaml_parser_t parser;
	const char *path;
	const char *text;
	size_t len;
	struct findings *findings;
	size_t nodes;
	bool failed;
};

#define auto_event __attribute__((cleanup(yaml_event_delete))) yaml_event_t

static void refuse(struct reader *reader, const yaml_mark_t *mark, const char *remedy,
		   const char *sentence)
{
	struct spot spot = { reader->path, "", (int)mark->line + 1, (int)mark->column + 1 };

	report(reader->findings, SEVERITY_ERROR, &spot, remedy, "%s", sentence);
	reader->failed = true;
}

/* The next event; false after a syntax error, which is then reported. */
static bool next_event(struct reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return true;
	syntax_report(&reader->parser, reader->text, reader->len, reader->path, reader->findings);
	reader->failed = true;
	return false;
}

static void refuse_anchor(struct reader *reader, const yaml_mark_t *mark, const void *anchor,
			  const void *tag)
{
	if (anchor)
		refuse(reader, mark,
		       "put a value that starts with & in quotes; to share values, "
		       "use defaults or groups",
		       "anchors (&name) are not supported");
	if (tag)
		refuse(reader, mark, "put a value that starts with ! in quotes",
		       "tags (!name) are not supported");
}

static bool means_nothing(const char *text, size_t len)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i]) == len && !memcmp(words[i], text, len))
			return true;
	return false;
}

static void check_scalar(struct reader *reader, const yaml_event_t *event)
{
	const unsigned char *text = event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (len > DOC_MAX_SCALAR) {
		refuse(reader, &event->start_mark, NULL, "the value is longer than 4096 bytes");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] >= 0x20 && text[i] != 0x7f)
			continue;
		refuse(reader, &event->start_mark,
		       event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE
			       ? "in \"...\" a backslash starts a special character; use single "
				 "quotes"
			       : "write it on one line",
		       "the value holds a line break or another control character");
		return;
	}
}

static void read_scalar(struct reader *reader, const yaml_event_t *event, struct node *out)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	refuse_anchor(reader, &event->start_mark, event->data.scalar.anchor,
		      event->data.scalar.tag);
	check_scalar(reader, event);
	out->quoted = !plain;
	if (plain && means_nothing(text, len))
		return;
	out->kind = NODE_SCALAR;
	out->text = mem_copy(text, len);
}

static bool read_node(struct reader *reader, const yaml_event_t *event, int depth,
		      struct node *out);

static bool read_list(struct reader *reader, int depth, struct node *out)
{
	out->kind = NODE_LIST;
	for (;;) {
		auto_event event = { 0 };

		if (!next_event(reader, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			return true;
		out->values = mem_grow(out->values, out->count, sizeof *out->values);
		if (!read_node(reader, &event, depth + 1, &out->values[out->count++]))
			return false;
	}
}

static void read_key(struct reader *reader, const yaml_event_t *event, struct node *out)
{
	const char *text = (const char *)event->data.scalar.value;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	refuse_anchor(reader, &event->start_mark, event->data.scalar.anchor,
		      event->data.scalar.tag);
	check_scalar(reader, event);
	if (event->data.scalar.length == 0)
		refuse(reader, &event->start_mark, "write a name before the ':'",
		       "the key is missing");
	else if (plain && strcmp(text, "<<") == 0)
		refuse(reader, &event->start_mark, "use defaults or groups to share values",
		       "the merge key << is not supported");
	*out = (struct node){ .kind = NODE_SCALAR,
			      .line = (int)event->start_mark.line + 1,
			      .column = (int)event->start_mark.column + 1,
			      .text = mem_copy(text, event->data.scalar.length),
			      .quoted = !plain };
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *one = *(const struct node *const *)a;
	const struct node *other = *(const struct node *const *)b;
	int order = strcmp(one->text, other->text);

	if (order)
		return order;
	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	return (one->column > other->column) - (one->column < other->column);
}

/* By sorting: a hostile map of half a million keys must not cost their square. */
static void check_duplicates(struct reader *reader, const struct node *map)
{
	auto_free const struct node **sorted = mem_alloc(map->count * sizeof *sorted);
	const struct node *first;

	for (size_t i = 0; i < map->count; i++)
		sorted[i] = &map->keys[i];
	qsort(sorted, map->count, sizeof *sorted, compare_keys);
	first = map->count ? sorted[0] : NULL;
	for (size_t i = 1; i < map->count; i++) {
		struct spot spot = { reader->path, "", sorted[i]->line, sorted[i]->column };

		if (strcmp(first->text, sorted[i]->text)) {
			first = sorted[i];
			continue;
		}
		report(reader->findings, SEVERITY_ERROR, &spot, "keep one of the two",
		       "key \"%.60s\" is given twice, first on line %d", first->text, first->line);
		reader->failed = true;
	}
}

static bool read_map(struct reader *reader, int depth, struct node *out)
{
	out->kind = NODE_MAP;
	for (;;) {
		auto_event key = { 0 }, value = { 0 };

		if (!next_event(reader, &key))
			return false;
		if (key.type == YAML_MAPPING_END_EVENT)
			break;
		if (key.type != YAML_SCALAR_EVENT) {
			refuse(reader, &key.start_mark,
			       "a value with { } or [ ] or * at its start stands behind a key and "
			       "':'",
			       "a key must be plain text");
			return false;
		}
		if (!next_event(reader, &value))
			return false;
		out->keys = mem_grow(out->keys, out->count, sizeof *out->keys);
		out->values = mem_grow(out->values, out->count, sizeof *out->values);
		read_key(reader, &key, &out->keys[out->count]);
		if (!read_node(reader, &value, depth + 1, &out->values[out->count++]))
			return false;
	}
	check_duplicates(reader, out);
	return true;
}

static bool within_limits(struct reader *reader, const yaml_event_t *event, int depth)
{
	if (depth > DOC_MAX_DEPTH)
		refuse(reader, &event->start_mark, NULL, "more than 16 levels of nesting");
	else if (++reader->nodes > DOC_MAX_NODES)
		refuse(reader, &event->start_mark, "divide the file",
		       "more than 1048576 values in one file");
	else
		return true;
	return false;
}

static bool read_node(struct reader *reader, const yaml_event_t *event, int depth, struct node *out)
{
	*out = (struct node){ .line = (int)event->start_mark.line + 1,
			      .column = (int)event->start_mark.column + 1 };
	if (!within_limits(reader, event, depth))
		return false;
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		refuse(reader, &event->start_mark, NULL, SYNTAX_STAR);
		return true;
	case YAML_SEQUENCE_START_EVENT:
		refuse_anchor(reader, &event->start_mark, event->data.sequence_start.anchor,
			      event->data.sequence_start.tag);
		return read_list(reader, depth, out);
	case YAML_MAPPING_START_EVENT:
		refuse_anchor(reader, &event->start_mark, event->data.mapping_start.anchor,
			      event->data.mapping_start.tag);
		return read_map(reader, depth, out);
	default:
		read_scalar(reader, event, out);
		return true;
	}
}

/* The event must be an expected one; nothing behind the first document is wanted. */
static void read_end(struct reader *reader)
{
	auto_event end = { 0 }, stream = { 0 };

	if (!next_event(reader, &end) || !next_event(reader, &stream))
		return;
	if (stream.type != YAML_STREAM_END_EVENT)
		refuse(reader, &stream.start_mark, "keep one document, without a second line ---",
		       "a second document starts here");
}

static void read_stream(struct reader *reader, struct node *root)
{
	auto_event stream = { 0 }, start = { 0 }, first = { 0 };

	if (!next_event(reader, &stream) || !next_event(reader, &start))
		return;
	if (start.type == YAML_STREAM_END_EVENT) {
		*root = (struct node){ .line = 1, .column = 1 };
		return;
	}
	if (!next_event(reader, &first))
		return;
	if (read_node(reader, &first, 0, root))
		read_end(reader);
}

static void skip_mark(const char **text, size_t *len)
{
	if (*len < 3 || memcmp(*text, "\xef\xbb\xbf", 3))
		return;
	*text += 3;
	*len -= 3;
}

static void doc_cleanup(struct doc **doc)
{
	doc_free(*doc);
}

struct doc *doc_parse(const char *text, size_t len, const char *path, struct findings *findings)
{
	__attribute__((cleanup(doc_cleanup))) struct doc *doc = mem_alloc(sizeof *doc);
	struct reader reader = { .path = path, .findings = findings };
	struct spot spot = { path, "", 0, 0 };

	if (len > DOC_MAX_BYTES) {
		report(findings, SEVERITY_ERROR, &spot, "divide it",
		       "the file is larger than 16 MiB");
		return NULL;
	}
	skip_mark(&text, &len);
	if (!scan_text(text, len, path, findings))
		return NULL;
	doc->path = text_copy(path);
	reader.text = text;
	reader.len = len;
	if (!yaml_parser_initialize(&reader.parser))
		mem_exhausted();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
	read_stream(&reader, &doc->root);
	yaml_parser_delete(&reader.parser);
	if (reader.failed)
		return NULL;
	return take(doc);
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The whole file, up to one byte more than allowed; -1 with errno. */
static int read_file(const char *path, char **out, size_t *len)
{
	__attribute__((cleanup(close_fd))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	size_t room = 0;

	if (fd < 0 || fstat(fd, &status))
		return -1;
	for (;;) {
		ssize_t got;

		if (*len == room) {
			room = room ? 2 * room : (size_t)status.st_size % DOC_MAX_BYTES + 4096;
			*out = mem_resize(*out, room);
		}
		got = read(fd, *out + *len, room - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (int)got;
		*len += (size_t)got;
		if (*len > DOC_MAX_BYTES)
			return 0;
	}
}

struct doc *doc_load(const char *path, struct findings *findings)
{
	auto_free char *text = NULL;
	const char *mark;
	size_t len = 0;
	struct spot spot = { path, "", 0, 0 };

	if (read_file(path, &text, &len)) {
		report(findings, SEVERITY_ERROR, &spot, NULL, "cannot be read: %s",
		       strerror(errno));
		return NULL;
	}
	if (!sheet_is(path))
		return doc_parse(text, len, path, findings);
	mark = text;
	skip_mark(&mark, &len);
	return sheet_parse(mark, len, path, findings);
}

const struct node *doc_find(const struct node *map, const char *key)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++)
		if (strcmp(map->keys[i].text, key) == 0)
			return &map->values[i];
	return NULL;
}

static void free_node(struct node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		if (node->keys)
			mem_free(node->keys[i].text);
		free_node(&node->values[i]);
	}
	mem_free(node->text);
	mem_free(node->keys);
	mem_free(node->values);
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	free_node(&doc->root);
	mem_free(doc->path);
	mem_free(doc);
}
