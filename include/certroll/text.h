/**
 * @file
 * text: small questions about text.  ASCII rules whatever the locale.
 *
 * Layer: base.
 */
#ifndef CERTROLL_TEXT_H
#define CERTROLL_TEXT_H

#include "certroll/mem.h"
#include <stdbool.h>
#include <stdint.h>

/** Equal, ignoring ASCII case. */
bool text_same(const char *a, const char *b);

/** Does @p text start with @p prefix? */
bool text_starts(const char *text, const char *prefix);

/** Does @p text end with @p suffix? */
bool text_ends(const char *text, const char *suffix);

/** Does @p text (NULL: none) hold all of these?  @p words NULL or ending with NULL; none: true. */
bool text_names_all(const char *text, const char *const *words);

/**
 * Does @p pattern match?  A pattern that holds '*' or '?' is a glob anchored at both ends ('*' any
 * run of bytes, '?' one byte, no escapes); any other pattern is a literal substring.  Linear time
 * in the length of the text for any pattern.
 */
bool text_match(const char *pattern, const char *text);

/** As text_match(), but a pattern without '*' and '?' must equal the text, ignoring case. */
bool text_glob(const char *pattern, const char *text);

/** A whole decimal number in range, nothing around it. */
bool text_number(const char *text, int64_t min, int64_t max, int64_t *out);

/** A duration such as "500ms", "5s", "2m", "1h", "30d" in milliseconds; a bare number means seconds. */
bool text_duration(const char *text, int64_t *out_ms);

/**
 * The nearest of @p count words by edit distance (transpositions count one), or NULL when none is
 * near enough to be worth a "did you mean".
 */
const char *text_nearest(const char *word, const char *const *words, size_t count);

/** @p count bytes as lower-case hex, NUL-terminated; @p out holds 2 * count + 1. */
void text_hex(const void *bytes, size_t count, char *out);

/** Days and hours in words: "83 days", "1 day", "5 hours", "expired 3 days ago". */
char *text_remaining(int64_t seconds) MUST_CHECK;

/** Seconds since 1970 as "2026-11-22 03:54:26 UTC"; @p out holds at least 32. */
const char *text_time(int64_t seconds, char out[32]);

/**
 * A copy fit for a terminal and a report: control characters, DEL and invalid UTF-8 become '?', at
 * most @p max bytes, cut with "...".  For everything that a device or a certificate says.
 */
char *text_printable(const char *text, size_t length, size_t max) MUST_CHECK;

/**
 * A file's name as a shell reads it in a command that is printed for copying: as it is, or in quotes;
 * "./" goes before a dash, which would begin an option.
 */
char *text_shell(const char *path) MUST_CHECK;

enum { LABEL_MAX_BYTES = 63 }; /**< RFC 1035 2.3.4 */

/**
 * Why these bytes cannot be a label of a host name ("holds a control character"), owned, or NULL.
 * '_' passes: devices have it.
 */
char *text_refuse_label(const char *label, size_t len) MUST_CHECK;

#endif
