/**
 * @file
 * status: the last audit, the last roll-out, and what to do next.
 *
 * It contacts nobody: it tells what the state folder knows of an inventory.
 *
 * Layer: app.
 */
#ifndef CERTROLL_STATUS_H
#define CERTROLL_STATUS_H

#include "certroll/audits.h"
#include "certroll/report.h"

/** An audit that is older says little of today: two missed nights. */
enum { STATUS_AGE_MAX = 2 * 86400 };

struct status {
	const struct site *site; /**< borrowed */
	char *inventory, *state; /**< absolute path; the folder */
	struct audit *audits;    /**< the newest first */
	size_t audit_count;
	int64_t whole; /**< begin of the last one that looked at all endpoints; 0: none */
	struct sighting *sightings;
	size_t sighting_count;
	size_t endpoints, well, warnings, errors, unreachable;
	size_t unseen;                   /**< devices that no audit has looked at */
	const struct sighting *shortest; /**< whose leaf ends first; NULL: none seen */
	const struct sighting *worst;    /**< NULL: all are well */
	struct journal_run *runs;        /**< the newest first */
	size_t run_count;
	struct journal_device *devices; /**< the last row of each */
	size_t device_count;
	const struct journal_device **due; /**< those in the inventory that are not done */
	size_t due_count;
	bool running; /**< a run is under way */
	char *next;   /**< a command, or a sentence */
};

/** Of a site that was loaded with SITE_INVENTORY. */
int status_load(struct status *status, const struct site *site, struct err *err) MUST_CHECK;
void status_free(struct status *status);

/** Is the last audit of all endpoints missing or too old? */
bool status_is_stale(const struct status *status);

/** EXIT_WELL, EXIT_FINDINGS (errors, devices that are due, no audit of late), EXIT_UNREACHABLE. */
int status_exit(const struct status *status);

/** Ten lines, or JSON; with request->quiet only when the exit status is not EXIT_WELL. */
void status_print(const struct status *status, enum report_format format);
void status_json(const struct status *status);

#endif
