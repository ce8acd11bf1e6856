#include "secret_ref.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The signal that came while the terminal was silent. */
static volatile sig_atomic_t caught;

static void note_signal(int number)
{
	caught = number;
}

/* Whoever ends us must find a terminal that shows what is typed: catch, restore, pass on. */
static const int fatal[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

struct signals {
	struct sigaction actions[COUNT(fatal)];
	sigset_t mask;
};

/* Blocked but while ppoll() waits: a signal just before a read() would leave it waiting for ever. */
static void catch_signals(struct signals *saved)
{
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t blocked;

	caught = 0;
	sigemptyset(&action.sa_mask);
	sigemptyset(&blocked);
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaddset(&blocked, fatal[i]);
	sigprocmask(SIG_BLOCK, &blocked, &saved->mask);
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaction(fatal[i], &action, &saved->actions[i]);
}

static void release_signals(const struct signals *saved)
{
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaction(fatal[i], &saved->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &saved->mask, NULL);
	if (caught)
		raise(caught);
}

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t put = write(fd, text, left);

		if (put < 0)
			return -1;
		text += put;
		left -= (size_t)put;
	}
	return 0;
}

/* One line, which the terminal hands over when Enter is pressed. */
static int read_line(int fd, const sigset_t *mask, struct secret *out, struct err *err)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (;;) {
		ssize_t got;

		if (ppoll(&wait, 1, NULL, mask) < 0) {
			if (caught)
				return err_set(err, ERR_INTERRUPT, "interrupted");
			continue;
		}
		got = read(fd, out->bytes + out->len, SECRET_MAX_BYTES - out->len);
		if (got < 0)
			return err_set(err, ERR_IO, "terminal: %s", strerror(errno));
		out->len += (size_t)got;
		if (got == 0 || out->bytes[out->len - 1] == '\n')
			return 0;
		if (out->len >= SECRET_MAX_BYTES)
			return err_set(err, ERR_SECRET, "longer than 4095 bytes");
	}
}

int secret_ask(const char *question, struct secret *out, struct err *err)
{
	__attribute__((cleanup(close_fd))) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct signals saved;
	struct termios before, silent;
	int result;

	if (fd < 0 || tcgetattr(fd, &before))
		return err_set(
			err, ERR_SECRET,
			"there is no terminal to ask on; use file:, env:, cred: or cmd: when "
			"nobody is there to answer");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	secret_init(out, SECRET_MAX_BYTES);
	catch_signals(&saved);
	if (tcsetattr(fd, TCSAFLUSH, &silent) || write_all(fd, question))
		result = err_set(err, ERR_IO, "terminal: %s", strerror(errno));
	else
		result = read_line(fd, &saved.mask, out, err);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	(void)write_all(fd, "\r\n");
	release_signals(&saved);
	return result;
}
