/**
 * @file
 * evidence: how we know a fact about a device.
 *
 * Layer: base.
 */
#ifndef CERTROLL_EVIDENCE_H
#define CERTROLL_EVIDENCE_H

/** From weakest to strongest, so that the shown evidence is the minimum of what was used. */
enum evidence {
	EVIDENCE_ASSUMED,    /**< inferred or invented, with a reason; the user can override it */
	EVIDENCE_RECORDED,   /**< the user's own recording of his box */
	EVIDENCE_SEEN,       /**< read in public code that talks to real boxes */
	EVIDENCE_DOCUMENTED, /**< the maker says so */
	EVIDENCE_TESTED,     /**< we ran it against the real program */
};

/** "assumed" ... "tested". */
const char *evidence_name(enum evidence evidence);

#endif
