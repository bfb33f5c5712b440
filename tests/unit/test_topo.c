/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <linux/if_bridge.h>
#include <poll.h>
#include <string.h>

#include "netlab.h"

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "source/topo.h"

static struct link link_of(int ns, const char *name)
{
	struct link by_name, by_index;

	memset(&by_name, 0x5a, sizeof(by_name));
	memset(&by_index, 0xa5, sizeof(by_index));
	assert_int_equal(topo_link_by_name(ns, name, &by_name), 0);
	assert_int_equal(topo_link_by_index(ns, by_name.ifindex, &by_index), 0);
	assert_string_equal(by_index.name, name);
	assert_string_equal(by_index.kind, by_name.kind);
	assert_memory_equal(by_index.mac, by_name.mac, 6);
	assert_int_equal(by_index.peer, by_name.peer);
	return by_index;
}

static void wait_for_state(int host, const char *port, int state)
{
	for (int tries = 0; tries < 300; tries++) {
		if (link_of(host, port).port_state == state)
			return;
		poll(NULL, 0, 10);
	}
	fail_msg("%s never came to state %d", port, state);
}

/* Two bridges; the far ends of their ports are in a container's namespace. */
static void lab_bridges(int host, int box)
{
	static const char *const bridges[] = { "br0", "br0", "br0", "stp0" };

	netlab_run(host, "ip link add br0 type bridge && ip link set br0 up");
	netlab_run(host, "ip link add stp0 type bridge stp_state 1 && ip link set stp0 up");
	for (int i = 0; i < (int)ARRAY_SIZE(bridges); i++) {
		char port[8], end[8];

		snprintf(port, sizeof(port), "p%d", i);
		snprintf(end, sizeof(end), "eth%d", i);
		netlab_veth(host, port, box, end);
		netlab_run(host, "ip link set %s master %s", port, bridges[i]);
	}
	netlab_run(host, "bridge link set dev p1 isolated on");
	netlab_run(box, "ip link set eth2 down");
	wait_for_state(host, "p0", BR_STATE_FORWARDING);
	wait_for_state(host, "p1", BR_STATE_FORWARDING);
	wait_for_state(host, "p2", BR_STATE_DISABLED);
	wait_for_state(host, "p3", BR_STATE_LISTENING);
	/* Without STP the one state that the bridge does not soon choose anew. */
	netlab_run(host, "bridge link set dev p1 state %d", BR_STATE_DISABLED);
}

static void test_bridge_ports(void **state)
{
	static const struct {
		const char *name, *bridge;
		int state;
		bool isolated, running;
	} rows[] = {
		{ "p0", "br0", BR_STATE_FORWARDING, false, true },
		{ "p1", "br0", BR_STATE_DISABLED, true, true },
		{ "p2", "br0", BR_STATE_DISABLED, false, false },
		{ "p3", "stp0", BR_STATE_LISTENING, false, true },
	};

	(void)state;
	netlab_or_skip();
	int host __close = netlab_new();
	int box __close = netlab_new();

	lab_bridges(host, box);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct link link = link_of(host, rows[i].name);

		assert_string_equal(link.kind, "veth");
		assert_int_equal(link.port_state, rows[i].state);
		assert_int_equal(link.port_isolated, rows[i].isolated);
		assert_true(link.up);
		assert_int_equal(link.running, rows[i].running);
		assert_int_equal(link.master, netlab_index(host, rows[i].bridge));
		assert_false(link.vlan_filtering);
	}
}

static void test_bridge(void **state)
{
	struct link link;

	(void)state;
	netlab_or_skip();
	int host __close = netlab_new();

	netlab_run(host, "ip link add br0 address 02:00:00:00:00:07 mtu 1400 type bridge");
	link = link_of(host, "br0");
	assert_string_equal(link.kind, "bridge");
	assert_memory_equal(link.mac, "\x02\0\0\0\0\x07", 6);
	assert_int_equal(link.mtu, 1400);
	assert_int_equal(link.port_state, -1);
	assert_int_equal(link.master, 0);
	assert_int_equal(link.peer, 0);
	assert_false(link.vlan_filtering || link.up || link.running);
	netlab_run(host, "ip link set br0 up");
	assert_true(link_of(host, "br0").up);
}

