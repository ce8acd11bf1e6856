#include "certroll/job.h"
#include "certroll/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SETTLE_MS = 10000 };

struct job *job_new(const struct device *device, const struct bundle *bundle)
{
	struct job *job = mem_alloc(sizeof *job);

	job->device = device;
	job->bundle = bundle;
	job->state = mem_alloc(device->driver->state_size);
	job->endpoints = endpoints_make(device, &job->endpoint_count);
	job->endpoint_at = job->endpoint_count;
	job->settle_ms = SETTLE_MS;
	return job;
}

struct job *job_new_look(struct endpoint *endpoint)
{
	struct job *job = mem_alloc(sizeof *job);

	job->device = endpoint->device;
	job->endpoints = endpoint;
	job->endpoint_count = 1;
	job->endpoints_borrowed = true;
	job_queue(job, verify_look, false);
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	for (size_t i = 0; i < FACT_COUNT; i++)
		mem_free(job->facts[i]);
	mem_free(job->expected_identity);
	job_shown_clear(job);
	if (!job->endpoints_borrowed)
		endpoints_free(job->endpoints, job->endpoint_count);
	findings_free(&job->notes);
	secret_free(&job->composed);
	mem_free(job->state);
	mem_free(job);
}

void job_queue(struct job *job, const struct step *steps, bool after_change)
{
	if (!steps || !steps->name || job->tables == JOB_MAX_TABLES)
		return;
	job->queue[job->tables++] =
		(struct job_table){ .steps = steps, .after_change = after_change };
}

void job_queue_undo(struct job *job, const struct step *steps)
{
	size_t before = job->tables;

	job_queue(job, steps, false);
	if (job->tables > before)
		job->queue[before].undo = true;
}

void job_restart(struct job *job)
{
	job->table = job->tables = job->row = 0;
	job->step_started_ms = job->wake_ms = 0;
	job->endpoint_at = job->endpoint_count;
	job->err = (struct err){ 0 };
	job->net = job->cut = NET_OK;
	job->changed = false;
	job->refusals = 0;
	job->undo = UNDO_NONE;
	job->undoing = false;
	job->undo_err = (struct err){ 0 };
}

static const struct step *step_at(const struct job *job)
{
	return job->table < job->tables ? &job->queue[job->table].steps[job->row] : NULL;
}

const char *job_step(const struct job *job)
{
	const struct step *step = step_at(job);

	return step && step->name ? step->name : "";
}

/* What is said first is the cause; what follows from it is not said, but of taking it back. */
static struct err *unsaid(struct job *job)
{
	if (job->err.code && job->table < job->tables && job->queue[job->table].undo)
		return &job->undo_err;
	return &job->err;
}

__attribute__((format(printf, 3, 0))) static void fail(struct job *job, enum err_code code,
						       const char *format, va_list values)
{
	struct err *err = unsaid(job);
	char sentence[sizeof job->err.text];

	if (err->code)
		return;
	vsnprintf(sentence, sizeof sentence, format, values);
	bundle_hide_key(job->bundle, sentence);
	err_set(err, code, "%s: %s", job_step(job), sentence);
}

enum verdict step_fail(struct job *job, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	fail(job, ERR_DEVICE, format, values);
	va_end(values);
	return STEP_FAIL;
}

static enum verdict net_fail(struct job *job, const struct reply *reply)
{
	struct err *err = unsaid(job);

	if (!err->code) {
		job->net = job->err.code ? job->net : reply->net;
		err_set(err, reply->net == NET_STOPPED ? ERR_INTERRUPT : ERR_NET, "%s: %s",
			job_step(job), reply->detail);
		bundle_hide_key(job->bundle, err->text);
	}
	return STEP_FAIL;
}

static void begin_step(struct job *job)
{
	secret_free(&job->composed);
	job->step_started_ms = 0;
	job->wake_ms = 0;
	job->unheard = job->refusals = 0;
	job->endpoint_at = job->endpoint_count;
}

/*
 * Any table may run that does not undo; after a failure only those that undo what a changed device
 * was left with, or tell how it ended up.
 */
static bool may_run(const struct job *job, const struct job_table *table)
{
	if (!job->err.code)
		return !table->undo;
	return job->changed && (table->after_change || table->undo);
}

static void next_table(struct job *job)
{
	job->row = 0;
	do
		job->table++;
	while (job->table < job->tables && !may_run(job, &job->queue[job->table]));
	begin_step(job);
}

static void next_row(struct job *job)
{
	job->row++;
	begin_step(job);
	if (step_at(job)->name)
		return;
	if (job->queue[job->table].undo && job->undo == UNDO_NONE)
		job->undo = job->undoing ? UNDO_DONE : UNDO_NEEDLESS;
	next_table(job);
}

