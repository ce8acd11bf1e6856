/**
 * @file
 * handout: what people need to make their phones and computers trust a private root.
 *
 * The root in the forms that clients take, a configuration profile for Apple's, and one page of
 * steps with the fingerprint.  Everything is derived from the root and the names given, nothing from
 * the clock: the same input gives the same bytes (but for a signature).  No private key is ever in
 * it.
 *
 * Layer: app.
 */
#ifndef CERTROLL_HANDOUT_H
#define CERTROLL_HANDOUT_H

#include "certroll/buf.h"
#include "certroll/bundle.h"
#include "certroll/err.h"

enum {
	HANDOUT_TITLE_MAX = 80,       /**< bytes of the name shown to people */
	HANDOUT_IDENTIFIER_MAX = 200, /**< bytes of the profile's identifier */
	HANDOUT_FILE_MAX = 512 * 1024,
};

struct handout {
	const struct cert *root; /**< borrowed */
	char *title;             /**< how people call it */
	/**
	 * PayloadIdentifier: installing a profile replaces the one with the same identifier.  Unless
	 * given it holds a part of the fingerprint, so that no other root is ever replaced.
	 */
	char *identifier;
	char *profile_name; /**< file name of the profile: "example-root.mobileconfig" */
};

/**
 * @param title       NULL or empty: the root's own name
 * @param identifier  letters, digits, hyphens, and dots between them; NULL: derived
 * @return 0, or -1 with ERR_USAGE and what is wrong with the identifier
 */
int handout_init(struct handout *handout, const struct cert *root, const char *title,
		 const char *identifier, struct err *err) MUST_CHECK;
void handout_free(struct handout *handout);

#define auto_handout __attribute__((cleanup(handout_free))) struct handout

/** SHA-256 to be read out: four lines of eight bytes, "AB CD EF 01  23 45 67 89".  Owned. */
char *handout_fingerprint(const struct cert *root) MUST_CHECK;

/** @name The files that are made, not copied
 * Owned texts.
 * @{ */
char *handout_profile(const struct handout *handout) MUST_CHECK; /**< XML property list */
char *handout_html(const struct handout *handout) MUST_CHECK;
char *handout_text(const struct handout *handout) MUST_CHECK;
/** @} */

/**
 * Write all files into a folder (made with mode 0755 when it is not there, its parent must be): each
 * whole or not at all, mode 0644.  Those of the same root are replaced; a folder in which another
 * root.pem lies is refused.
 *
 * @param signer  signs the profile (sign.h); NULL: nobody does
 * @return 0, or -1 with ERR_IO naming file or folder, or as cms_sign()
 */
int handout_write(const struct handout *handout, const char *folder, const struct bundle *signer,
		  struct err *err) MUST_CHECK;

enum { HANDOUT_FILES = 6 };

/** A file that handout_write() writes, and what it is for. */
struct handout_file {
	const char *name, *purpose;
};

/** All of them, for the report.  Names are borrowed from the handout. */
void handout_files(const struct handout *handout, struct handout_file files[HANDOUT_FILES]);

#endif
