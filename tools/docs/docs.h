/**
 * @file
 * docs: manual pages, completions and JSON schemas, written from the tables of the program.
 *
 * Runs when the project is built and is not installed.  A page is a frame (docs/man) in which lines
 * "@name argument@" stand for what a table says.
 */
#ifndef TOOLS_DOCS_H
#define TOOLS_DOCS_H

#include "certroll/cli.h"
#include "certroll/schema.h"
#include <stdbool.h>
#include <stdio.h>

/** @name mdoc(7)
 * @{ */
/** A paragraph of Markdown (words and `code`), a sentence a line. */
void mdoc_text(FILE *out, const char *markdown);

/** As mdoc_text(), with a capital letter and a full stop. */
void mdoc_sentence(FILE *out, const char *text);

/** One argument of a macro, in quotes. */
void mdoc_arg(FILE *out, const char *text);

/** A line as it is, line end included. */
void mdoc_verbatim(FILE *out, const char *line);

/** A macro with one argument, as a line: ".Ss audit". */
void mdoc_line(FILE *out, const char *macro, const char *argument);
/** @} */

/** @name What may stand in a frame.  @return false: the argument is unknown
 * @{ */
bool frame_date(FILE *out, const char *argument);
bool frame_command(FILE *out, const char *name);
bool frame_commands(FILE *out, const char *argument); /**< those without a line of their own */
bool frame_options(FILE *out, const char *argument);
bool frame_exits(FILE *out, const char *argument);
bool frame_keys(FILE *out, const char *which); /**< device, shared or group */
bool frame_profiles(FILE *out, const char *argument);
bool frame_rules(FILE *out, const char *argument);
bool frame_findings(FILE *out, const char *argument);
bool frame_drivers(FILE *out, const char *argument);
/** @} */

/** @name Completion
 * @{ */
void complete_bash(FILE *out);
void complete_zsh(FILE *out);
void complete_fish(FILE *out);

enum word_kind {
	WORD_ANY,
	WORD_FILE,
	WORD_FOLDER,
	WORD_LISTED,
	WORD_FIRST, /**< the first is listed, the others are files */
};

/** What can stand for the value of an option. */
enum word_kind complete_option(const struct cli_option *option);

/** What can stand behind a command; with WORD_LISTED and WORD_FIRST these words, NULL-terminated. */
enum word_kind complete_words(const struct command *command, const char *const **words);
/** @} */

/** @name JSON schema (draft-07, which editors know best)
 * @{ */
void schema_inventory(FILE *out);

/** @param frame  file of what no table has */
void schema_report(FILE *out, const char *frame);
/** @} */

#endif