static void next_after_failure(struct job *job)
{
	if (!job->err.code) /* a driver's slip: without a reason the job would count as done */
		err_set(&job->err, ERR_DEVICE, "%s: failed, the driver does not say why",
			job_step(job));
	if (job->queue[job->table].undo)
		job->undo = UNDO_FAILED;
	next_table(job);
}

static enum verdict again(struct job *job, const struct step *step)
{
	int within_ms = step->within_ms ? step->within_ms : job->settle_ms;

	if (job->now_ms - job->step_started_ms + step->every_ms > within_ms)
		return step_fail(job, "not done within %d seconds", (within_ms + 999) / 1000);
	job->wake_ms = job->now_ms + step->every_ms;
	return STEP_AGAIN;
}

static bool lost_as_expected(const struct step *step, const struct reply *reply)
{
	/* A box that restarts is silent or cuts off; one that says too much does not restart. */
	return reply->net != NET_OK && step->may_drop && reply->net != NET_UNTRUSTED &&
	       reply->net != NET_STOPPED && reply->net != NET_LIMIT;
}

/* How long the box asks us to wait, RFC 9110 10.2.3; else the step's period, or 1, 2, 4 ... 16 s. */
static int64_t pause_wanted(const struct job *job, const struct step *step,
			    const struct reply *reply)
{
	auto_free char *after = reply_header(reply, "Retry-After");
	int64_t seconds;

	if (after && text_number(after, 0, INT32_MAX, &seconds))
		return seconds ? seconds * 1000 : 1000;
	if (step->every_ms)
		return step->every_ms;
	return 1000 << (job->refusals < 4 ? job->refusals : 4);
}

/* A refusal for now: what reads is asked again, what changes only where the driver says it may be. */
static bool is_busy(const struct step *step, const struct reply *reply)
{
	return (reply->status == 503 || reply->status == 429) && (!step->changes || step->repeats);
}

static enum verdict when_free(struct job *job, const struct step *step, const struct reply *reply)
{
	int64_t pause_ms = pause_wanted(job, step, reply);
	int64_t within_ms = step->within_ms ? step->within_ms : JOB_BUSY_MS;

	if (job->now_ms - job->step_started_ms + pause_ms > within_ms)
		return step_fail(job,
				 "the box is busy (HTTP %d) and wants %lld seconds; certroll asks "
				 "for at most %lld",
				 reply->status, (long long)(pause_ms + 999) / 1000,
				 (long long)within_ms / 1000);
	job->refusals++;
	job->wake_ms = job->now_ms + pause_ms;
	return STEP_MORE; /* the same step once more, after the pause */
}

static enum verdict check_message(struct job *job, const struct step *step,
				  const struct reply *reply)
{
	enum verdict verdict;

	if (lost_as_expected(step, reply))
		return STEP_OK;
	if (reply->net != NET_OK)
		return net_fail(job, reply);
	if (is_busy(step, reply))
		return when_free(job, step, reply);
	if (reply->status != 101)
		return step_fail(job,
				 "the box does not open a WebSocket there (HTTP %d); is it one of "
				 "this kind, and the driver's option for the path right?",
				 reply->status);
	verdict = step->check(job, reply);
	if (verdict == STEP_LISTEN && ++job->unheard > JOB_MAX_UNHEARD)
		return step_fail(job, "the box sends many messages, but not the one waited for");
	return verdict;
}

static enum verdict check_http(struct job *job, const struct step *step, const struct reply *reply)
{
	if (lost_as_expected(step, reply))
		return step->every_ms ? STEP_AGAIN : STEP_OK;
	if (reply->net != NET_OK)
		return net_fail(job, reply);
	if (reply->status == 401 && !step->open)
		return step_fail(
			job,
			"the box refuses user '%s' with this password (HTTP 401); certroll "
			"does not try again, so that nothing is locked",
			job->device->user);
	if (is_busy(step, reply))
		return when_free(job, step, reply);
	job->refusals = 0;
	if (step->check)
		return step->check(job, reply);
	if (reply->status / 100 != 2)
		return step_fail(job, "the box answers HTTP %d", reply->status);
	return STEP_OK;
}

/* A command or files: what went wrong has been put into words where it was done. */
static enum verdict check_local(struct job *job, const struct step *step, const struct reply *reply)
{
	if (lost_as_expected(step, reply))
		return step->every_ms ? STEP_AGAIN : STEP_OK;
	if (reply->net != NET_OK)
		return net_fail(job, reply);
	if (*reply->detail)
		return step_fail(job, "%s", reply->detail);
	return step->check ? step->check(job, reply) : STEP_OK;
}

/* The admin connection's own handshake is the look at its port: no second one is needed. */
static void take_admin_chain(struct job *job, const struct reply *reply)
{
	for (size_t i = 0; reply->chain && i < job->endpoint_count; i++) {
		struct endpoint *endpoint = &job->endpoints[i];
		bool same_port = endpoint->service->port == job->device->port;

		if (same_port && !endpoint->before.looked && !job->device->driver->by_name)
			served_take(&endpoint->before, reply);
	}
}