static void test_vlan_filtering(void **state)
{
	(void)state;
	netlab_or_skip();
	int host __close = netlab_new();

	netlab_run(host, "ip link add br0 type bridge");
	if (netlab_try(host, "ip link set br0 type bridge vlan_filtering 1")) {
		print_message("this kernel's bridge does not filter by VLAN\n");
		skip();
	}
	assert_true(link_of(host, "br0").vlan_filtering);
}

static void test_veth_peer(void **state)
{
	struct link near, far;

	(void)state;
	netlab_or_skip();
	int host __close = netlab_new();
	int box __close = netlab_new();

	netlab_run(box, "ip link add pad type bridge"); /* so that the two indexes differ */
	netlab_veth(host, "veth0", box, "eth0");
	netlab_veth(host, "here0", host, "here1");
	near = link_of(host, "veth0");
	far = link_of(box, "eth0");
	assert_int_not_equal(near.ifindex, far.ifindex);
	assert_int_equal(near.peer, far.ifindex);
	assert_int_equal(far.peer, near.ifindex);
	assert_true(near.peer_netnsid >= 0);
	assert_true(far.peer_netnsid >= 0);

	near = link_of(host, "here0");
	far = link_of(host, "here1");
	assert_int_equal(near.peer, far.ifindex);
	assert_int_equal(far.peer, near.ifindex);
	assert_int_equal(near.peer_netnsid, -1);
}

/* A device below another is not its peer. */
static void test_other_kinds(void **state)
{
	struct link link;

	(void)state;
	netlab_or_skip();
	int host __close = netlab_new();

	link = link_of(host, "lo");
	assert_string_equal(link.kind, "");
	assert_int_equal(link.port_state, -1);
	assert_true(link.up && link.running);
	netlab_veth(host, "v0", host, "v1");
	if (netlab_try(host, "ip link add m0 link v0 type macvlan")) {
		print_message("no macvlan here\n");
		skip();
	}
	link = link_of(host, "m0");
	assert_string_equal(link.kind, "macvlan");
	assert_int_equal(link.peer, 0);
	assert_int_equal(link.peer_netnsid, -1);
}

