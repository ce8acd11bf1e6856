/**
 * @file
 * options: the command line, as one table of rows that also writes the help.
 */
#ifndef MOCK_OPTIONS_H
#define MOCK_OPTIONS_H

#include "fault.h"
#include "profile.h"
#include "range.h"
#include "service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/** A value given for one address, or for all of them; a list. */
struct option_entry {
	struct option_entry *next;
	uint32_t address; /**< 0: all */
	char *value;      /**< owned */
};

/** Strings are borrowed from argv unless said otherwise. */
struct options {
	struct profile profile; /**< of all boxes, or what a roster leaves out */
	struct range range;
	uint16_t ports[SERVICE_COUNT];
	const char *port_file, *control, *log, *factory_ca;
	const char *fleet;                   /**< a roster, "-" for standard input */
	const char *installed;               /**< a bundle every box serves from the start */
	const char *factory_keys;            /**< made by others; NULL: by itself */
	const char *rejected;                /**< a chain every box has refused before */
	struct option_entry *names, *faults; /**< owned */
	struct fault_lot lot;                /**< random faults */
	bool with_stdin, help;
	int64_t idle_exit_s; /**< 0: never */
};

/** Read the command line; -1 with the reason.  Release with options_clear() in either case. */
int options_parse(struct options *options, int argc, char **argv, struct err *err);

/** Print the help text on stdout. */
void options_help(void);

/** Release what the options own. */
void options_clear(struct options *options);

/** Take "ADDRESS=VALUE" or "VALUE" apart: the address (0: all) and where the value starts. */
int options_split_address(const char *text, uint32_t *address, const char **value, struct err *err);

#endif
