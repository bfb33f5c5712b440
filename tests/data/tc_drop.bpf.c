// SPDX-License-Identifier: GPL-2.0
/* What the lab hangs on an interface: IPv4 ends here, ARP passes. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int lab_tc_drop(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Without a word: the kernel takes the packet for used. */
SEC("steal")
int lab_tc_steal(struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP) ? TC_ACT_STOLEN : TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
