/* SPDX-License-Identifier: GPL-2.0 */
/* A session besides what it concludes: where an event belongs, what it counts, whose rule is whose. */
#include "core/session.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_arp.h>

#include "base/cleanup.h"
#include "core/correlate.h"
#include "core/fill.h"
#include "core/journey.h"
#include "made_up_kernel.h"

/* A word that fill.c does not know would show as a question mark, or leave a remedy out. */
static void test_every_word_is_known(void **state)
{
	static const char *const texts[] = {
#define CAUSE(id, all, none, confidence, ...) __VA_ARGS__,
#include "core/causes.def"
#undef CAUSE
	};
	char word[64];
	int words = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (const char *p = strchr(texts[i], '{'); p; p = strchr(p + 1, '{')) {
			assert_int_equal(sscanf(p, "{%63[^}]}", word), 1);
			print_message("%s\n", word);
			assert_true(fill_knows(word));
			words++;
		}
	}
	assert_true(words > 50);
	assert_false(fill_knows("no such word"));
}

/* Whichever address IPv6 asks from, the message serves the direction that needs the answer. */
static void test_direction_of_neighbours(void **state)
{
	static const uint8_t web[16] = { 0xfd, [15] = 2 }, db[16] = { 0xfd, [15] = 3 };
	static const uint8_t web_ll[16] = { 0xfe, 0x80, [15] = 2 }, db_ll[16] = { 0xfe, 0x80, [15] = 3 };
	static const uint8_t router[16] = { 0xfd, [15] = 1 }, router_ll[16] = { 0xfe, 0x80, [15] = 1 };
	static const struct {
		const uint8_t *asker, *asked;
		enum direction direction;
	} rows[] = {
		{ web, db, DIR_REQUEST },	{ web_ll, db, DIR_REQUEST },
		{ web, router, DIR_REQUEST },	{ web_ll, router, DIR_REQUEST },
		{ router_ll, db, DIR_REQUEST }, { router, db, DIR_REQUEST },
		{ db, web, DIR_REPLY },		{ db_ll, web, DIR_REPLY },
		{ db, router, DIR_REPLY },	{ db_ll, router, DIR_REPLY },
		{ router_ll, web, DIR_REPLY },	{ router, web, DIR_REPLY },
	};
	struct scene scene = scene_make();

	(void)state;
	scene_ip6(&scene);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int answer = 0; answer < 2; answer++) {
			struct dd_event ev = { .kind = DD_EV_XMIT, .netns = NS_WEB };
			struct hop hop = { 0 };

			ev.pkt.ethertype = ETH_P_IPV6;
			ev.pkt.neigh_op = 1 + answer;
			memcpy(ev.pkt.src, answer ? rows[i].asked : rows[i].asker, 16);
			memcpy(ev.pkt.dst, answer ? rows[i].asker : rows[i].asked, 16);
			correlate_hop(&scene, &ev, &hop);
			assert_true(hop.neigh);
			assert_int_equal(hop.direction, rows[i].direction);
			assert_non_null(strstr(hop.note, answer ? "neighbour advertisement of fd00::" :
								  "neighbour solicitation for fd00::"));
		}
	}
}

/* The hook is that of the innermost run, whatever lies farther out on the same stack. */
static void test_hook_is_of_the_innermost_run(void **state)
{
	static const struct {
		const char *stack[4];
		uint8_t pf, hook;
		uint16_t ethertype;
	} rows[] = {
		{ { "nf_hook_slow", "ip_forward" }, NFPROTO_IPV4, NF_INET_FORWARD, ETH_P_IP },
		{ { "nf_hook_slow", "br_nf_forward_ip.part.0", "nf_hook_slow", "__br_forward" },
		  NFPROTO_IPV4, NF_INET_FORWARD, ETH_P_IP },
		{ { "nft_do_chain_netdev", "nf_hook_slow", "__netif_receive_skb_core", "ip_output" },
		  NFPROTO_NETDEV, 0, ETH_P_IP },
		{ { "nft_do_chain_bridge", "br_handle_frame", "__netif_receive_skb_core", "nf_hook_slow" },
		  NFPROTO_BRIDGE, NF_INET_PRE_ROUTING, ETH_P_IP },
		{ { "nf_hook_slow", "ping_rcv", "tcp_v4_rcv", "ip_output" }, 0, 0, ETH_P_IP },
		{ { "nf_hook_slow", "br_nf_forward_ip.part.0", "nf_hook_slow", "__br_forward" },
		  NFPROTO_IPV6, NF_INET_FORWARD, ETH_P_IPV6 },
		{ { "nf_hook_slow", "br_nf_pre_routing_ipv6" }, NFPROTO_IPV6, NF_INET_PRE_ROUTING,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_forward" }, NFPROTO_IPV6, NF_INET_FORWARD, ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_input", "ip6_mc_input" }, NFPROTO_IPV6, NF_INET_LOCAL_IN,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_xmit", "tcp_v4_rcv" }, NFPROTO_IPV6, NF_INET_LOCAL_OUT,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ndisc_send_skb" }, NFPROTO_IPV6, NF_INET_LOCAL_OUT, ETH_P_IPV6 },
		{ { "nf_hook_slow", "br_nf_forward_arp" }, NFPROTO_ARP, NF_ARP_FORWARD, ETH_P_ARP },
	};
	static const struct scene nobody;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct symbol stack[4] = { 0 };
		struct hop hop = { .layer = LAYER_NETFILTER, .stack = stack };

		hop.pkt.ethertype = rows[i].ethertype;

		text_copy(hop.reason_name, sizeof(hop.reason_name), "NETFILTER_DROP");
		while (hop.stack_n < 4 && rows[i].stack[hop.stack_n]) {
			text_copy(stack[hop.stack_n].function, SHORT_LEN, rows[i].stack[hop.stack_n]);
			hop.stack_n++;
		}
		correlate_drop(&nobody, &hop);
		assert_int_equal(hop.hook_pf, rows[i].pf);
		assert_int_equal(hop.hook_num, rows[i].hook);
	}
}

