/**
 * @file
 * site: everything one run works with, loaded and judged before anything is contacted.
 *
 * Inventory, chosen devices, trust anchors, bundle, pins, and one result per device at the end.
 *
 * Layer: app.
 */
#ifndef CERTROLL_SITE_H
#define CERTROLL_SITE_H

#include "certroll/bundle.h"
#include "certroll/engine.h"
#include "certroll/inventory.h"
#include "certroll/job.h"
#include "certroll/life.h"
#include "certroll/lineage.h"
#include "certroll/order.h"
#include "certroll/pins.h"
#include "certroll/rehearsal.h"

/** What the user asked for, as far as it is not one command's own. */
struct site_request {
	const char *inventory;                        /**< NULL: none */
	const char *limit, *bundle, *ca_file, *state; /**< bundle: its name, where lineage is set */
	const struct lineage *lineage; /**< the bundle's files, read already; NULL: read it */
	const char *policy;            /**< file that sets severities; NULL: none */
	char **targets;                /**< audit without inventory: host:port[=name] */
	size_t target_count;
	enum profile_column profile;
	bool profile_given;
	enum root_kind root_kind;
	bool keyless;        /**< the bundle is to hold no key: its chain is judged as if served */
	const char *command; /**< for lock and journal: "deploy" */
	int64_t of;          /**< the run that this one resumes or rolls back; 0: none */
	bool only_failed, rollback_on_failure, no_archive, compromised, clear;
	bool dry_run, yes, trust_only, accept_new, allow_open_key, verbose, quiet;
	int64_t timeout_ms, time_limit_ms, settle_ms, jobs;
	const char *serial, *max_fail; /**< see order.h; NULL: not said */
	int64_t per_site;              /**< devices of one site at a time; 0: no limit */
	int64_t recheck_ms;            /**< look again so long after the last proof; 0: do not */
	int64_t queue_ms;              /**< for another run of this inventory to end; 0: do not */
	bool no_canary;
	bool now;                          /**< also outside the devices' windows */
	int64_t wait_ms;                   /**< for those who install by hand; 0: do not wait */
	struct life_limit warn, fail;      /**< in place of the devices' */
	bool summary;                      /**< the recap alone */
	bool diff;                         /**< only what changed since the audit before */
	const char *notify[NOTIFIERS_MAX]; /**< who is told of changes */
	size_t notify_count;
	const char *notify_key; /**< reference of the key of webhooks; NULL: not signed */
	const char *sendmail;   /**< NULL: the usual one */
};

/** What became of a device. */
enum outcome {
	OUTCOME_NONE,
	OUTCOME_UNCHANGED, /**< served it already, and nothing was done */
	OUTCOME_CHANGED,   /**< done, and proved on every endpoint */
	OUTCOME_WOULD,     /**< a dry run: would be done */
	OUTCOME_HELD,      /**< state: hold */
	OUTCOME_WELL,      /**< audit, verify: no error */
	OUTCOME_RESET,     /**< installed, needs a reset to serve it */
	OUTCOME_FAILED,
	OUTCOME_UNREACHABLE,
	OUTCOME_STOPPED,   /**< ctrl-C came first */
	OUTCOME_NOT_BEGUN, /**< the roll-out stopped before its turn */
	OUTCOME_REVERTED,  /**< was proved, and serves something else by now */
	OUTCOME_DUE,       /**< a person must install it, and has the files */
	OUTCOMES,
};

struct result {
	const struct device *device;
	struct job *job;             /**< deploy, clear; NULL when held */
	const struct bundle *bundle; /**< borrowed: in place of the site's; NULL: that one */
	bool to_factory;             /**< a way back by clear */
	enum outcome outcome;
	char *sentence; /**< one line of what is true now */
	struct findings findings;
	struct endpoint *endpoints; /**< borrowed from the job, or owned by the result */
	size_t endpoint_count;
	bool endpoints_owned;
	/* the plan */
	size_t wave;              /**< from 1; 0: it has no turn */
	bool canary;              /**< the others with its driver wait for its proof */
	bool later;               /**< held only because its window is closed */
	bool rooted;              /**< the root was handed to its trust list */
	struct findings warnings; /**< what to know before it is changed */
};

struct site {
	const struct site_request *request;
	struct inventory *inventory;
	struct device *targets; /**< owned: stand-ins for host:port=name */
	size_t target_count;
	bool *chosen;
	struct anchors *anchors;
	struct chains *chains;
	struct bundle *bundle;
	struct pins *pins;
	struct engine *engine;
	struct journaling *journaling; /**< NULL: nothing may be changed, or nothing is real */
	struct audit_log *log;         /**< owned; NULL: nothing to compare an audit with */
	struct bundle **earlier;       /**< owned: of the archive, for a way back */
	size_t earlier_count;
	struct rehearsal *rehearsal;    /**< NULL: the real thing */
	struct adjustments adjustments; /**< of the policy; owned */
	struct notifiers notifiers;     /**< of the request; those of the inventory are there */
	struct findings findings;       /**< of inventory, policy and bundle */
	struct result *results;
	size_t count;
	struct order order;
	size_t waves; /**< of the plan */
	int64_t now;
	bool interrupted;
	bool shows_keys; /**< no password was loaded and none can be sent: any box may answer */
	bool unsaved;    /**< the pins could not be written in the end */
};

