#include "local.h"
#include "certroll/clock.h"
#include "certroll/executor.h"
#include "certroll/schema.h"
#include "certroll/text.h"
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

struct local {
	struct loop *loop;
	struct watch ended; /* the executor's answer */
	struct timer timer; /* where there is nothing to wait for */
	int within_ms;
	struct reply reply;
	struct ran ran;
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

static int look_at_program(const struct exchange *exchange, struct err *err)
{
	const char *program;
	struct stat status;

	if (!exchange->command || !exchange->command->count)
		return 0;
	program = exchange->command->items[0];
	if (stat(program, &status) || !S_ISREG(status.st_mode) || access(program, X_OK))
		return err_set(err, ERR_IO, "there is no program %s", program);
	return 0;
}

static int place(const struct exchange *exchange, struct err *err)
{
	struct placed_file files[EXCHANGE_MAX_FILES];
	struct placing placing = { .files = files,
				   .count = exchange->file_count,
				   .owner = exchange->owner,
				   .mode = exchange->mode,
				   .look = exchange->look };

	for (size_t i = 0; i < exchange->file_count; i++) {
		const struct exchange_file *file = &exchange->files[i];

		files[i] = (struct placed_file){ file->path, file->body.data, file->body.len,
						 file->secret };
	}
	return executor_place(&placing, err);
}

static void finish(void *arg)
{
	struct local *local = arg;

	timer_stop(local->loop, &local->timer);
	local->reply.head = "";
	local->reply.body = local->ran.said;
	local->done(local->arg, &local->reply);
}

static void finish_soon(struct local *local, const struct err *err)
{
	snprintf(local->reply.detail, sizeof local->reply.detail, "%.199s", err->text);
	timer_set(local->loop, &local->timer, clock_mono_ms());
}

static void on_ended(void *arg, uint32_t events)
{
	struct local *local = arg;
	int fd = local->ended.fd;
	char *detail = local->reply.detail;
	struct err err = { 0 };

	(void)events;
	loop_watch(local->loop, &local->ended, 0);
	local->ended.fd = -1;
	if (executor_end(fd, &local->ran, &err))
		snprintf(detail, sizeof local->reply.detail, "the files are written, but %.160s",
			 err.text);
	else if (ran_judge(&local->ran, local->within_ms, &err))
		snprintf(detail, sizeof local->reply.detail,
			 "the files are written, but the command %.160s", err.text);
	finish(local);
}

static int run(struct local *local, const struct text_list *command, struct err *err)
{
	auto_free const char **argv = mem_alloc((command->count + 1) * sizeof *argv);
	struct program program = { .argv = argv, .within_ms = local->within_ms };

	for (size_t i = 0; i < command->count; i++)
		argv[i] = command->items[i];
	local->ended.fd = executor_begin(&program, err);
	if (local->ended.fd < 0)
		return err_wrap(err, "the files are written, but the command did not run");
	loop_watch(local->loop, &local->ended, EPOLLIN);
	return 0;
}

/* --- what others call ------------------------------------------------------------------------- */

struct local *local_start(struct loop *loop, const struct exchange *exchange, int within_ms,
			  void (*done)(void *arg, const struct reply *), void *arg)
{
	struct local *local = mem_alloc(sizeof *local);
	struct err err = { 0 };

	local->loop = loop;
	local->within_ms = exchange->within_ms ? exchange->within_ms : within_ms;
	local->reply.kind = EXCHANGE_FILES;
	local->done = done;
	local->arg = arg;
	local->ended = (struct watch){ .fd = -1, .ready = on_ended, .arg = local };
	local->timer = (struct timer){ .fire = finish, .arg = local };
	if (look_at_program(exchange, &err) || place(exchange, &err) || exchange->look ||
	    !exchange->command || !exchange->command->count || run(local, exchange->command, &err))
		finish_soon(local, &err);
	return local;
}

void local_stop(struct local *local)
{
	if (!local)
		return;
	timer_stop(local->loop, &local->timer);
	loop_watch(local->loop, &local->ended, 0);
	if (local->ended.fd >= 0)
		close(local->ended.fd);
	mem_free(local);
}
