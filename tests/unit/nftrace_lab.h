/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two namespaces on a bridge in a third, whose bridged packets meet iptables; probes from one of
 * the two to the other.
 */
#ifndef DD_NFTRACE_LAB_H
#define DD_NFTRACE_LAB_H

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "source/nftrace.h"
#include "source/run.h"

#include "netlab.h"

#define DEADLINE_MS 3000
#define SPORT 47000
#define DPORT 47999
#define ISN 0x5ca1a000

enum { SRC, DST, HOST, N_NETNS };

static int lab[N_NETNS] = { -1, -1, -1 };

static inline int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

static inline struct dd_filter filter_for(uint8_t l4)
{
	struct dd_filter f = { .l4 = l4, .sport = htons(SPORT), .isn = ISN };

	if (l4 != IPPROTO_ICMP)
		f.dport = htons(DPORT);
	memcpy(f.cookie, "dockdrop", sizeof(f.cookie));
	inet_pton(AF_INET, "10.77.0.1", f.src);
	inet_pton(AF_INET, "10.77.0.2", f.dst);
	memcpy(f.neigh[0][0], f.src, 4);
	memcpy(f.neigh[0][1], f.dst, 4);
	return f;
}

static inline struct dd_filter filter6_for(uint8_t l4)
{
	struct dd_filter f = filter_for(l4);

	f.l3 = AF_INET6;
	if (l4 == IPPROTO_ICMP)
		f.l4 = IPPROTO_ICMPV6;
	inet_pton(AF_INET6, "fd00:77::1", f.src);
	inet_pton(AF_INET6, "fd00:77::2", f.dst);
	memcpy(f.neigh[0][0], f.src, 16);
	memcpy(f.neigh[0][1], f.dst, 16);
	return f;
}

static inline size_t build_probe(uint8_t l4, uint8_t *buf)
{
	struct icmphdr icmp = { .type = l4 == IPPROTO_ICMPV6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO, .un.echo = { htons(SPORT), htons(1) } };
	struct tcphdr tcp = { .source = htons(SPORT), .dest = htons(DPORT), .seq = htonl(ISN + 16),
			      .doff = 5, .syn = 1, .window = htons(1024) };
	struct { uint16_t source, dest, len, check; } udp = { htons(SPORT + 3), htons(DPORT),
							      htons(24), 0 };
	uint32_t sum = 0;

	if (l4 == IPPROTO_TCP) {
		memcpy(buf, &tcp, sizeof(tcp));
		return sizeof(tcp);
	}
	memcpy(buf, "01234567dockdrop01234567", 24);
	memcpy(buf, l4 == IPPROTO_UDP ? (void *)&udp : (void *)&icmp, 8);
	if (l4 == IPPROTO_UDP)
		return 24;
	for (int i = 0; i < 24; i += 2)
		sum += buf[i] << 8 | buf[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	buf[2] = (uint16_t)~sum >> 8;
	buf[3] = ~sum;
	return 24;
}

static inline int probe_socket(uint8_t l4)
{
	int back __leave_netns = netns_enter(lab[SRC]);

	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, l4);
}

static inline void send_probe6(uint8_t l4)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	int back __leave_netns = netns_enter(lab[SRC]);
	int fd __close = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, l4);
	uint8_t buf[64];

	assert_true(fd >= 0);
	inet_pton(AF_INET6, "fd00:77::2", &to.sin6_addr);
	sendto(fd, buf, build_probe(l4, buf), 0, (struct sockaddr *)&to, sizeof(to));
}

/* What the rules refuse with an error (EPERM in OUTPUT) counts as sent. */
static inline void send_probe(uint8_t l4)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd __close = probe_socket(l4);
	uint8_t buf[64];

	assert_true(fd >= 0);
	inet_pton(AF_INET, "10.77.0.2", &to.sin_addr);
	sendto(fd, buf, build_probe(l4, buf), 0, (struct sockaddr *)&to, sizeof(to));
}

/* Ports of a new bridge begin to forward when their carrier has been noticed. */
static inline void wait_for_path(void)
{
	int fd __close = probe_socket(IPPROTO_ICMP);
	int64_t end = now_ms() + DEADLINE_MS;

	while (now_ms() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		send_probe(IPPROTO_ICMP);
		if (poll(&p, 1, 20) > 0)
			return;
	}
	fail_msg("the lab's two ends do not reach each other");
}

static inline void use_lab(void)
{
	int on;

	netlab_or_skip();
	if (netns_sysctl("bridge/bridge-nf-call-iptables", &on)) {
		print_message("needs br_netfilter\n");
		skip();
	}
	for (int i = 0; i < N_NETNS; i++)
		lab[i] = netlab_new();
	netlab_run(lab[HOST], "ip link add br0 type bridge; ip link set br0 up");
	netlab_veth(lab[HOST], "v0", lab[SRC], "eth0");
	netlab_veth(lab[HOST], "v1", lab[DST], "eth0");
	netlab_run(lab[HOST], "ip link set v0 master br0; ip link set v1 master br0");
	netlab_run(lab[SRC], "ip addr add 10.77.0.1/24 dev eth0");
	netlab_run(lab[DST], "ip addr add 10.77.0.2/24 dev eth0");
	netlab_run(lab[SRC], "ip addr add fd00:77::1/64 dev eth0 nodad");
	netlab_run(lab[DST], "ip addr add fd00:77::2/64 dev eth0 nodad");
	wait_for_path();
}

static inline int leave_lab(void **state)
{
	(void)state;
	for (int i = 0; i < N_NETNS; i++) {
		cleanup_fd(&lab[i]);
		lab[i] = -1;
	}
	return 0;
}

/* Everything that a user could see of the rules, without counters. */
static inline char *rules_of(int netns)
{
	const char *argv[] = {
		"sh", "-c", "nft -s list ruleset; iptables-nft-save | sed 's/^#.*//; s/ \\[.*//'",
		NULL
	};
	struct strbuf sb = { 0 };

	assert_int_equal(run_capture(netns, argv, &sb), 0);
	return sb.text;
}

/* The first hit that drops, or false when the deadline passed. */
static inline bool wait_for_drop(struct nftrace *t, struct hit *out)
{
	int64_t end = now_ms() + DEADLINE_MS;

	while (now_ms() < end) {
		struct pollfd p = { .fd = nftrace_fd(t), .events = POLLIN };
		int n = nftrace_read(t, out);

		assert_true(n >= 0);
		if (n && out->type != HIT_RETURN && out->verdict == NF_DROP)
			return true;
		if (!n)
			poll(&p, 1, 20);
	}
	return false;
}

#endif
