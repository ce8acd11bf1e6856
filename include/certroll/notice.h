/**
 * @file
 * notice: what somebody is told of an audit: only what is different since the one before.
 *
 * One small JSON document, described in docs/unattended.md (schema 1: names only ever get more, none
 * changes its meaning).  Programs and webhooks get it as it is, mail is made of it.  It holds no
 * secrets, and all text in it was made printable.
 *
 * Layer: app.
 */
#ifndef CERTROLL_NOTICE_H
#define CERTROLL_NOTICE_H

#include "certroll/buf.h"
#include "certroll/site.h"

enum {
	NOTICE_CHANGES = 50, /**< told one by one; of more only the number */
	NOTICE_MAX = 131072, /**< bytes */
};

/**
 * What is different, as a JSON text; NULL when nothing is.  With no audit before: what is not well.
 * Owned.
 */
char *notice_make(const struct site *site) MUST_CHECK;

/**
 * A notice as a mail, ready for sendmail -t: plain text in UTF-8, in base64; a subject that is no ASCII
 * as RFC 2047 has it.  NULL when this is no notice.  Owned.
 *
 * @param address  judged by notifier_parse()
 */
char *notice_mail(const char *json, const char *address) MUST_CHECK;

/**
 * Tell everybody who wants to know: notices that were left behind, then this one (NULL: none).  What
 * could not be sent is said on standard error, kept in the state folder, and tried again by the next
 * audit; the others are told all the same.
 *
 * @return how many could not be told, or could not have been
 */
size_t notice_send(const struct site *site, const char *json);

/** @name Notices that could not be sent: one file each in STATE/unsent
 * @{ */
enum {
	UNSENT_MAX = 20, /**< of one who is told; the oldest are dropped */
};

/** Keep it.  0, or -1 with ERR_IO. */
int unsent_keep(const char *state, const char *who, const char *json, int64_t now,
		struct err *err) MUST_CHECK;

/** The oldest for this one, and in @p path its file, to be unlinked; NULL: none.  Both owned. */
char *unsent_next(const char *state, const char *who, char **path) MUST_CHECK;
/** @} */

#endif
