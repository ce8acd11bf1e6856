#include "local.h"
#include "certroll/clock.h"
#include "certroll/schema.h"
#include "certroll/text.h"
#include "place.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_MAX = 65536, SAID_MAX = 4096, QUOTE_MAX = 100, ENVIRONMENT = 5 };

struct local {
	struct loop *loop;
	pid_t child; /* 0: none */
	struct watch output;
	struct watch ended; /* its pidfd */
	struct timer timer;
	int within_ms;
	struct reply reply;
	struct buf said; /* the end of its output */
	void (*done)(void *arg, const struct reply *);
	void *arg;
};

/* --- the program ------------------------------------------------------------------------------ */

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

/* What the program may know of our surroundings: no passwords that came as variables. */
static void build_environment(char *out[ENVIRONMENT])
{
	static const char *const names[] = { "PATH", "HOME", "USER", "LANG" };
	size_t count = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value)
			out[count++] = text_format("%s=%s", names[i], value);
	}
}

/* A group and signals of its own, nothing to read, and no descriptor of ours but its output. */
static int spawn(const struct text_list *command, int output, pid_t *child)
{
	auto_free char **argv = mem_alloc((command->count + 1) * sizeof *argv);
	char *environment[ENVIRONMENT] = { 0 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int failed;

	memcpy(argv, command->items, command->count * sizeof *argv);
	build_environment(environment);
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	failed = posix_spawn(child, argv[0], &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	for (size_t i = 0; i < ENVIRONMENT; i++)
		mem_free(environment[i]);
	return failed;
}

static void close_watch(struct loop *loop, struct watch *watch)
{
	loop_watch(loop, watch, 0);
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

static void let_go(struct local *local)
{
	timer_stop(local->loop, &local->timer);
	close_watch(local->loop, &local->ended);
	close_watch(local->loop, &local->output);
}

/* With everything it started, which shares its process group. */
static void kill_program(struct local *local)
{
	if (!local->child)
		return;
	kill(-local->child, SIGKILL);
	while (waitpid(local->child, NULL, 0) < 0 && errno == EINTR)
		;
	local->child = 0;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void finish(void *arg)
{
	struct local *local = arg;

	let_go(local);
	local->reply.head = "";
	local->reply.body = buf_text(&local->said);
	local->done(local->arg, &local->reply);
}

/* Add the end of these bytes, and let go of as much of what is there. */
static void keep_end(struct buf *said, const char *bytes, size_t count)
{
	size_t kept = count < SAID_MAX ? count : SAID_MAX;
	size_t left = said->len < SAID_MAX - kept ? said->len : SAID_MAX - kept;

	if (left < said->len)
		memmove(said->data, said->data + said->len - left, left);
	said->len = left;
	(void)!buf_add(said, bytes + count - kept, kept); /* there is room now */
}

/* A pipe holds no more than is read at once (pipe(7)): after the program's end once is enough. */
static void on_said(void *arg, uint32_t events)
{
	struct local *local = arg;
	char bytes[PIPE_MAX];
	ssize_t got = read(local->output.fd, bytes, sizeof bytes);

	(void)events;
	if (got > 0)
		keep_end(&local->said, bytes, (size_t)got);
	else if (got == 0)
		loop_watch(local->loop, &local->output, 0);
}

/* Its last line: there programs say why. */
static char *last_line(const struct buf *said)
{
	const char *text = buf_text(said), *from;
	size_t end = strlen(text);

	while (end && strchr(" \r\n", text[end - 1]))
		end--;
	from = text + end;
	while (from > text && from[-1] != '\n')
		from--;
	return text_printable(from, (size_t)(text + end - from), QUOTE_MAX);
}

static void on_ended(void *arg, uint32_t events)
{
	struct local *local = arg;
	char *detail = local->reply.detail;
	auto_free char *said = NULL;
	int status = 0;

	(void)events;
	if (waitpid(local->child, &status, WNOHANG) != local->child)
		return;
	local->child = 0;
	on_said(local, EPOLLIN);
	said = last_line(&local->said);
	if (WIFSIGNALED(status))
		snprintf(detail, sizeof local->reply.detail,
			 "the files are written, but the command was ended by signal %d",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(detail, sizeof local->reply.detail,
			 "the files are written, but the command ended with status %d: %s",
			 WEXITSTATUS(status), said);
	finish(local);
}

static void on_timeout(void *arg)
{
	struct local *local = arg;

	kill_program(local);
	snprintf(local->reply.detail, sizeof local->reply.detail,
		 "the files are written, but the command did not end within %d seconds",
		 local->within_ms / 1000);
	finish(local);
}

static void finish_soon(struct local *local, const struct err *err)
{
	snprintf(local->reply.detail, sizeof local->reply.detail, "%.199s", err->text);
	local->timer.fire = finish;
	timer_set(local->loop, &local->timer, clock_mono_ms());
}

static int run(struct local *local, const struct text_list *command, struct err *err)
{
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
	local->output.fd = ends[0];
	fcntl(ends[0], F_SETFL, O_NONBLOCK); /* our end alone: the program writes as ever */
	failed = spawn(command, ends[1], &local->child);
	close(ends[1]);
	if (failed) {
		local->child = 0;
		return err_set(err, ERR_IO, "the files are written, but %s: %s", command->items[0],
			       strerror(failed));
	}
	local->ended.fd = pidfd_open(local->child, 0);
	if (local->ended.fd < 0) {
		kill_program(local);
		return err_set(err, ERR_IO, "pidfd: %s", strerror(errno));
	}
	loop_watch(local->loop, &local->ended, EPOLLIN);
	loop_watch(local->loop, &local->output, EPOLLIN);
	timer_set(local->loop, &local->timer, clock_mono_ms() + local->within_ms);
	return 0;
}

/* --- what others call ------------------------------------------------------------------------- */

struct local *local_start(struct loop *loop, const struct exchange *exchange, int within_ms,
			  void (*done)(void *arg, const struct reply *), void *arg)
{
	struct local *local = mem_alloc(sizeof *local);
	struct err err = { 0 };
	int failed;

	local->loop = loop;
	local->within_ms = exchange->within_ms ? exchange->within_ms : within_ms;
	local->reply.kind = EXCHANGE_FILES;
	local->done = done;
	local->arg = arg;
	local->output = (struct watch){ .fd = -1, .ready = on_said, .arg = local };
	local->said = BUF_MAX(SAID_MAX);
	local->ended = (struct watch){ .fd = -1, .ready = on_ended, .arg = local };
	local->timer = (struct timer){ .fire = on_timeout, .arg = local };
	failed = look_at_program(exchange, &err) || place_look(exchange, &err);
	if (!failed && !exchange->look)
		failed = place_files(exchange, &err) ||
			 (exchange->command && exchange->command->count &&
			  run(local, exchange->command, &err));
	if (failed || !local->child)
		finish_soon(local, &err);
	return local;
}

void local_stop(struct local *local)
{
	if (!local)
		return;
	kill_program(local);
	let_go(local);
	buf_free(&local->said);
	mem_free(local);
}
