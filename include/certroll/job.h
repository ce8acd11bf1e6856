/**
 * @file
 * job: one device walking through tables of steps.  A pure state machine: no sockets, no files, no
 * clock of its own; time comes in as a parameter.  So a job can be replayed, tested and fuzzed.
 *
 * The owner queues tables (identify, trust, install, verify), the engine asks job_advance() what to
 * do and brings the replies.  When a step fails the rest of its table and of the queue is skipped -
 * except that after a changing step was sent, the queued verification still runs: only the served
 * chain tells what the device did.
 *
 * Layer: job.
 */
#ifndef CERTROLL_JOB_H
#define CERTROLL_JOB_H

#include "certroll/driver.h"
#include "certroll/endpoint.h"
#include "certroll/err.h"
#include "certroll/finding.h"

enum {
	JOB_MAX_TABLES = 8,
	JOB_MAX_SHOWN = 16,
	JOB_MAX_UNHEARD = 64,
	JOB_LISTEN_MS = 30000,
	JOB_BUSY_MS = 60000, /**< how long a step without a deadline of its own asks a busy box */
};

enum job_want {
	JOB_SEND,  /**< the exchange is filled: carry it, then call again with the reply */
	JOB_WAKE,  /**< nothing to do before job->wake_ms */
	JOB_ENDED, /**< the queue is empty, or everything left was skipped */
};

/** A table in the queue. */
struct job_table {
	const struct step *steps;
	bool after_change; /**< runs although an earlier table failed, if a change had been sent */
	bool undo;         /**< runs only if an earlier table failed after a change had been sent */
};

/** What became of the table that takes a half-done change back. */
enum undo {
	UNDO_NONE,     /**< it was not needed, there is none, or it was not come to */
	UNDO_DONE,     /**< the box took all of it */
	UNDO_FAILED,   /**< it did not; job->undo_err says why */
	UNDO_NEEDLESS, /**< the driver found nothing half done, and changed nothing */
};

struct job {
	const struct device *device;
	const struct bundle *bundle; /**< NULL: none involved */
	/** Of the device: never shown, also not when the box says it; borrowed from the engine's user. */
	const struct secret *password;
	void *state;            /**< driver's scratch, wiped at the end */
	struct secret composed; /**< body of the present step; see job_json() */
	struct job_table queue[JOB_MAX_TABLES];
	size_t table, tables; /**< at and number of */
	size_t row;
	bool sent; /**< an exchange of the present step is under way */
	bool dry;  /**< refuse to build any changing step (a fence, not a plan) */
	int64_t wake_ms, step_started_ms, now_ms;
	int64_t wall; /**< wall clock of the run, seconds: for windows */
	bool stopped; /**< ctrl-C: end before the next step, unless something was changed
	                           already: then what follows still tells how the device ended up */

	enum net cut; /**< not NET_OK: ends at once, for this reason */

	/* what was learnt */
	char *facts[FACT_COUNT];
	char *expected_identity; /**< NULL: whoever it is; else FACT_IDENTITY must be this */
	bool stranger;           /**< it was not */
	char *shown[JOB_MAX_SHOWN];
	size_t shown_count;
	bool reset_pending, reset_was_pending;
	bool clock_known;
	int64_t clock_skew; /**< device minus ours, seconds */
	struct endpoint *endpoints;
	size_t endpoint_count, endpoint_at;
	bool endpoints_borrowed; /**< an audit gives each endpoint a job of its own */
	int settle_ms;           /**< how long proof may take: the deadline of steps without one */
	bool connected;          /**< the engine says: its WebSocket is open */
	unsigned unheard;        /**< messages of this step that were not the one waited for */
	struct line *line;       /**< the engine's connection to the box; not ours */
	bool contacted;          /**< at least one exchange got an answer */
	bool changed;            /**< a changing step was sent in this walk */
	bool changing;           /**< the exchange asked for last alters the device ... */
	bool changed_before;     /**< ... and was there one before it? */
	unsigned refusals;       /**< of this step, in a row: HTTP 503 or 429 */
	enum net net;            /**< of the exchange that failed; NET_OK otherwise */
	struct err err; /**< why it failed: "upload: the box ..."; code ERR_NONE: it did not */
	enum undo undo;
	bool undoing; /**< a changing step of that table was sent */
	struct err undo_err;
	struct findings notes;
};

/** A job for a device with its endpoints.  @p bundle may be NULL. */
struct job *job_new(const struct device *device, const struct bundle *bundle) MUST_CHECK;

/** A job that only looks at one endpoint, which stays the caller's. */
struct job *job_new_look(struct endpoint *endpoint) MUST_CHECK;

/**
 * Another FACT_IDENTITY than this will end the job with a sentence.  Once one was noted, the job
 * expects that one, so two boxes that change places during a job are told apart in any case.
 */
void job_expect(struct job *job, const char *identity);

/** Wipes the state.  NULL is fine. */
void job_free(struct job *job);

/** Append a table; NULL or an empty table is left out. */
void job_queue(struct job *job, const struct step *steps, bool after_change);

/**
 * Append the table that takes back what the table before it left half done: key and certificate of
 * a box that takes them apart must not stay a mixed pair.  NULL or an empty table is left out.
 */
void job_queue_undo(struct job *job, const struct step *steps);

/** Forget what is queued and how the last walk went; what was learnt stays. */
void job_restart(struct job *job);

/**
 * The only function that moves a job.
 *
 * @param reply  of the exchange asked for last; NULL when there is none (start, wake-up)
 * @param[out] out  filled when JOB_SEND is returned
 */
enum job_want job_advance(struct job *job, const struct reply *reply, struct exchange *out,
			  int64_t now_ms);

/**
 * The exchange asked for last was not sent and never will be: the step fails, "not sent: @p reason",
 * as if it had not been asked for.  Then call job_advance() without a reply.
 */
void job_withhold(struct job *job, const char *reason);

/** Name of the step the job is at, "" when it has ended.  For logs. */
const char *job_step(const struct job *job);

/** Does the box want a reset because of us? */
bool job_needs_reset(const struct job *job);

/** Is this window open at that time (seconds, judged in local time)?  One that is not set never is. */
bool window_open(const struct window *window, int64_t wall);

/** Look at each endpoint not yet looked at. */
extern const struct step verify_look[];

/** Prove on each endpoint that it serves exactly the bundle's chain, patiently. */
extern const struct step verify_proof[];

/** Prove on each endpoint that it serves the factory certificate again, patiently. */
extern const struct step verify_factory[];

#endif
