/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "base/addr.h"
#include "base/array.h"
#include "source/topo_nl.h"

#define DUMP_TRIES 3

struct list {
	struct topo_address *out;
	int n, max;
};

/* On IPv6 without a peer only the second is there. */
struct address {
	struct ip local;
	struct ip address;
};

static const struct topo_field fields[] = {
	TOPO_ADDRESS(IFA_LOCAL, struct address, local),
	TOPO_ADDRESS(IFA_ADDRESS, struct address, address),
};

static int parse_listed(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = topo_header(nlh, sizeof(*ifa));
	struct address address = { 0 };
	struct list *list = data;
	const struct nlattr *attr;

	if (!ifa || ifa->ifa_scope != RT_SCOPE_UNIVERSE || list->n == list->max)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa))
		topo_store(attr, fields, ARRAY_SIZE(fields), &address);
	list->out[list->n++] = (struct topo_address){
		.ip = address.local.family ? address.local : address.address,
		.prefix_len = ifa->ifa_prefixlen,
		.ifindex = ifa->ifa_index,
	};
	return MNL_CB_OK;
}

int topo_addresses(int netns, int family, struct topo_address *out, int max)
{
	union topo_request req;
	struct ifaddrmsg *ifa = topo_request(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	int tries = DUMP_TRIES;
	struct list list;
	int err;

	ifa->ifa_family = family;
	do {
		list = (struct list){ .out = out, .max = max };
		err = topo_ask(netns, &req, parse_listed, &list);
	} while (err == -EINTR && --tries);
	return err ? err : list.n;
}
