/**
 * @file
 * found: what was learned so far, each value with the exchange that shows it.
 *
 * A value goes through the driver's own row before it is kept: a recording may say no more than
 * somebody at the keyboard may.
 */
#ifndef LEARN_FOUND_H
#define LEARN_FOUND_H

#include "certroll/buf.h"
#include "certroll/learn.h"
#include "har.h"

enum { FOUND_MAX = 100 };

struct found_option {
	char *key, *value; /**< the key dotted; owned */
	size_t entry;      /**< number of the entry */
};

struct learner {
	const struct learn_request *request;
	const struct driver *driver;
	const struct har *har;
	struct lesson *lesson;
	struct found_option options[FOUND_MAX];
	size_t count;
	struct buf lines; /**< comments */
	bool whole;       /**< nothing of the upload is missing so far */
};

/** How the recordings of one driver's devices are understood. */
struct recipe {
	const char *driver;
	/** The upload, or NULL after saying why not. */
	const struct entry *(*find)(struct learner *learner);
	void (*learn)(struct learner *learner, const struct entry *upload);
};

extern const struct recipe recipe_gateway, recipe_platform, recipe_form;

/** A line of comment.  What comes from the recording must be made printable by the caller. */
void found_line(struct learner *learner, const char *format, ...) PRINTF_LIKE(2, 3);

/** "upload: entry 17, 12:03:04, POST /...". */
void found_exchange(struct learner *learner, const char *what, const struct entry *entry);

/** "entry 17, 12:03:04, POST /..."; owned. */
char *found_name(const struct entry *entry) MUST_CHECK;

/** Something of the upload cannot be had: why, and what to do. */
void found_lacks(struct learner *learner, const char *format, ...) PRINTF_LIKE(2, 3);

/**
 * Keep a value, or say why it cannot be one.  @p value is copied.  Each value of a list by itself.
 *
 * @return was it kept?
 */
bool found_option(struct learner *learner, const char *key, const char *value,
		  const struct entry *entry);

/** As found_option(), the path of an entry with placeholders for what changes. */
bool found_path(struct learner *learner, const char *key, const struct entry *entry,
		const struct hole *holes, size_t count);

/** The option as kept, the first entry of a list, or NULL. */
const struct found_option *found_find(const struct learner *learner, const char *key);

/** Default of an option, "" when it has none. */
const char *found_fallback(const struct learner *learner, const char *key);

/** Did the device answer with 2xx? */
bool entry_succeeded(const struct entry *entry);

/** Could it carry a file: POST or PUT? */
bool entry_sends(const struct entry *entry);

/** A text as YAML; NULL: too long.  Owned. */
char *options_quote(const char *text) MUST_CHECK;

/** Comments and the `options:` block, into the lesson. */
void options_print(struct learner *learner);

#endif
