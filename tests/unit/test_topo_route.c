/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's routes and neighbours. */
#include <errno.h>

#include "netlab.h"

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "source/topo.h"

static void lab_routes(int ns)
{
	netlab_veth(ns, "v0", ns, "v1");
	netlab_run(ns, "ip addr add 10.1.0.1/24 dev v0");
	netlab_run(ns, "ip route add unreachable 10.2.1.0/24");
	netlab_run(ns, "ip route add prohibit 10.2.2.0/24");
	netlab_run(ns, "ip route add blackhole 10.2.3.0/24");
	netlab_run(ns, "ip route add throw 10.2.5.0/24");
	netlab_run(ns, "ip route add 10.2.6.0/24 via 10.1.0.254 src 10.1.0.1");
	netlab_run(ns, "ip route add 10.2.7.0/24 via inet6 fe80::7 dev v0");
	netlab_run(ns, "ip rule add from 10.1.0.66 prohibit");
	netlab_run(ns, "ip addr add fd00:1::1/64 dev v0 nodad");
	netlab_run(ns, "ip route add unreachable fd00:2:1::/48");
	netlab_run(ns, "ip route add prohibit fd00:2:2::/48");
	netlab_run(ns, "ip route add blackhole fd00:2:3::/48");
	netlab_run(ns, "ip -6 route add throw fd00:2:5::/48");
	netlab_run(ns, "ip route add fd00:2:6::/48 via fd00:1::fe");
}

struct route_row {
	const char *src, *dst;
	bool in;	/* asked as for a packet that comes in on v0 */
	int forwarding; /* 0, 1 */
	int err;
	enum route_type type;
	const char *gateway, *source; /* ROUTE_OK */
};

static const struct route_row route_rows[] = {
	{ "", "10.1.0.5", false, 0, 0, ROUTE_OK, "", "10.1.0.1" },
	{ "10.1.0.1", "10.1.0.5", false, 0, 0, ROUTE_OK, "", "10.1.0.1" },
	{ "", "10.2.6.1", false, 0, 0, ROUTE_OK, "10.1.0.254", "10.1.0.1" },
	{ "", "10.2.7.1", false, 0, 0, ROUTE_OK, "fe80::7", "10.1.0.1" },
	{ "", "10.2.1.1", false, 0, 0, ROUTE_UNREACHABLE, "", "" },
	{ "", "10.2.2.1", false, 0, 0, ROUTE_PROHIBIT, "", "" },
	{ "", "10.2.3.1", false, 0, 0, ROUTE_BLACKHOLE, "", "" },
	{ "", "10.2.4.1", false, 0, 0, ROUTE_NONE, "", "" },
	{ "", "10.2.5.1", false, 0, 0, ROUTE_NONE, "", "" },
	{ "10.1.0.1", "10.2.1.1", false, 0, 0, ROUTE_UNREACHABLE, "", "" },
	{ "10.1.0.1", "10.2.2.1", false, 0, 0, ROUTE_PROHIBIT, "", "" },
	{ "10.1.0.1", "10.2.3.1", false, 0, 0, ROUTE_BLACKHOLE, "", "" },
	{ "10.1.0.1", "10.2.4.1", false, 0, 0, ROUTE_NONE, "", "" },
	/* forwarded */
	{ "10.1.0.2", "10.1.0.5", true, 1, 0, ROUTE_OK, "", "10.1.0.2" },
	{ "10.1.0.2", "10.1.0.1", true, 0, 0, ROUTE_OK, "", "10.1.0.2" },
	{ "10.1.0.2", "10.2.1.1", true, 1, 0, ROUTE_UNREACHABLE, "", "" },
	{ "10.1.0.2", "10.2.2.1", true, 1, 0, ROUTE_PROHIBIT, "", "" },
	{ "10.1.0.2", "10.2.3.1", true, 1, 0, ROUTE_BLACKHOLE, "", "" },
	{ "10.1.0.2", "10.2.4.1", true, 1, 0, ROUTE_NONE, "", "" },
	{ "10.1.0.66", "10.1.0.5", true, 1, 0, ROUTE_PROHIBIT, "", "" },
	/* the same errnos for other reasons: the route is good */
	{ "10.1.0.2", "10.1.0.5", true, 0, -EHOSTUNREACH, 0, "", "" },
	{ "127.0.0.9", "10.1.0.5", true, 1, -EINVAL, 0, "", "" },
	{ "10.9.9.9", "10.1.0.5", false, 0, -ENETUNREACH, 0, "", "" },
	/* forwarding is off, and the route would forbid it too */
	{ "10.1.0.2", "10.2.2.1", true, 0, 0, ROUTE_PROHIBIT, "", "" },
	{ "10.1.0.2", "10.2.4.1", true, 0, 0, ROUTE_NONE, "", "" },
	/* IPv6 */
	{ "", "fd00:1::5", false, 0, 0, ROUTE_OK, "", "fd00:1::1" },
	{ "fd00:1::1", "fd00:1::5", false, 0, 0, ROUTE_OK, "", "fd00:1::1" },
	{ "", "fd00:2:6::1", false, 0, 0, ROUTE_OK, "fd00:1::fe", "fd00:1::1" },
	{ "", "fd00:2:1::1", false, 0, 0, ROUTE_UNREACHABLE, "", "" },
	{ "", "fd00:2:2::1", false, 0, 0, ROUTE_PROHIBIT, "", "" },
	{ "", "fd00:2:3::1", false, 0, 0, ROUTE_BLACKHOLE, "", "" },
	{ "", "fd00:2:4::1", false, 0, 0, ROUTE_NONE, "", "" },
	{ "", "fd00:2:5::1", false, 0, 0, ROUTE_NONE, "", "" },
	{ "fd00:1::1", "fd00:2:2::1", false, 0, 0, ROUTE_PROHIBIT, "", "" },
	{ "fd00:1::1", "fd00:2:4::1", false, 0, 0, ROUTE_NONE, "", "" },
	{ "fd00:1::2", "fd00:2:6::1", true, 1, 0, ROUTE_OK, "fd00:1::fe", "fd00:1::2" },
	{ "fd00:1::2", "fd00:2:2::1", true, 1, 0, ROUTE_PROHIBIT, "", "" },
	{ "fd00:1::2", "fd00:2:4::1", true, 1, 0, ROUTE_NONE, "", "" },
};

