/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ping_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "source/cgroup.h"
#include "source/netns.h"
#include "source/ping_packet.h"

#define PORT_MIN   33434 /* where traceroute starts, above what services use */
#define PORT_MAX   60999 /* the end of the kernel's own default range */
#define PORT_TRIES 16

/* What differs between the two in a socket's options, and in the errors that it reports. */
static const struct family {
	int number;
	int level, mtu_discover, recverr;
	uint8_t origin; /* of an ICMP error */
} families[] = {
	{ AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_RECVERR, SO_EE_ORIGIN_ICMP },
	{ AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_RECVERR, SO_EE_ORIGIN_ICMP6 },
};

union socket_name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int draw(void *random, size_t len)
{
	return getrandom(random, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static int set_option(int fd, int level, int name, const void *value, socklen_t len)
{
	return setsockopt(fd, level, name, value, len) ? -errno : 0;
}

static bool is_ip6(const struct ping_sockets *s)
{
	return s->family->number == AF_INET6;
}

static socklen_t name_len(const struct ping_sockets *s)
{
	return is_ip6(s) ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* ip of family 0 is the unspecified address of the ping's family. */
static union socket_name name_of(const struct ping_sockets *s, const struct ip *ip, uint16_t port_be)
{
	union socket_name e = { 0 };

	if (is_ip6(s)) {
		e.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port_be };
		memcpy(&e.v6.sin6_addr, ip->bytes, sizeof(e.v6.sin6_addr));
	} else {
		e.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port_be };
		memcpy(&e.v4.sin_addr, ip->bytes, sizeof(e.v4.sin_addr));
	}
	return e;
}

static const void *name_bytes(const union socket_name *e)
{
	return e->any.sa_family == AF_INET6 ? (const void *)&e->v6.sin6_addr :
					      (const void *)&e->v4.sin_addr;
}

/* A socket of ours, bound; src of family 0 is any address, port 0 any. */
static int open_bound(const struct ping_sockets *s, int type, int protocol, const struct ip *src,
		      uint16_t port_be, int *out)
{
	union socket_name e = name_of(s, src, port_be);
	int fd __close = socket(s->family->number, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0 || bind(fd, &e.any, name_len(s)))
		return -errno;
	*out = take_fd(fd);
	return 0;
}

/*
 * Connected, so that the kernel picks the source address, delivers only what comes from the
 * destination, and reports ICMP errors: to raw sockets it does so only with IP_RECVERR.
 */
static int open_socket(struct ping_sockets *s, int type, const struct ip *src, uint16_t port_be)
{
	union socket_name dst = name_of(s, &s->dst, s->filter.dport);
	const struct family *f = s->family;
	const int on = 1;
	int fd __close = -1;
	int err = open_bound(s, type, s->filter.l4, src, port_be, &fd);

	if (!err)
		err = set_option(fd, f->level, f->mtu_discover, &s->pmtu, sizeof(s->pmtu));
	if (!err && connect(fd, &dst.any, name_len(s)))
		err = -errno;
	if (!err)
		err = set_option(fd, f->level, f->recverr, &on, sizeof(on));
	if (err)
		return err;
	s->fds[s->n_fds++] = take_fd(fd);
	return 0;
}

/* Which address the kernel chose; a raw socket's port is its protocol and means nothing. */
static int learn_source(struct ping_sockets *s)
{
	union socket_name e = { 0 };
	socklen_t len = sizeof(e);

	if (getsockname(s->fds[0], &e.any, &len))
		return -errno;
	memcpy(s->filter.src, name_bytes(&e), addr_len(s->family->number));
	return 0;
}

/*
 * A raw socket gets a copy of every packet of its protocol that the destination sends here, in a
 * busy container a great many: only those get in that hold low to high at offset behind the IP
 * header, which IPv6 has taken off already (ip6_protocol_deliver_rcu() in net/ipv6/ip6_input.c).
 */
static int take_only(const struct ping_sockets *s, uint16_t width, uint32_t offset, uint32_t low,
		     uint32_t high)
{
	struct sock_filter code[] = {
		BPF_STMT(is_ip6(s) ? BPF_LDX | BPF_W | BPF_IMM : BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | width | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, high, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return set_option(s->fds[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int take_only_replies(const struct ping_sockets *s)
{
	const struct icmp_filter v4 = { .data = ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter v6;

	if (!is_ip6(s))
		return set_option(s->fds[0], SOL_RAW, ICMP_FILTER, &v4, sizeof(v4));
	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	return set_option(s->fds[0], IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof(v6));
}

static int open_icmp(struct ping_sockets *s, const struct ip *src)
{
	uint16_t id;
	int err = draw(&id, sizeof(id));

	s->filter.sport = id ? id : UINT16_MAX;
	if (!err)
		err = open_socket(s, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(s, BPF_H, offsetof(struct icmphdr, un.echo.id),
				ntohs(s->filter.sport), ntohs(s->filter.sport));
	if (!err)
		err = take_only_replies(s);
	return err;
}

void ping_sockets_close(struct ping_sockets *s)
{
	while (s->n_fds)
		close(s->fds[--s->n_fds]);
	while (s->n_reserved)
		close(s->reserved[--s->n_reserved]);
}

/*
 * The port is kept by a socket that is bound and no more: nobody else can take it, and since it is
 * not connected, the kernel answers a SYN-ACK with a reset.
 */
static int port_reserve(struct ping_sockets *s, const struct ip *src, uint16_t port_be)
{
	int err = open_bound(s, SOCK_STREAM, IPPROTO_TCP, src, port_be,
			     &s->reserved[s->n_reserved]);

	s->n_reserved += !err;
	return err;
}

static int port_open(struct ping_sockets *s, const struct ip *src, uint16_t port_be)
{
	return open_socket(s, SOCK_DGRAM, src, port_be);
}

/*
 * Ports in a row from filter.sport on, one a probe: a datagram that comes back need not hold the
 * cookie, and a SYN on the port of one that is still open would be answered with a reset.
 */
static int take_ports(struct ping_sockets *s, const struct ip *src,
		      int (*take)(struct ping_sockets *s, const struct ip *src, uint16_t port_be))
{
	int tries = PORT_TRIES;
	int err;

	do {
		uint16_t port;

		err = draw(&port, sizeof(port));
		port = PORT_MIN + port % (PORT_MAX - PORT_MIN - s->n_probes + 2);
		s->filter.sport = htons(port);
		for (int n = 1; !err && n <= s->n_probes; n++)
			err = take(s, src, ping_packet_port(&s->filter, n));
		if (err)
			ping_sockets_close(s);
	} while (err == -EADDRINUSE && --tries);
	return err;
}

/*
 * Whether connect(2) would be let, which a raw socket's SYN does not ask: programs of the cgroup may refuse
 * it. In repair mode it sends nothing, nor does what closes the socket (tcp_connect(), tcp_disconnect()).
 */
static int ask_connect(const struct ping_sockets *s, const struct ip *src)
{
	union socket_name dst = name_of(s, &s->dst, s->filter.dport);
	const int on = 1;
	int fd __close = -1;
	int err = open_bound(s, SOCK_STREAM, IPPROTO_TCP, src, 0, &fd);

	if (!err)
		err = set_option(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
	if (err)
		return err == -EPERM || err == -ENOPROTOOPT ? 0 : err; /* no such mode here */
	return connect(fd, &dst.any, name_len(s)) ? -errno : 0;
}

static int open_tcp(struct ping_sockets *s, const struct ip *src)
{
	int err = take_ports(s, src, port_reserve);
	uint32_t ports = (uint32_t)ntohs(s->filter.dport) << 16 | ntohs(s->filter.sport);

	if (!err)
		err = open_socket(s, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(s, BPF_W, 0, ports, ports + s->n_probes - 1);
	if (!err && s->guest)
		err = ask_connect(s, src);
	return err;
}

static int open_udp(struct ping_sockets *s, const struct ip *src)
{
	return take_ports(s, src, port_open);
}

static const struct {
	int number;
	int (*open)(struct ping_sockets *s, const struct ip *src);
} protocols[] = {
	{ IPPROTO_ICMP, open_icmp },
	{ IPPROTO_ICMPV6, open_icmp },
	{ IPPROTO_TCP, open_tcp },
	{ IPPROTO_UDP, open_udp },
};

static int open_all(void *arg)
{
	struct ping_sockets *s = arg;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		int err;

		if (protocols[i].number != s->filter.l4)
			continue;
		err = protocols[i].open(s, &s->src);
		return err ? err : learn_source(s);
	}
	return -EPROTONOSUPPORT;
}

static const struct family *family_find(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].number == number)
			return &families[i];
	}
	return NULL;
}

/* The sockets are of the cgroup of whoever opens them, for good; where none can join, of ours. */
int ping_sockets_open(struct ping_sockets *s, int netns, int cgroup)
{
	int back __leave_netns = netns_enter(netns);
	int err = -ENOENT, result = 0;

	if (back < 0)
		return back;
	s->family = family_find(s->dst.family);
	if (!s->family)
		return -EAFNOSUPPORT;
	s->guest = cgroup >= 0;
	if (s->guest)
		err = cgroup_run(cgroup, open_all, s, sizeof(*s), &result);
	if (!err)
		return result;
	s->guest = false;
	return open_all(s);
}

/* The kernel's account of an ICMP error in the control data, NULL for errors of its own making. */
static const struct sock_extended_err *icmp_error(const struct ping_sockets *s, struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

		if (c->cmsg_level == s->family->level && c->cmsg_type == s->family->recverr &&
		    c->cmsg_len >= CMSG_LEN(sizeof(*e) + name_len(s)))
			return e->ee_origin == s->family->origin ? e : NULL;
	}
	return NULL;
}

int ping_sockets_error(const struct ping_sockets *s, int i, uint8_t *quoted, size_t *len,
		       struct answer *out)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct iovec iov = { quoted, *len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(s->fds[i], &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	const struct sock_extended_err *e = n < 0 ? NULL : icmp_error(s, &msg);
	union socket_name from = { 0 };

	if (!e)
		return n < 0 ? -1 : 0;
	memcpy(&from, SO_EE_OFFENDER(e), name_len(s));
	*len = n;
	*out = (struct answer){
		.kind = ANSWER_ICMP,
		.probe = i + 1,
		.from = addr_of(s->family->number, name_bytes(&from)),
		.icmp_type = e->ee_type,
		.icmp_code = e->ee_code,
	};
	return 1;
}
