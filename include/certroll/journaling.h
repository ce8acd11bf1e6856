/**
 * @file
 * journaling: a site's run in the journal: the lock, what is written when, and what an earlier run
 * left to do.
 *
 * Every function takes a site without a journal (a rehearsal, a dry run) as well, and then does
 * nothing.
 *
 * Layer: app.
 */
#ifndef CERTROLL_JOURNALING_H
#define CERTROLL_JOURNALING_H

#include "certroll/journal.h"
#include "certroll/site.h"

struct lock;

/** What a site has while it may change devices; NULL in others. */
struct journaling {
	char *state;     /**< the state folder */
	char *inventory; /**< absolute path: by it runs find each other */
	struct lock *lock;
	struct journal *journal;
	const char *command;           /**< of the run to begin next, and ... */
	int64_t of;                    /**< ... which run it resumes or rolls back; 0: none */
	int64_t run;                   /**< the one under way; 0: none */
	int64_t last;                  /**< the newest one that was begun; 0: none */
	struct journal_device *latest; /**< of each device, before this run */
	size_t latest_count;
	bool incomplete; /**< something could not be written */
};

/** Take the lock and open the journal.  Before anything is contacted.  ERR_BUSY, ERR_IO, ERR_CONFIG. */
int journaling_open(struct site *site, struct err *err) MUST_CHECK;
void journaling_close(struct site *site);

/** Keep only results that the filter wants; how many are left. */
size_t journaling_keep(struct site *site, bool (*wanted)(const struct device *, const void *arg),
		       const void *arg);

/** Keep only the devices whose last run did not end well. */
size_t journaling_keep_failed(struct site *site);

/** A device that an unfinished run may have changed gets time to settle before it is judged. */
void journaling_look(struct site *site, struct result *result);

/** After that look: what was served in the end counts. */
void journaling_looked(struct result *result);

/**
 * Write the run and all its devices, keep the bundle in the archive; before the first change.
 * Nothing happens when a run is under way already.
 *
 * @return 0, or -1, and then nothing may be changed
 */
int journaling_begin(struct site *site, struct err *err) MUST_CHECK;

/** The engine's callbacks; arg is the site. */
bool journaling_change(const struct job *job, enum change_event event, char reason[CHANGE_REASON],
		       void *arg);
bool journaling_flush(char reason[CHANGE_REASON], void *arg);
void journaling_progress(const struct job *job, enum engine_event event, void *arg);

/** What the journal knows of a device from before this run; NULL: nothing. */
const struct journal_device *journaling_before(const struct site *site,
					       const struct device *device);

/**
 * A person may alter the device from now on: written as a change "by-hand" before anything else is
 * done.  0, or -1 with ERR_IO.
 */
int journaling_by_hand(struct site *site, const struct result *result, struct err *err) MUST_CHECK;

/**
 * After a verification that changes nothing: what a person has done by now is due no more.  Without a
 * journal, or one that cannot be written, nothing happens: `resume` looks again.
 */
void journaling_settle(const struct site *site);

/** A person has altered it, and that was proved. */
void journaling_by_hand_proved(struct site *site, const struct result *result);

/** Write outcomes and sentences; wipe from the archive what is not needed any more. */
void journaling_end(struct site *site);

/** Does this outcome leave nothing to do? */
bool journaling_is_well(const char *outcome);

/** Is a device left to do by its row?  Also one that was held, for its window was closed. */
bool journaling_is_due(const struct journal_device *row);

/** Read the journal of a state folder (--state, or NULL) without a site; NULL: none there yet, or err. */
struct journal *journaling_read(const char *state, struct err *err) MUST_CHECK;

#endif
