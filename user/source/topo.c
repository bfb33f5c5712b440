/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "source/topo_nl.h"

/* ---- links ------------------------------------------------------------------ */

/* What is nested in IFLA_LINKINFO, before it is known which kind it belongs to. */
struct link_info {
	char kind[sizeof(((struct link *)0)->kind)];
	char port_kind[16];
	uint8_t vlan_filtering;
	uint8_t port_state;
	uint8_t port_isolated;
	uint8_t flood, mcast_flood, bcast_flood;
	uint8_t locked;
	const struct nlattr *data;
	const struct nlattr *port_data;
};

static const struct topo_field link_fields[] = {
	TOPO_TEXT(IFLA_IFNAME, struct link, name),
	TOPO_FIELD(IFLA_ADDRESS, struct link, mac),
	TOPO_FIELD(IFLA_MTU, struct link, mtu),
	TOPO_FIELD(IFLA_MASTER, struct link, master),
	TOPO_FIELD(IFLA_LINK, struct link, peer),
	TOPO_FIELD(IFLA_LINK_NETNSID, struct link, peer_netnsid),
};

static const struct topo_field info_fields[] = {
	TOPO_TEXT(IFLA_INFO_KIND, struct link_info, kind),
	TOPO_TEXT(IFLA_INFO_SLAVE_KIND, struct link_info, port_kind),
};

static const struct topo_field bridge_fields[] = {
	TOPO_FIELD(IFLA_BR_VLAN_FILTERING, struct link_info, vlan_filtering),
};

static const struct topo_field port_fields[] = {
	TOPO_FIELD(IFLA_BRPORT_STATE, struct link_info, port_state),
	TOPO_FIELD(IFLA_BRPORT_ISOLATED, struct link_info, port_isolated),
	TOPO_FIELD(IFLA_BRPORT_UNICAST_FLOOD, struct link_info, flood),
	TOPO_FIELD(IFLA_BRPORT_MCAST_FLOOD, struct link_info, mcast_flood),
	TOPO_FIELD(IFLA_BRPORT_BCAST_FLOOD, struct link_info, bcast_flood),
	TOPO_FIELD(IFLA_BRPORT_LOCKED, struct link_info, locked),
};

static void parse_bridge(struct link_info *info, struct link *link)
{
	const struct nlattr *attr;

	if (!info->data || strcmp(info->kind, "bridge"))
		return;
	mnl_attr_for_each_nested(attr, info->data)
		topo_store(attr, bridge_fields, ARRAY_SIZE(bridge_fields), info);
	link->vlan_filtering = info->vlan_filtering;
}

static void parse_port(struct link_info *info, struct link *link)
{
	const struct nlattr *attr;

	if (!info->port_data || strcmp(info->port_kind, "bridge"))
		return;
	mnl_attr_for_each_nested(attr, info->port_data)
		topo_store(attr, port_fields, ARRAY_SIZE(port_fields), info);
	link->port_state = info->port_state;
	link->port_isolated = info->port_isolated;
	link->no_flood = !info->flood;
	link->no_mcast_flood = !info->mcast_flood;
	link->no_bcast_flood = !info->bcast_flood;
	link->port_locked = info->locked;
}

static void parse_link_info(const struct nlattr *nest, struct link *link)
{
	/* a kernel that does not tell floods */
	struct link_info info = { .flood = 1, .mcast_flood = 1, .bcast_flood = 1 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		topo_store(attr, info_fields, ARRAY_SIZE(info_fields), &info);
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			info.data = attr;
		else if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_DATA)
			info.port_data = attr;
	}
	memcpy(link->kind, info.kind, sizeof(link->kind));
	parse_bridge(&info, link);
	parse_port(&info, link);
}

int topo_parse_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = topo_header(nlh, sizeof(*ifi));
	struct link link = { .peer_netnsid = -1, .port_state = -1 };
	const struct nlattr *attr;

	if (!ifi)
		return MNL_CB_OK;
	link.ifindex = ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.running = ifi->ifi_flags & IFF_LOWER_UP;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		topo_store(attr, link_fields, ARRAY_SIZE(link_fields), &link);
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			parse_link_info(attr, &link);
	}
	/* Of other kinds IFLA_LINK is the device below, not the other end. */
	if (strcmp(link.kind, "veth")) {
		link.below = link.peer;
		link.peer = 0;
		link.peer_netnsid = -1;
	}
	*(struct link *)data = link;
	return MNL_CB_OK;
}

static int ask_link(int netns, union topo_request *req, struct link *out)
{
	struct link link = { 0 };
	int err = topo_ask(netns, req, topo_parse_link, &link);

	if (err)
		return err;
	if (!link.ifindex)
		return -ENODEV;
	*out = link;
	return 0;
}

