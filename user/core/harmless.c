/* SPDX-License-Identifier: GPL-2.0 */
#include "core/harmless.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "core/noise.h"

#define UNNAMED "NOT_SPECIFIED"
#define ND_REDIRECT 137 /* the last of Neighbour Discovery's; RFC 4861 */

static const struct harmless_row {
	const char *reason, *function;
	uint8_t l4;
	const char *why;
} rows[] = {
#define HARMLESS(reason, function, l4, why) { reason, function, l4, why },
#include "core/harmless.def"
#undef HARMLESS
};

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool in_function(const struct loss *loss, const char *prefix)
{
	return has_prefix(loss->where.function, prefix);
}

/* What is sent to everybody is nobody's loss where nobody listens. */
static bool is_unheard(const struct loss *loss)
{
	return addr_is_multicast(&loss->dst.ip) &&
	       (loss->layer == LAYER_SOCKET || loss->layer == LAYER_TRANSPORT ||
		loss->layer == LAYER_IP || loss->layer == LAYER_BRIDGE);
}

/*
 * Whoever pings by a raw socket has a copy of the answer; the stack looks for a ping socket, and frees
 * the packet for want of one: icmp_rcv(), since 6.17 ping_rcv(), icmpv6_rcv().
 */
static bool is_answer_taken(const struct loss *loss, const struct dd_flow *flow,
			    const char *reason)
{
	int type = flow->port >> 8;
	bool answer = (flow->l4 == IPPROTO_ICMP && type == ICMP_ECHOREPLY) ||
		      (flow->l4 == IPPROTO_ICMPV6 && type == ICMPV6_ECHO_REPLY);

	return answer && (!strcmp(reason, "NO_SOCKET") || !strcmp(reason, UNNAMED)) &&
	       (in_function(loss, "icmp") || in_function(loss, "ping_rcv"));
}

/* icmpv6_rcv() frees what it has read and needs no more as if it were dropped. */
static bool is_discovery(const struct loss *loss, const struct dd_flow *flow, const char *reason)
{
	int type = flow->port >> 8;

	return flow->l4 == IPPROTO_ICMPV6 && !strcmp(reason, UNNAMED) &&
	       in_function(loss, "icmpv6_rcv") &&
	       ((type >= ICMPV6_MGM_QUERY && type <= ND_REDIRECT) || type == ICMPV6_MLD2_REPORT);
}

static bool is_aftermath(const struct loss *loss, const struct dd_flow *flow)
{
	return flow->l4 == IPPROTO_TCP && !(flow->flags & DD_FLOW_OPENS) &&
	       (loss->layer == LAYER_TRANSPORT || loss->layer == LAYER_SOCKET) &&
	       !noise_is_loss(loss->reason);
}

const char *harmless_of(const struct loss *loss, const struct dd_flow *flow)
{
	const char *reason = loss->reason[0] ? loss->reason : UNNAMED;

	if (is_answer_taken(loss, flow, reason))
		return "an answer to a ping that the program had by a raw socket, or that came late";
	if (is_discovery(loss, flow, reason))
		return "a message of Neighbour Discovery or MLD that changes nothing";
	if (is_aftermath(loss, flow))
		return "what came twice, or after the end, in a TCP connection";
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (has_prefix(reason, rows[i].reason) && in_function(loss, rows[i].function) &&
		    (!rows[i].l4 || rows[i].l4 == flow->l4))
			return rows[i].why;
	if (is_unheard(loss))
		return "a packet to everybody, that nobody here listens to";
	return NULL;
}
