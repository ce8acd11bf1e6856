#include "runner.h"
#include "certroll/clock.h"
#include "certroll/secret.h"
#include "permit.h"
#include "place.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_MAX = 65536, ENVIRONMENT = 5 };

/* What the program may know of our surroundings: no passwords that came as variables. */
static const char *const variables[] = { "PATH", "HOME", "USER", "LANG" };

bool runner_passes(const char *variable)
{
	for (size_t i = 0; i < COUNT(variables); i++) {
		size_t len = strlen(variables[i]);

		if (strncmp(variable, variables[i], len) == 0 && variable[len] == '=')
			return true;
	}
	return false;
}

static void build_environment(char *out[ENVIRONMENT])
{
	size_t count = 0;

	for (size_t i = 0; i < COUNT(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value)
			out[count++] = text_format("%s=%s", variables[i], value);
	}
}

/* A group and signals of its own, and no descriptor of ours but its input and output. */
static int spawn(const char *const *argv, int input, int output, pid_t *child)
{
	char *environment[ENVIRONMENT] = { 0 };
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int cause;

	build_environment(environment);
	sigemptyset(&none);
	sigemptyset(&usual);
	for (size_t i = 0; i < COUNT(ignored); i++)
		sigaddset(&usual, ignored[i]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	cause = posix_spawn(child, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv,
			    environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	for (size_t i = 0; environment[i]; i++)
		mem_free(environment[i]);
	return cause;
}

/* Add the end of these bytes, and let go of as much of what is there. */
static void keep_end(struct ran *ran, const char *bytes, size_t count)
{
	size_t kept = count < EXECUTOR_SAID ? count : EXECUTOR_SAID;
	size_t left = ran->said_len < EXECUTOR_SAID - kept ? ran->said_len : EXECUTOR_SAID - kept;

	if (left < ran->said_len)
		memmove(ran->said, ran->said + ran->said_len - left, left);
	memcpy(ran->said + left, bytes + count - kept, kept);
	ran->said_len = left + kept;
}

/* false: it will say no more. */
static bool read_some(int fd, struct ran *ran)
{
	char bytes[PIPE_MAX];
	ssize_t got = read(fd, bytes, sizeof bytes);

	if (got > 0)
		keep_end(ran, bytes, (size_t)got);
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void note_end(int status, struct ran *ran)
{
	ran->end = WIFSIGNALED(status) ? RAN_KILLED : RAN_EXITED;
	ran->number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

/* With everything it started, which shares its process group. */
static void kill_program(pid_t child)
{
	kill(-child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Until the program has ended, its time is up, or nobody waits for it.  A pipe holds no more than is
 * read at once (pipe(7)): after the program's end once is enough. */
static void attend(pid_t child, int output, int answer, int within_ms, struct ran *ran)
{
	int64_t deadline = clock_mono_ms() + within_ms;
	struct pollfd wishes[] = { { .fd = pidfd_open(child, 0), .events = POLLIN },
				   { .fd = output, .events = POLLIN },
				   { .fd = answer } };
	int status;

	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		int ready = left > 0 ? poll(wishes, COUNT(wishes), (int)left) : 0;

		if (wishes[0].fd < 0 || ready == 0 || (ready > 0 && wishes[2].revents))
			break;
		if (ready > 0 && wishes[1].revents && !read_some(output, ran))
			wishes[1].fd = -1;
		if (waitpid(child, &status, WNOHANG) == child) {
			read_some(output, ran);
			note_end(status, ran);
			return;
		}
	}
	kill_program(child);
	ran->end = RAN_LATE;
}

static void run(const char *const *argv, int within_ms, int input, int answer, struct ran *ran)
{
	int ends[2] = { -1, -1 };
	pid_t child = 0;

	ran->end = RAN_REFUSED;
	if (!permits(ORDER_RUN, argv)) {
		ran->number = EPERM;
		return;
	}
	ran->number = pipe2(ends, O_CLOEXEC) ? errno : spawn(argv, input, ends[1], &child);
	close(ends[1]);
	if (ran->number)
		return;
	fcntl(ends[0], F_SETFL, O_NONBLOCK); /* our end alone: the program writes as ever */
	attend(child, ends[0], answer, within_ms, ran);
}

static executor_function *function;

void runner_calls(executor_function *called)
{
	function = called;
}

/* The parts, in pages that are wiped with bytes. */
static int read_parts(const struct order *order, int input, struct secret *bytes,
		      struct call_part parts[EXECUTOR_MAX_PARTS], struct err *err)
{
	size_t used = 0, all = 0;

	for (size_t i = 0; i < order->part_count && all <= EXECUTOR_MAX_INPUT; i++)
		all += order->parts[i].len;
	if (all > EXECUTOR_MAX_INPUT)
		return err_set(err, ERR_LIMIT, "more than %d bytes", EXECUTOR_MAX_INPUT);
	if (secret_read(bytes, input, all, err))
		return -1;
	if (bytes->len < all)
		return err_set(err, ERR_IO, "not all of it came");
	for (size_t i = 0; i < order->part_count; i++) {
		parts[i] = (struct call_part){ bytes->bytes + used, order->parts[i].len };
		used += parts[i].len;
	}
	return 0;
}

static int place(const struct order *order, const char *const *words, const struct call_part *parts,
		 struct err *err)
{
	struct placed_file files[EXECUTOR_MAX_PARTS];
	struct placing placing = { .files = files,
				   .count = order->part_count,
				   .owner = words[0],
				   .mode = order->mode,
				   .look = order->look };

	for (size_t i = 0; i < placing.count; i++) {
		files[i] = (struct placed_file){ words[i + 1], parts[i].bytes, parts[i].len,
						 order->parts[i].secret };
		if (!permits(ORDER_PLACE, (const char *const[]){ files[i].path, NULL }))
			return err_set(err, ERR_IO, "%s: the inventory names no such file",
				       files[i].path);
	}
	return place_look(&placing, err) || (!placing.look && place_files(&placing, err)) ? -1 : 0;
}

static int act(const struct order *order, const char *const *words, int input, struct err *err)
{
	struct call_part parts[EXECUTOR_MAX_PARTS];
	auto_secret bytes = { 0 };

	if (read_parts(order, input, &bytes, parts, err))
		return -1;
	if (order->kind == ORDER_PLACE)
		return place(order, words, parts, err);
	if (!function || !permits(ORDER_CALL, words))
		return err_set(err, ERR_IO, "the inventory names no such thing");
	return function(words, parts, order->part_count, err);
}

/* Whoever sends it may have been taken over: nothing is taken for granted. */
static bool split(const struct order *order, const char *words[EXECUTOR_MAX_ARGUMENTS + 1])
{
	const char *at = order->argv, *end = at + sizeof order->argv;

	if (!order->count || order->count > EXECUTOR_MAX_ARGUMENTS || end[-1] ||
	    order->part_count > EXECUTOR_MAX_PARTS ||
	    (order->kind == ORDER_PLACE && order->count != order->part_count + 1))
		return false;
	for (size_t i = 0; i < order->count; i++) {
		if (at >= end)
			return false;
		words[i] = at;
		at += strlen(at) + 1;
	}
	return true;
}

_Noreturn void runner(const struct order *order, int input, int answer)
{
	const char *words[EXECUTOR_MAX_ARGUMENTS + 1] = { 0 };
	struct ran ran = { 0 };
	struct err err = { 0 };

	signal(SIGCHLD,
	       SIG_DFL); /* the executor leaves reaping to the system; here it is asked for */
	if (!split(order, words)) {
		ran.end = RAN_REFUSED;
		ran.number = EINVAL;
	} else if (order->kind != ORDER_RUN) {
		ran.number = act(order, words, input, &err) ? 1 : 0;
		keep_end(&ran, err.text, strlen(err.text));
	} else {
		run(words, order->within_ms, input, answer, &ran);
	}
	(void)!send(answer, &ran, sizeof ran, MSG_NOSIGNAL);
	_exit(0);
}