int topo_link_by_index(int netns, uint32_t ifindex, struct link *out)
{
	union topo_request req;
	struct ifinfomsg *ifi = topo_request(&req, RTM_GETLINK, 0, sizeof(*ifi));

	if (!topo_ifindex_ok(ifindex))
		return -ENODEV;
	ifi->ifi_index = ifindex;
	return ask_link(netns, &req, out);
}

int topo_link_by_name(int netns, const char *name, struct link *out)
{
	union topo_request req;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	topo_request(&req, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(&req.nlh, IFLA_IFNAME, name);
	return ask_link(netns, &req, out);
}

/* One link of a dump by its address; the last one wins, as no two of a container are alike. */
struct search {
	uint8_t mac[6];
	struct link found;
};

static int parse_search(const struct nlmsghdr *nlh, void *data)
{
	struct search *search = data;
	struct link link = { 0 };

	topo_parse_link(nlh, &link);
	if (link.ifindex && !memcmp(link.mac, search->mac, sizeof(link.mac)))
		search->found = link;
	return MNL_CB_OK;
}

int topo_link_by_mac(int netns, const uint8_t mac[6], struct link *out)
{
	struct search search = { 0 };
	union topo_request req;
	int err;

	topo_request(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	memcpy(search.mac, mac, sizeof(search.mac));
	err = topo_ask_all(netns, &req, parse_search, &search, sizeof(search));
	if (err)
		return err;
	if (!search.found.ifindex)
		return -ENODEV;
	*out = search.found;
	return 0;
}

/* ---- addresses -------------------------------------------------------------- */

/* One address of a dump: who holds .ip, or with .link_local what the device .ifindex has. */
struct holder {
	struct ip ip; /* family 0: none found yet */
	uint32_t ifindex; /* 0: nobody holds it */
	bool link_local;
};

static void parse_own_address(const struct ifaddrmsg *ifa, const struct ip *ip,
			      struct holder *holder)
{
	bool link_local = ifa->ifa_scope == RT_SCOPE_LINK && ip->family == AF_INET6;

	if (!holder->link_local && addr_equal(ip, &holder->ip))
		holder->ifindex = ifa->ifa_index;
	if (holder->link_local && link_local && ifa->ifa_index == holder->ifindex)
		holder->ip = *ip; /* __ipv6_get_lladdr() goes from the end, too */
}

static int parse_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = topo_header(nlh, sizeof(*ifa));
	struct ip own;

	if (!ifa)
		return MNL_CB_OK;
	own = topo_own_address(nlh);
	parse_own_address(ifa, &own, data);
	return MNL_CB_OK;
}

static int find_holder(int netns, int family, struct holder *holder)
{
	union topo_request req;
	struct ifaddrmsg *ifa = topo_request(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));

	ifa->ifa_family = family;
	return topo_ask_all(netns, &req, parse_address, holder, sizeof(*holder));
}

int topo_link_by_addr(int netns, const struct ip *ip, struct link *out)
{
	struct holder holder = { .ip = *ip };
	int err = addr_len(ip->family) ? find_holder(netns, ip->family, &holder) : -EAFNOSUPPORT;

	if (err)
		return err;
	return holder.ifindex ? topo_link_by_index(netns, holder.ifindex, out) : -ENOENT;
}

int topo_link_local(int netns, uint32_t ifindex, struct ip *out)
{
	struct holder holder = { .ifindex = ifindex, .link_local = true };
	int err = topo_ifindex_ok(ifindex) ? find_holder(netns, AF_INET6, &holder) : -ENODEV;

	if (!err && !holder.ip.family)
		err = -ENOENT;
	if (!err)
		*out = holder.ip;
	return err;
}

/* ---- routes ----------------------------------------------------------------- */

struct route_attrs {
	uint32_t oif;
	struct ip gateway;
	struct ip source;
	struct {
		uint16_t family;
		uint8_t gateway[16];
	} via;
};

static const struct topo_field route_fields[] = {
	TOPO_FIELD(RTA_OIF, struct route_attrs, oif),
	TOPO_ADDRESS(RTA_GATEWAY, struct route_attrs, gateway),
	TOPO_ADDRESS(RTA_PREFSRC, struct route_attrs, source),
	TOPO_FIELD(RTA_VIA, struct route_attrs, via), /* an IPv6 gateway of an IPv4 route */
};

/*
 * fib_props[] in net/ipv4/fib_semantics.c, ip6_rt_type_to_error() in net/ipv6/route.c: how each kind
 * of route answers a lookup.
 */
static const struct {
	int err;
	enum route_type type;
} refusals[] = {
	{ -ENETUNREACH, ROUTE_NONE },
	{ -EHOSTUNREACH, ROUTE_UNREACHABLE },
	{ -EACCES, ROUTE_PROHIBIT },
	{ -EINVAL, ROUTE_BLACKHOLE },
};

