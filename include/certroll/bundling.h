/**
 * @file
 * bundling: from the files a CA gave to one complete chain with its key.
 *
 * Reads the files, chooses leaf and key, and completes the chain up to the root: from the files,
 * --ca-file, the system's store, and, only where asked to, from the address that a certificate
 * names for its issuer.
 *
 * Layer: app.
 */
#ifndef CERTROLL_BUNDLING_H
#define CERTROLL_BUNDLING_H

#include "certroll/assemble.h"
#include "certroll/lineage.h"

enum { BUNDLING_FETCHES = 8, BUNDLING_FETCH_MS = 30000 }; /**< of one run */

struct bundling_request {
	char **files;
	size_t file_count;
	const struct lineage *lineage;     /**< files that were read already; NULL: none */
	const char *ca_file;               /**< NULL: none */
	const struct secret *password;     /**< NULL: none */
	bool keyless;                      /**< the certificates alone */
	bool fetch;                        /**< contact the addresses in certificates */
	void (*fetching)(const char *url); /**< told before each is contacted; may be NULL */
};

struct bundling {
	struct anchors *system, *file;
	struct chains *pool;
	struct gathered given, fetched;
	struct assembly assembly;
	struct findings findings; /**< what was passed over, as notes and warnings */
};

/**
 * @return 0, or -1: as gather_file() and assemble.h, ERR_CONFIG for --ca-file, ERR_BUNDLE when the
 *         root cannot be found; bundling_free() in both cases
 */
int bundling_run(struct bundling *bundling, const struct bundling_request *request,
		 struct err *err) MUST_CHECK;
void bundling_free(struct bundling *bundling);

/** Where a certificate of the chain came from: its place, URL, or "trust anchors ...". Borrowed. */
const char *bundling_origin(const struct bundling *bundling, const struct cert *cert);

#endif
