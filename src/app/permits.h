/*
 * permits: what the executor may do for this run: the programs, files and addresses that inventory and
 * command line name, and no others.
 */
#ifndef APP_PERMITS_H
#define APP_PERMITS_H

#include "certroll/site.h"

/* Before executor_start(). */
void permits_give(const struct site *site);

/* The words by which a webhook is called (executor_permit_call()). */
struct webhook_words {
	char within[24];
	const char *words[5];
};

void webhook_words(const struct site *site, const struct notifier *notifier,
		   struct webhook_words *out);

/* The program that hands mail on, with its arguments. */
void sendmail_words(const struct site *site, const char *argv[4]);

#endif
