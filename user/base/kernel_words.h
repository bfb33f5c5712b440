/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's numbers are called. All take any integer and return NULL for one that has no word.
 * The strings are static.
 */
#ifndef DD_KERNEL_WORDS_H
#define DD_KERNEL_WORDS_H

/* BR_STATE_*: "forwarding". */
const char *kernel_port_state(int state);

/* IPPROTO_*: "icmp", "icmpv6". */
const char *kernel_protocol(int l4);

/* NFPROTO_*, as nft names the family: "ip", "inet". */
const char *kernel_family(int pf);

/* NF_INET_*, NF_ARP_* or NF_NETDEV_*, depending on NFPROTO_*: "FORWARD". */
const char *kernel_hook(int pf, int num);

/* The way back of NF_INET_*, which is how iptables names its chains; -1: none. */
int kernel_inet_hook(const char *name);

#endif
