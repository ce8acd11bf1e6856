/**
 * @file
 * engine: carries the exchanges of many jobs at once, on one thread and one epoll loop.
 *
 * HTTP goes through libcurl (one connection per box that lasts across runs of the engine, so that a
 * roll-out uses the connection of the look before it); handshakes are probes of our own with OpenSSL
 * in the same loop.  Who is at the other end is judged inside the TLS handshake, before a single
 * byte of a request is sent.
 *
 * Layer: engine (the only user of libcurl, of SSL connections and of the resolver).
 */
#ifndef CERTROLL_ENGINE_H
#define CERTROLL_ENGINE_H

#include "certroll/detour.h"
#include "certroll/err.h"
#include "certroll/job.h"

struct chains;
struct engine;

enum {
	ENGINE_JOBS = 256,      /**< default number of jobs in flight */
	ENGINE_JOBS_MAX = 1024, /**< devices wait far longer than we compute */
	ENGINE_CONNECT_MS = 10000,
	ENGINE_EXCHANGE_MS = 30000,
	ENGINE_JOB_MS = 600000,
};

enum { CHANGE_REASON = 300 };

/** The life of an exchange that alters a device. */
enum change_event {
	CHANGE_BEGUN,    /**< about to be sent */
	CHANGE_ANSWERED, /**< a reply came, whatever it says */
	CHANGE_LOST,     /**< no reply will come: cut off, or the connection failed */
};

enum engine_event { ENGINE_BEGINS, ENGINE_STEP, ENGINE_ENDS };

struct engine_config {
	unsigned jobs; /**< in flight; 0: ENGINE_JOBS */
	/**
	 * How many devices there will be: where all their admin connections can be kept from one run to
	 * the next (ENGINE_JOBS_MAX), they are, else those in flight.  0: few.
	 */
	size_t devices;
	unsigned per_address; /**< jobs at one address at a time; 0: 1 */
	unsigned per_site;    /**< jobs at one site (`site:`) at a time; 0: no limit */
	int connect_ms, exchange_ms,
		job_ms;        /**< limits of a connect, an exchange, a whole job; 0: defaults */
	struct chains *chains; /**< borrowed: pool for everything served */
	/**
	 * Is the other end of the admin connection the device it should be?  Called in the handshake.
	 * On false, @p reason says why not and what to do; nothing has been sent then.
	 */
	bool (*identity)(const struct job *, const struct chain *, char reason[200], void *arg);
	/**
	 * A rehearsal: what stands for this port of the device.  Names are not looked up then, and no
	 * connection leaves this machine.  NULL: the real thing.
	 */
	struct detour (*detour)(const struct device *, uint16_t port, void *arg);
	void (*progress)(const struct job *, enum engine_event, void *arg); /**< may be NULL */
	/**
	 * Before and after each exchange of a step that alters the device.  False for CHANGE_BEGUN: it
	 * is not sent, and the job fails for @p reason.  The step is job_step() at CHANGE_BEGUN.  NULL:
	 * nobody wants to know.
	 */
	bool (*change)(const struct job *, enum change_event, char reason[CHANGE_REASON],
		       void *arg);
	/**
	 * Once for all that moved in a turn, before those of it that alter a device are sent: is what
	 * change() was told safe?  False: they are not sent, and their jobs fail for @p reason.  NULL: it
	 * is.
	 */
	bool (*flush)(char reason[CHANGE_REASON], void *arg);
	void *arg;
};

/**
 * Once, before anything else uses libcurl or OpenSSL: both then wipe what they free, and OpenSSL
 * keeps private numbers in its own locked heap.
 */
int engine_global_init(struct err *err) MUST_CHECK;

/** @return owned by the caller, or NULL with ERR_IO */
struct engine *engine_new(const struct engine_config *config, struct err *err) MUST_CHECK;

/** Closes all connections.  NULL is fine.  Free before the jobs. */
void engine_free(struct engine *engine);

/** Jobs that exist only while they are in flight: for more of them than should be in memory. */
struct engine_work {
	size_t count;
	const struct device *(*device)(size_t at, void *arg); /**< of job @p at */
	struct job *(*begin)(size_t at, void *arg);           /**< its turn has come: make it */
	void (*end)(struct job *, void *arg); /**< it has ended: free it; NULL: it is kept */
	void (*skip)(size_t at, void *arg);   /**< stopped before its turn; may be NULL */
	void *arg;
};

/** As engine_run(), for jobs that are made one by one. */
int engine_work(struct engine *engine, const struct engine_work *work, struct err *err) MUST_CHECK;

/**
 * Walk these jobs to the end of their queues, in this order as far as places are free.
 *
 * SIGINT and SIGTERM stop it: no job begins any more, those that changed nothing end before their
 * next step, the others run on to their proof.  A second signal cuts everything off.
 *
 * @return 0, or -1 with ERR_INTERRUPT after a signal (every job tells what became of it), or ERR_IO
 */
int engine_run(struct engine *engine, struct job **jobs, size_t count, struct err *err) MUST_CHECK;

#endif
