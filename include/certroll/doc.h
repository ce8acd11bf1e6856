/**
 * @file
 * doc: a YAML file as a tree in which every node, keys included, knows its line and column.
 *
 * Only the plain part of YAML 1.1: mappings, lists, scalars.  Anchors, aliases, tags, duplicate
 * keys, keys that are not plain text, second documents, text that is not UTF-8, control and
 * invisible characters, more than DOC_MAX_DEPTH levels, and files of more than DOC_MAX_BYTES are
 * refused, each with its place: an alias would carry its anchor's line, and two equal keys would
 * hide one of them.
 *
 * Layer: inventory (the only user of libyaml).
 */
#ifndef CERTROLL_DOC_H
#define CERTROLL_DOC_H

#include "certroll/err.h"
#include "certroll/finding.h"
#include <stdbool.h>

enum {
	DOC_MAX_BYTES = 16 << 20, /**< 10,000 devices take about 2 MiB */
	DOC_MAX_DEPTH = 16,
	DOC_MAX_SCALAR = 4096, /**< bytes of one key or value */
	DOC_MAX_NODES = 1 << 20,
};

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	int line, column; /**< from 1 */
	char *text;       /**< scalars: UTF-8 without NUL; else NULL */
	bool quoted;      /**< scalars: was in quotes, so `"5"` is text */
	bool inherited;   /**< values in a merged map: from a group or defaults, judged there */
	size_t count;
	struct node *keys;   /**< maps: count scalars */
	struct node *values; /**< maps and lists: count nodes */
};

struct doc {
	char *path; /**< as given, for places */
	struct node root;
};

/**
 * Read and parse a file.  Every problem is appended to @p findings (id "inventory", severity error,
 * place `file:line:col`).
 *
 * @return the tree, or NULL when there was any problem; the caller owns it
 */
struct doc *doc_load(const char *path, struct findings *findings) MUST_CHECK;

/** As doc_load() from memory; @p path is only used for places. */
struct doc *doc_parse(const char *text, size_t len, const char *path,
		      struct findings *findings) MUST_CHECK;

/** The value of a key of a map, or NULL.  Borrowed. */
const struct node *doc_find(const struct node *map, const char *key);

/** NULL is fine. */
void doc_free(struct doc *doc);

#endif
