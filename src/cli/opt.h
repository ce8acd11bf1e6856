/**
 * @file
 * opt: the table of options; what a command takes of them is in its row of commands.c.
 *
 * Layer: cli, private.
 */
#ifndef CERTROLL_CLI_OPT_H
#define CERTROLL_CLI_OPT_H

#include "certroll/cli.h"
#include <stddef.h>

enum { OPT_MAX = 128 };

enum opt_kind {
	OPT_FLAG,
	OPT_TEXT,
	OPT_FAULT,
	OPT_NOTIFY,
	OPT_REPORT,
	OPT_LINEAGE,
	OPT_DURATION,
	OPT_NUMBER,
	OPT_CHOICE,
	OPT_PROFILE,
	OPT_TIME,
	OPT_LIFE,
	OPT_HELP
};

struct opt {
	const char *name;
	char letter;
	enum opt_kind kind;
	size_t offset;     /* in struct cli */
	const char *value; /* how help calls the value */
	const char *help;
	const char *const *choices;
	int64_t max; /* of numbers, and of durations in milliseconds */
};

/* Ended by a row without a name. */
extern const struct opt opts[];

#endif
