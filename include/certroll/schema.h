/**
 * @file
 * schema: what a mapping of the inventory may hold, as a table of rows.
 *
 * One row parses, range-checks, defaults and documents one key.  The same rows describe the
 * inventory, a driver's options and a policy file; `certroll drivers NAME` and the manual pages are
 * printed from them.  A row's value lands in a struct of the caller at `offset`.
 *
 * Layer: the rows belong to the contract every layer above base may use; parsing is inventory's.
 */
#ifndef CERTROLL_SCHEMA_H
#define CERTROLL_SCHEMA_H

#include "certroll/evidence.h"
#include "certroll/finding.h"
#include <stdbool.h>
#include <stdint.h>

struct node;

/** Type of a row, and the C type of its value. */
enum field_type {
	FIELD_TEXT,     /**< char *: min..max bytes, no control characters */
	FIELD_NAME,     /**< char *: letter or digit, then letters, digits, '.', '_', '-'; max 63 */
	FIELD_HOST,     /**< char *: DNS name, IPv4 or IPv6 address; max 1: ":port" may follow */
	FIELD_PATH,     /**< char *: URL path and query: starts with '/', printable ASCII, no blank,
	                     no "//" at the start (that would be a host), no '\\', no '#', at most
	                     1024 bytes; braces are allowed, for placeholders */
	FIELD_PATTERN,  /**< char *: literal substring, or an anchored glob (text_match()) */
	FIELD_FILE,     /**< char *: file; relative to the folder of the inventory */
	FIELD_NUMBER,   /**< int64_t: min..max */
	FIELD_DURATION, /**< int64_t milliseconds: "500ms", "5s", "2m"; min..max in milliseconds */
	FIELD_SWITCH,   /**< bool: true or false */
	FIELD_CHOICE,   /**< int: index into choices */
	FIELD_LIST,     /**< struct text_list: texts; choices, if any, limit the words */
	FIELD_WINDOW,   /**< struct window: "22:00-05:00", local time */
	FIELD_SECRET,   /**< struct secret_ref *: file:P, env:N, cred:N, cmd:[...], prompt */
	FIELD_GROUP,    /**< a nested mapping described by rows; offsets are of the same struct;
	                     rows NULL: any mapping, judged elsewhere */
};

struct text_list {
	char **items;
	size_t count;
};

/** Part of a day in local time; from == to means the whole day.  May span midnight. */
struct window {
	int from_minute, to_minute; /**< 0..1439 */
	bool set;
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;
	int64_t min, max;           /**< NUMBER, DURATION: range; TEXT: bytes; LIST: entries */
	const char *const *choices; /**< CHOICE, LIST: NULL-terminated */
	const struct field *rows;   /**< GROUP: nested rows */
	const char *fallback;       /**< default, in the syntax of the file; NULL: zero value */
	bool required;
	enum evidence evidence; /**< driver options: how the default is known ... */
	const char *source;     /**< ... and from where; NULL for keys that are ours */
	const char *help;       /**< one line */
	/** Further demand on a text, or on each text of a LIST: why not, owned; NULL: fine. */
	char *(*refuse)(const char *text);
};

/** Ends a table of rows. */
#define FIELD_END                                                                                  \
	{                                                                                          \
		0                                                                                  \
	}

/** Where a mapping is read from, for places. */
struct schema_place {
	const char *file; /**< "inventory.yaml" */
	const char *path; /**< "devices[3].options"; "" at the top */
};

/**
 * Read a mapping into a zeroed struct.
 *
 * Unknown keys (with the nearest known one), values of the wrong type or out of range, and missing
 * required keys are appended to @p findings, all of them.  Keys that are absent get their fallback.
 *
 * @param map   NULL or NODE_NULL: as an empty mapping
 * @param[out] out  strings and lists in it are owned by the caller: schema_free()
 * @return true when nothing was appended
 */
bool schema_parse(const struct node *map, const struct field *rows, void *out,
		  const struct schema_place *place, struct findings *findings);

/** As schema_parse(), for a part of a mapping: absent keys are neither missed nor filled in. */
bool schema_check(const struct node *map, const struct field *rows, void *out,
		  const struct schema_place *place, struct findings *findings);

/**
 * Why a text typed by somebody cannot be the value of a row, or NULL: "must be a number from 1 to
 * 65535, not "https"".  For questions on a terminal.  Owned.
 */
char *schema_refuse(const struct field *row, const char *text) MUST_CHECK;

/** Fill a zeroed struct with the fallbacks alone (drivers under test, `certroll drivers`). */
void schema_defaults(const struct field *rows, void *out);

/** Free what the rows own; the struct is zeroed there. */
void schema_free(const struct field *rows, void *out);

/** The row of a key in a table, or NULL; @p key may be dotted ("upload.path"). */
const struct field *schema_find(const struct field *rows, const char *key);

/** Call @p visit for each row, nested ones too, with the dotted key. */
void schema_each(const struct field *rows,
		 void (*visit)(const char *key, const struct field *, void *), void *arg);

/** "a duration, 1s to 10m", "one of never, window, now": for messages and manuals.  Owned. */
char *schema_describe(const struct field *row) MUST_CHECK;

#endif