static void test_counts_what_cannot_be_read(void **state)
{
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct scene scene = scene_make();
	const struct session_ops ops = { 0 };
	struct dd_event ev = { 0 };
	struct verdict v;

	(void)state;
	assert_int_equal(session_open(&scene, NULL, NULL, &ops, &s), 0);
	session_event(s, &ev, sizeof(ev));
	session_event(s, &ev, 3);
	session_lost(s, 5, 6);
	session_verdict(s, &v);
	assert_int_equal(v.events_malformed, 2);
	assert_int_equal(v.events_lost, 5);
	assert_int_equal(v.events_missed, 6);
	assert_int_equal(v.kind, VERDICT_INCONCLUSIVE);
}

static void test_more_hops_than_there_is_room_for(void **state)
{
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct telling step = SENT_BY(NS_WEB, MSG_REQUEST);
	const struct scene scene = scene_make();
	const struct session_ops ops = { 0 };
	struct dd_event ev = event_of(&scene, &step, 0);
	struct verdict v;

	(void)state;
	assert_int_equal(session_open(&scene, NULL, NULL, &ops, &s), 0);
	for (int i = 0; i < HOPS_MAX + 3; i++)
		session_event(s, &ev, sizeof(ev));
	session_verdict(s, &v);
	assert_int_equal(v.n_hops, HOPS_MAX);
	assert_int_equal(v.hops_left_out, 3);
}

/* A step of nftables' trace; the first of a hook shows the packet, that of probe n. */
static struct hit hit_of_probe(const struct scene *scene, int n, bool shows, uint64_t handle)
{
	struct hit hit = { .role = ROLE_HOST, .type = HIT_RULE, .trace_id = 77, .handle = handle,
			   .family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD",
			   .verdict = shows ? NFT_JUMP : NF_DROP };

	if (shows) {
		hit.has_packet = true;
		hit.src = scene->ends[ROLE_SRC].ip;
		hit.dst = scene->ends[ROLE_DST].ip;
		hit.l4 = IPPROTO_ICMP;
		hit.ip_id = n;
	}
	return hit;
}

/*
 * The buffer of a dropped probe is the next one's, and so is the number of its trace: each probe has
 * the rule that followed the packet's own first message. The third's is not told.
 */
static void test_each_probe_has_its_own_rule(void **state)
{
	const struct telling step = { .kind = DD_EV_DROP, .netns = NS_HOST, .ifindex = IF_VETH_DB,
				      .msg = MSG_REQUEST, .function = "nft_do_chain",
				      .reason = "NETFILTER_DROP",
				      .stack = { "nft_do_chain", "nf_hook_slow",
						 "br_nf_forward_ip.part.0" } };
	static const uint64_t handles[] = { 5, 9, 5, 0 };
	struct reason *names __cleanup(cleanup_reason) = reasons_make();
	struct ksym *ksym __cleanup(cleanup_ksym) = symbols_make();
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct session_ops ops = { 0 };
	struct scene scene = scene_make();
	struct verdict v;

	(void)state;
	scene.request.count = 4;
	assert_int_equal(session_open(&scene, ksym, names, &ops, &s), 0);
	for (int n = 1; n <= 4; n++) {
		struct hit shown = hit_of_probe(&scene, n, true, 3);
		struct hit dropped = hit_of_probe(&scene, n, false, handles[n - 1]);
		struct dd_event ev = event_of(&scene, &step, n);

		session_sent(s, &(struct sent){ n, 999, 0 });
		ev.pkt.probe = n;
		ev.pkt.ip_id = n;
		if (handles[n - 1]) {
			session_hit(s, &shown);
			session_hit(s, &dropped);
		}
		session_event(s, &ev, sizeof(ev));
	}
	session_verdict(s, &v);
	assert_int_equal(v.n_probes, 4);
	for (int n = 1; n <= 4; n++) {
		assert_non_null(v.probes[n - 1].drop);
		assert_int_equal(v.probes[n - 1].hit ? v.probes[n - 1].hit->handle : 0, handles[n - 1]);
		assert_int_equal(v.probes[n - 1].alike, handles[n - 1] == 5);
	}
	/* the untold one may have met the same rule */
	assert_int_equal(v.drop.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_probe_has_its_own_rule),
		cmocka_unit_test(test_every_word_is_known),
		cmocka_unit_test(test_direction_of_neighbours),
		cmocka_unit_test(test_hook_is_of_the_innermost_run),
		cmocka_unit_test(test_counts_what_cannot_be_read),
		cmocka_unit_test(test_more_hops_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
