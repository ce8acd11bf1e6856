/*
 * markup: text into XML and HTML.  Private to the app.
 */
#ifndef APP_MARKUP_H
#define APP_MARKUP_H

#include "certroll/buf.h"

/* The sizes of what we write are known and the buffers large enough: else memory runs out. */
void put(struct buf *out, const char *text);

/*
 * Printable text (text_printable()) as character data or as the value of an attribute in quotes, in
 * XML 1.0 and in HTML.
 */
void put_escaped(struct buf *out, const char *text);

/* What a word in braces stands for. */
struct word {
	const char *name, *value;
};

/* An owned copy of the text with each "{name}" replaced; other braces stay what they are. */
char *fill_words(const char *text, const struct word *words, size_t count) MUST_CHECK;

#endif
