/* SPDX-License-Identifier: GPL-2.0 */
/* Where the stack ended an exchange, what the kernel called it, what was read afterwards: the cause. */
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "core_scene.h"

#include "base/array.h"
#include "core/evidence.h"
#include "core/explain.h"

#define STOPPED { .known = true, .takers = 1, .pid = 7, .process = "db", .state = PROCESS_STOPPED }

struct stack_case {
	const char *name;
	int protocol, family; /* 0: ICMP, IPv4 */
	bool routed, paused;
	enum role where;      /* of the drop, or with no function of the last that was seen */
	const char *function, *reason;
	int ttl;              /* of the dropped packet; 0: 64 */
	uint8_t src[4];       /* of the dropped packet, IPv4; zero: the source's */
	uint32_t len;
	struct aftermath after;
	const char *cause;
	enum confidence confidence;
	const char *says;     /* a part of the sentence */
	const char *remedy;   /* a part of the first remedy */
};

static const struct stack_case cases[] = {
	{ "rp_filter, with a reason", .where = ROLE_DST, .function = "ip_rcv_finish_core",
	  .reason = "IP_RPFILTER", .cause = "rp-filter" },
	{ "rp_filter, by asking the kernel again", .where = ROLE_DST, .function = "ip_rcv_finish_core",
	  .after = { .input_err = -EXDEV }, .cause = "rp-filter", .confidence = CONFIDENCE_LIKELY },
	{ "nothing to say about it", .where = ROLE_DST, .function = "ip_rcv_finish_core",
	  .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE },
	{ "the receiver's own address", .where = ROLE_DST, .function = "ip_rcv_finish_core",
	  .reason = "IP_LOCAL_SOURCE", .cause = "martian-source", .says = "from 172.18.0.2, which is its own",
	  .remedy = "ip address show to 172.18.0.2" },
	{ "a loopback address from a wire", .where = ROLE_DST, .function = "ip_rcv_finish_core",
	  .src = { 127, 0, 0, 1 }, .after = { .input_err = -EINVAL }, .cause = "martian-source",
	  .confidence = CONFIDENCE_LIKELY, .says = "from 127.0.0.1" },
	{ "ip_forward is 0", .routed = true, .where = ROLE_HOST, .function = "ip_error",
	  .reason = "IP_INADDRERRORS", .cause = "forwarding-off", .says = "net.ipv4.ip_forward is 0",
	  .remedy = "sysctl -w net.ipv4.ip_forward=1" },
	{ "one device does not forward", .routed = true, .where = ROLE_HOST, .function = "ip_error",
	  .reason = "IP_INADDRERRORS", .after = { .forwarding = 1 }, .cause = "forwarding-off",
	  .remedy = "sysctl -w net/ipv4/conf/dev/forwarding=1" },
	{ "no reason, but the sysctl", .routed = true, .where = ROLE_HOST, .function = "ip_error",
	  .cause = "forwarding-off", .confidence = CONFIDENCE_LIKELY },
	{ "a container is no router", .where = ROLE_DST, .function = "ip_error",
	  .reason = "IP_INADDRERRORS", .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE },
	{ "IPv6 is not forwarded", .family = AF_INET6, .routed = true, .where = ROLE_HOST,
	  .function = "ip6_forward", .reason = "NOT_SPECIFIED", .cause = "forwarding-off",
	  .confidence = CONFIDENCE_LIKELY,
	  .remedy = "sysctl -w net.ipv6.conf.all.forwarding=1" },
	{ "TTL", .routed = true, .where = ROLE_HOST, .function = "ip_forward", .reason = "IP_INHDR",
	  .ttl = 1, .cause = "ttl-expired", .says = "a rule on its way set it" },
	{ "hop limit, no reason", .family = AF_INET6, .routed = true, .where = ROLE_HOST,
	  .function = "ip6_forward", .ttl = 1, .after = { .forwarding = 1 }, .cause = "ttl-expired",
	  .says = "hop limit" },
	{ "IPv6 off", .family = AF_INET6, .where = ROLE_DST, .function = "ip6_rcv_core",
	  .reason = "IPV6DISABLED", .cause = "ipv6-disabled", .says = "on dev of db",
	  .remedy = "net/ipv6/conf/dev/disable_ipv6=0" },
	{ "IPv6 off, no reason", .family = AF_INET6, .where = ROLE_DST, .function = "ip6_rcv_core",
	  .after = { .ip6_off = 1 }, .cause = "ipv6-disabled", .confidence = CONFIDENCE_LIKELY },
	{ "checksum", .protocol = IPPROTO_TCP, .where = ROLE_DST, .function = "tcp_v4_rcv",
	  .reason = "TCP_CSUM", .cause = "bad-checksum", .says = "its TCP checksum" },
	{ "the header's", .where = ROLE_DST, .function = "ip_rcv_core", .reason = "IP_CSUM",
	  .cause = "bad-checksum", .says = "its IP header checksum" },
	{ "receive buffer", .protocol = IPPROTO_UDP, .where = ROLE_DST,
	  .function = "__udp_queue_rcv_skb", .reason = "SOCKET_RCVBUFF",
	  .after.service = STOPPED, .cause = "receive-buffer-full",
	  .says = "process db (pid 7), which is stopped by a signal,", .remedy = "kill -CONT 7" },
	{ "receive buffer, no reason", .protocol = IPPROTO_UDP, .where = ROLE_DST,
	  .function = "__udp_queue_rcv_skb", .after.service = { .known = true, .queued = 9, .room = 9 },
	  .cause = "receive-buffer-full", .confidence = CONFIDENCE_LIKELY },
	{ "loopback only", .protocol = IPPROTO_TCP, .where = ROLE_DST, .function = "tcp_v4_rcv",
	  .reason = "NO_SOCKET",
	  .after.service = { .known = true, .elsewhere = 1, .loopback = 1,
			     .address = { AF_INET, { 127, 0, 0, 1 } } },
	  .cause = "loopback-only", .says = "listens at 127.0.0.1 alone" },
	{ "another address", .protocol = IPPROTO_TCP, .where = ROLE_DST, .function = "tcp_v4_rcv",
	  .reason = "NO_SOCKET",
	  .after.service = { .known = true, .elsewhere = 2, .loopback = 1,
			     .address = { AF_INET, { 10, 0, 0, 1 } } },
	  .cause = "no-listener", .says = ", only at 10.0.0.1" },
	{ "accept queue", .protocol = IPPROTO_TCP, .where = ROLE_DST,
	  .after.service = { .known = true, .takers = 1, .waiting = 3, .backlog = 2 },
	  .cause = "accept-queue-full", .confidence = CONFIDENCE_LIKELY, .says = "3 connections wait" },
	{ "a queue with room", .protocol = IPPROTO_TCP, .where = ROLE_DST,
	  .after.service = { .known = true, .takers = 1, .waiting = 2, .backlog = 2 },
	  .cause = "app-silent", .confidence = CONFIDENCE_LIKELY },
	{ "handshakes", .protocol = IPPROTO_TCP, .where = ROLE_DST,
	  .after.service = { .known = true, .takers = 1, .half_open = 2, .backlog = 2 },
	  .cause = "accept-queue-full", .confidence = CONFIDENCE_LIKELY, .says = "2 handshakes" },
	{ "paused", .protocol = IPPROTO_UDP, .paused = true, .where = ROLE_DST,
	  .after.service = STOPPED, .cause = "app-silent", .confidence = CONFIDENCE_LIKELY,
	  .says = "is paused", .remedy = "docker unpause db" },
	{ "stopped", .protocol = IPPROTO_UDP, .where = ROLE_DST, .after.service = STOPPED,
	  .cause = "app-silent", .confidence = CONFIDENCE_LIKELY, .remedy = "kill -CONT 7" },
	{ "longer than the port takes", .where = ROLE_HOST, .function = "br_dev_queue_push_xmit",
	  .len = 1600, .cause = "mtu-exceeded", .says = "has 1600 bytes, and veth-db of the host takes 1500" },
	{ "not longer", .where = ROLE_HOST, .function = "br_dev_queue_push_xmit", .len = 1500,
	  .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE },
};

