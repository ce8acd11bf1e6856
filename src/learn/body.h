/**
 * @file
 * body: what a recorded request carried, as far as the browser wrote it down.
 *
 * Browsers leave out the content of files, or the whole body; `params` of HAR and a multipart text
 * are both understood.
 */
#ifndef LEARN_BODY_H
#define LEARN_BODY_H

#include "certroll/mem.h"
#include <jansson.h>
#include <stdbool.h>

enum body_kind {
	BODY_NONE,
	BODY_FORM,   /**< multipart/form-data */
	BODY_FIELDS, /**< application/x-www-form-urlencoded */
	BODY_RAW,    /**< anything else */
};

/** One field of a form, or the one part of a raw body.  All owned. */
struct part {
	char *name, *filename; /**< NULL: not there */
	char *type;            /**< Content-Type; NULL: not there */
	char *content;
	size_t len;
	bool cut; /**< its end is missing, or it is not in the recording */
};

struct body {
	enum body_kind kind;
	bool missing; /**< the request had one, and the recording has not */
	struct part *parts;
	size_t count;
};

/** @param type of the request; @param post its postData, may be NULL */
void body_read(struct body *body, const char *type, const json_t *post);
void body_free(struct body *body);

/** The part with the file: one with a file name, else one with a PEM block; NULL: none. */
const struct part *body_file(const struct body *body);

/** @name What a part holds, by its content, name or type
 * @{ */
bool part_has_key(const struct part *part);
bool part_has_certificate(const struct part *part);
bool part_is_named_certificate(const struct part *part);
/** @} */

#endif
