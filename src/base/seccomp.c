/*
 * The list of system calls that the main process is left with: what the end-to-end tests need under
 * CERTROLL_SANDBOX=kill, and what the libraries may do besides when memory is short or a socket slow.
 * Each call stands there under the names it has on other machines, too (arm64, i386); a name that this
 * one does not have is passed over.
 */
#include "fences.h"
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* With whatever arguments. */
static const char *const calls[] = {
	/* memory */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"mlock",
	"mlock2",
	"munlock",
	/* files: which ones is landlock's business */
	"open",
	"openat",
	"close",
	"read",
	"readv",
	"pread64",
	"preadv",
	"write",
	"writev",
	"pwrite64",
	"pwritev",
	"lseek",
	"_llseek",
	"stat",
	"lstat",
	"fstat",
	"newfstatat",
	"stat64",
	"lstat64",
	"fstat64",
	"fstatat64",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"fcntl",
	"fcntl64",
	"flock",
	"fsync",
	"fdatasync",
	"ftruncate",
	"ftruncate64",
	"fallocate",
	"getdents",
	"getdents64",
	"rename",
	"renameat",
	"renameat2",
	"link",
	"linkat",
	"unlink",
	"unlinkat",
	"mkdir",
	"mkdirat",
	"rmdir",
	"fchmod",
	"fchown",
	"umask",
	"getcwd",
	"dup",
	"dup2",
	"dup3",
	"pipe",
	"pipe2",
	"memfd_create",
	"fstatfs",
	"statfs",
	/* sockets; what kinds of them: see rules[] */
	"connect",
	"send",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"recv",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"setsockopt",
	"getsockopt",
	"getsockname",
	"getpeername",
	"shutdown",
	/* waiting */
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"signalfd4",
	"futex",
	"sched_yield",
	"restart_syscall",
	"nanosleep",
	"clock_nanosleep",
	"wait4",
	"waitid",
	/* time and chance */
	"clock_gettime",
	"clock_getres",
	"gettimeofday",
	"time",
	"getrandom",
	/* who and where */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"sysinfo",
	"getrusage",
	"getrlimit",
	"setrlimit",
	"ugetrlimit",
	"sched_getaffinity",
	"times",
	/* signals, to be received */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"rt_sigtimedwait",
	"rt_sigpending",
	"sigaltstack",
	"set_robust_list",
	"rseq",
	/* the end */
	"exit",
	"exit_group",
};

/* Only if one argument is this, under this mask (0: all of it). */
static const struct rule {
	const char *call;
	unsigned argument;
	uint64_t mask, value;
} rules[] = {
	{ "socket", 0, 0, AF_INET },     { "socket", 0, 0, AF_INET6 },
	{ "socket", 0, 0, AF_UNIX },     { "socketpair", 0, 0, AF_UNIX },
	{ "mmap", 2, PROT_EXEC, 0 },     { "mmap2", 2, PROT_EXEC, 0 },
	{ "mprotect", 2, PROT_EXEC, 0 }, { "ioctl", 1, 0, TCGETS },
	{ "ioctl", 1, 0, TIOCGWINSZ },   { "ioctl", 1, 0, FIONREAD },
	{ "ioctl", 1, 0, FIONBIO },      { "prlimit64", 0, 0, 0 }, /* of this process */
};

static void filter_release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

static int allow(scmp_filter_ctx filter, const char *name, unsigned count, struct scmp_arg_cmp arg)
{
	int call = seccomp_syscall_resolve_name(name);
	int failed = call == __NR_SCMP_ERROR
			     ? 0
			     : seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, count, arg);

	return failed == -EDOM ? 0 : failed; /* of other machines */
}

static int allow_all(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp none = { 0 };
	int failed = 0;

	for (size_t i = 0; i < COUNT(calls) && !failed; i++)
		failed = allow(filter, calls[i], 0, none);
	for (size_t i = 0; i < COUNT(rules) && !failed; i++) {
		const struct rule *rule = &rules[i];
		uint64_t mask = rule->mask ? rule->mask : UINT64_MAX;

		failed = allow(filter, rule->call, 1,
			       SCMP_CMP(rule->argument, SCMP_CMP_MASKED_EQ, mask, rule->value));
	}
	/* abort(3) and raise(3), of ourselves. */
	if (!failed)
		failed = allow(filter, "tgkill", 1,
			       SCMP_CMP(0, SCMP_CMP_MASKED_EQ, UINT64_MAX,
					(scmp_datum_t)(unsigned)getpid()));
	return failed;
}

bool seccomp_there(void)
{
	return prctl(PR_GET_SECCOMP) >= 0;
}

int seccomp_raise(bool kill, struct err *err)
{
	__attribute__((cleanup(filter_release))) scmp_filter_ctx filter =
		seccomp_init(kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM));
	int failed;

	if (!filter)
		return err_set(err, ERR_IO, "seccomp: the filter cannot be made");
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);      /* one line per refusal */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
	failed = allow_all(filter);
	if (!failed)
		failed = seccomp_load(filter);
	return failed ? err_set(err, ERR_IO, "seccomp: %s", strerror(-failed)) : 0;
}
