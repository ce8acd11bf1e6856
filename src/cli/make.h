/**
 * @file
 * make: what the commands that make requests and certificates share.
 *
 * Layer: cli, private.
 */
#ifndef CERTROLL_CLI_MAKE_H
#define CERTROLL_CLI_MAKE_H

#include "certroll/cli.h"
#include "certroll/sans.h"

/**
 * The names of the words (from @p first on) and of the devices of the inventory, if one is given.
 *
 * @return 0, or -1; site_free() and sans_free() in both cases
 */
int make_names(const struct cli *cli, size_t first, bool private_ca, struct site *site,
	       struct sans *sans, struct err *err) MUST_CHECK;

/** Each name and what it is there for. */
void print_sans(const struct sans *sans);

/** A file that was written, and what it is. */
void print_file(const char *path, const char *format, ...) PRINTF_LIKE(2, 3);

/**
 * --password, if given: its value in @p out, else that stays empty.
 *
 * @param what  "the new private key"
 * @param anew  it shall protect something new: who types it types it twice
 */
int make_password(const struct cli *cli, const char *what, bool anew, struct secret *out,
		  struct err *err) MUST_CHECK;

#endif
