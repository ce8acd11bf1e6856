/**
 * @file
 * config: the file behind --config, for hooks and timers.
 *
 * A line is a long option of deploy or resume without its dashes: `name = value`, or the name alone.
 * `inventory` begins the next one; what stands above the first is for all.
 *
 * Layer: cli, private.
 */
#ifndef CERTROLL_CLI_CONFIG_H
#define CERTROLL_CLI_CONFIG_H

#include "certroll/cli.h"

enum { CONFIG_MAX_BYTES = 65536, CONFIG_MAX_LINES = 1000, CONFIG_MAX_SITES = 64 };

struct config {
	char *words[CONFIG_MAX_LINES]; /**< "--name=value"; what the options point into */
	size_t word_count;
	struct cli common; /**< above the first inventory */
	struct cli sites[CONFIG_MAX_SITES];
	size_t count;
};

/**
 * Read the file for one command.  Options that only the other one of deploy and resume takes are
 * passed over.
 *
 * @return 0, or -1 with ERR_IO, ERR_LIMIT or ERR_CONFIG, with the line; config_free() in both cases
 */
int config_load(struct config *config, const char *path, const struct command *command,
		struct err *err) MUST_CHECK;
void config_free(struct config *config);

#endif
