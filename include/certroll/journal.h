/**
 * @file
 * journal: what was done to which device, on disk before and after it is done.
 *
 * A run is one deploy, resume, rollback or clear.  It has a row for each chosen device, and one for
 * each exchange that alters a device: written and synced before the exchange is sent, and again when
 * its answer came or was lost.  So after a power cut the journal names every device that may have
 * been changed; what it really serves is asked by handshake.  Nothing secret is kept: names,
 * fingerprints, times and sentences.
 *
 * What happens to devices in one turn of the engine is gathered and synced once: a disk syncs some
 * hundred times a second at best, and a roll-out has five rows per device.
 *
 * Layer: store.
 */
#ifndef CERTROLL_JOURNAL_H
#define CERTROLL_JOURNAL_H

#include "certroll/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are borrowed in what is written, and owned by what was read (journal_..._free()). */
enum { JOURNAL_HASH = 32, JOURNAL_MAX_ROWS = 1 << 20 };

struct journal;

/** A SHA-256 that may be missing. */
struct journal_hash {
	bool set;
	unsigned char bytes[JOURNAL_HASH];
};

struct journal_run {
	int64_t id;
	int64_t of;             /**< the run it resumes or rolls back; 0: none */
	int64_t started, ended; /**< ended 0: running, or cut off */
	const char *command;    /**< deploy, resume, rollback, clear */
	const char *user, *host;
	const char *inventory;        /**< absolute path */
	const char *bundle, *subject; /**< "" without a bundle */
	const char *outcome;          /**< "" while it has none */
	struct journal_hash inventory_sha256, leaf, chain;
	int64_t not_after;
	int64_t devices, proved, failed; /**< read only: how many there are */
};

struct journal_cert {
	const unsigned char *sha256;
	const char *subject;
};

struct journal_device {
	int64_t run;
	const char *name, *driver;
	const char *before_name;          /**< of the certificate served before; "" if none */
	struct journal_hash leaf, before; /**< to be installed (unset: factory); served before */
	int64_t proved;                   /**< when; 0: not */
	const char *outcome, *sentence;   /**< "": the run did not get that far */
	int64_t changes;                  /**< read only: altering exchanges that were begun */
};

struct journal_change {
	const char *device, *step, *state; /**< begun, answered, lost */
	int64_t begun, ended;
};

struct journal_proof {
	const char *device, *service, *sni;
	int64_t port, at;
	bool exact;
	struct journal_hash leaf, chain;
};

/**
 * Open STATE/journal.db.
 *
 * @param write  make it when it is missing
 * @return the caller closes, or NULL: ERR_CONFIG (damaged, newer, writable by others) or ERR_IO
 */
struct journal *journal_open(const char *state, bool write, struct err *err) MUST_CHECK;
void journal_close(struct journal *journal);

/** Is there a journal in this folder? */
bool journal_exists(const char *state);

/** Begin a run with all its devices; run->id is set.  0, or -1 and nothing was written. */
int journal_begin(struct journal *journal, struct journal_run *run,
		  const struct journal_cert *chain, size_t chain_count,
		  const struct journal_device *devices, size_t device_count,
		  struct err *err) MUST_CHECK;

/**
 * @name What is gathered: on disk when journal_flush() returns 0, and lost at journal_close() otherwise.
 * Others cannot write in between.
 * @{ */

/** An exchange that alters a device is about to be sent. */
int journal_change_begin(struct journal *journal, int64_t run, const char *device, const char *step,
			 int64_t now, struct err *err) MUST_CHECK;

/** Its answer came, or was lost. */
int journal_change_end(struct journal *journal, int64_t run, const char *device, bool answered,
		       int64_t now, struct err *err) MUST_CHECK;

/**
 * What the proof of a device showed.  Of @p device count: name, proved, and what it served before,
 * unless that was known at the beginning of the run.
 */
int journal_prove(struct journal *journal, int64_t run, const struct journal_device *device,
		  const struct journal_proof *proofs, size_t count, int64_t now,
		  struct err *err) MUST_CHECK;

/**
 * Write what was gathered, and sync it.
 *
 * @return 0; or -1: nothing of it is written, also when one of it had failed before
 */
int journal_flush(struct journal *journal, struct err *err) MUST_CHECK;
/** @} */

/**
 * The end of a run: outcome and sentence of each device, and of the whole.  A proof is taken back
 * where @p devices say proved 0.
 */
int journal_end(struct journal *journal, int64_t run, const struct journal_device *devices,
		size_t count, const char *outcome, int64_t now, struct err *err) MUST_CHECK;

/**
 * A device that a person was to change, and that was seen well by somebody who has no run: what is due
 * is done, unless it still serves what it did before.
 *
 * @param leaf    that was to be installed; NULL: one that the device was to make
 * @param served  the leaf that was seen
 */
int journal_settle(struct journal *journal, const char *inventory, const char *device,
		   const unsigned char *leaf, const unsigned char *served, int64_t now,
		   struct err *err) MUST_CHECK;

/** A key that must not come back. */
int journal_compromise(struct journal *journal, int64_t run, const unsigned char *key,
		       const unsigned char *leaf, int64_t now, struct err *err) MUST_CHECK;

/** The run that said that a key is compromised; 0: none did, -1: error. */
int64_t journal_compromised(struct journal *journal, const unsigned char *key,
			    struct err *err) MUST_CHECK;

/** The same by a leaf. */
int64_t journal_compromised_leaf(struct journal *journal, const unsigned char *leaf,
				 struct err *err) MUST_CHECK;

/** @name Reading.  Arrays are the caller's; NULL with *count 0 is empty, or an error in @p err.
 * @{ */

/** The newest runs first, at most @p max; @p inventory NULL: of all. */
struct journal_run *journal_runs(struct journal *journal, const char *inventory, size_t max,
				 size_t *count, struct err *err) MUST_CHECK;

/** One run: 1, 0 when there is none, -1. */
int journal_find(struct journal *journal, int64_t id, struct journal_run *run,
		 struct err *err) MUST_CHECK;

/** The devices of a run and of those that resume it, in the order of the runs. */
struct journal_device *journal_devices(struct journal *journal, int64_t run, size_t *count,
				       struct err *err) MUST_CHECK;

/** The last row of each device of an inventory, whichever run it is of. */
struct journal_device *journal_latest(struct journal *journal, const char *inventory, size_t *count,
				      struct err *err) MUST_CHECK;

/** The last run that altered a device; 0: none, -1: error. */
int64_t journal_last_change(struct journal *journal, const char *inventory, const char *device,
			    struct err *err) MUST_CHECK;

struct journal_change *journal_changes(struct journal *journal, int64_t run, size_t *count,
				       struct err *err) MUST_CHECK;
struct journal_proof *journal_proofs(struct journal *journal, int64_t run, size_t *count,
				     struct err *err) MUST_CHECK;

/**
 * Is a leaf not used any more: was every device that ever got or served it proved to serve another one?
 *
 * @return when the last of them was; 0: no, or nothing is known of this leaf; -1: error
 */
int64_t journal_superseded(struct journal *journal, const unsigned char *leaf,
			   struct err *err) MUST_CHECK;
/** @} */

void journal_run_free(struct journal_run *run);
void journal_runs_free(struct journal_run *runs, size_t count);
void journal_devices_free(struct journal_device *devices, size_t count);
void journal_changes_free(struct journal_change *changes, size_t count);
void journal_proofs_free(struct journal_proof *proofs, size_t count);

#endif