static int parse_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = topo_header(nlh, sizeof(*rtm));
	struct route_attrs found = { 0 };
	struct route *route = data;
	const struct nlattr *attr;

	if (!rtm)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		topo_store(attr, route_fields, ARRAY_SIZE(route_fields), &found);
	*route = (struct route){ .known = true, .type = ROUTE_OK, .oif = found.oif,
				 .gateway = found.gateway, .source = found.source };
	if (found.via.family == AF_INET6)
		route->gateway = addr_of(AF_INET6, found.via.gateway);
	return MNL_CB_OK;
}

static int ask_route(int netns, const struct ip *src, const struct ip *dst, uint32_t iif,
		     struct route *out)
{
	union topo_request req;
	struct rtmsg *rtm = topo_request(&req, RTM_GETROUTE, 0, sizeof(*rtm));

	rtm->rtm_family = dst->family;
	rtm->rtm_dst_len = 8 * addr_len(dst->family);
	mnl_attr_put(&req.nlh, RTA_DST, addr_len(dst->family), dst->bytes);
	if (src->family) {
		rtm->rtm_src_len = 8 * addr_len(src->family);
		mnl_attr_put(&req.nlh, RTA_SRC, addr_len(src->family), src->bytes);
	}
	if (iif)
		mnl_attr_put_u32(&req.nlh, RTA_IIF, iif);
	return topo_ask(netns, &req, parse_route, out);
}

/*
 * Routes are not alone in answering so: EHOSTUNREACH is also every packet that is to be forwarded
 * where forwarding is off, EINVAL one that rp_filter would drop, ENETUNREACH (EINVAL on older
 * kernels) a source that is not ours. Only what asks for the destination alone is free of that.
 */
static bool only_a_route(int err, const struct ip *src, uint32_t iif)
{
	return err == -EACCES || (iif ? err == -ENETUNREACH : !src->family);
}

static enum route_type refused_by(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (err == refusals[i].err)
			return refusals[i].type;
	}
	return ROUTE_OK;
}

int topo_route(int netns, const struct ip *src, const struct ip *dst, uint32_t iif,
	       struct route *out)
{
	const struct ip any = { 0 };
	struct route route = { 0 };
	struct link link;
	int err;

	if (!addr_len(dst->family) || (src->family && src->family != dst->family))
		return -EAFNOSUPPORT;
	err = ask_route(netns, src, dst, iif, &route);
	if (err) {
		enum route_type type = refused_by(err);

		if (type != ROUTE_OK && !only_a_route(err, src, iif))
			type = refused_by(ask_route(netns, &any, dst, 0, &route));
		if (type == ROUTE_OK)
			return err;
		route = (struct route){ .known = true, .type = type };
	}
	if (route.type == ROUTE_OK && src->family)
		route.source = *src;
	if (!topo_link_by_index(netns, route.oif, &link))
		memcpy(route.device, link.name, sizeof(route.device));
	*out = route;
	return 0;
}

int topo_input(int netns, const struct ip *src, const struct ip *dst, uint32_t iif)
{
	struct route route;

	if (!addr_len(dst->family) || src->family != dst->family || !topo_ifindex_ok(iif))
		return 0;
	return ask_route(netns, src, dst, iif, &route);
}

/* ---- neighbours ------------------------------------------------------------- */

static const struct topo_field neighbour_fields[] = {
	TOPO_FIELD(NDA_LLADDR, struct neighbour, mac),
};

static int parse_neighbour(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *ndm = topo_header(nlh, sizeof(*ndm));
	struct neighbour *neighbour = data;
	const struct nlattr *attr;

	if (!ndm)
		return MNL_CB_OK;
	*neighbour = (struct neighbour){
		.known = true,
		.permanent = ndm->ndm_state & NUD_PERMANENT,
		.failed = ndm->ndm_state & (NUD_FAILED | NUD_INCOMPLETE),
	};
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		topo_store(attr, neighbour_fields, ARRAY_SIZE(neighbour_fields), neighbour);
		if (mnl_attr_get_type(attr) == NDA_LLADDR)
			neighbour->has_mac =
				mnl_attr_get_payload_len(attr) == sizeof(neighbour->mac);
	}
	return MNL_CB_OK;
}

int topo_neighbour(int netns, uint32_t ifindex, const struct ip *ip, struct neighbour *out)
{
	union topo_request req;
	struct ndmsg *ndm = topo_request(&req, RTM_GETNEIGH, 0, sizeof(*ndm));
	struct neighbour neighbour = { 0 };
	int err;

	if (!addr_len(ip->family))
		return -EAFNOSUPPORT;
	if (!topo_ifindex_ok(ifindex))
		return -ENODEV;
	ndm->ndm_family = ip->family;
	ndm->ndm_ifindex = ifindex;
	mnl_attr_put(&req.nlh, NDA_DST, addr_len(ip->family), ip->bytes);
	err = topo_ask(netns, &req, parse_neighbour, &neighbour);
	if (err && err != -ENOENT)
		return err;
	*out = neighbour;
	return 0;
}
