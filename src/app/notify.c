/*
 * Whoever is told of an audit: a program, a webhook, a mailbox.  Each is tried whatever became of the
 * others; the report was written before.
 */
#include "certroll/executor.h"
#include "certroll/log.h"
#include "certroll/notice.h"
#include "permits.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_MS = 30000 };

static const char *program_of(const struct site *site, const struct notifier *notifier)
{
	const char *argv[4];

	sendmail_words(site, argv);
	return notifier->kind == NOTIFIER_CMD ? notifier->argv[0] : argv[0];
}

/* --- is it there? ----------------------------------------------------------------------------- */

static int look_at_program(const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status) || !S_ISREG(status.st_mode) || access(path, X_OK))
		return err_set(err, ERR_IO, "there is no program %s", path);
	return 0;
}

/* Every night, not only when there is something to tell: that night would be the wrong one. */
static int look(const struct site *site, const struct notifier *notifier, struct err *err)
{
	const struct secret *key;

	if (notifier->kind == NOTIFIER_WEBHOOK)
		return notifier_key(notifier, &key, err);
	if (look_at_program(program_of(site, notifier), err) == 0)
		return 0;
	return notifier->kind == NOTIFIER_CMD
		       ? -1
		       : err_wrap(err, "install a mail transfer agent or name its sendmail with "
				       "--sendmail");
}

/* --- one notice to one ------------------------------------------------------------------------ */

static int run(const struct site *site, const char *const *argv, const char *input, struct err *err)
{
	int64_t limit = site->request->timeout_ms;
	struct program program = { .argv = argv,
				   .input = input,
				   .input_len = strlen(input),
				   .within_ms = limit ? (int)limit : PROGRAM_MS };
	struct ran ran;

	if (executor_run(&program, &ran, err))
		return -1;
	return ran_judge(&ran, program.within_ms, err);
}

static int tell_program(const struct site *site, const struct notifier *notifier, const char *json,
			struct err *err)
{
	auto_free char *line = text_format("%s\n", json);

	return run(site, (const char *const *)notifier->argv, line, err);
}

static int tell_mailbox(const struct site *site, const struct notifier *notifier, const char *json,
			struct err *err)
{
	const char *argv[4];
	auto_free char *mail = notice_mail(json, notifier->address);

	if (!mail)
		return err_set(err, ERR_IO, "the notice that was kept is no notice");
	sendmail_words(site, argv);
	return run(site, argv, mail, err);
}

static int tell_webhook(const struct site *site, const struct notifier *notifier, const char *json,
			struct err *err)
{
	const struct secret *key;
	struct call_part parts[2] = { { json, strlen(json) } };
	struct webhook_words webhook;

	if (notifier_key(notifier, &key, err))
		return -1;
	if (key)
		parts[1] = (struct call_part){ key->bytes, key->len };
	webhook_words(site, notifier, &webhook);
	return executor_call(webhook.words, parts, key ? 2 : 1, err);
}

static int tell(const struct site *site, const struct notifier *notifier, const char *json,
		struct err *err)
{
	static int (*const ways[])(const struct site *, const struct notifier *, const char *,
				   struct err *) = {
		[NOTIFIER_CMD] = tell_program,
		[NOTIFIER_WEBHOOK] = tell_webhook,
		[NOTIFIER_MAIL] = tell_mailbox,
	};

	return ways[notifier->kind](site, notifier, json, err);
}

/* --- all -------------------------------------------------------------------------------------- */

/* In their order: who is told of a change must know what went before. */
static int tell_unsent(const struct site *site, const struct notifier *notifier, const char *state,
		       struct err *err)
{
	for (int i = 0; i < UNSENT_MAX; i++) {
		auto_free char *path = NULL;
		auto_free char *json = unsent_next(state, notifier->text, &path);

		if (!json)
			return 0;
		if (tell(site, notifier, json, err))
			return -1;
		if (unlink(path))
			return err_set(err, ERR_IO, "%s cannot be removed, and would be sent again",
				       path);
	}
	return 0;
}

static int tell_one(const struct site *site, const struct notifier *notifier, const char *state,
		    const char *json)
{
	struct err err = { 0 }, unkept = { 0 };

	if (look(site, notifier, &err) == 0 && tell_unsent(site, notifier, state, &err) == 0 &&
	    (!json || tell(site, notifier, json, &err) == 0))
		return 0;
	if (!json)
		log_error(NULL, "%s: %s", notifier->shown, err.text);
	else if (unsent_keep(state, notifier->text, json, site->now, &unkept) == 0)
		log_error(NULL, "%s: %s; the notice is kept, and the next audit tries again",
			  notifier->shown, err.text);
	else
		log_error(NULL, "%s: %s; the notice is lost: %s", notifier->shown, err.text,
			  unkept.text);
	return -1;
}

size_t notice_send(const struct site *site, const char *json)
{
	auto_free char *state = site_state(site->request->state);
	const struct notifiers *lists[] = { &site->notifiers, site->inventory
								      ? &site->inventory->notify
								      : &site->notifiers };
	size_t failed = 0;

	for (size_t i = 0; i < COUNT(lists) && (i == 0 || lists[i] != lists[0]); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			failed += tell_one(site, &lists[i]->items[j], state, json) != 0;
	return failed;
}