static enum verdict check(struct job *job, const struct step *step, const struct reply *reply)
{
	switch (reply->kind) {
	case EXCHANGE_HTTP:
		return check_http(job, step, reply);
	case EXCHANGE_CHANNEL:
		return check_message(job, step, reply);
	case EXCHANGE_LINE:
	case EXCHANGE_FILES:
		return check_local(job, step, reply);
	default:
		return step->check(job, reply);
	}
}

/* What is in effect stays so; only that it lasts is in doubt. */
static enum verdict leave_unsaved(struct job *job)
{
	job_unsaved(job, job->err.text);
	job->err = (struct err){ 0 };
	job->net = NET_OK;
	return STEP_OK;
}

static void take_reply(struct job *job, const struct reply *reply)
{
	const struct step *step = step_at(job);
	enum verdict verdict;

	job->contacted = job->contacted || reply->net == NET_OK;
	if (reply->kind != EXCHANGE_HANDSHAKE)
		take_admin_chain(job, reply);
	if (reply->date) {
		job->clock_known = true;
		job->clock_skew = reply->date - job->wall;
	}
	verdict = check(job, step, reply);
	if (job->stranger)
		verdict = STEP_FAIL;
	if (verdict == STEP_AGAIN)
		verdict = again(job, step);
	if (verdict == STEP_FAIL && step->saves && !job->stranger && job->net != NET_STOPPED)
		verdict = leave_unsaved(job);
	if (verdict == STEP_FAIL)
		next_after_failure(job);
	else if (verdict == STEP_OK || verdict == STEP_SKIP)
		next_row(job);
}

static const char *option_path(const struct job *job, const struct step *step)
{
	const char *options = job->device->options;

	return *(char *const *)(const void *)(options + step->path);
}

/* Listening on: the rest of the time the step has. */
static enum verdict listen_on(struct job *job, const struct step *step, struct exchange *out)
{
	int64_t limit = step->within_ms ? step->within_ms : JOB_LISTEN_MS;
	int64_t left = limit - (job->now_ms - job->step_started_ms);

	if (left <= 0 && step->may_drop)
		return STEP_SKIP;
	if (left <= 0)
		return step_fail(job, "no answer in time");
	return exchange_listen(out, "/", (int)left);
}

static enum verdict build_step(struct job *job, const struct step *step, struct exchange *out)
{
	enum verdict verdict;

	memset(out, 0, sizeof *out);
	job->changing = false;
	if (job->unheard)
		return listen_on(job, step, out);
	if (job->dry && step->changes)
		return step_fail(job, "would change the device, which this run must not");
	verdict = step->build ? step->build(job, out) : exchange_get(out, option_path(job, step));
	if (verdict != STEP_OK)
		return verdict;
	if ((out->kind == EXCHANGE_HTTP || out->kind == EXCHANGE_CHANNEL) && out->path[0] != '/')
		return step_fail(job, "the path is empty or too long");
	if (out->kind == EXCHANGE_LINE && !out->text[0])
		return step_fail(job, "the command is empty or too long");
	out->may_drop = step->may_drop;
	job->undoing = job->undoing || (step->changes && job->queue[job->table].undo);
	job->changing = step->changes;
	job->changed_before = job->changed;
	out->open = step->open;
	out->once = step->changes;
	job->changed = job->changed || step->changes;
	return STEP_OK;
}

void job_withhold(struct job *job, const char *reason)
{
	job->changed = job->changed_before;
	job->changing = false;
	if (!job->err.code)
		err_set(&job->err, ERR_IO, "%s: not sent: %s", job_step(job), reason);
	next_table(job);
}

static void cut_off(struct job *job)
{
	bool late = job->cut == NET_TIMEOUT;

	if (!job->err.code)
		err_set(&job->err, late ? ERR_NET : ERR_INTERRUPT, "%s: %s", job_step(job),
			late ? "the time for this device is used up" : "cut off");
	job->net = job->cut;
	job->table = job->tables;
}

enum job_want job_advance(struct job *job, const struct reply *reply, struct exchange *out,
			  int64_t now_ms)
{
	const struct step *step;

	job->now_ms = now_ms;
	if (reply && step_at(job))
		take_reply(job, reply);
	while ((step = step_at(job))) {
		if (job->cut != NET_OK) {
			cut_off(job);
			break;
		}
		if (job->stopped && !job->changed) {
			err_set(&job->err, ERR_INTERRUPT, "stopped before '%s'", step->name);
			job->table = job->tables;
			break;
		}
		if (job->wake_ms > now_ms)
			return JOB_WAKE;
		if (!job->step_started_ms)
			job->step_started_ms = now_ms;
		switch (build_step(job, step, out)) {
		case STEP_OK:
			return JOB_SEND;
		case STEP_SKIP:
			next_row(job);
			break;
		default:
			next_after_failure(job);
			break;
		}
	}
	return JOB_ENDED;
}
