/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo_dump.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "source/topo_nl.h"

#define DUMP_TRIES 5

/* An array that answers are added to. failed: memory ran out. */
struct list {
	void *items;
	size_t n, size;
	bool failed;
};

static void *list_add(struct list *l, const void *item)
{
	void *items = array_grow(l->items, l->n, l->size);

	if (!items) {
		l->failed = true;
		return NULL;
	}
	l->items = items;
	return memcpy((char *)items + l->n++ * l->size, item, l->size);
}

/* Begins anew if something changed meanwhile, as netlink_dump() does; on failure the list is empty. */
static int dump(int netns, union topo_request *req, mnl_cb_t cb, struct list *l)
{
	int err = -EINTR;

	for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++) {
		l->n = 0;
		err = topo_ask(netns, req, cb, l);
	}
	if (!err && l->failed)
		err = -ENOMEM;
	if (!err)
		return 0;
	free(l->items);
	*l = (struct list){ .size = l->size };
	return err;
}

/* ---- links and addresses ------------------------------------------------------------ */

struct bridge_info {
	uint32_t stp;
	uint8_t nf_call;
	char kind[16];
	const struct nlattr *data;
};

static const struct topo_field bridge_fields[] = {
	TOPO_FIELD(IFLA_BR_STP_STATE, struct bridge_info, stp),
	TOPO_FIELD(IFLA_BR_NF_CALL_IPTABLES, struct bridge_info, nf_call),
};

static const struct topo_field info_fields[] = {
	TOPO_TEXT(IFLA_INFO_KIND, struct bridge_info, kind),
};

static void parse_vxlan(const struct nlattr *data, struct device *d)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
		if (mnl_attr_get_type(attr) == IFLA_VXLAN_PORT && mnl_attr_get_payload_len(attr) == 2)
			d->vxlan_port = ntohs(mnl_attr_get_u16(attr));
}

static void parse_info(const struct nlattr *nest, struct device *d)
{
	struct bridge_info info = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		topo_store(attr, info_fields, ARRAY_SIZE(info_fields), &info);
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			info.data = attr;
	}
	if (info.data && !strcmp(info.kind, "vxlan"))
		parse_vxlan(info.data, d);
	if (!info.data || strcmp(info.kind, "bridge"))
		return;
	mnl_attr_for_each_nested(attr, info.data)
		topo_store(attr, bridge_fields, ARRAY_SIZE(bridge_fields), &info);
	d->stp = info.stp;
	d->meets_iptables = info.nf_call;
}

static int on_device(const struct nlmsghdr *nlh, void *data)
{
	struct device d = { 0 };
	const struct nlattr *attr;

	topo_parse_link(nlh, &d.link);
	if (!d.link.ifindex)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			parse_info(attr, &d);
	list_add(data, &d);
	return MNL_CB_OK;
}

struct address {
	uint32_t ifindex;
	struct ip ip;
};

static int on_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = topo_header(nlh, sizeof(*ifa));
	struct address a;

	if (!ifa)
		return MNL_CB_OK;
	a = (struct address){ ifa->ifa_index, topo_own_address(nlh) };
	list_add(data, &a);
	return MNL_CB_OK;
}

static void give_address(struct place *p, const struct address *a)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		struct device *d = &p->devices[i];

		if (d->link.ifindex == a->ifindex && d->n_ips < DEVICE_IPS_MAX)
			d->ips[d->n_ips++] = a->ip;
	}
}