static void test_no_such_link(void **state)
{
	static const uint32_t indexes[] = { 0, 99, INT32_MAX, 0x80000000u, UINT32_MAX };
	static const char *const names[] = { "", "nosuch0", "a-name-of-sixteen", "../lo", "%d" };
	const struct ip ip = netlab_ip("10.9.9.9"), none = { 0 }, six = netlab_ip("fd00::9");
	struct ip found = { .family = 7 };
	struct link link = { .ifindex = 7 };
	struct neighbour neighbour = { .permanent = true };
	struct program program = { .id = 7 };

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
		assert_int_equal(topo_link_by_index(ns, indexes[i], &link), -ENODEV);
		assert_int_equal(topo_neighbour(ns, indexes[i], &ip, &neighbour), -ENODEV);
		assert_int_equal(topo_neighbour(ns, indexes[i], &six, &neighbour), -ENODEV);
		assert_int_equal(topo_programs(ns, indexes[i], &program, 1), -ENODEV);
		assert_true(topo_link_local(ns, indexes[i], &found) < 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(topo_link_by_name(ns, names[i], &link), -ENODEV);
	assert_int_equal(topo_link_by_addr(ns, &ip, &link), -ENOENT);
	assert_int_equal(topo_link_by_addr(ns, &none, &link), -EAFNOSUPPORT);
	assert_int_equal(topo_link_by_addr(ns, &six, &link), -ENOENT);
	assert_int_equal(topo_link_local(ns, 1, &found), -ENOENT); /* lo */
	assert_int_equal(topo_neighbour(ns, 1, &none, &neighbour), -EAFNOSUPPORT);
	assert_int_equal(found.family, 7);
	assert_int_equal(link.ifindex, 7);
	assert_true(neighbour.permanent);
	assert_int_equal(program.id, 7);
}

static void test_closed_descriptor(void **state)
{
	const struct ip ip = netlab_ip("127.0.0.1");
	struct link link = { 0 };
	struct route route = { 0 };
	struct neighbour neighbour = { 0 };
	struct program program = { 0 };

	(void)state;
	netlab_or_skip();
	int ns = netlab_new();

	close(ns);
	assert_int_equal(topo_link_by_index(ns, 1, &link), -EBADF);
	assert_int_equal(topo_link_by_name(ns, "lo", &link), -EBADF);
	assert_int_equal(topo_link_by_addr(ns, &ip, &link), -EBADF);
	assert_int_equal(topo_route(ns, &ip, &ip, 0, &route), -EBADF);
	assert_int_equal(topo_neighbour(ns, 1, &ip, &neighbour), -EBADF);
	assert_int_equal(topo_programs(ns, 1, &program, 1), -EBADF);
}

static void test_by_address(void **state)
{
	static const struct {
		const char *ip, *device; /* NULL: nobody's */
	} rows[] = {
		{ "127.0.0.1", "lo" },	 { "10.1.0.1", "v0" },	 { "10.1.0.9", "v0" },
		{ "10.3.0.1", "v1" },	 { "10.3.0.2", NULL },	 { "10.1.0.2", NULL },
		{ "10.1.0.255", NULL },	 { "0.0.0.0", NULL },
		{ "::1", "lo" },	 { "fd00:1::1", "v0" }, { "fd00:1::2", NULL },
		{ "fd00:3::1", "v1" },	 { "fd00:3::2", NULL },	 { "fe80::7", "v0" },
	};
	struct ip link_local = { 0 };

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	netlab_run(ns, "ip addr add 10.1.0.1/24 brd + dev v0");
	netlab_run(ns, "ip addr add 10.1.0.9/24 dev v0");
	netlab_run(ns, "ip addr add 10.3.0.1 peer 10.3.0.2 dev v1");
	netlab_run(ns, "ip addr add fd00:1::1/64 dev v0 nodad");
	netlab_run(ns, "ip addr add fd00:3::1 peer fd00:3::2 dev v1 nodad");
	netlab_run(ns, "ip addr flush dev v0 scope link; ip addr add fe80::7/64 dev v0 nodad");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ip ip = netlab_ip(rows[i].ip);
		struct link link = { 0 };
		int err = topo_link_by_addr(ns, &ip, &link);

		assert_int_equal(err, rows[i].device ? 0 : -ENOENT);
		if (rows[i].device)
			assert_string_equal(link.name, rows[i].device);
	}
	assert_int_equal(topo_link_local(ns, netlab_index(ns, "v0"), &link_local), 0);
	assert_memory_equal(&link_local, &(struct ip[]){ netlab_ip("fe80::7") }, sizeof(link_local));
}

/* More addresses than one netlink message holds. */
static void test_many_addresses(void **state)
{
	const struct ip ip = netlab_ip("10.7.3.249");
	struct link link = { 0 };

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	netlab_run(ns, "for i in 0 1 2 3; do for j in $(seq 1 249); do "
		       "echo addr add 10.7.$i.$j/32 dev v1; done; done | ip -batch -");
	assert_int_equal(topo_link_by_addr(ns, &ip, &link), 0);
	assert_string_equal(link.name, "v1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bridge_ports),
		cmocka_unit_test(test_bridge),
		cmocka_unit_test(test_vlan_filtering),
		cmocka_unit_test(test_veth_peer),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_no_such_link),
		cmocka_unit_test(test_closed_descriptor),
		cmocka_unit_test(test_by_address),
		cmocka_unit_test(test_many_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