/** What a command needs of the site. */
enum site_needs {
	SITE_INVENTORY = 1 << 0,
	SITE_BUNDLE = 1 << 1,
	SITE_SECRETS = 1 << 2,
	SITE_PINS = 1 << 3,
	SITE_NETWORK = 1 << 4,
	SITE_JOURNAL = 1 << 5, /**< take the lock, write what is done */
};

/**
 * Load what is needed.  Problems of the files are in site->findings also when it fails.
 *
 * @return 0, or -1 with the error that ends the run; site_free() in both cases
 */
int site_load(struct site *site, const struct site_request *request, unsigned needs,
	      struct err *err) MUST_CHECK;
void site_free(struct site *site);

/**
 * Instead of the network: mock devices for the chosen ones.  Passwords are invented, and every device
 * is known by the pin of what stands for it, whatever its `trust:` is.
 */
int site_rehearse(struct site *site, const char *const *faults, size_t fault_count,
		  struct err *err) MUST_CHECK;

/**
 * What tells whether an inventory has changed: SHA-256 of the bytes of its file; of several files,
 * that of theirs one behind the other.
 *
 * @return 0, or -1: one of them cannot be read any more
 */
int site_digest(const struct inventory *inventory, unsigned char out[CERT_HASH]) MUST_CHECK;

/** The state folder: what was asked for (--state), or where the system keeps such things; owned. */
char *site_state(const char *folder) MUST_CHECK;

/**
 * Everything is loaded: from now on this process may only touch the state folder, the folders of its
 * outputs, and what libraries read by and by (sandbox.h).  Programs, files of this machine and notices
 * are the executor's business, which must be there already.
 *
 * @param notes    something will be written to the state folder: it is made if it is missing
 * @param outputs  files that will be written
 * @return 0, or -1 with ERR_IO
 */
int site_confine(struct site *site, bool notes, const char *const *outputs, size_t count,
		 struct err *err) MUST_CHECK;

/** New connections to all devices; jobs keep what they learnt. */
int site_reconnect(struct site *site, struct err *err) MUST_CHECK;

/** All is done: close the connections, and with them what libcurl keeps of passwords. */
void site_disconnect(struct site *site);

/** Forget what was done with the devices; the next step begins with new connections. */
int site_restart(struct site *site, struct err *err) MUST_CHECK;

/** Judge the bundle by every chosen device's profile and names; appends to site->findings. */
void site_judge_bundle(struct site *site);

/**
 * Load the policy of the request, if any, into site->adjustments.  What it relaxes is appended to
 * site->findings as notes "policy".
 *
 * @return 0, or -1 with ERR_CONFIG, and then what is wrong is in site->findings
 */
int site_load_policy(struct site *site, struct err *err) MUST_CHECK;

/**
 * The profile that applies to a device, with the firmware known best, and what its `clients:` demand
 * besides.  The user's --profile takes the place of both; ip-office brings apple along in any case.
 */
struct profile site_profile(const struct site *site, const struct device *device,
			    const char *firmware);

/** Identity of an admin connection: the engine's callback, arg is the site. */
bool identity_judge(const struct job *job, const struct chain *chain, char reason[200], void *arg);

/** Name of a device's pin: "name@host:port"; owned. */
char *identity_pin(const struct device *device) MUST_CHECK;

/** The job ends when its box calls itself something else than the pin says. */
void identity_look_for(const struct site *site, struct job *job);

/** Note what a box called itself, if its key is pinned. */
void identity_note(struct site *site, const struct job *job);

/** From now on know a device by this public key. */
void identity_know(struct site *site, const struct device *device,
		   const unsigned char key[PIN_HASH]);

/** Before an installation: the device may come back with the key of the job's bundle. */
void identity_expect(struct site *site, const struct job *job);

/** After a proof: know the device by what it serves now. */
void identity_learn(struct site *site, const struct job *job);

/** How much life a device's certificate must have left: by the request, else by the inventory. */
void site_set_life(const struct site *site, const struct device *device,
		   struct judgement *judgement);

/** Results for the targets of the request; "-" stands for a list on standard input. */
int site_add_targets(struct site *site, struct err *err) MUST_CHECK;
void site_free_targets(struct site *site);

/** Append what is to be said of one look at an endpoint; @p intended may be NULL. */
void judge_look(const struct site *site, const struct endpoint *endpoint,
		const struct served *served, const struct chain *intended, const char *firmware,
		struct findings *findings);

/**
 * Roll-out: look at all, plan.  Afterwards each result says what would be done, and when.  Devices
 * whose window is closed are held, unless it is a dry run.
 */
int rollout_look(struct site *site, struct err *err) MUST_CHECK;

/** Carry the plan out: roots first, then wave by wave; prove, learn, look again. */
int rollout_run(struct site *site, struct err *err) MUST_CHECK;

/** Back to the factory certificate on the chosen devices, proved. */
int rollout_clear(struct site *site, struct err *err) MUST_CHECK;

/** Look at every endpoint of the chosen devices (or targets) and judge; verify: against the bundle. */
int audit_run(struct site *site, bool verify, struct err *err) MUST_CHECK;

/** The exit status the results amount to. */
int site_exit_status(const struct site *site);

#endif
