/*
 * Whatever takes the main process over tries to get out: each attempt works without the sandbox, fails
 * inside, and is the end of the process with CERTROLL_SANDBOX=kill.  Built without sanitizers in every
 * build, since those go without sandbox.
 */
#include "certroll/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77 };

static char folder[] = "/tmp/sandbox.XXXXXX";

static const char *in(const char *name)
{
	static char path[4][200];
	static int turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof path[0], "%s/%s", folder, name);
	return out;
}

/* Each gives 0, or errno. */

static int done(int result)
{
	return result < 0 ? errno : 0;
}

static int read_file(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY);

	return fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;
}

static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	return fd < 0 || write(fd, "x", 1) < 0 ? errno : 0;
}

static int read_other(void)
{
	return read_file(in("other/secret"));
}

static int read_passwords(void)
{
	return read_file("/etc/passwd");
}

static int write_other(void)
{
	return make_file(in("other/new"));
}

static int overwrite_other(void)
{
	return make_file(in("other/secret"));
}

static int remove_other(void)
{
	return done(unlink(in("other/secret")));
}

static int move_out(void)
{
	return done(rename(in("state/kept"), in("other/kept")));
}

static int read_output(void)
{
	return read_file(in("output/secret"));
}

static int list_other(void)
{
	return done(open(in("other"), O_RDONLY | O_DIRECTORY));
}

static int execute(void)
{
	return done(execl("/bin/true", "true", (char *)NULL));
}

static int fork_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return done(child);
}

