/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests of ping: a (10.1.0.2, fd00:1::2) - r - b (10.2.0.2, fd00:2::2), and what is done there
 * again and again.
 */
#ifndef DD_PINGLAB_H
#define DD_PINGLAB_H

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "netlab.h"

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "source/ping.h"

#define WAIT_MS 3000
#define QUIET_MS 50
#define PORT 7777

struct lab {
	int a, r, b;
};

static inline void lab_close(struct lab *lab)
{
	close(lab->a);
	close(lab->r);
	close(lab->b);
}

#define __lab_close __cleanup(lab_close)

static inline void lab_open6(const struct lab *lab)
{
	netlab_run(lab->a, "ip addr add fd00:1::2/64 dev eth0 nodad && "
			   "ip route add default via fd00:1::1");
	netlab_run(lab->b, "ip addr add fd00:2::2/64 dev eth0 nodad && "
			   "ip route add default via fd00:2::1");
	netlab_run(lab->r, "ip addr add fd00:1::1/64 dev ra nodad && "
			   "ip addr add fd00:2::1/64 dev rb nodad");
	netlab_run(lab->r, "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
	netlab_run(lab->r, "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit");
	netlab_run(lab->b, "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit");
}

static inline struct lab lab_open(void)
{
	struct lab lab = { netlab_new(), netlab_new(), netlab_new() };

	netlab_veth(lab.a, "eth0", lab.r, "ra");
	netlab_veth(lab.b, "eth0", lab.r, "rb");
	netlab_run(lab.a, "ip addr add 10.1.0.2/24 dev eth0 && ip route add default via 10.1.0.1");
	netlab_run(lab.b, "ip addr add 10.2.0.2/24 dev eth0 && ip route add default via 10.2.0.1");
	netlab_run(lab.r, "ip addr add 10.1.0.1/24 dev ra && ip addr add 10.2.0.1/24 dev rb");
	netlab_run(lab.r, "echo 1 > /proc/sys/net/ipv4/ip_forward");
	/* The tests provoke more errors than a kernel sends to one host by itself. */
	netlab_run(lab.r, "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit");
	netlab_run(lab.b, "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit");
	lab_open6(&lab);
	return lab;
}

static const struct ip none;

static inline struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	assert_int_equal(addr_parse(text, &ip), 0);
	return ip;
}

static inline struct request request_of(int protocol)
{
	return (struct request){ .protocol = protocol,
				 .port = protocol == IPPROTO_ICMP ? 0 : PORT,
				 .count = 3,
				 .size = 56 };
}

static inline struct ping *open_ping_to(const char *text, int ns, const struct request *req,
					struct dd_filter *filter)
{
	const struct ip dst = ip_of(text);
	struct ping *p = NULL;

	memset(filter, 0, sizeof(*filter));
	assert_int_equal(ping_open(&(struct ping_way){ ns, -1, none, dst }, req, filter, &p), 0);
	assert_non_null(p);
	return p;
}

static inline struct ping *open_ping(int ns, const struct request *req, struct dd_filter *filter)
{
	return open_ping_to("10.2.0.2", ns, req, filter);
}

static inline int send_probe(struct ping *p, int n)
{
	struct sent sent = { 0 };

	assert_int_equal(ping_send(p, n, &sent), 0);
	assert_int_equal(sent.probe, n);
	assert_true(sent.ts_ns > 0);
	return sent.err;
}

static inline int wait_readable(const struct ping *p, int timeout_ms)
{
	struct pollfd fds[DD_PROBES_MAX];

	return poll(fds, ping_fds(p, fds, DD_PROBES_MAX), timeout_ms);
}

/* The next answer; the test fails if none comes. */
static inline struct answer next_answer(struct ping *p)
{
	struct answer answer = { 0 };
	int ret = 0;

	for (int tries = 0; !ret && tries < 100 && wait_readable(p, WAIT_MS) > 0; tries++)
		ret = ping_answer(p, &answer);
	assert_int_equal(ret, 1);
	assert_true(answer.ts_ns > 0);
	return answer;
}

/* A bound socket in a namespace; for TCP it listens. */
static inline int serve(int ns, int type)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int back __leave_netns = netns_enter(ns);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_return_code(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), errno);
	if (type == SOCK_STREAM)
		assert_return_code(listen(fd, 8), errno);
	return fd;
}

#endif