static void check_route(int ns, uint32_t v0, const struct route_row *row)
{
	const struct ip src = netlab_ip(row->src), dst = netlab_ip(row->dst);
	struct route route = { .oif = 77 };
	int err = topo_route(ns, &src, &dst, row->in ? v0 : 0, &route);
	char text[ADDR_TEXT_LEN];

	assert_int_equal(err, row->err);
	if (err) {
		assert_false(route.known);
		assert_int_equal(route.oif, 77);
		return;
	}
	assert_true(route.known);
	assert_int_equal(route.type, row->type);
	assert_int_equal(!route.oif, row->type != ROUTE_OK);
	assert_string_equal(addr_format(&route.gateway, text), row->gateway);
	assert_string_equal(addr_format(&route.source, text), row->source);
}

static void test_routes(void **state)
{
	const struct ip six = netlab_ip("::1"), four = netlab_ip("127.0.0.1"), none = { 0 };
	struct route route = { 0 };
	uint32_t v0;

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	lab_routes(ns);
	v0 = netlab_index(ns, "v0");
	for (size_t i = 0; i < ARRAY_SIZE(route_rows); i++) {
		netlab_run(ns, "echo %d > /proc/sys/net/ipv4/ip_forward", route_rows[i].forwarding);
		check_route(ns, v0, &route_rows[i]);
	}
	assert_int_equal(topo_route(ns, &none, &none, 0, &route), -EAFNOSUPPORT);
	assert_int_equal(topo_route(ns, &four, &six, 0, &route), -EAFNOSUPPORT);
	assert_int_equal(topo_route(ns, &six, &four, 0, &route), -EAFNOSUPPORT);
	assert_int_equal(topo_route(ns, &four, &four, 99, &route), -ENODEV);
	assert_false(route.known);
}

/* What rp_filter drops is not a route's doing. */
static void test_route_rp_filter(void **state)
{
	const struct ip src = netlab_ip("10.77.0.2"), dst = netlab_ip("10.1.0.5");
	struct route route = { 0 };

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	lab_routes(ns);
	netlab_run(ns, "echo 1 > /proc/sys/net/ipv4/ip_forward");
	netlab_run(ns, "echo 1 > /proc/sys/net/ipv4/conf/v0/rp_filter");
	assert_true(topo_route(ns, &src, &dst, netlab_index(ns, "v0"), &route) < 0);
	assert_false(route.known);
}

static void test_neighbours(void **state)
{
	static const struct {
		const char *ip;
		bool known, permanent, failed, has_mac;
	} rows[] = {
		{ "10.1.0.5", true, true, false, true },  /* nud permanent */
		{ "10.1.0.6", true, false, false, true }, /* nud stale */
		{ "10.1.0.7", true, false, true, false }, /* nud failed */
		{ "10.1.0.8", true, false, true, false }, /* asked for, and nobody there */
		{ "10.1.0.9", false, false, false, false },
		{ "fd00:1::5", true, true, false, true },
		{ "fd00:1::7", true, false, true, false },
		{ "fd00:1::9", false, false, false, false },
	};
	uint32_t v0;

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	netlab_run(ns, "ip addr add 10.1.0.1/24 dev v0");
	netlab_run(ns, "ip neigh add 10.1.0.5 lladdr 02:00:00:00:00:05 dev v0 nud permanent");
	netlab_run(ns, "ip neigh add 10.1.0.6 lladdr 02:00:00:00:00:06 dev v0 nud stale");
	netlab_run(ns, "ip neigh add 10.1.0.7 dev v0 nud failed");
	netlab_run(ns, "bash -c 'echo x > /dev/udp/10.1.0.8/9'");
	netlab_run(ns, "ip addr add fd00:1::1/64 dev v0 nodad");
	netlab_run(ns, "ip neigh add fd00:1::5 lladdr 02:00:00:00:00:05 dev v0 nud permanent");
	netlab_run(ns, "ip neigh add fd00:1::7 dev v0 nud failed");
	v0 = netlab_index(ns, "v0");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ip ip = netlab_ip(rows[i].ip);
		struct neighbour n = { .permanent = true, .failed = true, .has_mac = true };

		assert_int_equal(topo_neighbour(ns, v0, &ip, &n), 0);
		assert_int_equal(n.known, rows[i].known);
		assert_int_equal(n.permanent, rows[i].permanent);
		assert_int_equal(n.failed, rows[i].failed);
		assert_int_equal(n.has_mac, rows[i].has_mac);
		if (n.has_mac)
			assert_int_equal(n.mac[5], ip.bytes[addr_len(ip.family) - 1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_route_rp_filter),
		cmocka_unit_test(test_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
