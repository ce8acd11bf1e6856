#include "permits.h"
#include "certroll/driver.h"
#include "certroll/executor.h"
#include "certroll/text.h"
#include "certroll/webhook.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what devices need ------------------------------------------------------------------------ */

static void permit_list(const struct text_list *list)
{
	auto_free const char **argv = mem_alloc((list->count + 1) * sizeof *argv);

	for (size_t i = 0; i < list->count; i++)
		argv[i] = list->items[i];
	executor_permit_program(argv);
}

/* A driver replaces what stands in an option for a file, and runs what stands in a list. */
static void permit_option(const char *key, const struct field *row, void *options)
{
	void *at = (char *)options + row->offset;

	(void)key;
	if (row->type == FIELD_FILE && *(char **)at)
		executor_permit_file(*(char **)at);
	if (row->type == FIELD_LIST && ((struct text_list *)at)->count)
		permit_list(at);
}

/* --- what notifiers need ---------------------------------------------------------------------- */

void sendmail_words(const struct site *site, const char *argv[4])
{
	const char *program = site->request->sendmail;

	argv[0] = program ? program : "/usr/sbin/sendmail";
	argv[1] = "-t";
	argv[2] = "-i";
	argv[3] = NULL;
}

void webhook_words(const struct site *site, const struct notifier *notifier,
		   struct webhook_words *out)
{
	const struct site_request *request = site->request;

	snprintf(out->within, sizeof out->within, "%" PRId64, request->timeout_ms);
	out->words[0] = notifier->url;
	out->words[1] = notifier->plain ? "http" : "https";
	out->words[2] = request->ca_file ? request->ca_file : "";
	out->words[3] = out->within;
	out->words[4] = NULL;
}

/* In a process of the executor: see webhook_words().  The parts are the notice and the key. */
static int send_webhook(const char *const *words, const struct call_part *parts, size_t count,
			struct err *err)
{
	auto_free char *json = mem_copy(parts[0].bytes, count ? parts[0].len : 0);
	auto_secret key = { 0 };
	struct webhook webhook = { .url = words[0],
				   .plain = strcmp(words[1], "http") == 0,
				   .ca_file = *words[2] ? words[2] : NULL,
				   .within_ms = strtoll(words[3], NULL, 10),
				   .key = count > 1 ? &key : NULL };

	if (count > 1)
		secret_set(&key, parts[1].bytes, parts[1].len);
	return webhook_send(&webhook, json, err);
}

static void permit_notifier(const struct site *site, const struct notifier *notifier)
{
	struct webhook_words webhook;
	const char *argv[4];

	switch (notifier->kind) {
	case NOTIFIER_CMD:
		executor_permit_program((const char *const *)notifier->argv);
		break;
	case NOTIFIER_MAIL:
		sendmail_words(site, argv);
		executor_permit_program(argv);
		break;
	case NOTIFIER_WEBHOOK:
		webhook_words(site, notifier, &webhook);
		executor_permit_call(send_webhook, webhook.words);
		break;
	}
}

void permits_give(const struct site *site)
{
	const struct inventory *inventory = site->inventory;

	for (size_t i = 0; i < site->notifiers.count; i++)
		permit_notifier(site, &site->notifiers.items[i]);
	for (size_t i = 0; inventory && i < inventory->notify.count; i++)
		permit_notifier(site, &inventory->notify.items[i]);
	for (size_t i = 0; inventory && i < inventory->count; i++) {
		const struct device *device = &inventory->devices[i];

		if (site->chosen[i])
			schema_each(device->driver->options, permit_option, device->options);
	}
}
