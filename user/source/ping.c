/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ping.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/cgroup.h"
#include "source/netns.h"
#include "source/ping_packet.h"

#define PORT_MIN       33434 /* where traceroute starts, above what services use */
#define PORT_MAX       60999 /* the end of the kernel's own default range */
#define PORT_TRIES     16
#define READS_MAX      64 /* packets that are not ours, before the caller gets its turn */

struct family;
struct protocol;

struct ping {
	const struct family *family;
	const struct protocol *protocol;
	struct dd_filter filter;
	struct ip src; /* asked for; family 0: any */
	struct ip dst;
	bool guest; /* the sockets are of the source's cgroup, where programs may refuse them */
	int n_probes;
	size_t size;
	int pmtu;
	int fds[DD_PROBES_MAX]; /* one for all probes, or for UDP one each */
	int n_fds;
	int reserved[DD_PROBES_MAX]; /* TCP: sockets that keep the probes' ports ours */
	int n_reserved;
	uint8_t packet[PING_PACKET_MAX];
};

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

struct protocol {
	int number;
	int (*open)(struct ping *p, const struct ip *src);
	size_t (*build)(const struct dd_filter *f, int n, size_t size, uint8_t *out);
	/* NULL where the socket tells the probe. */
	int (*reply)(const struct dd_filter *f, const uint8_t *data, size_t len,
		     enum answer_kind *kind);
	int (*quoted)(const struct dd_filter *f, const uint8_t *data, size_t len);
};

