#include "certroll/xml.h"
#include <expat.h>
#include <stdbool.h>
#include <string.h>

struct xml {
	char *name;
	char **attributes; /* name, value, name, value, NULL */
	struct xml *parent, *first, *last, *next;
};

struct xml_reading {
	XML_Parser parser;
	struct xml *root, *at;
	unsigned nodes, depth;
};

static char **copy_attributes(const char **from)
{
	size_t count = 0;
	char **copy;

	while (from[count])
		count++;
	copy = mem_alloc((count + 1) * sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = text_copy(from[i]);
	return copy;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
	struct xml_reading *reading = arg;
	struct xml *element;

	if (++reading->nodes > XML_MAX_NODES || ++reading->depth > XML_MAX_DEPTH) {
		XML_StopParser(reading->parser, XML_FALSE);
		return;
	}
	element = mem_alloc(sizeof *element);
	element->name = text_copy(name);
	element->attributes = copy_attributes(attributes);
	element->parent = reading->at;
	if (!reading->at)
		reading->root = element;
	else if (reading->at->last)
		reading->at->last->next = element;
	else
		reading->at->first = element;
	if (reading->at)
		reading->at->last = element;
	reading->at = element;
}

static void on_end(void *arg, const char *name)
{
	struct xml_reading *reading = arg;

	(void)name;
	reading->depth--;
	reading->at = reading->at->parent;
}

/* No entities of a device's making, no external files: the boxes send neither. */
static void on_doctype(void *arg, const char *name, const char *system, const char *public,
		       int internal)
{
	struct xml_reading *reading = arg;

	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	XML_StopParser(reading->parser, XML_FALSE);
}

struct xml *xml_parse(const char *text)
{
	struct xml_reading reading = { .parser = XML_ParserCreate(NULL) };
	bool well;

	if (!reading.parser)
		mem_exhausted();
	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
	well = XML_Parse(reading.parser, text, (int)strnlen(text, 1 << 24), 1) == XML_STATUS_OK;
	XML_ParserFree(reading.parser);
	if (well)
		return reading.root;
	xml_free(reading.root);
	return NULL;
}

static void free_element(struct xml *element)
{
	for (char **attribute = element->attributes; *attribute; attribute++)
		mem_free(*attribute);
	mem_free(element->attributes);
	mem_free(element->name);
	mem_free(element);
}

/* Depth is limited by XML_MAX_DEPTH, so is this recursion. */
void xml_free(struct xml *xml)
{
	if (!xml)
		return;
	for (struct xml *child = xml->first, *next; child; child = next) {
		next = child->next;
		xml_free(child);
	}
	free_element(xml);
}

static const struct xml *find_below(const struct xml *element, const char *path, unsigned *n)
{
	size_t length = strcspn(path, "/");

	for (const struct xml *child = element->first; child; child = child->next) {
		const struct xml *found;

		if ((strncmp(child->name, path, length) || child->name[length]) &&
		    (length != 1 || *path != '*'))
			continue;
		if (!path[length] && (*n)-- == 0)
			return child;
		found = path[length] ? find_below(child, path + length + 1, n) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

const struct xml *xml_find(const struct xml *root, const char *path, unsigned n)
{
	if (!root)
		return NULL;
	if (!*path)
		return n ? NULL : root;
	return find_below(root, path, &n);
}

const char *xml_attr(const struct xml *element, const char *name)
{
	if (!element)
		return NULL;
	for (char **attribute = element->attributes; *attribute; attribute += 2)
		if (strcmp(attribute[0], name) == 0)
			return attribute[1];
	return NULL;
}
