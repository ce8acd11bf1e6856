/* A rehearsal must not reach anybody: the fence of sockets, and the network of its own. */
#include "certroll/rehearsal.h"
#include "fence.h"
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

Suite *suite_rehearsal(void);

static struct sockaddr_in v4(const char *text, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	ck_assert_int_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
	return address;
}

static const struct {
	const char *address;
	bool allowed;
} addresses[] = {
	{ "127.0.0.1", true }, { "127.255.255.254", true }, { "192.0.2.1", false },
	{ "10.0.0.1", false }, { "128.0.0.1", false },      { "126.255.255.255", false },
	{ "0.0.0.0", false },
};

START_TEST(test_fence_lets_loopback_pass_and_nothing_else)
{
	struct sockaddr_in address = v4(addresses[_i].address, 443);
	int fenced = fence_socket(FENCE_LOOPBACK, (struct sockaddr *)&address);
	int cause = errno;
	int open = fence_socket(FENCE_NONE, (struct sockaddr *)&address);

	ck_assert_msg((fenced >= 0) == addresses[_i].allowed, "%s", addresses[_i].address);
	ck_assert(fenced >= 0 || cause == EACCES);
	ck_assert_int_ge(open, 0);
	close(open);
	if (fenced >= 0)
		close(fenced);
}
END_TEST

/* Without TLS: this machine, by whatever kind of socket, and no other. */
START_TEST(test_fence_of_plain_text)
{
	static const struct sockaddr_in6 v6_here = { .sin6_family = AF_INET6,
						     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	static const struct sockaddr_in6 v6_there = { .sin6_family = AF_INET6,
						      .sin6_addr = { { { 0x20, 0x01 } } } };
	static const struct sockaddr path = { .sa_family = AF_UNIX };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(0xc0000201) } };
	int here = fence_socket(FENCE_LOCAL, &path);

	ck_assert_int_ge(here, 0);
	close(here);
	here = fence_socket(FENCE_LOCAL, (const struct sockaddr *)&v6_here);
	ck_assert(here >= 0 || errno == EAFNOSUPPORT);
	if (here >= 0)
		close(here);
	ck_assert_int_eq(fence_socket(FENCE_LOCAL, (const struct sockaddr *)&v6_there), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(fence_socket(FENCE_LOCAL, (const struct sockaddr *)&v4), -1);
	ck_assert_int_eq(errno, EPERM);
	v4.sin_addr.s_addr = htonl(0x7f000001);
	here = fence_socket(FENCE_LOCAL, (const struct sockaddr *)&v4);
	ck_assert_int_ge(here, 0);
	close(here);
}
END_TEST

START_TEST(test_fence_refuses_ipv6)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };

	ck_assert_int_eq(fence_socket(FENCE_LOOPBACK, (struct sockaddr *)&address), -1);
	ck_assert_int_eq(errno, EACCES);
}
END_TEST

/* 0, or the errno of connecting there. */
static int try_connect(const char *text, uint16_t port)
{
	struct sockaddr_in address = v4(text, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int cause = connect(fd, (struct sockaddr *)&address, sizeof address) ? errno : 0;

	close(fd);
	return cause;
}

static int listen_somewhere(uint16_t *port)
{
	struct sockaddr_in address = v4("127.0.0.1", 0);
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* Check runs each test in a process of its own, so this one may leave its network. */
START_TEST(test_isolation_leaves_loopback_alone)
{
	uint16_t port;
	int fd;

	if (!rehearsal_isolate()) {
		printf("rehearsal: the kernel gives no namespaces here; not exercised\n");
		return;
	}
	fd = listen_somewhere(&port);
	ck_assert_int_eq(try_connect("127.0.0.1", port), 0);
	ck_assert_int_eq(try_connect("192.0.2.1", 443), ENETUNREACH);
	ck_assert_int_eq(try_connect("10.0.0.1", 443), ENETUNREACH);
	close(fd);
}
END_TEST

Suite *suite_rehearsal(void)
{
	Suite *suite = suite_create("rehearsal");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, test_fence_lets_loopback_pass_and_nothing_else, 0,
			    COUNT(addresses));
	tcase_add_test(all, test_fence_of_plain_text);
	tcase_add_test(all, test_fence_refuses_ipv6);
	tcase_add_test(all, test_isolation_leaves_loopback_alone);
	suite_add_tcase(suite, all);
	return suite;
}
