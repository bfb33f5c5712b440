/* SPDX-License-Identifier: GPL-2.0 */
#include "source/nftrace.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/addr.h"
#include "source/ruleset.h"

#include "nftrace_lab.h"

/* NAT changes addresses and ports, not what the probe carries. */
static void test_translated(void **state)
{
	static const uint8_t protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP };

	(void)state;
	use_lab();
	netlab_run(lab[HOST], "iptables-nft -A FORWARD -s 10.77.0.1 -j DROP");
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct nftrace *t __cleanup(cleanup_nftrace) = NULL;
		struct dd_filter filter = filter_for(protocols[i]);
		struct hit hit;

		memset(filter.src, 10, 4);
		memset(filter.dst, 11, 4);
		filter.sport = filter.dport = htons(1);
		assert_int_equal(nftrace_open(lab[HOST], ROLE_HOST, &filter, &t), 0);
		send_probe(protocols[i]);
		assert_true(wait_for_drop(t, &hit));
		assert_string_equal(hit.chain, "FORWARD");
	}
	netlab_run(lab[HOST], "nft flush ruleset");
}

/* What a step says of the packet; the steps in our own table are nobody's business. */
static void test_packet(void **state)
{
	struct nftrace *t __cleanup(cleanup_nftrace) = NULL;
	struct dd_filter filter = filter_for(IPPROTO_ICMP);
	int64_t end = now_ms() + DEADLINE_MS;
	struct hit hit = { 0 };
	int n = 0;

	(void)state;
	use_lab();
	netlab_run(lab[HOST], "nft 'table inet t { chain c { type filter hook postrouting "
			      "priority 0; }; }'");
	assert_int_equal(nftrace_open(lab[HOST], ROLE_HOST, &filter, &t), 0);
	send_probe(IPPROTO_ICMP);
	while (!(n = nftrace_read(t, &hit)) && now_ms() < end)
		;
	assert_int_equal(n, 1);
	assert_string_equal(hit.table, "t");
	assert_string_equal(hit.chain, "c");
	assert_true(hit.has_packet);
	assert_memory_equal(hit.src.bytes, filter.src, 4);
	assert_memory_equal(hit.dst.bytes, filter.dst, 4);
	assert_int_equal(hit.l4, IPPROTO_ICMP);
	assert_int_equal(hit.sport, SPORT);
	assert_int_equal(hit.dport, 1);
	while (nftrace_read(t, &hit) > 0)
		assert_string_equal(hit.table, "t");
	netlab_run(lab[HOST], "nft flush ruleset");
}

static void only_this(struct nftrace *t, uint8_t l4)
{
	struct hit hit;

	assert_true(wait_for_drop(t, &hit));
	assert_int_equal(hit.l4, l4);
	while (nftrace_read(t, &hit) > 0)
		if (hit.has_packet)
			assert_int_equal(hit.l4, l4);
}

/* Two at a time in one namespace: both hear every message, each takes its own. */
static void test_side_by_side(void **state)
{
	struct nftrace *icmp __cleanup(cleanup_nftrace) = NULL;
	struct nftrace *udp __cleanup(cleanup_nftrace) = NULL;
	struct dd_filter filter = filter_for(IPPROTO_ICMP), other = filter_for(IPPROTO_UDP);

	(void)state;
	use_lab();
	netlab_run(lab[HOST], "iptables-nft -A FORWARD -j DROP");
	assert_int_equal(nftrace_open(lab[HOST], ROLE_HOST, &filter, &icmp), 0);
	assert_int_equal(nftrace_open(lab[HOST], ROLE_HOST, &other, &udp), 0);
	send_probe(IPPROTO_ICMP);
	send_probe(IPPROTO_UDP);
	only_this(udp, IPPROTO_UDP);
	only_this(icmp, IPPROTO_ICMP);
	netlab_run(lab[HOST], "nft flush ruleset");
}

static void test_lost(void **state)
{
	struct nftrace *t __cleanup(cleanup_nftrace) = NULL;
	struct dd_filter filter = filter_for(IPPROTO_UDP);
	int n, lost = 0, left = 20000;
	struct hit hit;

	(void)state;
	use_lab();
	netlab_run(lab[HOST], "iptables-nft -A FORWARD -j DROP");
	assert_int_equal(nftrace_open(lab[HOST], ROLE_HOST, &filter, &t), 0);
	for (int i = 0; i < 4000; i++)
		send_probe(IPPROTO_UDP);
	while ((n = nftrace_read(t, &hit)) && left--)
		lost += n == -ENOBUFS;
	assert_int_equal(lost, 1);
	send_probe(IPPROTO_UDP);
	assert_true(wait_for_drop(t, &hit));
	netlab_run(lab[HOST], "nft flush ruleset");
}

