/* SPDX-License-Identifier: GPL-2.0 */
/* Probes that the kernel refuses to send, or that a router refuses for their size. */
#include <linux/icmp.h>

#include "pinglab.h"

#include "source/ping_packet.h"

static void test_send_refused(void **state)
{
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP };

	(void)state;
	netlab_or_skip();
	struct lab lab __lab_close = lab_open();

	netlab_run(lab.a, "iptables -A OUTPUT -d 10.2.0.2 -j DROP");
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct request req = request_of(protocols[i]);
		struct dd_filter filter;
		struct ping *p __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filter);

		for (int n = 1; n <= req.count; n++)
			assert_int_equal(send_probe(p, n), -EPERM);
	}
	/* each was tried once only */
	netlab_run(lab.a, "iptables -vnxL OUTPUT | awk '/DROP/ { n = $1 } END { exit n != 9 }'");
}

static void test_route_goes_away(void **state)
{
	static const struct {
		const char *command;
		int err;
	} rows[] = {
		{ "ip route del default", -ENETUNREACH },
		{ "ip route add unreachable 10.2.0.2", -EHOSTUNREACH },
		{ "ip route add prohibit 10.2.0.2", -EACCES },
		{ "ip route add blackhole 10.2.0.2", -EINVAL },
	};
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP };

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(protocols); i++) {
		const struct ip dst = ip_of("10.2.0.2");
		struct lab lab __lab_close = lab_open();
		struct request req = request_of(protocols[i % ARRAY_SIZE(protocols)]);
		struct dd_filter filter, second = { 0 };
		struct ping *p __cleanup(cleanup_ping) = open_ping(lab.a, &req, &filter);
		struct ping *refused = NULL;
		int err = rows[i / ARRAY_SIZE(protocols)].err;

		netlab_run(lab.a, "%s", rows[i / ARRAY_SIZE(protocols)].command);
		assert_int_equal(send_probe(p, 1), err);
		assert_int_equal(ping_open(&(struct ping_way){ lab.a, -1, none, dst }, &req, &second,
					   &refused), err);
		assert_null(refused);
		assert_memory_equal(second.dst, dst.bytes, 4);
		assert_int_equal(second.l4, req.protocol);
		assert_int_equal(second.dport, htons(req.port));
		assert_int_equal(second.sport, 0);
		assert_int_equal(second.isn, 0);
	}
}

static int wait_for(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, WAIT_MS);
}

static void test_mtu(void **state)
{
	static const int protocols[] = { IPPROTO_ICMP, IPPROTO_UDP };

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(protocols) * 2; i++) {
		struct lab lab __lab_close = lab_open();
		int server __close = serve(lab.b, SOCK_DGRAM);
		struct request req = request_of(protocols[i / 2]);
		struct ping *p __cleanup(cleanup_ping) = NULL;
		struct dd_filter filter;
		struct answer answer;

		req.df = i % 2;
		req.size = 1400;
		netlab_run(lab.r, "ip link set rb mtu 1000");
		netlab_run(lab.b, "ip link set eth0 mtu 1000");
		p = open_ping(lab.a, &req, &filter);
		assert_int_equal(send_probe(p, 1), 0);
		if (!req.df) { /* in fragments, but there */
			if (req.protocol == IPPROTO_ICMP)
				assert_int_equal(next_answer(p).kind, ANSWER_REPLY);
			else
				assert_int_equal(wait_for(server), 1);
			continue;
		}
		answer = next_answer(p);
		assert_int_equal(answer.kind, ANSWER_ICMP);
		assert_int_equal(answer.icmp_type, ICMP_DEST_UNREACH);
		assert_int_equal(answer.icmp_code, ICMP_FRAG_NEEDED);
		/* The kernel has learnt the path's MTU. */
		assert_int_equal(send_probe(p, 2), -EMSGSIZE);
		assert_int_equal(ping_answer(p, &answer), 0);
	}
}

static void test_device_mtu(void **state)
{
	(void)state;
	netlab_or_skip();
	for (int df = 0; df < 2; df++) {
		struct lab lab __lab_close = lab_open();
		struct request req = request_of(IPPROTO_ICMP);
		struct ping *p __cleanup(cleanup_ping) = NULL;
		struct dd_filter filter;

		req.df = df;
		req.size = PING_PAYLOAD_MAX;
		p = open_ping(lab.a, &req, &filter);
		assert_int_equal(send_probe(p, 1), df ? -EMSGSIZE : 0);
		if (!df)
			assert_int_equal(next_answer(p).kind, ANSWER_REPLY);
		else
			assert_int_equal(ping_answer(p, &(struct answer){ 0 }), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send_refused),
		cmocka_unit_test(test_route_goes_away),
		cmocka_unit_test(test_mtu),
		cmocka_unit_test(test_device_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
