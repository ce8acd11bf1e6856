/**
 * @file
 * way_back: from the bundle just deployed to the one before it, or to the factory certificate.
 *
 * The bundle before is the archived one whose leaf the device served when the run looked at it.  It
 * is refused when its leaf has expired, when its key is marked as compromised, or when another run
 * has changed the device since.
 *
 * Layer: app.
 */
#ifndef CERTROLL_WAY_BACK_H
#define CERTROLL_WAY_BACK_H

#include "certroll/journal.h"
#include "certroll/site.h"

enum { WAY_BACK_DAYS = 7 };

enum way_back { WAY_BACK_ARCHIVE, WAY_BACK_CLEAR, WAY_BACK_NONE };

/** What a device served before: by the first endpoint that does not serve the bundle.  NULL: unseen. */
const struct cert *way_back_before(const struct result *result);

/** What could be done for a device that was just looked at. */
enum way_back way_back_kind(const struct site *site, const struct result *result);

/** "previous bundle in the archive", "clear to factory", "none". */
const char *way_back_words(enum way_back way);

/**
 * Keep only the devices that a run changed, give each its bundle before; those without one are
 * concluded as failed, or chosen for clear when the request says so.
 *
 * @return 0, or -1 with ERR_USAGE when the run changed none of them
 */
int way_back_choose(struct site *site, int64_t run, struct err *err) MUST_CHECK;

/** After rollout_look(): show what is to be cleared as part of the plan. */
void way_back_plan(struct site *site);

/** Carry it out: earlier bundles, then the factory. */
int way_back_run(struct site *site, struct err *err) MUST_CHECK;

/** After a roll-out: put devices that failed after a change back to the bundle before. */
int way_back_failed(struct site *site, struct err *err) MUST_CHECK;

/**
 * Wipe archived private keys that nobody needs any more: expired, marked as compromised, or not used
 * for WAY_BACK_DAYS.  @p now in seconds.  Only when something has just shown that the clock is right.
 */
void way_back_sweep(const char *state, struct journal *journal, int64_t now);

/**
 * Forget what journal_trim() does; runs that the archive's private keys belong to stay.
 *
 * @param before  in seconds; 0: whatever its age
 */
int way_back_trim(const char *state, struct journal *journal, int64_t before,
		  struct err *err) MUST_CHECK;

/** Sweep after an audit that found all well; @p folder as site_state(). */
void way_back_tidy(const char *folder);

#endif
