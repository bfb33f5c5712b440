/* SPDX-License-Identifier: GPL-2.0 */
#include "core/decode.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <string.h>

int decode_event(const void *data, size_t len, struct dd_event *out)
{
	struct dd_event ev;

	if (len < sizeof(ev))
		return -EBADMSG;
	memcpy(&ev, data, sizeof(ev));
	if (ev.version != DD_EVENT_VERSION || !ev.kind || ev.kind >= DD_EV_KIND_MAX)
		return -EBADMSG;
	if (len != (ev.kind == DD_EV_CHAIN ? sizeof(struct dd_chain_event) : sizeof(ev)))
		return -EBADMSG;
	if (ev.stack_n > DD_STACK_MAX || ev.hook_stage >= DD_STAGE_MAX)
		return -EBADMSG;
	if (ev.filter >= DD_FILTER_MAX)
		return -EBADMSG;
	if (!memchr(ev.dev, '\0', sizeof(ev.dev)) || ev.function >= DD_FN_MAX)
		return -EBADMSG;
	if (ev.pkt.probe > DD_PROBES_MAX)
		return -EBADMSG;
	*out = ev;
	return 0;
}

static bool is_terminated(const char name[DD_NFT_NAME_LEN])
{
	return memchr(name, '\0', DD_NFT_NAME_LEN);
}

int decode_chain(const void *data, size_t len, struct dd_chain_event *out)
{
	struct dd_chain_event chain;
	struct dd_event ev;
	int err = decode_event(data, len, &ev);

	if (err || ev.kind != DD_EV_CHAIN)
		return err ? err : -EBADMSG;
	memcpy(&chain, data, sizeof(chain));
	if (chain.decider < DD_BY_RULE || chain.decider > DD_BY_UNKNOWN || chain.verdict < 0)
		return -EBADMSG;
	if (!is_terminated(chain.table) || !is_terminated(chain.chain))
		return -EBADMSG;
	*out = chain;
	return 0;
}

int decode_sample(const void *data, size_t len, struct dd_sample *out)
{
	struct dd_event ev;
	struct dd_sample s;

	if (len < sizeof(s))
		return -EBADMSG;
	memcpy(&s, data, sizeof(s));
	if (decode_event(&s.ev, sizeof(s.ev), &ev) || ev.kind != DD_EV_DROP)
		return -EBADMSG;
	if (s.caplen > len - sizeof(s) || s.len < s.caplen || !s.n ||
	    (s.link_len && s.link_len != ETH_HLEN))
		return -EBADMSG;
	*out = s;
	return 0;
}
