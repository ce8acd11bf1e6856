/**
 * @file
 * driver: what one family of devices understands.  The only header a driver includes, beside libc.
 *
 * A driver is const data: options, a profile and tables of steps.  A step builds one exchange and
 * judges one reply.  A driver never opens, sleeps, retries, prints, frees or starts anything; TLS,
 * log-on (Basic, Digest), time limits and proof by handshake are the engine's and the job's.
 * Success of an installation is never the device's answer: the job asks by handshake.
 * How to write one: docs/writing-a-driver.md; a compiled example: src/drivers/template.c.
 *
 * Layer: job (contract).
 */
#ifndef CERTROLL_DRIVER_H
#define CERTROLL_DRIVER_H

#include "certroll/by_hand.h"
#include "certroll/device.h"
#include "certroll/evidence.h"
#include "certroll/exchange.h"
#include "certroll/rules.h"
#include "certroll/schema.h"
#include "certroll/text.h"
#include "certroll/xml.h"
#include <stddef.h>

struct job;

/** One exchange.  A table of steps ends with an empty row. */
struct step {
	const char
		*name; /**< "upload": in logs, errors, plans, and fault names of the mock fleet */
	enum verdict (*build)(struct job *,
			      struct exchange *); /**< NULL: GET the path option at: */
	size_t path;                              /**< offset of a FIELD_PATH option */
	enum verdict (*check)(struct job *, const struct reply *); /**< NULL: any 2xx */
	int every_ms, within_ms; /**< AGAIN: period, deadline counted from the first try */
	bool open;               /**< asked without credentials; a 401 is an answer for check */
	bool changes;            /**< alters the device: goes to the journal, never in a dry run */
	bool repeats;  /**< a changing step that may be sent again when the box was busy (503, 429);
	                   a reading one always may */
	bool may_drop; /**< a lost connection is no failure (restarts); with every_ms: AGAIN */
	bool saves;    /**< only makes lasting what is in effect: when it fails the installation has
	                   not; the finding "unsaved" says so, and nothing is taken back */
	enum evidence evidence; /**< how the wire format of this step is known ... */
	const char *source;     /**< ... and from where */
};

struct driver {
	const char *name;    /**< [a-z0-9-]: `driver:` in the inventory */
	const char *summary; /**< one line for `certroll drivers` */
	uint16_t port;       /**< of the admin interface, unless the inventory says otherwise */
	bool own_login;      /**< logs on by its own messages: no password is offered over HTTP */
	bool cookies;        /**< its log-on is remembered by cookies, for one job */
	bool by_name;        /**< serves certificates by SNI: each name is an endpoint of its own */
	bool may_close; /**< a port where nobody listens is no fault while another one proves */
	const struct service
		*services; /**< unless the inventory names some; ended by port 0; NULL: https 443 */
	const struct field *options;     /**< rows of the device's `options:`; NULL: none */
	size_t options_size, state_size; /**< structs, zeroed; state is scratch of one job, wiped */
	/** Demands on the bundle; @p firmware NULL: unknown, then the strictest. */
	struct profile (*profile)(const void *options, const char *firmware);
	/** Is this leaf what the device serves before anybody installed anything? */
	bool (*factory)(const void *options, const struct cert *leaf);
	/** What is known to go wrong with such devices, beyond the table of rules; NULL: nothing. */
	void (*judge)(const struct device *device, const struct cert *leaf, const char *place,
		      struct findings *findings);
	/** A person installs, with this; NULL: certroll does.  Then there are no tables of steps. */
	void (*by_hand)(const void *options, struct by_hand *hand);
	const struct step *identify; /**< read only */
	const struct step *install;
	const struct step *undo; /**< take back an installation that failed after its first changing
	                               step: for boxes that take key and certificate apart; or NULL */
	const struct step *trust; /**< bring the root to the trust list; NULL: not possible */
	const struct step *clear; /**< back to the factory certificate; NULL: not possible */
};

/** @name Rows of a driver's options: the struct they fill, and a member of it
 * @{ */
#define DRIVER_OPTION(set, key, type, member, value, level, why, ...)                              \
	{                                                                                          \
		key, FIELD_##type, offsetof(struct set, member),                                   \
			.fallback = value, .evidence = EVIDENCE_##level, .source = why,            \
			__VA_ARGS__                                                                \
	}
#define DRIVER_GROUP(key, table, text)                                                             \
	{                                                                                          \
		key, FIELD_GROUP, .rows = table, .help = text                                      \
	}
/** @} */

/** @name What a step may ask and say
 * @{ */
const struct device *job_device(const struct job *job);
const void *job_options(const struct job *job);
void *job_state(struct job *job);

/** The bundle in this form, borrowed.  Empty in jobs without a bundle (audit, clear). */
struct bytes job_bundle(const struct job *job, enum bundle_form form);

/**
 * A JSON text with parts of the bundle in it: {leaf}, {chain}, {root}, {issuers}, {key} and {bundle}
 * become these, as the inside of a JSON string; all else stays.  In secret pages, wiped when the
 * step ends; the next call takes their place.
 */
struct bytes job_json(struct job *job, const char *pattern);

/** GET a path in which {user} and {token} are filled in; "": no token is known.  As job_form(). */
enum verdict job_get(struct job *job, struct exchange *exchange, const char *path,
		     const char *token);

