/*
 * Three kinds of process.  The main one sends an order: the arguments in one message, with the
 * program's standard input and a socket for the answer.  The executor forks a runner for each order.
 * The runner starts the program, waits with an eye on its time, and answers on that socket; a
 * hang-up there means that nobody waits any more.
 */
#include "certroll/executor.h"
#include "certroll/clock.h"
#include "certroll/text.h"
#include "permit.h"
#include "runner.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ORDER_FDS = 2, QUOTE_MAX = 100, GRACE_MS = 2000 };

static int control = -1;
static pid_t executor;

/* --- the executor ----------------------------------------------------------------------------- */

/* 1: an order with its descriptors; 0: nobody will send any more. */
static int receive(int from, struct order *order, int fds[ORDER_FDS])
{
	union {
		char bytes[CMSG_SPACE(ORDER_FDS * sizeof(int))];
		struct cmsghdr align;
	} extra = { 0 };
	struct iovec data = { order, sizeof *order };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = extra.bytes,
				  .msg_controllen = sizeof extra.bytes };
	struct cmsghdr *head;
	ssize_t got;

	do
		got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	head = CMSG_FIRSTHDR(&message);
	if (got <= 0 || !head || head->cmsg_len != CMSG_LEN(ORDER_FDS * sizeof(int)))
		return 0;
	memcpy(fds, CMSG_DATA(head), ORDER_FDS * sizeof(int));
	return 1;
}

/* A password that came as a variable is wiped in the main process, and must not live on here. */
static void forget_environment(void)
{
	size_t kept = 0;

	for (size_t i = 0; environ && environ[i]; i++) {
		if (runner_passes(environ[i]))
			environ[kept++] = environ[i];
		else
			explicit_bzero(environ[i], strlen(environ[i]));
	}
	if (environ)
		environ[kept] = NULL;
}

/* Nothing of the main process but this socket; the terminal's signals are its business. */
static void settle(int from)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD };
	int nothing = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	dup2(from, STDERR_FILENO + 1);
	(void)close_range(STDERR_FILENO + 2, ~0U, 0);
	fcntl(STDERR_FILENO + 1, F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < COUNT(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "certroll-exec");
}

static _Noreturn void serve(int from)
{
	static struct order order;
	int fds[ORDER_FDS];

	settle(from);
	forget_environment();
	from = STDERR_FILENO + 1;
	while (receive(from, &order, fds)) {
		if (fork() == 0) {
			close(from);
			runner(&order, fds[0], fds[1]);
		}
		close(fds[0]);
		close(fds[1]);
	}
	_exit(0);
}

/* --- the main process ------------------------------------------------------------------------- */

int executor_start(struct err *err)
{
	int ends[2];

	if (control >= 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
	executor = fork();
	if (executor == 0)
		serve(ends[1]);
	close(ends[1]);
	if (executor < 0) {
		close(ends[0]);
		return err_set(err, ERR_IO, "fork: %s", strerror(errno));
	}
	control = ends[0];
	return 0;
}

void executor_stop(void)
{
	if (control < 0)
		return;
	close(control);
	control = -1;
	while (waitpid(executor, NULL, 0) < 0 && errno == EINTR)
		;
	permit_nothing();
}

void executor_permit_program(const char *const *argv)
{
	permit(ORDER_RUN, argv);
}

void executor_permit_file(const char *path)
{
	permit(ORDER_PLACE, (const char *const[]){ path, NULL });
}

void executor_permit_call(executor_function *function, const char *const *words)
{
	runner_calls(function);
	permit(ORDER_CALL, words);
}

static int add_word(struct order *order, size_t *used, const char *word, struct err *err)
{
	size_t size = strlen(word) + 1;

	if (order->count == EXECUTOR_MAX_ARGUMENTS || size > sizeof order->argv - *used - 1)
		return err_set(err, ERR_LIMIT, "a command has at most %d arguments and %d bytes",
			       EXECUTOR_MAX_ARGUMENTS, EXECUTOR_MAX_BYTES);
	memcpy(order->argv + *used, word, size);
	*used += size;
	order->count++;
	return 0;
}

static int fill_order(struct order *order, const struct program *program, struct err *err)
{
	size_t used = 0;

	order->within_ms = program->within_ms;
	for (size_t i = 0; program->argv[i]; i++)
		if (add_word(order, &used, program->argv[i], err))
			return -1;
	return order->count ? 0 : err_set(err, ERR_IO, "a command needs a program");
}

/* A file without a name: whoever reads it slowly, or not at all, holds nobody up. */
static int input_of(const struct program *program, struct err *err)
{
	const char *bytes = program->input;
	size_t left = program->input_len;
	int fd = bytes ? memfd_create("certroll-input", MFD_CLOEXEC)
		       : open("/dev/null", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && bytes && left) {
		ssize_t put = write(fd, bytes, left);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			close(fd);
			fd = -1;
			break;
		}
		bytes += put;
		left -= (size_t)put;
	}
	if (fd < 0)
		return err_set(err, ERR_IO, "the input of a command: %s", strerror(errno));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int post(const struct order *order, int input, int answer, struct err *err)
{
	union {
		char bytes[CMSG_SPACE(ORDER_FDS * sizeof(int))];
		struct cmsghdr align;
	} extra = { 0 };
	struct iovec data = { (void *)(uintptr_t)order, sizeof *order };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = extra.bytes,
				  .msg_controllen = sizeof extra.bytes };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(ORDER_FDS * sizeof(int));
	memcpy(CMSG_DATA(head), (int[]){ input, answer }, ORDER_FDS * sizeof(int));
	if (sendmsg(control, &message, MSG_NOSIGNAL) == (ssize_t)sizeof *order)
		return 0;
	return err_set(err, ERR_IO, "the process that runs commands does not answer: %s",
		       strerror(errno));
}

