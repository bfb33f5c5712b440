// SPDX-License-Identifier: GPL-2.0
/* What the lab hangs on an interface as XDP: pings and what carries ports end here. */
#include "lab_packet.h"

SEC("xdp")
int lab_xdp_drop(struct xdp_md *ctx)
{
	return is_data((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

/* Back to where it came from. */
SEC("xdp.redirect")
int lab_xdp_away(struct xdp_md *ctx)
{
	if (!is_data((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_PASS;
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

char _license[] SEC("license") = "GPL";