/**
 * Send a form with parts of the bundle in it; {user} and {token} in the path are filled in, too.
 * What @p form says of the bundle does not matter.  STEP_OK, or step_fail() where there is no use
 * in sending it: a JSON body that is none, a password or token that nobody knows.
 */
enum verdict job_form(struct job *job, struct exchange *exchange, const char *method,
		      const char *path, const struct exchange_form *form);

/** What is well for step_judge(). */
struct demands {
	const struct text_list *statuses; /**< "200", "2xx" */
	const char *ok;                   /**< a pattern that must be in the body; NULL: none */
	const char *error;                /**< one that must not be, whatever the status */
	const char *option;               /**< "upload": where these are in the options */
};

/** Judge a reply by what the options of a device say is well. */
enum verdict step_judge(struct job *job, const struct reply *reply, const struct demands *demands);

/** The leaf of the bundle, or NULL. */
const struct cert *job_leaf(const struct job *job);

/** The root of the bundle, or NULL. */
const struct cert *job_root(const struct job *job);

/** Fail this step with one sentence; always STEP_FAIL. */
enum verdict step_fail(struct job *job, const char *format, ...) PRINTF_LIKE(2, 3);

/** Is the job's WebSocket open, so that nobody needs to log on again? */
bool job_connected(const struct job *job);

/**
 * What is wrong with the bundle by these rules ("O1 O2 O3"), as one sentence with its remedy: a box
 * that refuses a chain often says no more than that.  Owned; NULL: they find nothing.
 */
char *job_flaw(const struct job *job, const char *rules) MUST_CHECK;

/**
 * Judge what a box says to a change: OK when the status is 200, @p error (a pattern; may be NULL)
 * is not in the body and @p ok is.  Quotes the box where it answers `error="..."`.
 */
enum verdict step_accept(struct job *job, const struct reply *reply, const char *ok,
			 const char *error);

/** Things worth knowing about the box, shown in plan and report. */
enum fact {
	FACT_NAME,
	FACT_FIRMWARE,
	FACT_HARDWARE,
	/**
	 * What tells this box from every other, and stays when its certificate changes: a hardware id,
	 * a serial number.  Note it in an open step before the log-on where the box tells it that
	 * early: the job ends there when another box is expected, and no password is sent.
	 */
	FACT_IDENTITY,
	FACT_COUNT
};

/**
 * What a box said, for people: printable, at most @p max bytes, without what it was told in confidence
 * (key, password), which it may say again.  Quotations of whoever was told a password go through here;
 * step_fail() and job_note() look for the key alone.
 *
 * @param said  NULL: nothing
 * @return owned by the caller
 */
char *job_quote(const struct job *job, const char *said, size_t max) MUST_CHECK;

/** Note a fact, as job_quote() of 120 bytes; an identity keeps a password that is in it, to be compared. */
void job_fact(struct job *job, enum fact fact, const char *value);

/** What was noted, or NULL. */
const char *job_known(const struct job *job, enum fact fact);

/** Forget the certificates shown so far: a new reading starts. */
void job_shown_clear(struct job *job);

/** The box says it holds this certificate (in the order in which it shows them). */
void job_shown(struct job *job, const char *subject);

/**
 * The box says whether it needs a reset to put changes into effect.  Said before the first changing
 * step, the reset is somebody else's and only warned about.
 */
void job_reset_pending(struct job *job, bool pending);

/**
 * The box says that it has changes which a restart would lose.  Said before the first changing step
 * they are somebody else's; after it, ours: then the run does not count as well.
 */
void job_unsaved(struct job *job, const char *said);

/** When a box that wants a reset gets one; for the option `reset.mode`. */
enum reset_mode { RESET_NEVER, RESET_WINDOW, RESET_NOW };
extern const char *const reset_words[];

/**
 * Reset the box now?  Only when it wants a reset because of us - one that was pending before would
 * put somebody else's changes into effect - and the mode allows it: in the device's maintenance
 * window (without one: not), or now.
 */
bool job_may_reset(struct job *job, int mode);

/** A line for the report: something the administrator should know. */
void job_note(struct job *job, enum severity severity, const char *format, ...) PRINTF_LIKE(3, 4);
/** @} */

/** Does a person install here?  Then @p hand, which may be NULL, says how. */
bool device_by_hand(const struct device *device, struct by_hand *hand);

/** Does a device make its certificate itself?  What it then must be stands in by_hand.h. */
bool device_makes_own(const struct device *device);

/** The registry: NULL when there is no such driver. */
const struct driver *driver_find(const char *name);

/** The drivers in the order of drivers.def. */
const struct driver *const *driver_list(size_t *count);

/** A box that no driver can serve; said when somebody names it as one. */
struct refusal {
	const char *name;    /**< as it would stand behind `driver:`, lower case */
	const char *summary; /**< what it is */
	const char *reason, *remedy;
	enum evidence evidence; /**< how the reason is known ... */
	const char *source;     /**< ... and from where */
};

/** The refusal of a name, ASCII case ignored; NULL: none. */
const struct refusal *driver_refusal(const char *name);

/** All of them. */
const struct refusal *driver_refusals(size_t *count);

/** For programs that serve what they are given: what breaks any TLS client is an error, no more. */
struct profile driver_profile_server(const void *options, const char *firmware);

/** Nobody has installed anything where a certificate is its own issuer. */
bool driver_factory_self_signed(const void *options, const struct cert *leaf);

/** The weakest evidence among the steps of a table. */
enum evidence steps_evidence(const struct step *steps);

#endif
