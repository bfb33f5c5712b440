/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that are really there, in a namespace of their own, and who holds them. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "netlab.h"

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "source/process.h"
#include "source/sockdiag.h"
#include "source/topo.h"

#define PORT 81

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_int_equal(addr_parse(text, &ip), 0);
	return ip;
}

static int bind_in(int ns, int type, const char *address, bool only6)
{
	int back __leave_netns = netns_enter(ns);
	struct ip ip = ip_of(address);
	struct sockaddr_in v4 = { AF_INET, htons(PORT), { 0 }, { 0 } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int fd = socket(ip.family, type, 0), on = only6;

	memcpy(&v4.sin_addr, ip.bytes, 4);
	memcpy(&v6.sin6_addr, ip.bytes, 16);
	if (ip.family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	assert_int_equal(ip.family == AF_INET ? bind(fd, (void *)&v4, sizeof(v4)) :
						bind(fd, (void *)&v6, sizeof(v6)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static const struct socket_case {
	const char *bound; /* NULL: nobody listens */
	bool only6;
	const char *asked;
	int takers, elsewhere, loopback;
} cases[] = {
	{ NULL, false, "10.0.0.1", 0, 0, 0 },
	{ "0.0.0.0", false, "10.0.0.1", 1, 0, 0 },
	{ "10.0.0.1", false, "10.0.0.1", 1, 0, 0 },
	{ "127.0.0.1", false, "10.0.0.1", 0, 1, 1 },
	{ "10.0.0.2", false, "10.0.0.1", 0, 1, 0 },
	{ "::", false, "10.0.0.1", 1, 0, 0 },
	{ "::", true, "10.0.0.1", 0, 1, 0 },
	{ "::", true, "fd00::1", 1, 0, 0 },
	{ "::1", false, "fd00::1", 0, 1, 1 },
	{ "0.0.0.0", false, "fd00::1", 0, 1, 0 },
};

static void test_addresses(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const struct socket_case *c = &cases[i / 2];
		int ns __close = netlab_new(), fd __close = -1, type = types[i % 2];
		struct ip ip = ip_of(c->asked);
		struct service s = { 0 };

		netlab_run(ns, "ip addr add 10.0.0.1/24 dev lo; ip addr add 10.0.0.2/24 dev lo");
		if (c->bound)
			fd = bind_in(ns, type, c->bound, c->only6);
		assert_int_equal(sockdiag_service(ns, type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
						  &ip, PORT, &s), 0);
		assert_true(s.known);
		assert_int_equal(s.takers, c->takers);
		assert_int_equal(s.elsewhere, c->elsewhere);
		assert_int_equal(s.loopback, c->loopback);
		assert_int_equal(s.inode != 0, c->takers);
	}
}

static void test_queue(void **state)
{
	struct sockaddr_in to = { AF_INET, htons(PORT), { htonl(INADDR_LOOPBACK) }, { 0 } };
	int out[2] = { -1, -1 };
	struct ip ip = ip_of("127.0.0.1");
	struct service s = { 0 };
	int ns __close = -1, fd __close = -1;

	(void)state;
	netlab_or_skip();
	ns = netlab_new();
	fd = bind_in(ns, SOCK_STREAM, "0.0.0.0", false);
	for (int i = 0; i < 2; i++) {
		int back __leave_netns = netns_enter(ns);

		out[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(out[i], (void *)&to, sizeof(to)), 0);
	}
	assert_int_equal(sockdiag_service(ns, IPPROTO_TCP, &ip, PORT, &s), 0);
	assert_int_equal(s.waiting, 2);
	assert_int_equal(s.backlog, 1);
	assert_int_equal(s.half_open, 0);
	close(out[0]);
	close(out[1]);
}

static void holder_is(uint32_t inum, struct service *s, int pid, enum process_state state)
{
	assert_int_equal(process_of_socket(0, inum, s), 0);
	assert_int_equal(s->pid, pid);
	assert_int_equal(s->state, state);
	assert_string_equal(s->process, "test_sockdiag");
}

/* A child alone holds the socket; a stopped one is told apart. */
static void test_holder(void **state)
{
	struct ip ip = ip_of("127.0.0.1");
	struct service s = { 0 };
	int ns __close = -1, fd, status;
	uint32_t inum;
	pid_t child;

	(void)state;
	netlab_or_skip();
	ns = netlab_new();
	assert_int_equal(netns_inum(ns, &inum), 0);
	fd = bind_in(ns, SOCK_DGRAM, "127.0.0.1", false);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		netns_enter(ns);
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	close(fd);
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_int_equal(sockdiag_service(ns, IPPROTO_UDP, &ip, PORT, &s), 0);
	holder_is(inum, &s, child, PROCESS_STOPPED);
	kill(child, SIGCONT);
	assert_int_equal(waitpid(child, &status, WCONTINUED), child);
	holder_is(inum, &s, child, PROCESS_RUNS);
	s.inode++;
	assert_int_equal(process_of_socket(0, inum, &s), -ENOENT);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static const struct {
	const char *route, *ip;
	int prefix_len;
	bool found;
} overlaps[] = {
	{ "10.7.0.0/24", "10.7.0.9", 16, true },    /* inside of the network's subnet */
	{ "10.0.0.0/8", "10.7.0.9", 16, true },     /* around it */
	{ "10.8.0.0/16", "10.7.0.9", 16, false },
	{ "10.7.128.0/17", "10.7.0.9", 17, false }, /* the other half */
	{ "default", "10.7.0.9", 16, false },
	{ "fd00:7::80/121", "fd00:7::1", 64, true },
	{ "fd00:8::/64", "fd00:7::1", 64, false },
};

static void test_overlap(void **state)
{
	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(overlaps); i++) {
		int ns __close = netlab_new();
		struct ip ip = ip_of(overlaps[i].ip);
		struct overlap o = { 0 };
		struct link link;

		netlab_veth(ns, "vpn0", ns, "vpn1");
		netlab_run(ns, "ip -%d route add %s dev vpn0", ip.family == AF_INET ? 4 : 6,
			   overlaps[i].route);
		assert_int_equal(topo_overlap(ns, &ip, overlaps[i].prefix_len, 0, &o),
				 overlaps[i].found ? 0 : -ENOENT);
		if (overlaps[i].found)
			assert_string_equal(o.device, "vpn0");
		/* the network's own bridge is no other way */
		assert_int_equal(topo_link_by_name(ns, "vpn0", &link), 0);
		assert_int_equal(topo_overlap(ns, &ip, overlaps[i].prefix_len, link.ifindex, &o), -ENOENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_holder),
		cmocka_unit_test(test_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