int topo_dump_devices(int netns, struct place *out)
{
	struct list links = { .size = sizeof(struct device) };
	struct list addresses = { .size = sizeof(struct address) };
	union topo_request req;
	int err;

	topo_request(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	err = dump(netns, &req, on_device, &links);
	if (err)
		return err;
	out->devices = links.items;
	out->n_devices = links.n;
	topo_request(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
	err = dump(netns, &req, on_address, &addresses);
	for (size_t i = 0; i < addresses.n; i++)
		give_address(out, (struct address *)addresses.items + i);
	free(addresses.items);
	return err;
}

/* ---- neighbours, forwarding entries, VLANs --------------------------------------------- */

struct neigh_attrs {
	struct ip dst;
	uint8_t mac[6];
	uint32_t master;
	bool has_mac;
};

static const struct topo_field neigh_fields[] = {
	TOPO_ADDRESS(NDA_DST, struct neigh_attrs, dst),
	TOPO_FIELD(NDA_LLADDR, struct neigh_attrs, mac),
	TOPO_FIELD(NDA_MASTER, struct neigh_attrs, master),
};

static const struct ndmsg *parse_neigh(const struct nlmsghdr *nlh, struct neigh_attrs *out)
{
	const struct ndmsg *ndm = topo_header(nlh, sizeof(*ndm));
	const struct nlattr *attr;

	if (!ndm)
		return NULL;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		topo_store(attr, neigh_fields, ARRAY_SIZE(neigh_fields), out);
		if (mnl_attr_get_type(attr) == NDA_LLADDR)
			out->has_mac = mnl_attr_get_payload_len(attr) == sizeof(out->mac);
	}
	return ndm;
}

static int on_neigh(const struct nlmsghdr *nlh, void *data)
{
	struct neigh_attrs attrs = { 0 };
	const struct ndmsg *ndm = parse_neigh(nlh, &attrs);
	struct neigh n = { 0 };

	if (!ndm || !attrs.dst.family || ndm->ndm_state & NUD_NOARP)
		return MNL_CB_OK;
	n.ifindex = ndm->ndm_ifindex;
	n.ip = attrs.dst;
	n.entry.known = true;
	n.entry.permanent = ndm->ndm_state & NUD_PERMANENT;
	n.entry.failed = ndm->ndm_state & (NUD_FAILED | NUD_INCOMPLETE);
	n.entry.has_mac = attrs.has_mac;
	memcpy(n.entry.mac, attrs.mac, sizeof(attrs.mac));
	list_add(data, &n);
	return MNL_CB_OK;
}

static int on_fdb(const struct nlmsghdr *nlh, void *data)
{
	struct neigh_attrs attrs = { 0 };
	const struct ndmsg *ndm = parse_neigh(nlh, &attrs);
	struct fdb_entry f = { 0 };

	if (!ndm || ndm->ndm_family != AF_BRIDGE || !(attrs.master || attrs.dst.family) || !attrs.has_mac)
		return MNL_CB_OK;
	f.node = attrs.dst;
	f.ifindex = ndm->ndm_ifindex;
	f.master = attrs.master;
	/* br_fdb.c, fdb_to_nud(): local ones are permanent, fixed ones have no ARP */
	f.local = ndm->ndm_state & NUD_PERMANENT;
	f.fixed = ndm->ndm_state & (NUD_PERMANENT | NUD_NOARP);
	memcpy(f.mac, attrs.mac, sizeof(f.mac));
	list_add(data, &f);
	return MNL_CB_OK;
}

int topo_dump_neighs(int netns, struct place *out)
{
	struct list l = { .size = sizeof(struct neigh) };
	union topo_request req;
	int err;

	topo_request(&req, RTM_GETNEIGH, NLM_F_DUMP, sizeof(struct ndmsg));
	err = dump(netns, &req, on_neigh, &l);
	out->neighs = l.items;
	out->n_neighs = l.n;
	return err;
}

int topo_dump_fdbs(int netns, struct place *out)
{
	struct list l = { .size = sizeof(struct fdb_entry) };
	union topo_request req;
	struct ndmsg *ndm = topo_request(&req, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));
	int err;

	ndm->ndm_family = AF_BRIDGE;
	err = dump(netns, &req, on_fdb, &l);
	out->fdbs = l.items;
	out->n_fdbs = l.n;
	return err;
}

static void add_vlans(const struct nlattr *nest, uint32_t ifindex, struct list *l)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		const struct bridge_vlan_info *info = mnl_attr_get_payload(attr);
		struct vlan v = { .ifindex = ifindex };

		if (mnl_attr_get_type(attr) != IFLA_BRIDGE_VLAN_INFO ||
		    mnl_attr_get_payload_len(attr) != sizeof(*info))
			continue;
		v.id = info->vid;
		v.pvid = info->flags & BRIDGE_VLAN_INFO_PVID;
		list_add(l, &v);
	}
}

static int on_vlan(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = topo_header(nlh, sizeof(*ifi));
	const struct nlattr *attr;

	if (!ifi || ifi->ifi_family != AF_BRIDGE)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
		if (mnl_attr_get_type(attr) == IFLA_AF_SPEC)
			add_vlans(attr, ifi->ifi_index, data);
	return MNL_CB_OK;
}