static int be_traced(void)
{
	return done((int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_process(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { folder, 1 };

	return done((int)process_vm_readv(getpid(), &here, 1, &there, 1, 0));
}

static int packets(void)
{
	return done(socket(AF_PACKET, SOCK_RAW, 0));
}

static int netlink(void)
{
	return done(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int listen_there(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) || listen(fd, 1) ? errno : 0;
}

static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return done(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int signal_parent(void)
{
	return done(kill(getppid(), 0));
}

static int open_mode(void)
{
	return done(chmod(in("state/kept"), 0644));
}

static int link_there(void)
{
	return done(symlink("/etc/passwd", in("state/link")));
}

/* What a run does. */

static int write_state(void)
{
	int cause = make_file(in("state/new"));

	return cause ? cause : done(rename(in("state/new"), in("state/kept")));
}

static int read_state(void)
{
	return read_file(in("state/kept"));
}

static int make_folder(void)
{
	return done(mkdir(in("state/archive"), 0700));
}

static int write_output(void)
{
	int cause = make_file(in("output/new"));

	return cause ? cause : done(rename(in("output/new"), in("output/report")));
}

static int read_allowed(void)
{
	return read_file(in("inventory"));
}

static int names(void)
{
	return read_file("/etc/hosts");
}

static int connect_somewhere(void)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons(53),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? errno : done(connect(fd, (struct sockaddr *)&there, sizeof there));
}

static int use_open(void)
{
	char byte;

	return done((int)read(STDIN_FILENO, &byte, 1));
}

static int local_time(void)
{
	time_t now = time(NULL);
	struct tm parts;

	return localtime_r(&now, &parts) ? 0 : EINVAL;
}

/* Inside: the errno; killed: does the strict mode end the process? */
static const struct attempt {
	const char *name;
	int (*run)(void);
	int inside;
	bool killed;
	bool root; /* without the sandbox, too, it needs root */
} attempts[] = {
	{ "read another file", read_other, EACCES },
	{ "read /etc/passwd", read_passwords, EACCES },
	{ "write another file", write_other, EACCES },
	{ "overwrite another file", overwrite_other, EACCES },
	{ "remove another file", remove_other, EACCES },
	{ "move a file out of the state folder", move_out, EACCES },
	{ "read what lies beside the output", read_output, EACCES },
	{ "list another folder", list_other, EACCES },
	{ "execute a program", execute, EPERM, true },
	{ "fork", fork_child, EPERM, true },
	{ "be traced", be_traced, EPERM, true },
	{ "read a process", read_process, EPERM, true },
	{ "packet socket", packets, EPERM, true, true },
	{ "netlink socket", netlink, EPERM, true },
	{ "listen", listen_there, EPERM, true },
	{ "map code", map_code, EPERM, true },
	{ "turn data to code", make_code, EPERM, true },
	{ "signal another process", signal_parent, EPERM, true },
	{ "chmod", open_mode, EPERM, true },
	{ "symlink", link_there, EPERM, true },
	{ "write the state folder", write_state, 0 },
	{ "read the state folder", read_state, 0 },
	{ "make a folder there", make_folder, 0 },
	{ "write the output", write_output, 0 },
	{ "read the inventory", read_allowed, 0 },
	{ "read what names mean", names, 0 },
	{ "connect", connect_somewhere, 0 },
	{ "use an open file", use_open, 0 },
	{ "tell the time", local_time, 0 },
};

enum mode { OUTSIDE, INSIDE, STRICT };

static void enter(enum mode mode)
{
	struct sandbox sandbox = { 0 };
	struct err err = { 0 };

	if (mode == STRICT)
		setenv("CERTROLL_SANDBOX", "kill", 1);
	else
		unsetenv("CERTROLL_SANDBOX");
	sandbox_allow_system(&sandbox);
	sandbox_allow(&sandbox, SANDBOX_WRITE, in("state"));
	sandbox_allow(&sandbox, SANDBOX_PUT, in("output"));
	sandbox_allow(&sandbox, SANDBOX_READ, in("inventory"));
	sandbox_allow(&sandbox, SANDBOX_READ, in("absent"));
	if (sandbox_enter(&sandbox, &err)) {
		fprintf(stderr, "%s\n", err.text);
		_exit(200);
	}
	sandbox_free(&sandbox);
}

static void make_folders(void)
{
	static const char *const folders[] = { "state", "other", "output" };
	static const char *const files[] = { "state/kept", "other/secret", "output/secret",
					     "inventory" };

	for (size_t i = 0; i < COUNT(folders); i++)
		if (mkdir(in(folders[i]), 0700))
			perror(folders[i]);
	for (size_t i = 0; i < COUNT(files); i++)
		if (make_file(in(files[i])))
			perror(files[i]);
}

static void remove_folders(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf '%s'/*", folder);
	if (system(command))
		perror(command);
}

/* The status of a child that tries. */
static int attempt(const struct attempt *attempt, enum mode mode)
{
	pid_t child;
	int status = 0;

	make_folders();
	child = fork();
	if (child == 0) {
		if (mode != OUTSIDE)
			enter(mode);
		_exit(attempt->run());
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	remove_folders();
	return status;
}

static bool as_expected(const struct attempt *attempt, enum mode mode, int status)
{
	if (mode == STRICT && attempt->killed)
		return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	return WIFEXITED(status) && WEXITSTATUS(status) == (mode == OUTSIDE ? 0 : attempt->inside);
}

static int try_all(void)
{
	static const char *const modes[] = { "without the sandbox", "inside", "with kill" };
	int failed = 0;

	for (size_t i = 0; i < COUNT(attempts); i++)
		for (enum mode mode = OUTSIDE; mode <= STRICT; mode++) {
			int status;

			if (mode == OUTSIDE && attempts[i].root && geteuid())
				continue;
			status = attempt(&attempts[i], mode);
			if (as_expected(&attempts[i], mode, status))
				continue;
			failed++;
			printf("FAILED: %s, %s: %s %d\n", attempts[i].name, modes[mode],
			       WIFSIGNALED(status) ? "signal" : "errno",
			       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		}
	printf("%zu attempts, %d failed\n", COUNT(attempts), failed);
	return failed != 0;
}

int main(void)
{
	char words[SANDBOX_WORDS];
	int failed;

	sandbox_words(words);
	if (!strstr(words, "landlock (") || !strstr(words, " and seccomp")) {
		printf("skip: %s\n", words);
		return SKIPPED;
	}
	if (!mkdtemp(folder) || !freopen("/dev/zero", "r", stdin))
		return 1;
	failed = try_all();
	rmdir(folder);
	return failed;
}
