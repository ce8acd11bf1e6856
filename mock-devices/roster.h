/**
 * @file
 * roster: a fleet written down, one JSON object per line (--fleet).
 *
 *   {"name":"pbx","family":"innovaphone","password":"...","firmware":"13r3","set":{"digest":"MD5"},
 *    "faults":["slow@upload:200"],"names":["pbx.example.com"],"ports":{"https":0,"sips":5061}}
 *
 * All members are optional.  What a line leaves out is as the command line says, or the family's.
 * Further members: user, protect-all, allow-ec, max-rsa-bits.  `names` are put into the
 * certificate the box starts with.  `ports` lists the services the box has, each with the port it
 * wants, 0 for any free one; without it the box has all services of its family.  A line that is
 * empty ends the roster, so that standard input can stay open behind it.
 */
#ifndef MOCK_ROSTER_H
#define MOCK_ROSTER_H

#include "fault.h"
#include "service.h"

#include <stddef.h>
#include <stdint.h>

struct err;
struct profile;

#define ROSTER_LINE_MAX  65536
#define ROSTER_NAMES_MAX 100 /**< names of one box */

/** One box; everything belongs to the roster. */
struct roster_entry {
	const char *name;               /**< NULL: made from the address */
	const char *subject_alternates; /**< as X509V3_EXT_conf_nid() reads it; NULL: none */
	const struct profile *profile;
	struct fault *faults;
	size_t fault_count;
	unsigned services; /**< bits, 1 << enum service */
	uint16_t ports[SERVICE_COUNT];
};

struct roster {
	struct roster_entry *entries;
	size_t count;
	struct roster_text *texts;
	struct roster_profile *profiles;
};

/**
 * Read a roster, "-" for standard input.
 *
 * @param usual  what lines leave out, borrowed for as long as the roster lives
 * @param ports  and the ports
 * @return the roster with at least one entry, owned by the caller, or NULL with line and reason
 */
struct roster *roster_read(const char *path, const struct profile *usual,
			   const uint16_t ports[SERVICE_COUNT], struct err *err);

/** Accepts NULL. */
void roster_free(struct roster *roster);

#endif
