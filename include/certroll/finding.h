/**
 * @file
 * finding: one judgement about a file, a bundle or a served chain, and lists of them.
 *
 * A finding says where, what is wrong, and what to do.  Ids are stable: rules have the short ids of
 * docs/findings.md (K1, O2, ...), the rest have words (net-timeout, served-old, inventory).
 *
 * Layer: base.
 */
#ifndef CERTROLL_FINDING_H
#define CERTROLL_FINDING_H

#include "certroll/mem.h"

enum severity { SEVERITY_NONE, SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

struct finding {
	const char *id; /**< borrowed: ids are literals */
	enum severity severity;
	char *place; /**< "bundle.pem: block 2, line 31", "inventory.yaml:7:5: devices[1].host"; "" */
	const char *sentence; /**< what is wrong; no trailing dot */
	const char *remedy;   /**< what to do; "" when the sentence says it */
};

struct findings {
	struct finding *items;
	size_t count;
};

/** Append; a finding with severity NONE is dropped.  @p place and @p remedy may be NULL. */
void findings_add(struct findings *findings, const char *id, enum severity severity,
		  const char *place, const char *remedy, const char *format, ...) PRINTF_LIKE(6, 7);

/** Say something else of what to do. */
void finding_advise(struct finding *finding, const char *remedy);

/** Append copies of all of @p more. */
void findings_append(struct findings *findings, const struct findings *more);

/** Append those of @p more that are not there yet; of two with the same id, place and sentence one
 * stays, with the worse severity. */
void findings_merge(struct findings *findings, const struct findings *more);

/** The worst severity, SEVERITY_NONE when empty. */
enum severity findings_worst(const struct findings *findings);

/** How many have this severity. */
size_t findings_count(const struct findings *findings, enum severity severity);

/** The first finding with this id, or NULL.  Borrowed. */
const struct finding *findings_find(const struct findings *findings, const char *id);

/** "error", "warning", "note". */
const char *severity_name(enum severity severity);

/** Empty the list. */
void findings_free(struct findings *findings);

#define auto_findings __attribute__((cleanup(findings_free))) struct findings

#endif
