/* SPDX-License-Identifier: GPL-2.0 */
#include "maps.bpf.h"

const volatile struct dd_filter dd_filter = {};
const volatile __u32 dd_kfree_skb_args = 0;
const volatile __u32 dd_consume_skb_args = 0;
const volatile bool dd_functions = false;
const volatile __u8 dd_by_kprobe[DD_FN_MAX] = {};
const volatile bool dd_xt_skb_first = false;
const volatile bool dd_xt_one_cpu = false;
const volatile __u32 dd_test_netns = 0;
const volatile __u64 dd_room = 0;
__u64 dd_lost = 0, dd_thinned = 0;

char LICENSE[] SEC("license") = "GPL";
