/**
 * @file
 * secret_ref: where a password is to be had; resolving is secrets_resolve() of inventory.h.
 *
 * Layer: inventory, internal.
 */
#ifndef INVENTORY_SECRET_REF_H
#define INVENTORY_SECRET_REF_H

#include "certroll/inventory.h"
#include "certroll/secret.h"
#include "value.h"

enum { SECRET_MAX_BYTES = 4096, SECRET_MAX_ARGUMENTS = 32, SECRET_COMMAND_MS = 10000 };

enum secret_kind { SECRET_FILE, SECRET_ENV, SECRET_CRED, SECRET_CMD, SECRET_PROMPT };

struct secret_ref {
	struct secret_ref *next;
	enum secret_kind kind;
	char *text;     /**< as written */
	char *argument; /**< file: the whole path; env, cred: the name */
	char **argv;    /**< cmd: NULL-terminated */
	char *folder;   /**< cmd: where the inventory lies */
	char *user;     /**< prompt: whose password; NULL until known */
	struct secret value;
};

/**
 * @param file  the inventory; relative paths start at its folder
 * @return NULL with a problem, which never repeats the text: it may be a password
 */
struct secret_ref *secret_ref_parse(const char *text, const char *file,
				    struct problem *problem) MUST_CHECK;

/** Order of references; 0 when one value serves both. */
int secret_ref_compare(const void *a, const void *b);

/** One of them; the linked ones stay.  NULL is fine. */
void secret_ref_free(struct secret_ref *ref);

/**
 * Get the value, unless it is there.
 *
 * @param run  may a `cmd:` be run?  Not where others may write what it came from
 */
int secret_ref_resolve(struct secret_ref *ref, bool run, struct err *err) MUST_CHECK;

/** What secret_credentials_load() read under this name; NULL: nothing.  Borrowed. */
const struct secret *secret_credential(const char *name);

/** May others than root and the user write this file or its folder? */
bool secret_unsafe_file(const char *path);

/** Run argv without a shell and take what it writes. */
int secret_run(const struct secret_ref *ref, int64_t within_ms, struct secret *out,
	       struct err *err) MUST_CHECK;

/** Ask on the terminal, without showing what is typed. */
int secret_ask(const char *question, struct secret *out, struct err *err) MUST_CHECK;

#endif