static void test_no_tables(void **state)
{
	struct dd_filter filter = filter_for(IPPROTO_ICMP);
	struct nft_families families;
	struct nftrace *t = NULL;

	(void)state;
	use_lab();
	assert_int_equal(nftrace_open(lab[SRC], ROLE_SRC, &filter, &t), -ENODATA);
	assert_null(t);
	netlab_run(lab[SRC], "nft add table ip6 t; nft add table arp t");
	assert_int_equal(nftrace_families(lab[SRC], &families), 0);
	assert_true(families.ip6 && families.arp);
	assert_false(families.ip || families.inet || families.bridge || families.netdev);
	memset(filter.neigh, 0, sizeof(filter.neigh));
	assert_int_equal(nftrace_open(lab[SRC], ROLE_SRC, &filter, &t), -ENODATA);
	netlab_run(lab[SRC], "nft flush ruleset");
}

static _Noreturn void arm_and_wait(int done)
{
	struct dd_filter filter = filter_for(IPPROTO_ICMP);
	struct nftrace *t;

	if (nftrace_open(lab[HOST], ROLE_HOST, &filter, &t) || write(done, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_killed(void **state)
{
	char *before __free = NULL, *during __free = NULL, *after __free = NULL;
	int done[2];
	pid_t pid;
	char x;

	(void)state;
	use_lab();
	netlab_run(lab[HOST], "iptables-nft -A FORWARD -j DROP; nft add table bridge b");
	before = rules_of(lab[HOST]);
	assert_return_code(pipe(done), errno);
	pid = fork();
	if (!pid)
		arm_and_wait(done[1]);
	close(done[1]);
	assert_int_equal(read(done[0], &x, 1), 1);
	during = rules_of(lab[HOST]);
	assert_non_null(strstr(during, "table bridge " RULESET_OWN));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	after = rules_of(lab[HOST]);
	assert_string_equal(before, after);
	close(done[0]);
	netlab_run(lab[HOST], "nft flush ruleset");
}

/* ---- the parser --------------------------------------------------------------------- */

static struct nlmsghdr *build_around(char *buf, uint16_t verdict, const void *nh, size_t nh_len,
				     const void *th, size_t th_len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	struct nlattr *nest;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE;
	nfg->nfgen_family = NFPROTO_INET;
	mnl_attr_put_u32(nlh, NFTA_TRACE_TYPE, htonl(NFT_TRACETYPE_RULE));
	mnl_attr_put_u32(nlh, NFTA_TRACE_ID, htonl(7));
	mnl_attr_put_strz(nlh, NFTA_TRACE_TABLE, "t");
	mnl_attr_put_strz(nlh, NFTA_TRACE_CHAIN, "c");
	mnl_attr_put_u64(nlh, NFTA_TRACE_RULE_HANDLE, htobe64(1ULL << 40));
	nest = mnl_attr_nest_start(nlh, NFTA_TRACE_VERDICT);
	mnl_attr_put_u32(nlh, verdict, htonl((uint32_t)NFT_JUMP));
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put(nlh, NFTA_TRACE_NETWORK_HEADER, nh_len, nh);
	mnl_attr_put(nlh, NFTA_TRACE_TRANSPORT_HEADER, th_len, th);
	return nlh;
}

static struct nlmsghdr *build_message(char *buf, uint16_t nh_len, uint16_t verdict)
{
	static const uint8_t ip[20] = { 0x45, 0, 0, 84, 0x12, 0x34, 0, 0, 64, IPPROTO_UDP, 0, 0,
					10, 0, 0, 1, 10, 0, 0, 2 };
	static const uint8_t udp[8] = { 0x10, 0x00, 0x00, 0x35 };

	return build_around(buf, verdict, ip, nh_len, udp, sizeof(udp));
}

/* The group of fd00::7:8:9:a, its solicitation to it, and its advertisement to fd00::2. */
static void test_parse_ip6(void **state)
{
	static const struct {
		uint8_t type;
		const char *src, *dst, *target;
		const char *hit_src, *hit_dst;
		bool neigh;
	} rows[] = {
		{ ICMP6_ECHO_REQUEST, "fd00::2", "fd00::3", "::", "fd00::2", "fd00::3", false },
		{ ND_NEIGHBOR_SOLICIT, "fd00::2", "ff02::1:ff09:a", "fd00::7:8:9:a", "fd00::2",
		  "fd00::7:8:9:a", true },
		/* the twelfth byte is nowhere in the message */
		{ ND_NEIGHBOR_SOLICIT, "fd00::2", "ff02::1:ff09:a", "fd00::7:8:8809:a", "fd00::2",
		  "fd00::7:8:9:a", true },
		{ ND_NEIGHBOR_SOLICIT, "fe80::1", "fd00::7:8:8809:a", "fd00::7:8:8809:a", "fe80::1",
		  "fd00::7:8:8809:a", true },
		{ ND_NEIGHBOR_ADVERT, "fd00::7:8:9:a", "fd00::2", "fd00::7:8:9:a", "fd00::7:8:9:a",
		  "fd00::2", true },
	};
	char buf[512] __attribute__((aligned(8)));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t ip[40] = { 0x60, [6] = IPPROTO_ICMPV6, [7] = 255 };
		uint8_t icmp[24] = { rows[i].type, [5] = 7, [7] = 9 };
		struct ip src, dst;
		struct nlmsghdr *nlh;
		struct hit hit;

		inet_pton(AF_INET6, rows[i].src, ip + 8);
		inet_pton(AF_INET6, rows[i].dst, ip + 24);
		inet_pton(AF_INET6, rows[i].target, icmp + 8);
		assert_int_equal(addr_parse(rows[i].hit_src, &src), 0);
		assert_int_equal(addr_parse(rows[i].hit_dst, &dst), 0);
		nlh = build_around(buf, NFTA_VERDICT_CODE, ip, sizeof(ip), icmp, 20);
		assert_int_equal(nftrace_parse(nlh, nlh->nlmsg_len, &hit), 0);
		assert_true(hit.has_packet);
		assert_int_equal(hit.neigh, rows[i].neigh);
		assert_int_equal(hit.l4, IPPROTO_ICMPV6);
		assert_true(addr_equal(&hit.src, &src) && addr_equal(&hit.dst, &dst));
		assert_int_equal(hit.sport, rows[i].neigh ? 0 : 7);
		assert_int_equal(hit.dport, rows[i].neigh ? 0 : 9);
		nlh = build_around(buf, NFTA_VERDICT_CODE, ip, 39, icmp, 20);
		assert_int_equal(nftrace_parse(nlh, nlh->nlmsg_len, &hit), 0);
		assert_false(hit.has_packet);
	}
}

static void test_parse(void **state)
{
	char buf[512] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = build_message(buf, 20, NFTA_VERDICT_CODE);
	struct hit hit;

	(void)state;
	assert_int_equal(nftrace_parse(nlh, nlh->nlmsg_len, &hit), 0);
	assert_int_equal(hit.type, HIT_RULE);
	assert_int_equal(hit.family, NFPROTO_INET);
	assert_int_equal(hit.trace_id, 7);
	assert_true(hit.handle == 1ULL << 40);
	assert_int_equal(hit.verdict, NFT_JUMP);
	assert_true(hit.has_packet);
	assert_int_equal(hit.l4, IPPROTO_UDP);
	assert_int_equal(hit.ip_id, 0x1234);
	assert_int_equal(hit.sport, 0x1000);
	assert_int_equal(hit.dport, 53);
	nlh = build_message(buf, 19, NFTA_VERDICT_CODE);
	assert_int_equal(nftrace_parse(nlh, nlh->nlmsg_len, &hit), 0);
	assert_false(hit.has_packet);
	nlh = build_message(buf, 20, NFTA_VERDICT_CHAIN);
	assert_int_equal(nftrace_parse(nlh, nlh->nlmsg_len, &hit), -EPROTO);
}

/* A message cut anywhere is refused; whatever a byte of it says, nothing outside it is read. */
static void test_parse_malformed(void **state)
{
	char buf[512] __attribute__((aligned(8)));
	size_t len = build_message(buf, 20, NFTA_VERDICT_CODE)->nlmsg_len;

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		char *copy __free = malloc(cut + 1);
		struct hit hit;

		memcpy(copy, buf, cut);
		assert_int_equal(nftrace_parse(copy, cut, &hit), -EPROTO);
		if (cut >= sizeof(struct nlmsghdr)) {
			((struct nlmsghdr *)copy)->nlmsg_len = cut;
			nftrace_parse(copy, cut, &hit);
		}
	}
	for (size_t i = sizeof(struct nlmsghdr); i < len; i++) {
		char *copy __free = malloc(len);
		struct hit hit;

		memcpy(copy, buf, len);
		for (int byte = 0; byte < 256; byte++) {
			copy[i] = byte;
			nftrace_parse(copy, len, &hit);
		}
	}
}

#define IN_LAB(test) cmocka_unit_test_teardown(test, leave_lab)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_malformed),
	cmocka_unit_test(test_parse_ip6),
	IN_LAB(test_translated),      IN_LAB(test_packet),
	IN_LAB(test_side_by_side),    IN_LAB(test_lost),
	IN_LAB(test_no_tables),	      IN_LAB(test_killed),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