static void make_ip6(struct scene *s)
{
	for (int r = 0; r < 2; r++)
		s->ends[r].ip = (struct ip){ AF_INET6, { 0xfd, [15] = s->ends[r].ip.bytes[3] } };
}

static struct hop hop_of(const struct scene *s, const struct stack_case *c, enum step step,
			 enum role role)
{
	struct hop hop = { .ts_ns = 10, .probe = 1, .step = step, .role = role, .ifindex = IF_ETH,
			   .device = "dev", .layer = LAYER_IP };

	memcpy(hop.pkt.src, s->ends[ROLE_SRC].ip.bytes, 16);
	memcpy(hop.pkt.dst, s->ends[ROLE_DST].ip.bytes, 16);
	hop.pkt.ethertype = c->family ? ETH_P_IPV6 : ETH_P_IP;
	hop.pkt.l4 = s->request.protocol;
	hop.pkt.ttl = 64;
	hop.pkt.len = c->len ? c->len : 84;
	memcpy(hop.pkt.mac_dst, s->ends[ROLE_DST].device.mac, 6);
	return hop;
}

static void drop_add(struct journey *j, const struct scene *s, const struct stack_case *c)
{
	struct hop drop = hop_of(s, c, STEP_DROPPED, c->where);

	text_copy(drop.where.function, sizeof(drop.where.function), c->function);
	text_copy(drop.reason_name, sizeof(drop.reason_name), c->reason ? c->reason : "");
	drop.pkt.ttl = c->ttl ? c->ttl : 64;
	if (c->src[0])
		memcpy(drop.pkt.src, c->src, 4);
	journey_add_hop(j, &drop);
}

static struct scene scene_of(const struct stack_case *c)
{
	struct scene s = c->routed ? scene_make_routed() : scene_make();

	s.request.protocol = c->protocol ? c->protocol : IPPROTO_ICMP;
	s.request.port = 81;
	s.ends[ROLE_DST].paused = c->paused;
	if (c->family)
		make_ip6(&s);
	return s;
}

