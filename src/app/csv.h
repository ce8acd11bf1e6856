/**
 * @file
 * csv: one field of a CSV table (RFC 4180).
 *
 * Layer: app, private.
 */
#ifndef CERTROLL_APP_CSV_H
#define CERTROLL_APP_CSV_H

/**
 * Print a text as a field, in quotes where it needs them.  Spreadsheets take what begins with one of
 * = + - @ for a formula, quoted or not, and a certificate's text is anybody's: an apostrophe in front
 * makes it text.
 */
void csv_print(const char *text);

#endif
