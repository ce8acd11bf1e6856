#include "fence.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

void fence_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* an improvement, not a condition */
}

const char *fence_words(int cause)
{
	if (cause != EMFILE && cause != ENFILE)
		return NULL;
	return "too many open files on this computer, so no connection was tried; raise the limit "
	       "(ulimit -n), or lower --jobs";
}

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

	return address->sa_family == AF_INET && ntohl(v4->sin_addr.s_addr) >> 24 == 127;
}

static bool is_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return address->sa_family == AF_UNIX || is_loopback(address);
}

static int refuse(int cause)
{
	errno = cause;
	return -1;
}

int fence_socket(enum fence fence, const struct sockaddr *address)
{
	if (fence == FENCE_LOOPBACK && !is_loopback(address))
		return refuse(EACCES);
	if (fence == FENCE_LOCAL && !is_local(address))
		return refuse(EPERM);
	return socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
