#include "certroll/clock.h"
#include "certroll/text.h"
#include "secret_ref.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXEC_FAILED = 127, REAP_EVERY_MS = 5 };

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_fd __attribute__((cleanup(close_fd))) int

/*
 * The program's file, by hand: execvp(3) would run a file without a known header with a shell.
 * Relative entries of PATH are passed over, as they mean another folder every day.
 */
static char *find_program(const struct secret_ref *ref)
{
	const char *name = ref->argv[0], *path = getenv("PATH");
	auto_free char *folders = text_copy(path && *path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = folders;

	if (strchr(name, '/'))
		return name[0] == '/' ? text_copy(name) : text_format("%s/%s", ref->folder, name);
	for (char *folder; (folder = strsep(&rest, ":"));) {
		auto_free char *file = text_format("%s/%s", folder, name);

		if (folder[0] == '/' && access(file, X_OK) == 0)
			return take(file);
	}
	return NULL;
}

/* What the program may know of our surroundings.  Borrowed names, owned texts. */
static void build_environment(char *out[5])
{
	static const char *const names[] = { "PATH", "HOME", "USER", "LANG" };
	size_t count = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value)
			out[count++] = text_format("%s=%s", names[i], value);
	}
}

static void free_environment(char *(*environment)[5])
{
	for (size_t i = 0; i < 5; i++)
		mem_free((*environment)[i]);
}

/* In the child: only what is safe after fork() in a process with threads. */
static _Noreturn void become(const char *program, char *const *argv, char *const *environment,
			     int output)
{
	int nothing = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0) {
		(void)close_range(STDERR_FILENO + 1, ~0U, 0);
		execve(program, argv, environment);
	}
	_exit(EXEC_FAILED);
}

/* -1 with an error; 0 at the end of the output. */
static int read_until(int fd, int64_t deadline, struct secret *out, struct err *err)
{
	struct pollfd wish = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		int ready = left > 0 ? poll(&wish, 1, (int)left) : 0;
		ssize_t got;

		if (ready == 0)
			return err_set(err, ERR_SECRET, "did not finish within its time");
		if (ready < 0)
			return err_set(err, errno == EINTR ? ERR_INTERRUPT : ERR_IO, "poll: %s",
				       strerror(errno));
		got = read(fd, out->bytes + out->len, SECRET_MAX_BYTES + 1 - out->len);
		if (got <= 0)
			return (int)got;
		out->len += (size_t)got;
		if (out->len > SECRET_MAX_BYTES)
			return err_set(err, ERR_SECRET, "wrote more than 4096 bytes");
	}
}

/* Its exit status, or -1 when it has not ended by then. */
static int await_exit(pid_t child, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = REAP_EVERY_MS * 1000000L };
	int status;

	for (;;) {
		pid_t ended = waitpid(child, &status, WNOHANG);

		if (ended == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if ((ended < 0 && errno != EINTR) || clock_mono_ms() >= deadline)
			return -1;
		nanosleep(&pause, NULL);
	}
}

/* With everything it started, which shares its process group. */
static void kill_all(pid_t child)
{
	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static int judge_exit(int status, struct err *err)
{
	if (status == EXEC_FAILED)
		return err_set(err, ERR_SECRET, "could not be started, or ended with status 127");
	if (status > 128)
		return err_set(err, ERR_SECRET, "was ended by signal %d", status - 128);
	if (status)
		return err_set(err, ERR_SECRET, "ended with status %d", status);
	return 0;
}

int secret_run(const struct secret_ref *ref, int64_t within_ms, struct secret *out, struct err *err)
{
	auto_free char *program = find_program(ref);
	__attribute__((cleanup(free_environment))) char *environment[5] = { 0 };
	int64_t deadline = clock_mono_ms() + within_ms;
	int ends[2], status;
	pid_t child;

	if (!program || access(program, X_OK))
		return err_set(err, ERR_SECRET, "there is no program \"%.200s\"", ref->argv[0]);
	if (pipe2(ends, O_CLOEXEC))
		return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
	auto_fd input = ends[0], output = ends[1];

	build_environment(environment);
	secret_init(out, SECRET_MAX_BYTES + 1);
	child = fork();
	if (child == 0)
		become(program, ref->argv, environment, output);
	if (child < 0)
		return err_set(err, ERR_IO, "fork: %s", strerror(errno));
	setpgid(child, child); /* both sides do it: whoever comes first */
	close(output);
	output = -1;
	if (read_until(input, deadline, out, err)) {
		kill_all(child);
		return -1;
	}
	status = await_exit(child, deadline);
	if (status < 0) {
		kill_all(child);
		return err_set(err, ERR_SECRET, "did not finish within its time");
	}
	return judge_exit(status, err);
}
