/**
 * @file
 * fault: the ways a box can go wrong, by name.
 *
 * Written KIND[@STEP][:ARGUMENT].  Without a step a fault applies where the kind says; steps are
 * what a request is for, named alike in every device family, and `tls` for the handshake.
 */
#ifndef MOCK_FAULT_H
#define MOCK_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct evbuffer;

enum step {
	STEP_ANY, /**< of a fault: every request; of a question: wherever it applies */
	STEP_TLS,
	STEP_INFO,
	STEP_LOGIN,
	STEP_STATE,
	STEP_DOWNLOAD,
	STEP_UPLOAD,
	STEP_TRUST,
	STEP_TRUSTED,
	STEP_TICK,
	STEP_UNTRUST,
	STEP_CLEAR,
	STEP_RESET,
	STEP_WEBSOCKET, /**< the upgrade; the next three are messages over it */
	STEP_CHALLENGE,
	STEP_KEY,
	STEP_RESULT, /**< the box's verdict on an upload, where that is a message */
	STEP_STORE,  /**< a place in the box's list for an upload */
	STEP_SELECT, /**< what is in that list is taken into use */
	STEP_SAVE,   /**< what is in effect is made to last */
	STEP_RENEW,  /**< a new token for one that ends */
	STEP_LOGOUT,
	STEP_OTHER, /**< no route matched, or a page that is no step */
	STEP_COUNT,
};

enum fault_kind {
	FAULT_BLACKLIST,
	FAULT_BOOT_TIME,
	FAULT_BUSY,
	FAULT_CUT_BODY,
	FAULT_DROP_INTERMEDIATE,
	FAULT_EXPIRE_TOKEN,
	FAULT_FAIL_BUT_INSTALL,
	FAULT_FORGET_SAVE,
	FAULT_KEEP_OLD,
	FAULT_NEED_RESET,
	FAULT_NEVER_ANSWER,
	FAULT_NO_NATIVE_AUTH,
	FAULT_PENDING_RESET,
	FAULT_QUOTA_FULL,
	FAULT_REFUSE,
	FAULT_REFUSE_LOGIN,
	FAULT_REQUIRES_CLIENT_CERT,
	FAULT_RESET_CONNECTION,
	FAULT_REVERT_LATER,
	FAULT_SLOW,
	FAULT_SWAP_IDENTITY,
	FAULT_TLS10_ONLY,
	FAULT_WRONG_CLOCK,
	FAULT_WRONG_ORDER,
	FAULT_COUNT,
};

struct fault {
	enum fault_kind kind;
	enum step step;
	int64_t argument;
};

/** One fault of each kind at most; usable when zeroed. */
struct faults {
	struct fault rows[FAULT_COUNT];
	bool present[FAULT_COUNT];
};

/** Random faults: one of them at some steps of some devices, always the same for one seed. */
struct fault_lot {
	int64_t seed;
	unsigned percent; /**< of all pairs of a device and a step; 0: none */
};

/** Name of a step for the log. */
const char *step_name(enum step step);

/** Read KIND[@STEP][:ARGUMENT]; -1 with the reason. */
int fault_parse(const char *text, struct fault *fault, struct err *err);

/** Add a fault, replacing one of the same kind. */
void faults_add(struct faults *faults, const struct fault *fault);

/** The fault of this kind that applies to the step, or NULL.  Borrowed; NULL faults have none. */
const struct fault *faults_find(const struct faults *faults, enum fault_kind kind, enum step step);

/** Name of a kind for the log. */
const char *fault_name(enum fault_kind kind);

/** Read SEED:RATE; -1 with the reason. */
int fault_lot_parse(const char *text, struct fault_lot *lot, struct err *err);

/** The fault that fell on this step of this device, or NULL.  Static. */
const struct fault *fault_draw(const struct fault_lot *lot, uint32_t address, enum step step);

/** Append one line of help per kind, and one with all steps. */
void fault_help(struct evbuffer *out);

#endif
