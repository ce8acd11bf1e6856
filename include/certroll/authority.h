/**
 * @file
 * authority: a certification authority of one's own, in a folder.
 *
 *   root.pem  root.key                   ten years; clients get root.pem; the key is only needed once
 *   intermediate.pem  intermediate.key   five years; signs leaves and no CAs (pathlen 0)
 *
 * The folder is the owner's alone (0700), the keys too (0600); they may be encrypted.  There is no
 * list of what was issued and no revocation: a certificate lives for 825 days at most.
 *
 * Layer: app.
 */
#ifndef CERTROLL_AUTHORITY_H
#define CERTROLL_AUTHORITY_H

#include "certroll/make.h"

enum {
	AUTHORITY_DAYS = 3650,     /**< of a root; its intermediate has half */
	AUTHORITY_MIN_DAYS = 30,   /**< of a root */
	AUTHORITY_MAX_DAYS = 7300, /**< of a root */
	AUTHORITY_NAME_MAX = 40,   /**< bytes; " Intermediate CA 2026" follows */
	LEAF_DAYS = 820,     /**< as short as 825 with a margin for those who count otherwise */
	LEAF_MAX_DAYS = 825, /**< Apple 103769: private roots are no exception */
	BACKDATED_SECONDS = 3600, /**< for boxes whose clocks are late; the lifetime begins there */
};

struct authority {
	struct cert *root, *intermediate;
	struct evp_pkey_st *key; /**< of the intermediate */
};

/** What a new authority is to be. */
struct authority_plan {
	const char *folder;
	const char *name;              /**< people see it on their phones: "Example Ltd" */
	int64_t days;                  /**< AUTHORITY_MIN_DAYS .. AUTHORITY_MAX_DAYS */
	const struct secret *password; /**< of both keys; NULL: not encrypted */
	int64_t now;
};

/**
 * What authority_init() would refuse at once, before anybody is asked for a password: the name
 * (ERR_USAGE), or a CA that is there already (ERR_IO).
 */
int authority_refuse(const struct authority_plan *plan, struct err *err) MUST_CHECK;

/**
 * Make folder, keys and certificates: all of them, or nothing stays behind.
 *
 * @return 0, or -1 with ERR_USAGE (the name), or ERR_IO (also when a CA is there already, or others
 *         may use the folder)
 */
int authority_init(const struct authority_plan *plan, struct err *err) MUST_CHECK;

/**
 * Open one for signing.  The root's key may be elsewhere, and should.
 *
 * @param password  NULL: none given
 * @return 0, or -1 with ERR_IO, ERR_SECRET or ERR_BUNDLE (files that do not belong together, or an
 *         intermediate that is not valid @p now); authority_close() in both cases
 */
int authority_open(struct authority *authority, const char *folder, const struct secret *password,
		   int64_t now, struct err *err) MUST_CHECK;
void authority_close(struct authority *authority);

/**
 * Issue a server's certificate.  It begins an hour ago and never outlives the intermediate.
 *
 * @param key    the public key is taken
 * @param days   1 .. LEAF_MAX_DAYS, whole days, inclusive to the second
 * @return owned, or NULL with ERR_IO
 */
struct cert *authority_issue(const struct authority *authority, struct evp_pkey_st *key,
			     const struct name_list *names, int64_t days, int64_t now,
			     struct err *err) MUST_CHECK;

/**
 * Leaf, intermediate and root as PEM, behind them the key if given: what boxes want.
 *
 * @param[out] out  the caller frees it
 */
int authority_pem(const struct authority *authority, const struct cert *leaf,
		  struct evp_pkey_st *key, struct secret *out, struct err *err) MUST_CHECK;

#endif