static void test_case(void **state)
{
	const struct stack_case *c = *state;
	const struct scene s = scene_of(c);
	const struct sent sent = { 1, 5, 0 };
	struct blame blame = { .looked = true, .after = c->after };
	struct hop left = hop_of(&s, c, STEP_SENT, ROLE_SRC);
	struct hop got = hop_of(&s, c, STEP_RECEIVED, ROLE_DST);
	struct evidence e;
	struct journey j;
	struct cause cause;

	assert_int_equal(journey_init(&j, &s), 0);
	journey_add_sent(&j, &sent);
	journey_add_hop(&j, &left);
	if (c->where == ROLE_DST)
		journey_add_hop(&j, &got);
	if (c->function)
		drop_add(&j, &s, c);
	evidence_gather(&j, 1, &blame, &e);
	explain_cause(&e, &cause);
	print_message("%s: %s\n", cause.id, cause.text);
	assert_string_equal(cause.id, c->cause);
	assert_int_equal(cause.confidence, c->confidence);
	assert_null(strchr(cause.text, '?'));
	if (c->says)
		assert_non_null(strstr(cause.text, c->says));
	if (c->remedy)
		assert_non_null(strstr(cause.remedy[0], c->remedy));
	journey_free(&j);
}

/* An answer to the question for db's address, as web got it. */
static struct hop answer_of(const struct scene *s, const struct stack_case *c, uint8_t last)
{
	struct hop hop = hop_of(s, c, STEP_RECEIVED, ROLE_SRC);

	hop.neigh = true;
	hop.pkt.ethertype = ETH_P_ARP;
	hop.pkt.neigh_op = 2;
	memcpy(hop.pkt.src, s->ends[ROLE_DST].ip.bytes, 16);
	memcpy(hop.pkt.dst, s->ends[ROLE_SRC].ip.bytes, 16);
	memcpy(hop.pkt.mac_src, s->ends[ROLE_DST].device.mac, 6);
	hop.pkt.mac_src[5] = last;
	return hop;
}

/* The request goes to 02:00:00:00:00:99, who answered for db; and db answered as well, or did not. */
static void check_owners(bool both, const char *id, const char *says)
{
	const struct stack_case c = { .name = "" };
	const struct scene s = scene_make();
	const struct hop answers[] = { answer_of(&s, &c, 0x99), answer_of(&s, &c, 3) };
	const struct sent sent = { 1, 5, 0 };
	struct hop left = hop_of(&s, &c, STEP_SENT, ROLE_SRC);
	const struct blame blame = { 0 };
	struct evidence e;
	struct cause cause;
	struct journey j;

	left.pkt.mac_dst[5] = 0x99;
	assert_int_equal(journey_init(&j, &s), 0);
	journey_add_sent(&j, &sent);
	for (int i = 0; i <= both; i++)
		journey_add_hop(&j, &answers[i]);
	journey_add_hop(&j, &left);
	evidence_gather(&j, 1, &blame, &e);
	explain_cause(&e, &cause);
	assert_string_equal(cause.id, id);
	assert_non_null(strstr(cause.text, says));
	assert_null(strchr(cause.text, '?'));
	journey_free(&j);
}

static void test_two_owners(void **state)
{
	(void)state;
	check_owners(true, "address-duplicate", "02:00:00:00:00:99, to which web then sent");
	check_owners(false, "mac-mismatch", "to 02:00:00:00:00:99, but");
}

/* A router that is out of sight tells that it was passed on too often: no drop is seen. */
static void test_worn_out_outside(void **state)
{
	const struct stack_case c = { .name = "" };
	const struct scene s = scene_make_routed();
	const struct sent sent = { 1, 5, 0 };
	const struct answer answer = { .kind = ANSWER_ICMP, .probe = 1, .icmp_type = 11,
				       .from = { AF_INET, { 192, 0, 2, 9 } } };
	struct hop left = hop_of(&s, &c, STEP_SENT, ROLE_SRC);
	const struct blame blame = { 0 };
	struct evidence e;
	struct cause cause;
	struct journey j;

	(void)state;
	assert_int_equal(journey_init(&j, &s), 0);
	journey_add_sent(&j, &sent);
	journey_add_hop(&j, &left);
	journey_add_answer(&j, &answer);
	evidence_gather(&j, 1, &blame, &e);
	assert_null(e.drop);
	explain_cause(&e, &cause);
	assert_string_equal(cause.id, "ttl-expired");
	assert_non_null(strstr(cause.text, "the router 192.0.2.9"));
	assert_non_null(strstr(cause.text, "a loop"));
	assert_non_null(strstr(cause.remedy[0], "ip route get "));
	journey_free(&j);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(cases) + 2] = {
		[ARRAY_SIZE(cases)] = cmocka_unit_test(test_two_owners),
		[ARRAY_SIZE(cases) + 1] = cmocka_unit_test(test_worn_out_outside),
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = test_case;
		tests[i].initial_state = (void *)&cases[i];
	}
	return _cmocka_run_group_tests("stack_facts", tests, ARRAY_SIZE(tests), NULL, NULL);
}
