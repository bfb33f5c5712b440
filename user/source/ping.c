/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ping.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "source/ping_packet.h"
#include "source/ping_socket.h"

#define READS_MAX 64 /* packets that are not ours, before the caller gets its turn */

struct protocol {
	int number;
	size_t (*build)(const struct dd_filter *f, int n, size_t size, uint8_t *out);
	/* NULL where the socket tells the probe. */
	int (*reply)(const struct dd_filter *f, const uint8_t *data, size_t len,
		     enum answer_kind *kind);
	int (*quoted)(const struct dd_filter *f, const uint8_t *data, size_t len);
};

struct ping {
	const struct protocol *protocol;
	struct ping_sockets sockets;
	size_t size;
	uint8_t packet[PING_PACKET_MAX];
};

static const struct protocol protocols[] = {
	{ IPPROTO_ICMP, ping_packet_echo, ping_packet_echo_reply,
	  ping_packet_echo_quoted },
	{ IPPROTO_TCP, ping_packet_syn, ping_packet_syn_reply, ping_packet_syn_quoted },
	{ IPPROTO_UDP, ping_packet_datagram, NULL, NULL },
};

static const struct protocol *protocol_find(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (protocols[i].number == number)
			return &protocols[i];
	}
	return NULL;
}

static int draw(void *random, size_t len)
{
	return getrandom(random, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static int check(const struct request *req, const struct ip *src, const struct ip *dst)
{
	if (!addr_len(dst->family) || (src->family && src->family != dst->family))
		return -EAFNOSUPPORT;
	if (!protocol_find(req->protocol))
		return -EPROTONOSUPPORT;
	if (req->count < 1 || req->count > DD_PROBES_MAX || req->size < PING_PAYLOAD_MIN ||
	    req->size > PING_PAYLOAD_MAX)
		return -EINVAL;
	return 0;
}

static struct ping *ping_new(const struct request *req, const struct ping_way *way)
{
	struct ping *p __free = calloc(1, sizeof(*p));
	struct ping_sockets *s = p ? &p->sockets : NULL;

	if (!p || draw(s->filter.cookie, sizeof(s->filter.cookie)) ||
	    draw(&s->filter.isn, sizeof(s->filter.isn)))
		return NULL;
	p->protocol = protocol_find(req->protocol);
	p->size = req->size;
	s->src = way->src;
	s->dst = way->dst;
	s->n_probes = req->count;
	/*
	 * With df the kernel refuses what is longer than the path as it knows it, and a router what
	 * it does not know. Without, DF is never set, not even on what fits: the question is then
	 * whether packets arrive, and a small MTU on the way must not be taken for the answer.
	 */
	s->pmtu = req->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT; /* the same numbers for IPv6 */
	memcpy(s->filter.dst, s->dst.bytes, addr_len(s->dst.family));
	s->filter.dport = htons(req->port);
	s->filter.l3 = s->dst.family;
	s->filter.l4 = s->dst.family == AF_INET6 && req->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 :
										   req->protocol;
	s->filter.isn &= ~0xfffu;
	return take_ptr(p);
}

int ping_open(const struct ping_way *way, const struct request *req, struct dd_filter *filter,
	      struct ping **out)
{
	struct ping *p __cleanup(cleanup_ping) = NULL;
	const struct ping_sockets *s;
	int err = check(req, &way->src, &way->dst);

	if (err)
		return err;
	p = ping_new(req, way);
	if (!p)
		return -ENOMEM;
	s = &p->sockets;
	memcpy(filter->dst, s->filter.dst, sizeof(filter->dst));
	filter->dport = s->filter.dport;
	filter->l3 = s->filter.l3;
	filter->l4 = s->filter.l4;
	err = ping_sockets_open(&p->sockets, way->netns, way->cgroup);
	if (err)
		return err;
	memcpy(filter->src, s->filter.src, sizeof(filter->src));
	memcpy(filter->cookie, s->filter.cookie, sizeof(filter->cookie));
	filter->isn = s->filter.isn;
	filter->sport = s->filter.sport;
	*out = take_ptr(p);
	return 0;
}

void ping_close(struct ping *p)
{
	if (!p)
		return;
	ping_sockets_close(&p->sockets);
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

	if (n < 1 || n > p->sockets.n_probes)
		return -EINVAL;
	fd = p->sockets.fds[(n - 1) % p->sockets.n_fds];
	len = p->protocol->build(&p->sockets.filter, n, p->size, p->packet);
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
	int n = p->sockets.n_fds < max ? p->sockets.n_fds : max;

	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = p->sockets.fds[i], .events = POLLIN | POLLERR };
	return n;
}

/* The probe that what was read from the socket belongs to, 0: none that was asked for. */
static int owned(const struct ping *p, int n)
{
	return n <= p->sockets.n_probes ? n : 0;
}

/* 1: an answer, 0: something else, -1: nothing was there. */
static int read_error(struct ping *p, int i, struct answer *out)
{
	size_t len = sizeof(p->packet);
	int found = ping_sockets_error(&p->sockets, i, p->packet, &len, out);

	if (found == 1 && p->protocol->quoted)
		out->probe = owned(p, p->protocol->quoted(&p->sockets.filter, p->packet, len));
	return found == 1 ? out->probe != 0 : found;
}

/* The same for packets. An error that recv(2) reports is told in full by the error queue. */
static int read_reply(struct ping *p, int i, struct answer *out)
{
	ssize_t len = recv(p->sockets.fds[i], p->packet, sizeof(p->packet), MSG_DONTWAIT);

	if (len < 0)
		return errno == EAGAIN ? -1 : 0;
	*out = (struct answer){ .kind = ANSWER_REPLY, .probe = i + 1, .from = p->sockets.dst };
	if (p->protocol->reply)
		out->probe = owned(p, p->protocol->reply(&p->sockets.filter, p->packet, len, &out->kind));
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
