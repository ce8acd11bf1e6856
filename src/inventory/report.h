/**
 * @file
 * report: one sentence about one place of a YAML file.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_REPORT_H
#define INVENTORY_REPORT_H

#include "certroll/finding.h"

/** A place: `file:line:column: path`. */
struct spot {
	const char *file; /**< as the user gave it */
	const char *path; /**< "devices[3].host"; "" for the file as such */
	int line, column; /**< from 1; 0: the file as such */
};

/** Append a finding "inventory" about a place.  @p remedy may be NULL. */
void report(struct findings *findings, enum severity severity, const struct spot *spot,
	    const char *remedy, const char *format, ...) PRINTF_LIKE(5, 6);

#endif
