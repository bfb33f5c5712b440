/* SPDX-License-Identifier: GPL-2.0 */
/* topo_port_vlan(), topo_fdb(): what a bridge knows besides its ports. */
#include "source/topo.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/array.h"
#include "source/topo_nl.h"

/* ---- VLANs ------------------------------------------------------------------ */

struct vlan_search {
	uint16_t vid;
	struct port_vlan found;
};

/* One VLAN, or all from .vid to last. */
struct vlan_entry {
	struct bridge_vlan_info info;
	uint16_t last;
};

static const struct topo_field entry_fields[] = {
	TOPO_FIELD(BRIDGE_VLANDB_ENTRY_INFO, struct vlan_entry, info),
	TOPO_FIELD(BRIDGE_VLANDB_ENTRY_RANGE, struct vlan_entry, last),
};

static void parse_vlan(const struct nlattr *nest, struct vlan_search *search)
{
	struct vlan_entry entry = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		topo_store(attr, entry_fields, ARRAY_SIZE(entry_fields), &entry);
	if (!entry.last)
		entry.last = entry.info.vid;
	search->found.known = true;
	if (entry.info.flags & BRIDGE_VLAN_INFO_PVID)
		search->found.pvid = entry.info.vid;
	if (search->vid < entry.info.vid || search->vid > entry.last)
		return;
	search->found.takes = true;
	search->found.untags = entry.info.flags & BRIDGE_VLAN_INFO_UNTAGGED;
}

static int parse_vlans(const struct nlmsghdr *nlh, void *data)
{
	const struct br_vlan_msg *bvm = topo_header(nlh, sizeof(*bvm));
	const struct nlattr *attr;

	if (!bvm)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*bvm))
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY)
			parse_vlan(attr, data);
	return MNL_CB_OK;
}

int topo_port_vlan(int netns, uint32_t ifindex, uint16_t vid, struct port_vlan *out)
{
	struct vlan_search search = { .vid = vid };
	union topo_request req;
	struct br_vlan_msg *bvm = topo_request(&req, RTM_GETVLAN, NLM_F_DUMP, sizeof(*bvm));
	int err;

	if (!topo_ifindex_ok(ifindex))
		return -ENODEV;
	bvm->family = AF_BRIDGE;
	bvm->ifindex = ifindex;
	err = topo_ask_all(netns, &req, parse_vlans, &search, sizeof(search));
	if (err)
		return err;
	/* without any VLAN nothing is told, and nothing passes */
	search.found.known = true;
	*out = search.found;
	return 0;
}

/* ---- forwarding database ------------------------------------------------------ */

static int parse_fdb(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *ndm = topo_header(nlh, sizeof(*ndm));
	struct fdb *fdb = data;

	if (!ndm)
		return MNL_CB_OK;
	/* fdb_to_nud() in net/bridge/br_fdb.c */
	fdb->known = true;
	fdb->local = ndm->ndm_state & NUD_PERMANENT;
	fdb->fixed = ndm->ndm_state & (NUD_PERMANENT | NUD_NOARP);
	fdb->port = ndm->ndm_ifindex;
	return MNL_CB_OK;
}

int topo_fdb(int netns, uint32_t bridge, const uint8_t mac[6], uint16_t vid, struct fdb *out)
{
	union topo_request req;
	struct ndmsg *ndm = topo_request(&req, RTM_GETNEIGH, 0, sizeof(*ndm));
	struct fdb fdb = { .asked = true };
	struct link link;
	int err;

	if (!topo_ifindex_ok(bridge))
		return -ENODEV;
	ndm->ndm_family = AF_BRIDGE;
	mnl_attr_put_u32(&req.nlh, NDA_MASTER, bridge);
	mnl_attr_put(&req.nlh, NDA_LLADDR, 6, mac);
	if (vid)
		mnl_attr_put_u16(&req.nlh, NDA_VLAN, vid);
	err = topo_ask(netns, &req, parse_fdb, &fdb);
	if (err && err != -ENOENT)
		return err;
	if (fdb.known && !topo_link_by_index(netns, fdb.port, &link))
		memcpy(fdb.port_name, link.name, sizeof(fdb.port_name));
	*out = fdb;
	return 0;
}
