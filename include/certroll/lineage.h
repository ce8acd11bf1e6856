/**
 * @file
 * lineage: the files of one issued certificate, as an ACME client leaves them, read and not yet
 * understood.
 *
 * Reading and understanding are two steps, so that root reads and somebody with fewer rights parses.
 *
 * Layer: cert.
 */
#ifndef CERTROLL_LINEAGE_H
#define CERTROLL_LINEAGE_H

#include "certroll/gather.h"

enum { LINEAGE_MAX_FILES = 16 };

struct lineage_file {
	char *path;
	struct secret bytes;
	bool open; /**< group or others may read it */
};

/** Zeroed is empty. */
struct lineage {
	struct lineage_file files[LINEAGE_MAX_FILES];
	size_t count;
};

/**
 * Read a file, or a folder as certbot and dehydrated keep it (fullchain.pem or cert.pem and
 * chain.pem, privkey.pem), and append it.
 *
 * @return 0, or -1 with ERR_IO or ERR_LIMIT
 */
int lineage_read(struct lineage *lineage, const char *path, struct err *err) MUST_CHECK;

/** Take certificates and keys out of all files; findings and errors as gather_file(). */
int lineage_gather(const struct lineage *lineage, struct gathered *all,
		   const struct secret *password, struct chains *chains, struct findings *findings,
		   struct err *err) MUST_CHECK;

/** Wipes everything; empty afterwards. */
void lineage_free(struct lineage *lineage);

#define auto_lineage __attribute__((cleanup(lineage_free))) struct lineage

#endif
