/**
 * @file
 * audit_log: what is different since the audit before, endpoint by endpoint.
 *
 * An audit of an inventory does, in this order: audit_run() looks and judges, audit_log_compare()
 * compares with what the state folder knows, reports and notices are made, audit_log_keep() writes.
 * So a notice that was not sent before a crash is sent by the next audit.
 *
 * What went before counts endpoint by endpoint: with -l, or interrupted, an endpoint is compared with
 * the last audit that looked at it.  An endpoint that answers again is compared with what it served
 * before it fell silent.
 *
 * Layer: app.
 */
#ifndef CERTROLL_AUDIT_LOG_H
#define CERTROLL_AUDIT_LOG_H

#include "certroll/audits.h"
#include "certroll/site.h"

/** What is different; 0: nothing. */
enum changed {
	CHANGED_NEW = 1 << 0,         /**< not in an audit before */
	CHANGED_VANISHED = 1 << 1,    /**< no longer in the inventory */
	CHANGED_UNREACHABLE = 1 << 2, /**< no chain was seen any more */
	CHANGED_REACHABLE = 1 << 3,   /**< one is seen again */
	CHANGED_LEAF = 1 << 4,        /**< another leaf */
	CHANGED_CHAIN = 1 << 5,       /**< the same leaf with another chain */
	CHANGED_FINDINGS = 1 << 6,    /**< some came, went, or weigh more or less */
};

/** One endpoint against the audit before.  Texts are printable and owned by the log. */
struct audit_change {
	const struct result *result;     /**< NULL: vanished */
	const struct endpoint *endpoint; /**< NULL: vanished */
	const char *device, *service, *name;
	bool looked;   /**< false: interrupted before its turn, nothing is known */
	unsigned what; /**< enum changed */
	bool crossed;  /**< came nearer to an end: V1, V4, chain-ends, path-ends are new or worse */
	bool worse; /**< silent, vanished, or new or heavier findings and the worst is no lighter */
	const char *came;     /**< findings, new or of another weight: "error:P1 warning:V4"; "" */
	const char *went;     /**< findings that are gone; "" */
	const char *sentence; /**< "serves 'x' until ... instead of 'y'; new: error P1"; "" */
	int64_t since;        /**< the begin of its present state: this audit's where it changed */
};

/** Of a site that is audited by an inventory; site->log, NULL without. */
struct audit_log {
	int64_t before;                 /**< begin of the audit before; 0: there was none */
	struct audit_change *endpoints; /**< every endpoint of the results, in their order */
	size_t count;
	struct audit_change *vanished;
	size_t vanished_count;
	size_t changed; /**< how many of both are different; 0 without an audit before */
	bool useless;   /**< the history cannot be read; said already */
	/* private */
	char *inventory;
	struct sighting *seen; /**< as `endpoints` */
	size_t *first;         /**< per result: the first of its endpoints above */
};

/**
 * Compare what audit_run() saw with the audit before.  Without a history in the state folder, or with
 * one that cannot be read (a warning says why), site->log has before 0 and nothing is changed.  An
 * audit without inventory has no history: site->log stays NULL.
 */
void audit_log_compare(struct site *site);

/**
 * Note this audit, and forget what is older than @p keep_ms (0: AUDITS_KEEP_DAYS).  Not for one with
 * --at: what is judged as of another day was not seen on it.  What cannot be written is a warning; the
 * exit status stays.
 */
void audit_log_keep(struct site *site, int64_t keep_ms);

/** NULL is fine. */
void audit_log_free(struct audit_log *log);

/** What became of an endpoint of the site's results; NULL without a log or an audit before. */
const struct audit_change *audit_log_of(const struct site *site, const struct result *result,
					const struct endpoint *endpoint);

/**
 * What is different, in the order of the results, the vanished last.  Borrowed from the site's log;
 * the array is the caller's (mem_free), NULL with *count 0 when nothing is.
 */
const struct audit_change **audit_changes(const struct site *site, size_t *count) MUST_CHECK;

/** Append the words of an `enum changed` by blanks: "leaf findings"; "no" for 0. */
char *changed_words(unsigned what) MUST_CHECK;

#endif
