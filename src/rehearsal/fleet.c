/* The process of the mock fleet: started, told, listened to and ended. */
#include "certroll/buf.h"
#include "certroll/clock.h"
#include "certroll/text.h"
#include "stand_in.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_MS = 60000, LINE_MAX_BYTES = 4096, EXEC_FAILED = 127 };

/* Beside this program, as in a build folder; else where programs are. */
static char *find_program(void)
{
	static const char *const folders[] = { "/usr/local/bin", "/usr/bin" };
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
	char *slash;

	own[length > 0 ? length : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash) {
		auto_free char *beside = text_format("%.*s/mock-fleet", (int)(slash - own), own);

		if (access(beside, X_OK) == 0)
			return take(beside);
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		auto_free char *file = text_format("%s/mock-fleet", folders[i]);

		if (access(file, X_OK) == 0)
			return take(file);
	}
	return NULL;
}

/* In the child: only what is safe after fork(). */
static _Noreturn void become(char *program, int input, int output)
{
	char option[] = "--fleet", from_us[] = "-";
	char *const words[] = { program, option, from_us, NULL };
	static char *const environment[] = { NULL };
	sigset_t none;

	/* ctrl-C is for the roll-out; the fleet ends when we say so, or with us. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0) {
		(void)close_range(STDERR_FILENO + 1, ~0U, 0);
		execve(program, words, environment);
	}
	_exit(EXEC_FAILED);
}

int fleet_start(struct fleet *fleet, struct err *err)
{
	auto_free char *program = find_program();
	int in[2], out[2];

	*fleet = (struct fleet){ .pid = -1, .input = -1, .output = -1 };
	if (!program)
		return err_set(err, ERR_IO,
			       "there is no mock-fleet beside certroll or in /usr/bin; install the "
			       "package certroll-mock-fleet, or build it with ./dev build");
	if (pipe2(in, O_CLOEXEC))
		return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
	}
	fleet->pid = fork();
	if (fleet->pid == 0)
		become(program, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	fleet->input = in[1];
	fleet->output = out[0];
	return fleet->pid < 0 ? err_set(err, ERR_IO, "fork: %s", strerror(errno)) : 0;
}

int fleet_tell(struct fleet *fleet, const char *bytes, size_t len, struct err *err)
{
	while (len) {
		ssize_t step = write(fleet->input, bytes, len);

		if (step < 0 && errno == EINTR)
			continue;
		if (step < 0)
			return err_set(err, ERR_IO, "the mock fleet has ended: %s",
				       strerror(errno));
		bytes += step;
		len -= (size_t)step;
	}
	return 0;
}

/* 1: read something; 0: the end; -1. */
static int read_more(const struct fleet *fleet, int64_t deadline, struct buf *text, struct err *err)
{
	struct pollfd wish = { .fd = fleet->output, .events = POLLIN };
	int64_t left = deadline - clock_mono_ms();
	int ready = left > 0 ? poll(&wish, 1, (int)left) : 0;
	char bytes[LINE_MAX_BYTES];
	ssize_t got;

	if (ready < 0)
		return err_set(err, errno == EINTR ? ERR_INTERRUPT : ERR_IO, "poll: %s",
			       strerror(errno));
	if (ready == 0)
		return err_set(err, ERR_IO, "the mock fleet was not ready within %d seconds",
			       READY_MS / 1000);
	got = read(fleet->output, bytes, sizeof bytes);
	if (got <= 0)
		return err_set(err, ERR_IO, "the mock fleet ended before it was ready");
	if (buf_add(text, bytes, (size_t)got))
		return err_set(err, ERR_LIMIT, "the mock fleet writes too long a line");
	return 1;
}

/* Hand out the whole lines; what is left stays for the next reading. */
static int hand_out(struct buf *text,
		    int (*take_line)(void *arg, const char *line, bool *ready, struct err *err),
		    void *arg, bool *ready, struct err *err)
{
	size_t done = 0;
	char *end;

	while (!*ready && done < text->len &&
	       (end = memchr(text->data + done, '\n', text->len - done))) {
		*end = '\0';
		if (take_line(arg, text->data + done, ready, err))
			return -1;
		done = (size_t)(end - text->data) + 1;
	}
	memmove(text->data, text->data + done, text->len - done);
	text->len -= done;
	text->data[text->len] = '\0';
	return 0;
}

int fleet_await(struct fleet *fleet,
		int (*take_line)(void *arg, const char *line, bool *ready, struct err *err),
		void *arg, struct err *err)
{
	auto_buf text = BUF_MAX(4 * LINE_MAX_BYTES);
	int64_t deadline = clock_mono_ms() + READY_MS;
	bool ready = false;

	while (!ready)
		if (read_more(fleet, deadline, &text, err) < 0 ||
		    hand_out(&text, take_line, arg, &ready, err))
			return -1;
	return 0;
}

void fleet_stop(struct fleet *fleet)
{
	if (fleet->input >= 0)
		close(fleet->input);
	if (fleet->output >= 0)
		close(fleet->output);
	if (fleet->pid <= 0)
		return;
	kill(fleet->pid, SIGKILL); /* it has nothing on disk to put in order */
	while (waitpid(fleet->pid, NULL, 0) < 0 && errno == EINTR)
		;
	fleet->pid = -1;
}
