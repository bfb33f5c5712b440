// SPDX-License-Identifier: GPL-2.0
/* What the lab hangs on an interface: pings and what carries ports end here, ARP passes. */
#include <linux/pkt_cls.h>

#include "lab_packet.h"

static __always_inline int is_lost(struct __sk_buff *skb)
{
	return is_data((void *)(long)skb->data, (void *)(long)skb->data_end);
}

SEC("tc")
int lab_tc_drop(struct __sk_buff *skb)
{
	return is_lost(skb) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

/* Without a word: the kernel takes the packet for used. */
SEC("steal")
int lab_tc_steal(struct __sk_buff *skb)
{
	return is_lost(skb) ? TC_ACT_STOLEN : TC_ACT_OK;
}

/* On to the next, if there is one. */
SEC("pass")
int lab_tc_pass(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
