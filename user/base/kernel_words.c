/* SPDX-License-Identifier: GPL-2.0 */
#include "base/kernel_words.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* behind netinet/in.h, whose names it leaves alone then */
#include <linux/if_bridge.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>

#include "base/array.h"

#define WORD(table, value) \
	((unsigned int)(value) < ARRAY_SIZE(table) ? (table)[(unsigned int)(value)] : NULL)

static const char *const port_states[] = {
	[BR_STATE_DISABLED] = "disabled", [BR_STATE_LISTENING] = "listening",
	[BR_STATE_LEARNING] = "learning", [BR_STATE_FORWARDING] = "forwarding",
	[BR_STATE_BLOCKING] = "blocking",
};

static const char *const protocols[] = {
	[IPPROTO_ICMP] = "icmp",
	[IPPROTO_TCP] = "tcp",
	[IPPROTO_UDP] = "udp",
	[IPPROTO_ICMPV6] = "icmpv6",
};

static const char *const families[] = {
	[NFPROTO_INET] = "inet",     [NFPROTO_IPV4] = "ip",	  [NFPROTO_ARP] = "arp",
	[NFPROTO_NETDEV] = "netdev", [NFPROTO_BRIDGE] = "bridge", [NFPROTO_IPV6] = "ip6",
};

/* The bridge's NF_BR_* have the numbers of NF_INET_*. */
static const char *const inet_hooks[] = {
	[NF_INET_PRE_ROUTING] = "PREROUTING",	[NF_INET_LOCAL_IN] = "INPUT",
	[NF_INET_FORWARD] = "FORWARD",		[NF_INET_LOCAL_OUT] = "OUTPUT",
	[NF_INET_POST_ROUTING] = "POSTROUTING",
};

static const char *const arp_hooks[] = {
	[NF_ARP_IN] = "INPUT",
	[NF_ARP_OUT] = "OUTPUT",
	[NF_ARP_FORWARD] = "FORWARD",
};

static const char *const netdev_hooks[] = {
	[NF_NETDEV_INGRESS] = "INGRESS",
	[NF_NETDEV_EGRESS] = "EGRESS",
};

const char *kernel_port_state(int state)
{
	return WORD(port_states, state);
}

const char *kernel_protocol(int l4)
{
	return WORD(protocols, l4);
}

const char *kernel_family(int pf)
{
	return WORD(families, pf);
}

const char *kernel_hook(int pf, int num)
{
	if (pf == NFPROTO_ARP)
		return WORD(arp_hooks, num);
	if (pf == NFPROTO_NETDEV)
		return WORD(netdev_hooks, num);
	return WORD(inet_hooks, num);
}

int kernel_inet_hook(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(inet_hooks); i++)
		if (!strcmp(inet_hooks[i], name))
			return (int)i;
	return -1;
}
