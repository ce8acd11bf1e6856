/**
 * @file
 * xml: a small XML reply of a device as a tree.
 *
 * Any DOCTYPE is refused (no entities, no external files), as are more than XML_MAX_NODES elements
 * and XML_MAX_DEPTH levels.  Text content is not kept: the boxes speak in attributes.
 *
 * Layer: job (the only user of expat).
 */
#ifndef CERTROLL_XML_H
#define CERTROLL_XML_H

#include "certroll/mem.h"

enum { XML_MAX_NODES = 20000, XML_MAX_DEPTH = 32 };

struct xml;

/** Parse; NULL when it is not well-formed or too large.  The caller frees. */
struct xml *xml_parse(const char *text) MUST_CHECK;
void xml_free(struct xml *xml);

/**
 * The @p n-th (from 0) element at a path of element names below the root, "" being the root itself:
 * "servercert/certificate" takes all certificates of all servercerts in document order.  A name
 * "*" matches any element.
 */
const struct xml *xml_find(const struct xml *root, const char *path, unsigned n);

/** An attribute's value, borrowed; NULL when element or attribute are missing. */
const char *xml_attr(const struct xml *element, const char *name);

static inline void xml_cleanup(struct xml **xml)
{
	xml_free(*xml);
}

#define auto_xml __attribute__((cleanup(xml_cleanup))) struct xml *

#endif