int topo_dump_vlans(int netns, struct place *out)
{
	struct list l = { .size = sizeof(struct vlan) };
	union topo_request req;
	struct ifinfomsg *ifi = topo_request(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(*ifi));
	int err;

	ifi->ifi_family = AF_BRIDGE;
	mnl_attr_put_u32(&req.nlh, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
	err = dump(netns, &req, on_vlan, &l);
	out->vlans = l.items;
	out->n_vlans = l.n;
	return err;
}

/* ---- routes ------------------------------------------------------------------------------- */

struct path_attrs {
	struct ip dst, gateway;
	uint32_t oif, table;
};

static const struct topo_field path_fields[] = {
	TOPO_ADDRESS(RTA_DST, struct path_attrs, dst),
	TOPO_ADDRESS(RTA_GATEWAY, struct path_attrs, gateway),
	TOPO_FIELD(RTA_OIF, struct path_attrs, oif),
	TOPO_FIELD(RTA_TABLE, struct path_attrs, table),
};

static int on_path(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = topo_header(nlh, sizeof(*rtm));
	struct path_attrs attrs = { 0 };
	const struct nlattr *attr;
	struct path p;

	if (!rtm || rtm->rtm_type != RTN_UNICAST || rtm->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	attrs.table = rtm->rtm_table;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		topo_store(attr, path_fields, ARRAY_SIZE(path_fields), &attrs);
	if (attrs.table == RT_TABLE_LOCAL)
		return MNL_CB_OK;
	p = (struct path){ attrs.dst, rtm->rtm_dst_len, attrs.oif, attrs.table,
			   attrs.gateway.family != 0 };
	p.dst.family = rtm->rtm_family;
	list_add(data, &p);
	return MNL_CB_OK;
}

int topo_dump_paths(int netns, struct place *out)
{
	struct list l = { .size = sizeof(struct path) };
	union topo_request req;
	int err;

	topo_request(&req, RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));
	err = dump(netns, &req, on_path, &l);
	out->paths = l.items;
	out->n_paths = l.n;
	return err;
}

void topo_dump_free(struct place *p)
{
	free(p->devices);
	free(p->neighs);
	free(p->fdbs);
	free(p->vlans);
	free(p->paths);
}

/* ---- a bridge's attributes ------------------------------------------------------------------ */

/* Those that decide about a frame; timers that run and counters are none. */
static const struct {
	uint16_t type;
	const char *name;
} attributes[] = {
	{ IFLA_BR_FORWARD_DELAY, "forward_delay" },
	{ IFLA_BR_AGEING_TIME, "ageing_time" },
	{ IFLA_BR_STP_STATE, "stp_state" },
	{ IFLA_BR_VLAN_FILTERING, "vlan_filtering" },
	{ IFLA_BR_VLAN_PROTOCOL, "vlan_protocol" },
	{ IFLA_BR_VLAN_DEFAULT_PVID, "vlan_default_pvid" },
	{ IFLA_BR_GROUP_FWD_MASK, "group_fwd_mask" },
	{ IFLA_BR_MCAST_SNOOPING, "mcast_snooping" },
	{ IFLA_BR_MCAST_QUERIER, "mcast_querier" },
	{ IFLA_BR_NF_CALL_IPTABLES, "nf_call_iptables" },
	{ IFLA_BR_NF_CALL_IP6TABLES, "nf_call_ip6tables" },
	{ IFLA_BR_NF_CALL_ARPTABLES, "nf_call_arptables" },
};

struct attribute_list {
	struct sysctl *out;
	int n, max;
};

static int number_of(const struct nlattr *attr)
{
	uint32_t value = 0;
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&value, mnl_attr_get_payload(attr), len < sizeof(value) ? len : sizeof(value));
	return value;
}

static void add_attributes(const struct nlattr *data, struct attribute_list *l)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
			if (attributes[i].type != mnl_attr_get_type(attr) || l->n == l->max)
				continue;
			text_copy(l->out[l->n].name, NAME_LEN, attributes[i].name);
			l->out[l->n++].value = number_of(attr);
		}
}

static int on_bridge(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			if (mnl_attr_get_type(inner) == IFLA_INFO_DATA)
				add_attributes(inner, data);
	}
	return MNL_CB_OK;
}

int topo_bridge_attributes(int netns, uint32_t ifindex, struct sysctl *out, int max)
{
	struct attribute_list l = { out, 0, max };
	union topo_request req;
	struct ifinfomsg *ifi = topo_request(&req, RTM_GETLINK, 0, sizeof(*ifi));
	int err;

	if (!topo_ifindex_ok(ifindex))
		return -ENODEV;
	ifi->ifi_index = ifindex;
	err = topo_ask(netns, &req, on_bridge, &l);
	return err ? err : l.n;
}
