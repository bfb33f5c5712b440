/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "source/topo_nl.h"

struct search {
	struct ip ip;
	int prefix_len;
	uint32_t ifindex;
	struct ip found; /* family 0: nothing yet */
	int found_len;
	uint32_t oif;
};

struct attrs {
	struct ip dst;
	uint32_t oif;
	uint32_t table;
};

static const struct topo_field fields[] = {
	TOPO_ADDRESS(RTA_DST, struct attrs, dst),
	TOPO_FIELD(RTA_OIF, struct attrs, oif),
	TOPO_FIELD(RTA_TABLE, struct attrs, table),
};

static bool share_prefix(const struct ip *a, const struct ip *b, int bits)
{
	uint8_t mask = 0xff << (8 - bits % 8);

	if (memcmp(a->bytes, b->bytes, bits / 8))
		return false;
	return !(bits % 8) || !((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & mask);
}

/* The most specific one is what the host goes by. */
static int parse_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = topo_header(nlh, sizeof(*rtm));
	struct attrs attrs = { 0 };
	struct search *s = data;
	const struct nlattr *attr;
	int len;

	if (!rtm || rtm->rtm_type != RTN_UNICAST || rtm->rtm_family != s->ip.family)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		topo_store(attr, fields, ARRAY_SIZE(fields), &attrs);
	len = rtm->rtm_dst_len < s->prefix_len ? rtm->rtm_dst_len : s->prefix_len;
	if (attrs.table != RT_TABLE_MAIN || !rtm->rtm_dst_len || !attrs.oif ||
	    attrs.oif == s->ifindex || attrs.dst.family != s->ip.family ||
	    rtm->rtm_dst_len < s->found_len || !share_prefix(&attrs.dst, &s->ip, len))
		return MNL_CB_OK;
	s->found = attrs.dst;
	s->found_len = rtm->rtm_dst_len;
	s->oif = attrs.oif;
	return MNL_CB_OK;
}

int topo_overlap(int netns, const struct ip *ip, int prefix_len, uint32_t ifindex,
		 struct overlap *out)
{
	struct search s = { .ip = *ip, .prefix_len = prefix_len, .ifindex = ifindex };
	union topo_request req;
	struct rtmsg *rtm = topo_request(&req, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	struct link link;
	int err;

	if (!addr_len(ip->family) || prefix_len < 1 || prefix_len > 8 * (int)addr_len(ip->family))
		return -EINVAL;
	rtm->rtm_family = ip->family;
	err = topo_ask_all(netns, &req, parse_route, &s, sizeof(s));
	if (!err && !s.found.family)
		err = -ENOENT;
	if (!err)
		err = topo_link_by_index(netns, s.oif, &link);
	if (err)
		return err;
	*out = (struct overlap){ .ip = s.found, .prefix_len = s.found_len };
	memcpy(out->device, link.name, sizeof(out->device));
	return 0;
}
