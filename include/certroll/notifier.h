/**
 * @file
 * notifier: somebody who is told when an audit finds a change, as written on the command line or in
 * the list `notify:` of an inventory.
 *
 *     cmd:/usr/local/bin/tell --room pbx       a program and its words; or as a list of YAML:
 *     cmd:["/usr/local/bin/tell", "big room"]
 *     webhook:https://hooks.example.com/x      an HTTP POST; webhook+http:http://... without TLS
 *     mail:pbx-team@example.com                through sendmail
 *
 * Layer: inventory.
 */
#ifndef CERTROLL_NOTIFIER_H
#define CERTROLL_NOTIFIER_H

#include "certroll/err.h"
#include "certroll/finding.h"
#include "certroll/secret.h"

struct field;
struct node;
struct secret_ref;

enum {
	NOTIFIERS_MAX = 16, /**< of one inventory, and of one command line */
	NOTIFIER_MAX_ARGUMENTS = 32,
	NOTIFIER_MAX_BYTES = 2048,
	NOTIFIER_MIN_KEY = 16, /**< bytes: a key that signs must not be a word */
};

enum notifier_kind { NOTIFIER_CMD, NOTIFIER_WEBHOOK, NOTIFIER_MAIL };

struct notifier {
	enum notifier_kind kind;
	char *text;    /**< as written */
	char *shown;   /**< for messages: of a URL only scheme and host, the rest may be a secret */
	char **argv;   /**< cmd: NULL-terminated; argv[0] is the whole path */
	char *url;     /**< webhook */
	bool plain;    /**< webhook: http is wanted */
	char *address; /**< mail: ASCII, without blanks, commas and quotes */
	struct secret_ref *key; /**< webhook: signs what is sent; NULL: nothing does */
	bool run;               /**< may the key's `cmd:` be run? */
	char *keyless; /**< why notifiers_read_keys() could not read the key; NULL: it did */
};

/** A list of them. */
struct notifiers {
	struct notifier *items;
	size_t count;
};

/** The rows of one entry under `notify:`, for manuals; the values land in a private struct. */
const struct field *notifier_rows(void);

/** What is wrong with this text, owned; NULL: nothing, and @p out is the caller's. */
char *notifier_parse(const char *text, struct notifier *out) MUST_CHECK;

/**
 * One more, of the command line.
 *
 * @param key  reference of the key of webhooks; NULL: none
 * @return 0, or -1 with ERR_USAGE or ERR_SECRET
 */
int notifiers_add(struct notifiers *notifiers, const char *text, const char *key,
		  struct err *err) MUST_CHECK;

/**
 * The list `notify:` of an inventory; problems are appended to @p findings.
 *
 * @param list  NULL: there is none
 * @param run   may a `cmd:` be run?  Not where others may write the inventory
 */
void notifiers_read(struct notifiers *notifiers, const struct node *list, const char *file,
		    bool run, struct findings *findings);

/** Move all to another list; one that is there already, as it is written, is told once. */
void notifiers_move(struct notifiers *to, struct notifiers *from);

/**
 * The key of a webhook, read once and kept; NULL in @p out when it has none.
 *
 * @return 0, or -1 with ERR_SECRET naming the reference
 */
int notifier_key(const struct notifier *notifier, const struct secret **out,
		 struct err *err) MUST_CHECK;

/**
 * Read all keys now, while files may still be opened (sandbox.h).  What fails is told by
 * notifier_key(), where it would have failed.
 */
void notifiers_read_keys(struct notifiers *notifiers);

void notifiers_free(struct notifiers *notifiers);

#endif
