/* SPDX-License-Identifier: GPL-2.0 */
/* What is told from a loss by place, reason and packet: noise, or a loss after all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "core/harmless.h"
#include "core/layer.h"

#define TYPE(type)  ((type) << 8)
#define ADVERT      134
#define SOLICIT     135

static const struct {
	const char *what, *function, *reason;
	uint8_t l4;
	uint16_t port;
	bool harmless;
	uint8_t flags;
	uint8_t dst[16];
} rows[] = {
	{ "an answer to a ping, 6.17", "ping_rcv", "NO_SOCKET", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY), .harmless = true },
	{ "... 6.1", "icmp_rcv", "NO_SOCKET", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY), .harmless = true },
	{ "... 5.10", "icmp_rcv", "", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY), .harmless = true },
	{ "... IPv6, 6.17", "ping_rcv", "NO_SOCKET", IPPROTO_ICMPV6, TYPE(ICMPV6_ECHO_REPLY), .harmless = true },
	{ "... IPv6", "icmpv6_rcv", "NO_SOCKET", IPPROTO_ICMPV6, TYPE(ICMPV6_ECHO_REPLY), .harmless = true },
	{ "... with a wrong checksum", "icmp_rcv", "ICMP_CSUM", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY), .harmless = false },
	{ "... that a ping socket had no room for", "ping_rcv", "PROTO_MEM", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY),
	  .harmless = false },
	{ "... on its way to the stack", "ip_local_deliver", "", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY),
	  .harmless = false },
	{ "... by a rule", "nft_do_chain", "NETFILTER_DROP", IPPROTO_ICMP, TYPE(ICMP_ECHOREPLY), .harmless = false },
	{ "a ping that nobody is to answer", "icmp_rcv", "", IPPROTO_ICMP, TYPE(ICMP_ECHO), .harmless = false },
	{ "... IPv6", "icmpv6_rcv", "", IPPROTO_ICMPV6, TYPE(ICMPV6_ECHO_REQUEST), .harmless = false },
	{ "a router advertisement", "icmpv6_rcv", "", IPPROTO_ICMPV6, TYPE(ADVERT), .harmless = true },
	{ "a listener report", "icmpv6_rcv", "NOT_SPECIFIED", IPPROTO_ICMPV6, TYPE(ICMPV6_MLD2_REPORT), .harmless = true },
	{ "a solicitation for somebody else", "icmpv6_rcv", "IPV6_NDISC_NS_OTHERHOST", IPPROTO_ICMPV6,
	  TYPE(SOLICIT), .harmless = true },
	{ "... from beyond the link", "icmpv6_rcv", "IPV6_NDISC_HOP_LIMIT", IPPROTO_ICMPV6,
	  TYPE(SOLICIT), .harmless = false },
	{ "... with a wrong checksum", "icmpv6_rcv", "ICMP_CSUM", IPPROTO_ICMPV6, TYPE(SOLICIT),
	  .harmless = false },
	{ "a closed port", "__udp4_lib_rcv", "NO_SOCKET", IPPROTO_UDP, 7, .harmless = false },
	{ "a question about a route", "inet_rtm_getroute", "NOT_SPECIFIED", IPPROTO_UDP, 0, .harmless = true },
	{ "an acknowledgement that is late", "tcp_ack", "TCP_OLD_ACK", IPPROTO_TCP, 80, .harmless = true },
	{ "a sign of life", "tcp_validate_incoming", "TCP_OLD_SEQUENCE", IPPROTO_TCP, 80, .harmless = true },
	{ "a segment for a socket that is gone", "tcp_v4_rcv", "NO_SOCKET", IPPROTO_TCP, 80, .harmless = true,
	  .flags = DD_FLOW_PORT_SRC },
	{ "... 5.10", "tcp_v4_rcv", "", IPPROTO_TCP, 80, .harmless = true },
	{ "a SYN to a closed port", "tcp_v4_rcv", "NO_SOCKET", IPPROTO_TCP, 80, .harmless = false, .flags = DD_FLOW_OPENS },
	{ "... 5.10", "tcp_v4_rcv", "", IPPROTO_TCP, 80, .harmless = false, .flags = DD_FLOW_OPENS },
	{ "a segment with a wrong checksum", "tcp_v4_rcv", "TCP_CSUM", IPPROTO_TCP, 80, .harmless = false },
	{ "a segment that a rule drops", "nft_do_chain", "NETFILTER_DROP", IPPROTO_TCP, 80, .harmless = false },
	{ "a copy for a raw socket", "raw_rcv", "SOCKET_FILTER", IPPROTO_TCP, 80, .harmless = true },
	{ "... that had no room", "raw_rcv", "SOCKET_RCVBUFF", IPPROTO_ICMP, 0, .harmless = false },
	{ "a ping to a group", "ip_rcv_finish_core", "NOT_SPECIFIED", IPPROTO_ICMP, TYPE(ICMP_ECHO), .harmless = true,
	  .dst = { 224, 0, 0, 251 } },
	{ "... that a rule drops", "nft_do_chain", "NETFILTER_DROP", IPPROTO_ICMP, TYPE(ICMP_ECHO), .harmless = false,
	  .dst = { 224, 0, 0, 251 } },
	{ "a ping to a neighbour", "ip_rcv_finish_core", "NOT_SPECIFIED", IPPROTO_ICMP, TYPE(ICMP_ECHO), .harmless = false,
	  .dst = { 172, 18, 0, 2 } },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct dd_flow flow = { .l4 = rows[i].l4, .port = rows[i].port, .flags = rows[i].flags };
		struct loss loss = { .layer = layer_of(rows[i].reason, rows[i].function) };

		if (rows[i].dst[0])
			loss.dst.ip = addr_of(AF_INET, rows[i].dst);
		text_copy(loss.where.function, sizeof(loss.where.function), rows[i].function);
		text_copy(loss.reason, sizeof(loss.reason), rows[i].reason);
		if (!harmless_of(&loss, &flow) == rows[i].harmless)
			fail_msg("%s", rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
