/* SPDX-License-Identifier: GPL-2.0 */
#include "source/topo.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "source/topo_nl.h"

struct list {
	struct topo_address *out;
	int n, max;
};

static int parse_listed(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = topo_header(nlh, sizeof(*ifa));
	struct list *list = data;

	if (!ifa || ifa->ifa_scope != RT_SCOPE_UNIVERSE || list->n == list->max)
		return MNL_CB_OK;
	list->out[list->n++] = (struct topo_address){
		.ip = topo_own_address(nlh),
		.prefix_len = ifa->ifa_prefixlen,
		.ifindex = ifa->ifa_index,
	};
	return MNL_CB_OK;
}

int topo_addresses(int netns, int family, struct topo_address *out, int max)
{
	union topo_request req;
	struct ifaddrmsg *ifa = topo_request(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
	struct list list = { .out = out, .max = max };
	int err;

	ifa->ifa_family = family;
	err = topo_ask_all(netns, &req, parse_listed, &list, sizeof(list));
	return err ? err : list.n;
}
