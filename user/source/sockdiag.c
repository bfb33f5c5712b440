/* SPDX-License-Identifier: GPL-2.0 */
#include "source/sockdiag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/addr.h"
#include "source/netlink.h"

#define TCP_NEW_SYN_RECV 12 /* include/net/tcp_states.h; listed as TCP_SYN_RECV */

/* What a dump is read for. */
struct search {
	int protocol;
	struct ip ip;
	uint16_t port;
	struct service service;
};

/* What one socket says of itself. */
struct reading {
	struct ip local;
	bool only6; /* IPV6_V6ONLY */
	uint32_t memory[SK_MEMINFO_VARS];
};

static struct ip local_of(const struct inet_diag_msg *msg)
{
	struct ip ip = addr_of(msg->idiag_family, (const uint8_t *)msg->id.idiag_src);
	static const uint8_t any[sizeof(ip.bytes)], mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (!memcmp(ip.bytes, any, addr_len(ip.family)))
		return (struct ip){ 0 };
	if (ip.family == AF_INET6 && !memcmp(ip.bytes, mapped, sizeof(mapped)))
		return addr_v4(ip.bytes + sizeof(mapped));
	return ip;
}

static void read_socket(const struct nlmsghdr *nlh, struct reading *out)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	*out = (struct reading){ .local = local_of(msg) };
	mnl_attr_for_each(attr, nlh, sizeof(*msg)) {
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY && len == 1)
			out->only6 = mnl_attr_get_u8(attr);
		if (mnl_attr_get_type(attr) == INET_DIAG_SKMEMINFO)
			memcpy(out->memory, mnl_attr_get_payload(attr),
			       len < sizeof(out->memory) ? len : sizeof(out->memory));
	}
}

/* A socket of IPv6 bound to no address takes IPv4 too, unless it was told not to. */
static bool takes(const struct search *s, const struct inet_diag_msg *msg, const struct reading *r)
{
	if (r->local.family)
		return addr_equal(&r->local, &s->ip);
	return msg->idiag_family == s->ip.family ||
	       (msg->idiag_family == AF_INET6 && !r->only6);
}

static void add_elsewhere(const struct search *s, const struct reading *r, struct service *out)
{
	bool better = r->local.family == s->ip.family && out->address.family != s->ip.family;

	if (!out->elsewhere++ || better)
		out->address = r->local;
	out->loopback += r->local.family && addr_is_loopback(&r->local);
}

/* Of several that take it, on one port by SO_REUSEPORT, the one with the longest queue is shown. */
static void add_taker(const struct search *s, const struct inet_diag_msg *msg,
		      const struct reading *r, struct service *out)
{
	uint32_t queued = r->memory[SK_MEMINFO_RMEM_ALLOC];

	if (out->takers++ && (s->protocol == IPPROTO_TCP ? msg->idiag_rqueue <= out->waiting :
							    queued <= out->queued))
		return;
	out->inode = msg->idiag_inode;
	if (s->protocol == IPPROTO_TCP) {
		out->waiting = msg->idiag_rqueue;
		out->backlog = msg->idiag_wqueue;
	} else {
		out->queued = queued;
		out->room = r->memory[SK_MEMINFO_RCVBUF];
	}
	out->drops = r->memory[SK_MEMINFO_DROPS];
}

static int parse_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	struct reading reading;
	bool connected;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg) || ntohs(msg->id.idiag_sport) != s->port)
		return MNL_CB_OK;
	read_socket(nlh, &reading);
	if (msg->idiag_state == TCP_SYN_RECV) {
		s->service.half_open += addr_equal(&reading.local, &s->ip);
		return MNL_CB_OK;
	}
	/* of UDP a socket that has a peer takes from that one alone */
	connected = s->protocol == IPPROTO_UDP && msg->idiag_state == TCP_ESTABLISHED;
	if (takes(s, msg, &reading) && !connected)
		add_taker(s, msg, &reading, &s->service);
	else if (!connected)
		add_elsewhere(s, &reading, &s->service);
	return MNL_CB_OK;
}

static uint32_t states_of(int protocol)
{
	return protocol == IPPROTO_TCP ? 1 << TCP_LISTEN | 1 << TCP_SYN_RECV | 1 << TCP_NEW_SYN_RECV :
					 1 << TCP_CLOSE | 1 << TCP_ESTABLISHED;
}

static int dump(int netns, int family, struct search *s)
{
	char buf[NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_req_v2))] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req->sdiag_family = family;
	req->sdiag_protocol = s->protocol;
	req->idiag_states = states_of(s->protocol);
	req->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
	req->id.idiag_sport = htons(s->port);
	return netlink_dump(netns, NETLINK_SOCK_DIAG, nlh, parse_socket, s, sizeof(*s));
}

int sockdiag_service(int netns, int protocol, const struct ip *ip, uint16_t port,
		     struct service *out)
{
	struct search s = { .protocol = protocol, .ip = *ip, .port = port,
			    .service = { .known = true } };
	int err = dump(netns, AF_INET, &s);

	if (err)
		return err;
	err = dump(netns, AF_INET6, &s);
	if (err && err != -ENOENT) /* a kernel without IPv6 */
		return err;
	*out = s.service;
	return 0;
}
