/* SPDX-License-Identifier: GPL-2.0 */
/* topo_queues(): the queueing disciplines of a device. */
#include "source/topo.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "source/topo_nl.h"


struct found {
	uint32_t ifindex;
	struct queue *queues;
	int max;
	int n;
};

static const struct topo_field queue_fields[] = {
	TOPO_TEXT(TCA_KIND, struct queue, kind),
};

static void parse_stats(const struct nlattr *nest, struct queue *queue)
{
	struct gnet_stats_queue stats;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) != TCA_STATS_QUEUE ||
		    mnl_attr_get_payload_len(attr) < sizeof(stats))
			continue;
		memcpy(&stats, mnl_attr_get_payload(attr), sizeof(stats));
		queue->drops = stats.drops;
	}
}

/* Those on the way in queue nothing, and a device with "noqueue" has no queue. */
static bool is_queue(const struct queue *queue)
{
	return strcmp(queue->kind, "noqueue") && strcmp(queue->kind, "ingress") &&
	       strcmp(queue->kind, "clsact");
}

static int parse_queue(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = topo_header(nlh, sizeof(*tcm));
	struct found *found = data;
	const struct nlattr *attr;
	struct queue queue = { 0 };

	if (!tcm || tcm->tcm_ifindex != (int)found->ifindex || found->n == found->max)
		return MNL_CB_OK;
	queue.handle = tcm->tcm_handle;
	queue.parent = tcm->tcm_parent;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm)) {
		topo_store(attr, queue_fields, ARRAY_SIZE(queue_fields), &queue);
		if (mnl_attr_get_type(attr) == TCA_STATS2)
			parse_stats(attr, &queue);
	}
	if (is_queue(&queue))
		found->queues[found->n++] = queue;
	return MNL_CB_OK;
}

static const struct topo_field root_fields[] = {
	TOPO_TEXT(IFLA_QDISC, struct queue, kind),
};

static int parse_root(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		topo_store(attr, root_fields, ARRAY_SIZE(root_fields), data);
	return MNL_CB_OK;
}

/* The kernel tells all of a namespace, in which most have none. */
static bool has_queues(int netns, uint32_t ifindex)
{
	union topo_request req;
	struct ifinfomsg *ifi = topo_request(&req, RTM_GETLINK, 0, sizeof(*ifi));
	struct queue root = { 0 };

	ifi->ifi_index = ifindex;
	return !topo_ask(netns, &req, parse_root, &root) && root.kind[0] && is_queue(&root);
}

static int ask(int netns, struct found *found)
{
	union topo_request req;
	struct tcmsg *tcm = topo_request(&req, RTM_GETQDISC, NLM_F_DUMP, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	return topo_ask_all(netns, &req, parse_queue, found, sizeof(*found));
}

int topo_queues(int netns, uint32_t ifindex, struct queue *out, int max)
{
	struct found found = { .ifindex = ifindex, .queues = out, .max = max };
	struct link link;
	int err = topo_link_by_index(netns, ifindex, &link);

	if (!err && has_queues(netns, ifindex))
		err = ask(netns, &found);
	for (int i = 0; i < found.n; i++)
		text_copy(out[i].device, sizeof(out[i].device), link.name);
	return err ? err : found.n;
}
