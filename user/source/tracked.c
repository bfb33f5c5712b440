/* SPDX-License-Identifier: GPL-2.0 */
#include "source/tracked.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "source/hostfiles.h"
#include "source/netlink.h"

#define TRACKED_MAX 8192
#define LOOKED_AT_MAX (1 << 20) /* entries; the kernel itself leaves others out since 5.17 */

struct tuple {
	struct ip src, dst;
	uint16_t sport, dport;
	uint8_t l4;
};

struct reading {
	struct tracked *items;
	size_t n, looked_at;
	int err;
};

static const struct nlattr *attr_find(const struct nlattr *nest, int type)
{
	const struct nlattr *attr;

	if (nest)
		mnl_attr_for_each_nested(attr, nest)
			if (mnl_attr_get_type(attr) == type)
				return attr;
	return NULL;
}

static struct ip ip_at(const struct nlattr *nest, int four, int six)
{
	const struct nlattr *v4 = attr_find(nest, four), *v6 = attr_find(nest, six);

	if (v4 && mnl_attr_get_payload_len(v4) == 4)
		return addr_of(AF_INET, mnl_attr_get_payload(v4));
	if (v6 && mnl_attr_get_payload_len(v6) == 16)
		return addr_of(AF_INET6, mnl_attr_get_payload(v6));
	return (struct ip){ 0 };
}

static uint16_t port_at(const struct nlattr *nest, int type)
{
	const struct nlattr *attr = attr_find(nest, type);

	return attr && mnl_attr_get_payload_len(attr) == 2 ? ntohs(mnl_attr_get_u16(attr)) : 0;
}

static struct tuple tuple_of(const struct nlattr *nest)
{
	const struct nlattr *ip = attr_find(nest, CTA_TUPLE_IP),
			    *proto = attr_find(nest, CTA_TUPLE_PROTO),
			    *num = attr_find(proto, CTA_PROTO_NUM);

	return (struct tuple){
		.src = ip_at(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC),
		.dst = ip_at(ip, CTA_IP_V4_DST, CTA_IP_V6_DST),
		.sport = port_at(proto, CTA_PROTO_SRC_PORT),
		.dport = port_at(proto, CTA_PROTO_DST_PORT),
		.l4 = num && mnl_attr_get_payload_len(num) == 1 ? mnl_attr_get_u8(num) : 0,
	};
}

static int add(struct reading *r, const struct tuple *orig, const struct tuple *reply)
{
	struct tracked *items = r->n < TRACKED_MAX ? array_grow(r->items, r->n, sizeof(*items)) : NULL;

	if (!items) {
		r->err = r->n < TRACKED_MAX ? -ENOMEM : -EOVERFLOW;
		return MNL_CB_STOP;
	}
	r->items = items;
	items[r->n++] = (struct tracked){ .src = orig->src, .dst = orig->dst, .dport = orig->dport,
					  .to = reply->src, .to_port = reply->sport };
	return MNL_CB_OK;
}

static int on_entry(const struct nlmsghdr *nlh, void *data)
{
	struct tuple orig = { 0 }, reply = { 0 };
	const struct nlattr *attr;
	struct reading *r = data;
	uint32_t status = 0;

	if (r->looked_at++ == LOOKED_AT_MAX) {
		r->err = -EOVERFLOW;
		return MNL_CB_STOP;
	}
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_TUPLE_ORIG:
			orig = tuple_of(attr);
			break;
		case CTA_TUPLE_REPLY:
			reply = tuple_of(attr);
			break;
		case CTA_STATUS:
			if (mnl_attr_get_payload_len(attr) == sizeof(status))
				status = ntohl(mnl_attr_get_u32(attr));
		}
	}
	if (!(status & IPS_DST_NAT) || orig.l4 != IPPROTO_UDP || !reply.src.family)
		return MNL_CB_OK;
	return add(r, &orig, &reply);
}

static int dump(int netns, struct reading *r)
{
	char buf[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh =
		netlink_nf_all(buf, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, AF_UNSPEC);

	mnl_attr_put_u32(nlh, CTA_STATUS, htonl(IPS_DST_NAT));
	mnl_attr_put_u32(nlh, CTA_STATUS_MASK, htonl(IPS_DST_NAT));
	return netlink_ask(netns, NETLINK_NETFILTER, nlh, on_entry, r);
}

int tracked_read(int netns, struct place *out)
{
	struct reading r = { 0 };
	int err;

	/* the question would load it; where connection tracking is built in, this is, too, or there is none */
	if (hostfiles_module("nf_conntrack") && !hostfiles_module("nf_conntrack_netlink"))
		return -ENOSYS;
	err = dump(netns, &r);
	/* what was read is good, though more was there */
	out->tracked = r.items;
	out->n_tracked = r.n;
	return err ? err : r.err;
}