/* Takes input over; the answer's descriptor, or -1. */
static int send_order(const struct order *order, int input, struct err *err)
{
	int ends[2], failed;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		close(input);
		return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
	}
	failed = post(order, input, ends[1], err);
	close(input);
	close(ends[1]);
	if (!failed)
		return ends[0];
	close(ends[0]);
	return -1;
}

int executor_begin(const struct program *program, struct err *err)
{
	auto_free struct order *order = mem_alloc(sizeof *order);
	int input;

	if (fill_order(order, program, err) || executor_start(err))
		return -1;
	input = input_of(program, err);
	return input < 0 ? -1 : send_order(order, input, err);
}

int executor_end(int fd, struct ran *ran, struct err *err)
{
	ssize_t got;

	do
		got = recv(fd, ran, sizeof *ran, 0);
	while (got < 0 && errno == EINTR);
	close(fd);
	if (got != (ssize_t)sizeof *ran || ran->said_len > EXECUTOR_SAID)
		return err_set(err, ERR_IO, "nobody can say how the command ended");
	ran->said[ran->said_len] = '\0';
	return 0;
}

/* Who runs it keeps the time; this is for the case that he is stopped himself. */
int executor_run(const struct program *program, struct ran *ran, struct err *err)
{
	int fd = executor_begin(program, err), ready;
	int64_t deadline = clock_mono_ms() + program->within_ms + GRACE_MS;
	struct pollfd wish = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return -1;
	do {
		int64_t left = deadline - clock_mono_ms();

		ready = poll(&wish, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0)
		return executor_end(fd, ran, err);
	close(fd);
	*ran = (struct ran){ .end = RAN_LATE };
	return 0;
}

/* What nobody reads any more is no failure here: the answer says why. */
static void pour(int pipe, const struct call_part *part)
{
	const char *at = part->bytes;
	size_t left = part->len;

	while (left) {
		ssize_t put = write(pipe, at, left);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return;
		at += put;
		left -= (size_t)put;
	}
}

/* An order with parts: they go through a pipe, which only kernel and runner have. */
static int act(struct order *order, const struct call_part *parts, struct err *err)
{
	struct ran ran;
	int ends[2], fd;

	if (executor_start(err))
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
	fd = send_order(order, ends[0], err);
	for (size_t i = 0; fd >= 0 && i < order->part_count; i++)
		pour(ends[1], &parts[i]);
	close(ends[1]);
	if (fd < 0 || executor_end(fd, &ran, err))
		return -1;
	if (ran.end == RAN_EXITED && ran.number == 0)
		return 0;
	return err_set(err, ERR_IO, "%s", ran.end == RAN_EXITED ? ran.said : "it was refused");
}

static int add_part(struct order *order, const struct call_part *part, bool secret, struct err *err)
{
	size_t all = part->len;

	for (size_t i = 0; i < order->part_count; i++)
		all += order->parts[i].len;
	if (order->part_count == EXECUTOR_MAX_PARTS || all > EXECUTOR_MAX_INPUT)
		return err_set(err, ERR_LIMIT, "more than %d files or %d bytes", EXECUTOR_MAX_PARTS,
			       EXECUTOR_MAX_INPUT);
	order->parts[order->part_count].len = part->len;
	order->parts[order->part_count++].secret = secret;
	return 0;
}

int executor_place(const struct placing *placing, struct err *err)
{
	auto_free struct order *order = mem_alloc(sizeof *order);
	struct call_part parts[EXECUTOR_MAX_PARTS] = { 0 };
	size_t used = 0;

	order->kind = ORDER_PLACE;
	order->look = placing->look;
	order->mode = placing->mode;
	if (add_word(order, &used, placing->owner ? placing->owner : "", err))
		return -1;
	for (size_t i = 0; i < placing->count; i++) {
		const struct placed_file *file = &placing->files[i];
		struct call_part part = { file->bytes, placing->look ? 0 : file->len };

		if (add_part(order, &part, file->secret, err) ||
		    add_word(order, &used, file->path, err))
			return -1;
		parts[i] = part;
	}
	return act(order, parts, err);
}

int executor_call(const char *const *words, const struct call_part *parts, size_t count,
		  struct err *err)
{
	auto_free struct order *order = mem_alloc(sizeof *order);
	size_t used = 0;

	order->kind = ORDER_CALL;
	for (size_t i = 0; words[i]; i++)
		if (add_word(order, &used, words[i], err))
			return -1;
	for (size_t i = 0; i < count; i++)
		if (add_part(order, &parts[i], true, err))
			return -1;
	return act(order, parts, err);
}

/* There programs say why. */
static char *last_line(const struct ran *ran)
{
	size_t end = ran->said_len, begin;

	while (end && strchr(" \r\n", ran->said[end - 1]))
		end--;
	begin = end;
	while (begin && ran->said[begin - 1] != '\n')
		begin--;
	return text_printable(ran->said + begin, end - begin, QUOTE_MAX);
}

int ran_judge(const struct ran *ran, int within_ms, struct err *err)
{
	auto_free char *said = last_line(ran);

	if (ran->end == RAN_KILLED)
		return err_set(err, ERR_IO, "was ended by signal %d", ran->number);
	if (ran->end == RAN_LATE)
		return err_set(err, ERR_IO, "did not end within %d seconds", within_ms / 1000);
	if (ran->end == RAN_REFUSED)
		return err_set(err, ERR_IO, "could not be started: %s", strerror(ran->number));
	if (ran->number)
		return err_set(err, ERR_IO, "ended with status %d: %s", ran->number, said);
	return 0;
}
