/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "netlab.h"

#include "base/cleanup.h"
#include "source/topo.h"

static const uint8_t somebody[6] = { 2, 0, 0, 0, 0, 9 };

static struct link link_of(int ns, const char *name)
{
	struct link link = { 0 };

	assert_int_equal(topo_link_by_name(ns, name, &link), 0);
	return link;
}

static int bridge_of_two(const char *options)
{
	int ns = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	if (netlab_try(ns, "ip link add b0 up type bridge %s", options))
		return close(ns), -1;
	netlab_run(ns, "ip link set v0 master b0");
	return ns;
}

static void test_floods(void **state)
{
	struct link link;

	(void)state;
	netlab_or_skip();
	int ns __close = bridge_of_two("");

	link = link_of(ns, "v0");
	assert_false(link.no_flood || link.no_mcast_flood || link.no_bcast_flood || link.port_locked);
	netlab_run(ns, "bridge link set dev v0 flood off");
	link = link_of(ns, "v0");
	assert_true(link.no_flood && !link.no_mcast_flood && !link.no_bcast_flood);
	netlab_run(ns, "bridge link set dev v0 flood on mcast_flood off bcast_flood off");
	link = link_of(ns, "v0");
	assert_true(!link.no_flood && link.no_mcast_flood && link.no_bcast_flood);
	link = link_of(ns, "v1");
	assert_false(link.no_flood || link.no_mcast_flood || link.no_bcast_flood);
}

static struct fdb fdb_of(int ns, const uint8_t mac[6])
{
	struct fdb fdb = { 0 };

	assert_int_equal(topo_fdb(ns, link_of(ns, "b0").ifindex, mac, 0, &fdb), 0);
	assert_true(fdb.asked);
	return fdb;
}

static void test_fdb(void **state)
{
	struct fdb fdb;

	(void)state;
	netlab_or_skip();
	int ns __close = bridge_of_two("");

	assert_false(fdb_of(ns, somebody).known);
	netlab_run(ns, "bridge fdb add 02:00:00:00:00:09 dev v0 master static");
	fdb = fdb_of(ns, somebody);
	assert_true(fdb.known && fdb.fixed && !fdb.local);
	assert_int_equal(fdb.port, link_of(ns, "v0").ifindex);
	assert_string_equal(fdb.port_name, "v0");
	netlab_run(ns, "bridge fdb replace 02:00:00:00:00:09 dev v0 master dynamic");
	fdb = fdb_of(ns, somebody);
	assert_true(fdb.known && !fdb.fixed && !fdb.local);
	/* a port's own address is the bridge's */
	fdb = fdb_of(ns, link_of(ns, "v0").mac);
	assert_true(fdb.known && fdb.fixed && fdb.local);
	assert_int_equal(topo_fdb(ns, 0, somebody, 0, &fdb), -ENODEV);
	assert_int_not_equal(topo_fdb(ns, link_of(ns, "v1").ifindex, somebody, 0, &fdb), 0);
}

static void check_vlan(int ns, uint16_t vid, uint16_t pvid, bool takes, bool untags)
{
	struct port_vlan vlan = { 0 };

	assert_int_equal(topo_port_vlan(ns, link_of(ns, "v0").ifindex, vid, &vlan), 0);
	assert_true(vlan.known);
	assert_int_equal(vlan.pvid, pvid);
	assert_int_equal(vlan.takes, takes);
	assert_int_equal(vlan.untags, untags);
}

static void test_vlans(void **state)
{
	struct port_vlan vlan;

	(void)state;
	netlab_or_skip();
	int ns __close = bridge_of_two("vlan_filtering 1");

	if (ns < 0) {
		print_message("this kernel's bridge has no VLAN filtering\n");
		skip();
	}
	assert_true(link_of(ns, "b0").vlan_filtering);
	check_vlan(ns, 1, 1, true, true);
	netlab_run(ns, "bridge vlan add dev v0 vid 20-30");
	check_vlan(ns, 0, 1, false, false);
	check_vlan(ns, 25, 1, true, false);
	check_vlan(ns, 31, 1, false, false);
	netlab_run(ns, "bridge vlan del dev v0 vid 1");
	check_vlan(ns, 1, 0, false, false);
	netlab_run(ns, "bridge vlan del dev v0 vid 20-30");
	check_vlan(ns, 1, 0, false, false);
	assert_int_not_equal(topo_port_vlan(ns, link_of(ns, "v1").ifindex, 1, &vlan), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_fdb),
		cmocka_unit_test(test_vlans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
