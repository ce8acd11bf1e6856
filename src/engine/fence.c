#include "fence.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

	return address->sa_family == AF_INET && ntohl(v4->sin_addr.s_addr) >> 24 == 127;
}

int fence_socket(bool loopback_only, const struct sockaddr *address)
{
	if (loopback_only && !is_loopback(address)) {
		errno = EACCES;
		return -1;
	}
	return socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