static int draw(void *random, size_t len)
{
	return getrandom(random, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static int set_option(int fd, int level, int name, const void *value, socklen_t len)
{
	return setsockopt(fd, level, name, value, len) ? -errno : 0;
}

static bool is_ip6(const struct ping *p)
{
	return p->family->number == AF_INET6;
}

static socklen_t name_len(const struct ping *p)
{
	return is_ip6(p) ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* ip of family 0 is the unspecified address of the ping's family. */
static union socket_name name_of(const struct ping *p, const struct ip *ip, uint16_t port_be)
{
	union socket_name e = { 0 };

	if (is_ip6(p)) {
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
static int open_bound(const struct ping *p, int type, int protocol, const struct ip *src,
		      uint16_t port_be, int *out)
{
	union socket_name e = name_of(p, src, port_be);
	int fd __close = socket(p->family->number, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0 || bind(fd, &e.any, name_len(p)))
		return -errno;
	*out = take_fd(fd);
	return 0;
}

/*
 * Connected, so that the kernel picks the source address, delivers only what comes from the
 * destination, and reports ICMP errors: to raw sockets it does so only with IP_RECVERR.
 */
static int open_socket(struct ping *p, int type, const struct ip *src, uint16_t port_be)
{
	union socket_name dst = name_of(p, &p->dst, p->filter.dport);
	const struct family *f = p->family;
	const int on = 1;
	int fd __close = -1;
	int err = open_bound(p, type, p->filter.l4, src, port_be, &fd);

	if (!err)
		err = set_option(fd, f->level, f->mtu_discover, &p->pmtu, sizeof(p->pmtu));
	if (!err && connect(fd, &dst.any, name_len(p)))
		err = -errno;
	if (!err)
		err = set_option(fd, f->level, f->recverr, &on, sizeof(on));
	if (err)
		return err;
	p->fds[p->n_fds++] = take_fd(fd);
	return 0;
}

/* Which address the kernel chose; a raw socket's port is its protocol and means nothing. */
static int learn_source(struct ping *p)
{
	union socket_name e = { 0 };
	socklen_t len = sizeof(e);

	if (getsockname(p->fds[0], &e.any, &len))
		return -errno;
	memcpy(p->filter.src, name_bytes(&e), addr_len(p->family->number));
	return 0;
}

/*
 * A raw socket gets a copy of every packet of its protocol that the destination sends here, in a
 * busy container a great many: only those get in that hold low to high at offset behind the IP
 * header, which IPv6 has taken off already (ip6_protocol_deliver_rcu() in net/ipv6/ip6_input.c).
 */
static int take_only(const struct ping *p, uint16_t width, uint32_t offset, uint32_t low,
		     uint32_t high)
{
	struct sock_filter code[] = {
		BPF_STMT(is_ip6(p) ? BPF_LDX | BPF_W | BPF_IMM : BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | width | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, high, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return set_option(p->fds[0], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int take_only_replies(const struct ping *p)
{
	const struct icmp_filter v4 = { .data = ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter v6;

	if (!is_ip6(p))
		return set_option(p->fds[0], SOL_RAW, ICMP_FILTER, &v4, sizeof(v4));
	ICMP6_FILTER_SETBLOCKALL(&v6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &v6);
	return set_option(p->fds[0], IPPROTO_ICMPV6, ICMP6_FILTER, &v6, sizeof(v6));
}

static int open_icmp(struct ping *p, const struct ip *src)
{
	uint16_t id;
	int err = draw(&id, sizeof(id));

	p->filter.sport = id ? id : UINT16_MAX;
	if (!err)
		err = open_socket(p, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(p, BPF_H, offsetof(struct icmphdr, un.echo.id),
				ntohs(p->filter.sport), ntohs(p->filter.sport));
	if (!err)
		err = take_only_replies(p);
	return err;
}

static void close_sockets(struct ping *p)
{
	while (p->n_fds)
		close(p->fds[--p->n_fds]);
	while (p->n_reserved)
		close(p->reserved[--p->n_reserved]);
}

/*
 * The port is kept by a socket that is bound and no more: nobody else can take it, and since it is
 * not connected, the kernel answers a SYN-ACK with a reset.
 */
static int port_reserve(struct ping *p, const struct ip *src, uint16_t port_be)
{
	int err = open_bound(p, SOCK_STREAM, IPPROTO_TCP, src, port_be,
			     &p->reserved[p->n_reserved]);

	p->n_reserved += !err;
	return err;
}

static int port_open(struct ping *p, const struct ip *src, uint16_t port_be)
{
	return open_socket(p, SOCK_DGRAM, src, port_be);
}

/*
 * Ports in a row from filter.sport on, one a probe: a datagram that comes back need not hold the
 * cookie, and a SYN on the port of one that is still open would be answered with a reset.
 */
static int take_ports(struct ping *p, const struct ip *src,
		      int (*take)(struct ping *p, const struct ip *src, uint16_t port_be))
{
	int tries = PORT_TRIES;
	int err;

	do {
		uint16_t port;

		err = draw(&port, sizeof(port));
		port = PORT_MIN + port % (PORT_MAX - PORT_MIN - p->n_probes + 2);
		p->filter.sport = htons(port);
		for (int n = 1; !err && n <= p->n_probes; n++)
			err = take(p, src, ping_packet_port(&p->filter, n));
		if (err)
			close_sockets(p);
	} while (err == -EADDRINUSE && --tries);
	return err;
}

/*
 * Whether connect(2) would be let, which a raw socket's SYN does not ask: programs of the cgroup may refuse
 * it. In repair mode it sends nothing, nor does what closes the socket (tcp_connect(), tcp_disconnect()).
 */
static int ask_connect(const struct ping *p, const struct ip *src)
{
	union socket_name dst = name_of(p, &p->dst, p->filter.dport);
	const int on = 1;
	int fd __close = -1;
	int err = open_bound(p, SOCK_STREAM, IPPROTO_TCP, src, 0, &fd);

	if (!err)
		err = set_option(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on));
	if (err)
		return err == -EPERM || err == -ENOPROTOOPT ? 0 : err; /* no such mode here */
	return connect(fd, &dst.any, name_len(p)) ? -errno : 0;
}

static int open_tcp(struct ping *p, const struct ip *src)
{
	int err = take_ports(p, src, port_reserve);
	uint32_t ports = (uint32_t)ntohs(p->filter.dport) << 16 | ntohs(p->filter.sport);

	if (!err)
		err = open_socket(p, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(p, BPF_W, 0, ports, ports + p->n_probes - 1);
	if (!err && p->guest)
		err = ask_connect(p, src);
	return err;
}

static int open_udp(struct ping *p, const struct ip *src)
{
	return take_ports(p, src, port_open);
}

static const struct protocol protocols[] = {
	{ IPPROTO_ICMP, open_icmp, ping_packet_echo, ping_packet_echo_reply,
	  ping_packet_echo_quoted },
	{ IPPROTO_TCP, open_tcp, ping_packet_syn, ping_packet_syn_reply, ping_packet_syn_quoted },
	{ IPPROTO_UDP, open_udp, ping_packet_datagram, NULL, NULL },
};

static const struct protocol *protocol_find(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (protocols[i].number == number)
			return &protocols[i];
	}
	return NULL;
}

static const struct family *family_find(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].number == number)
			return &families[i];
	}
	return NULL;
}

static int check(const struct request *req, const struct ip *src, const struct ip *dst)
{
	if (!family_find(dst->family) || (src->family && src->family != dst->family))
		return -EAFNOSUPPORT;
	if (!protocol_find(req->protocol))
		return -EPROTONOSUPPORT;
	if (req->count < 1 || req->count > DD_PROBES_MAX || req->size < PING_PAYLOAD_MIN ||
	    req->size > PING_PAYLOAD_MAX)
		return -EINVAL;
	return 0;
}

static struct ping *ping_new(const struct request *req, const struct ip *dst)
{
	struct ping *p __free = calloc(1, sizeof(*p));

	if (!p || draw(p->filter.cookie, sizeof(p->filter.cookie)) ||
	    draw(&p->filter.isn, sizeof(p->filter.isn)))
		return NULL;
	p->protocol = protocol_find(req->protocol);
	p->family = family_find(dst->family);
	p->dst = *dst;
	p->n_probes = req->count;
	p->size = req->size;
	/*
	 * With df the kernel refuses what is longer than the path as it knows it, and a router what
	 * it does not know. Without, DF is never set, not even on what fits: the question is then
	 * whether packets arrive, and a small MTU on the way must not be taken for the answer.
	 */
	p->pmtu = req->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT; /* the same numbers for IPv6 */
	memcpy(p->filter.dst, dst->bytes, addr_len(dst->family));
	p->filter.dport = htons(req->port);
	p->filter.l3 = dst->family;
	p->filter.l4 = is_ip6(p) && req->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : req->protocol;
	p->filter.isn &= ~0xfffu;
	return take_ptr(p);
}

static int open_all(void *arg)
{
	struct ping *p = arg;
	int err = p->protocol->open(p, &p->src);

	return err ? err : learn_source(p);
}

/* The sockets are of the cgroup of whoever opens them, for good; where none can join, of ours. */
static int open_in(int netns, int cgroup, struct ping *p)
{
	int back __leave_netns = netns_enter(netns);
	int err = -ENOENT, result = 0;

	if (back < 0)
		return back;
	p->guest = cgroup >= 0;
	if (p->guest)
		err = cgroup_run(cgroup, open_all, p, sizeof(*p), &result);
	if (!err)
		return result;
	p->guest = false;
	return open_all(p);
}

int ping_open(int netns, int cgroup, const struct request *req, const struct ip *src, const struct ip *dst,
	      struct dd_filter *filter, struct ping **out)
{
	struct ping *p __cleanup(cleanup_ping) = NULL;
	int err = check(req, src, dst);

	if (err)
		return err;
	p = ping_new(req, dst);
	if (!p)
		return -ENOMEM;
	memcpy(filter->dst, p->filter.dst, sizeof(filter->dst));
	filter->dport = p->filter.dport;
	filter->l3 = p->filter.l3;
	filter->l4 = p->filter.l4;
	p->src = *src;
	err = open_in(netns, cgroup, p);
	if (err)
		return err;
	memcpy(filter->src, p->filter.src, sizeof(filter->src));
	memcpy(filter->cookie, p->filter.cookie, sizeof(filter->cookie));
	filter->isn = p->filter.isn;
	filter->sport = p->filter.sport;
	*out = take_ptr(p);
	return 0;
}

void ping_close(struct ping *p)
{
	if (!p)
		return;
	close_sockets(p);
	free(p);
}

void cleanup_ping(struct ping **p)
{
	ping_close(*p);
}

/*
 * icmp_err_convert[] in net/ipv4/icmp.c, and what icmp_unreach() and raw_err() add; EACCES is of
 * tab_unreach[] in net/ipv6/icmp.c.
 */
static bool from_icmp(int err)
{
	static const int errors[] = {
		ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED, EMSGSIZE,
		EOPNOTSUPP,  EHOSTDOWN,	   ENONET,	EPROTO,	      EACCES,
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (err == errors[i])
			return true;
	}
	return false;
}

int ping_send(struct ping *p, int n, struct sent *out)
{
	struct sent sent = { .probe = n };
	ssize_t len;
	int fd;

	if (n < 1 || n > p->n_probes)
		return -EINVAL;
	fd = p->fds[(n - 1) % p->n_fds];
	len = p->protocol->build(&p->filter, n, p->size, p->packet);
	sent.ts_ns = clock_now_ns();
	/*
	 * An ICMP error about an earlier probe fails the next send, once, before anything is sent.
	 * Other errors must not be tried again: a firewall or a queue has then seen the packet.
	 */
	if (send(fd, p->packet, len, 0) < 0 &&
	    (!from_icmp(errno) || send(fd, p->packet, len, 0) < 0))
		sent.err = -errno;
	*out = sent;
	return 0;
}

int ping_fds(const struct ping *p, struct pollfd *fds, int max)
{
	int n = p->n_fds < max ? p->n_fds : max;

	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = p->fds[i], .events = POLLIN | POLLERR };
	return n;
}

/* The kernel's account of an ICMP error in the control data, NULL for errors of its own making. */
static const struct sock_extended_err *icmp_error(const struct ping *p, struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

		if (c->cmsg_level == p->family->level && c->cmsg_type == p->family->recverr &&
		    c->cmsg_len >= CMSG_LEN(sizeof(*e) + name_len(p)))
			return e->ee_origin == p->family->origin ? e : NULL;
	}
	return NULL;
}

/* The probe that what was read from the socket belongs to, 0: none that was asked for. */
static int owned(const struct ping *p, int n)
{
	return n <= p->n_probes ? n : 0;
}

/* 1: an answer, 0: something else, -1: nothing was there. */
static int read_error(struct ping *p, int i, struct answer *out)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct iovec iov = { p->packet, sizeof(p->packet) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(p->fds[i], &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	const struct sock_extended_err *e = len < 0 ? NULL : icmp_error(p, &msg);
	union socket_name from = { 0 };

	if (!e)
		return len < 0 ? -1 : 0;
	memcpy(&from, SO_EE_OFFENDER(e), name_len(p));
	*out = (struct answer){
		.kind = ANSWER_ICMP,
		.probe = i + 1,
		.from = addr_of(p->family->number, name_bytes(&from)),
		.icmp_type = e->ee_type,
		.icmp_code = e->ee_code,
	};
	if (p->protocol->quoted)
		out->probe = owned(p, p->protocol->quoted(&p->filter, p->packet, len));
	return out->probe != 0;
}

/* The same for packets. An error that recv(2) reports is told in full by the error queue. */
static int read_reply(struct ping *p, int i, struct answer *out)
{
	ssize_t len = recv(p->fds[i], p->packet, sizeof(p->packet), MSG_DONTWAIT);

	if (len < 0)
		return errno == EAGAIN ? -1 : 0;
	*out = (struct answer){ .kind = ANSWER_REPLY, .probe = i + 1, .from = p->dst };
	if (p->protocol->reply)
		out->probe = owned(p, p->protocol->reply(&p->filter, p->packet, len, &out->kind));
	return out->probe != 0;
}

static bool read_any(struct ping *p, int i, struct answer *out,
		     int (*read_one)(struct ping *p, int i, struct answer *out))
{
	int found = 0;

	for (int tries = READS_MAX; !found && tries; tries--)
		found = read_one(p, i, out);
	return found > 0;
}

int ping_answer(struct ping *p, struct answer *out)
{
	struct pollfd fds[DD_PROBES_MAX];
	int n = ping_fds(p, fds, DD_PROBES_MAX);
	struct answer answer;

	if (poll(fds, n, 0) < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (!fds[i].revents || (!read_any(p, i, &answer, read_error) &&
					 !read_any(p, i, &answer, read_reply)))
			continue;
		answer.ts_ns = clock_now_ns();
		*out = answer;
		return 1;
	}
	return 0;
}
