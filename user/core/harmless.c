/* SPDX-License-Identifier: GPL-2.0 */
#include "core/harmless.h"

#include <linux/if_ether.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <string.h>

#include "base/array.h"

#define UNNAMED "NOT_SPECIFIED"

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

static bool is_multicast(const struct ip *ip)
{
	return (ip->family == AF_INET && ip->bytes[0] >= 224) ||
	       (ip->family == AF_INET6 && ip->bytes[0] == 0xff);
}

/* What is sent to everybody is nobody's loss where nobody listens. */
static bool is_unheard(const struct loss *loss)
{
	return is_multicast(&loss->dst.ip) &&
	       (loss->layer == LAYER_SOCKET || loss->layer == LAYER_TRANSPORT ||
		loss->layer == LAYER_IP || loss->layer == LAYER_BRIDGE);
}

/*
 * A program that pings by a raw socket has its answer already when ping_rcv() looks for a ping socket
 * and finds none. That frees it itself, or icmp_rcv() does.
 */
static bool is_answer(const struct loss *loss, const char *reason)
{
	uint8_t type = loss->port >> 8; /* in whose place it stands */
	bool reply = (loss->l4 == IPPROTO_ICMP && type == ICMP_ECHOREPLY) ||
		     (loss->l4 == IPPROTO_ICMPV6 && type == ICMPV6_ECHO_REPLY);

	return reply && (!strcmp(reason, "NO_SOCKET") || !strcmp(reason, UNNAMED)) &&
	       (has_prefix(loss->where.function, "ping_rcv") ||
		has_prefix(loss->where.function, "icmp_rcv"));
}

const char *harmless_of(const struct loss *loss)
{
	const char *reason = loss->reason[0] ? loss->reason : UNNAMED;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (has_prefix(reason, rows[i].reason) &&
		    has_prefix(loss->where.function, rows[i].function) &&
		    (!rows[i].l4 || rows[i].l4 == loss->l4))
			return rows[i].why;
	if (is_answer(loss, reason))
		return "an answer to a ping that the program had by a raw socket, or that came late";
	if (is_unheard(loss))
		return "a packet to everybody, that nobody here listens to";
	return NULL;
}
