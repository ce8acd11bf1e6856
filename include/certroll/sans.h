/**
 * @file
 * sans: the smallest set of names a certificate needs so that every client name is covered, and
 * which devices each of them is for.
 *
 * One wildcard per domain in which devices have names: pbx.example.com and ap.example.com give
 * *.example.com, pbx.berlin.example.com gives *.berlin.example.com, since a star stands for one label
 * (RFC 9525 6.3).  Taken as they are: a name that is itself the domain of others (example.com), a
 * name directly below a registry, one with '_', an address, and what the user named.  What a wildcard covers
 * anyway is left out.
 *
 * Layer: app.
 */
#ifndef CERTROLL_SANS_H
#define CERTROLL_SANS_H

#include "certroll/make.h"
#include "certroll/rules.h"
#include "certroll/site.h"

struct san {
	char *name;          /**< "*.example.com", "example.com", "192.0.2.1" */
	const char **owners; /**< devices, each once; borrowed from the wishes */
	size_t owner_count;
	bool named; /**< by the user */
	bool added; /**< only because its wildcard was named */
};

struct sans {
	struct san *items; /**< in the order in which they were first wished for */
	size_t count;
	struct findings left_out; /**< "left-out": names of devices, with the reason; warnings */
};

struct sans_terms {
	bool private_ca; /**< also what public CAs do not issue: name_refuse_public() */
	bool exact;      /**< all names as they are: no wildcard made, no domain added */
};

/**
 * The set for these names; owner NULL: the user named it.  A wildcard that was named brings its
 * domain along.
 *
 * @return 0, or -1 with ERR_USAGE (a named one cannot be), ERR_CONFIG (nothing is left) or ERR_LIMIT
 *         (more than MAKE_MAX_NAMES); sans_free() in both cases
 */
int sans_make(struct sans *sans, const struct wanted_name *wanted, size_t count,
	      const struct sans_terms *terms, struct err *err) MUST_CHECK;

/** The same for the words of the command line, then the client names of the site's devices. */
int sans_of_site(struct sans *sans, const struct site *site, char *const *words, size_t word_count,
		 const struct sans_terms *terms, struct err *err) MUST_CHECK;

/** The names alone; the array is owned, its texts are borrowed. */
struct name_list sans_names(const struct sans *sans) MUST_CHECK;

void sans_free(struct sans *sans);

#endif
