/* SPDX-License-Identifier: GPL-2.0 */
#include "maps.bpf.h"

const volatile struct dd_filter dd_filter = {};
const volatile __u32 dd_kfree_skb_args = 0;
const volatile __u32 dd_consume_skb_args = 0;
__u64 dd_lost = 0;

char LICENSE[] SEC("license") = "GPL";
