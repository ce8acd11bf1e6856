/**
 * @file
 * sheet: a table (CSV, RFC 4180) as the document of an inventory, so that all else reads it like one.
 *
 * The first line names keys of a device, `options.x` for options of its driver; each further line is
 * a device, and an empty field is no value.  Values of lists stand with blanks between them.  Fields
 * are divided by commas, semicolons or tabs, whichever the first line has most of.  The column of a
 * place is the number of the field.
 *
 * Layer: inventory, internal (the only user of libcsv).
 */
#ifndef INVENTORY_SHEET_H
#define INVENTORY_SHEET_H

#include "certroll/doc.h"
#include <stdbool.h>

/** Is this the name of such a file?  By its end, ".csv". */
bool sheet_is(const char *path);

/** As doc_parse(). */
struct doc *sheet_parse(const char *text, size_t len, const char *path,
			struct findings *findings) MUST_CHECK;

#endif
