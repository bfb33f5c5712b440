/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ping.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/netns.h"
#include "source/ping_packet.h"

#define PORT_MIN       33434 /* where traceroute starts, above what services use */
#define PORT_MAX       60999 /* the end of the kernel's own default range */
#define PORT_TRIES     16
#define READS_MAX      64 /* packets that are not ours, before the caller gets its turn */

struct protocol;

struct ping {
	const struct protocol *protocol;
	struct dd_filter filter;
	struct ip dst;
	int n_probes;
	size_t size;
	int pmtu;
	int fds[DD_PROBES_MAX]; /* one for all probes, or for UDP one each */
	int n_fds;
	int reserved[DD_PROBES_MAX]; /* TCP: sockets that keep the probes' ports ours */
	int n_reserved;
	uint8_t packet[PING_PACKET_MAX];
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

static struct sockaddr_in endpoint_of(const struct ip *ip, uint16_t port_be)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = port_be };

	memcpy(&sin.sin_addr, ip->bytes, sizeof(sin.sin_addr));
	return sin;
}

/* A socket of ours, bound; src of family 0 is INADDR_ANY, port 0 any. */
static int open_bound(int type, int protocol, const struct ip *src, uint16_t port_be, int *out)
{
	struct sockaddr_in sin = endpoint_of(src, port_be);
	int fd __close = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
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
	struct sockaddr_in dst = endpoint_of(&p->dst, p->filter.dport);
	int protocol = p->protocol->number;
	const int on = 1;
	int fd __close = -1;
	int err = open_bound(type, protocol, src, port_be, &fd);

	if (!err)
		err = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, &p->pmtu, sizeof(p->pmtu));
	if (!err && connect(fd, (struct sockaddr *)&dst, sizeof(dst)))
		err = -errno;
	if (!err)
		err = set_option(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (err)
		return err;
	p->fds[p->n_fds++] = take_fd(fd);
	return 0;
}

static int local_name(int fd, struct sockaddr_in *out)
{
	socklen_t len = sizeof(*out);

	return getsockname(fd, (struct sockaddr *)out, &len) ? -errno : 0;
}

/* Which address the kernel chose; a raw socket's port is its protocol and means nothing. */
static int learn_source(struct ping *p)
{
	struct sockaddr_in sin;
	int err = local_name(p->fds[0], &sin);

	if (!err)
		memcpy(p->filter.src, &sin.sin_addr, sizeof(sin.sin_addr));
	return err;
}

/*
 * A raw socket gets a copy of every packet of its protocol that the destination sends here, in a
 * busy container a great many: only those get in that hold low to high at offset behind the IP
 * header.
 */
static int take_only(int fd, uint16_t width, uint32_t offset, uint32_t low, uint32_t high)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | width | BPF_IND, offset),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, low, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, high, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	return set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int open_icmp(struct ping *p, const struct ip *src)
{
	const struct icmp_filter only_replies = { .data = ~(1u << ICMP_ECHOREPLY) };
	uint16_t id;
	int err = draw(&id, sizeof(id));

	p->filter.sport = id ? id : UINT16_MAX;
	if (!err)
		err = open_socket(p, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(p->fds[0], BPF_H, offsetof(struct icmphdr, un.echo.id),
				ntohs(p->filter.sport), ntohs(p->filter.sport));
	if (!err)
		err = set_option(p->fds[0], SOL_RAW, ICMP_FILTER, &only_replies,
				 sizeof(only_replies));
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
	int err = open_bound(SOCK_STREAM, IPPROTO_TCP, src, port_be, &p->reserved[p->n_reserved]);

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

static int open_tcp(struct ping *p, const struct ip *src)
{
	int err = take_ports(p, src, port_reserve);
	uint32_t ports = (uint32_t)ntohs(p->filter.dport) << 16 | ntohs(p->filter.sport);

	if (!err)
		err = open_socket(p, SOCK_RAW, src, 0);
	if (!err)
		err = take_only(p->fds[0], BPF_W, 0, ports, ports + p->n_probes - 1);
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

static int check(const struct request *req, const struct ip *src, const struct ip *dst)
{
	if (dst->family != AF_INET || (src->family && src->family != AF_INET))
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
	p->dst = *dst;
	p->n_probes = req->count;
	p->size = req->size;
	/*
	 * With df the kernel refuses what is longer than the path as it knows it, and a router what
	 * it does not know. Without, DF is never set, not even on what fits: the question is then
	 * whether packets arrive, and a small MTU on the way must not be taken for the answer.
	 */
	p->pmtu = req->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
	memcpy(p->filter.dst, dst->bytes, 4);
	p->filter.dport = htons(req->port);
	p->filter.l4 = req->protocol;
	p->filter.isn &= ~0xfffu;
	return take_ptr(p);
}

static int open_in(int netns, struct ping *p, const struct ip *src)
{
	int back __leave_netns = netns_enter(netns);
	int err = back < 0 ? back : p->protocol->open(p, src);

	return err ? err : learn_source(p);
}

int ping_open(int netns, const struct request *req, const struct ip *src, const struct ip *dst,
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
	filter->l4 = p->filter.l4;
	err = open_in(netns, p, src);
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

/* icmp_err_convert[] in net/ipv4/icmp.c, and what icmp_unreach() and raw_err() add. */
static bool from_icmp(int err)
{
	static const int errors[] = {
		ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT, ECONNREFUSED, EMSGSIZE,
		EOPNOTSUPP,  EHOSTDOWN,	   ENONET,	EPROTO,
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
static const struct sock_extended_err *icmp_error(struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR &&
		    c->cmsg_len >= CMSG_LEN(sizeof(*e) + sizeof(struct sockaddr_in)))
			return e->ee_origin == SO_EE_ORIGIN_ICMP ? e : NULL;
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
	const struct sock_extended_err *e = len < 0 ? NULL : icmp_error(&msg);
	const struct sockaddr_in *from;

	if (!e)
		return len < 0 ? -1 : 0;
	from = (const struct sockaddr_in *)SO_EE_OFFENDER(e);
	*out = (struct answer){
		.kind = ANSWER_ICMP,
		.probe = i + 1,
		.from = addr_v4(&from->sin_addr),
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
