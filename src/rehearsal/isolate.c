#include "certroll/rehearsal.h"
#include "certroll/text.h"
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return fine;
}

/* user_namespaces(7): who we are stays the same; groups cannot be changed any more. */
static bool map_user(uid_t uid, gid_t gid)
{
	auto_free char *uids = text_format("%u %u 1", uid, uid);
	auto_free char *gids = text_format("%u %u 1", gid, gid);

	return write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", uids) && write_file("/proc/self/gid_map", gids);
}

static bool raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;

	request.ifr_flags |= IFF_UP;
	up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	if (fd >= 0)
		close(fd);
	return up;
}

/*
 * Tried in a child first: a process that has left its network and cannot raise the loopback of the
 * new one would have none at all.
 */
static bool enter(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && map_user(uid, gid) && raise_loopback();
}

static bool can_enter(void)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(enter() ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool rehearsal_isolate(void)
{
	bool fine;

	/* /proc/self belongs to root while we are not dumpable (proc(5)). */
	(void)prctl(PR_SET_DUMPABLE, 1);
	fine = can_enter() && enter();
	(void)prctl(PR_SET_DUMPABLE, 0);
	return fine;
}
