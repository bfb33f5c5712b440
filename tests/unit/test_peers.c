/* SPDX-License-Identifier: GPL-2.0 */
/* What the doctor says of an overlay network's entries for who is on another node. */
#include "core/doctor.h"
#include "core/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"

#include "base/addr.h"

#define FAR "10.0.1.4"

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	if (*text)
		assert_int_equal(addr_parse(text, &ip), 0);
	return ip;
}

/* A host, 192.0.2.1, with web on the network; far is on 192.0.2.2. */
static const struct row {
	const char *name, *ip, *node, *service; /* of the task; node "": not told */
	const char *neigh;		       /* address with an entry, "": none */
	const char *fdb;		       /* node of the forwarding entry, "": none */
	bool failed, other_device;
	const char *check, *text, *remedy; /* NULL: nothing is found */
} rows[] = {
	{ "far", FAR, "192.0.2.2", "", FAR, "192.0.2.2", false, false, NULL, NULL, NULL },
	{ "far", FAR, "192.0.2.2", "", "", "", false, false, "overlay-peer-missing", "no neighbour entry",
	  "on its node: docker restart far" },
	{ "svc.1.x", FAR, "192.0.2.2", "svc", "", "192.0.2.2", false, false, "overlay-peer-missing",
	  "is on node 192.0.2.2", "docker service update --force svc" },
	{ "far", FAR, "192.0.2.2", "", FAR, "", false, false, "overlay-peer-missing", "no forwarding entry",
	  "on its node: docker restart far" },
	{ "far", FAR, "192.0.2.2", "", FAR, "192.0.2.2", true, false, "overlay-peer-missing", "no neighbour entry",
	  "on its node: docker restart far" },
	/* learnt by a bridge or a veth, it is no entry of the engine's */
	{ "far", FAR, "192.0.2.2", "", FAR, "192.0.2.2", false, true, "overlay-peer-missing", "no neighbour entry",
	  "on its node: docker restart far" },
	{ "far", FAR, "192.0.2.2", "", FAR, "192.0.2.9", false, false, "overlay-peer-elsewhere",
	  "sends what is for it to 192.0.2.9",
	  "nsenter --net='/run/a b' bridge fdb replace 02:42:00:00:00:04 dev vxlan0 dst 192.0.2.2 self permanent" },
	{ "far", FAR, "", "", "", "", false, false, "overlay-peer-missing", "is on another node",
	  "on its node: docker restart far" },
	{ "far", FAR, "", "", FAR, "192.0.2.2", false, false, NULL, NULL, NULL },
	/* here, or everywhere */
	{ "web", "10.0.1.2", "192.0.2.1", "", "", "", false, false, NULL, NULL, NULL },
	{ "ended", "10.0.1.7", "192.0.2.1", "", "", "", false, false, NULL, NULL, NULL },
	{ "", "10.0.1.6", "", "svc", "", "", false, false, NULL, NULL, NULL },
};

static void check_row(const struct row *row)
{
	static const uint8_t mac[6] = { 2, 0x42, 0, 0, 0, 4 };
	struct device vxlan = { .link = { .ifindex = 9, .name = "vxlan0" },
				.vxlan_port = row->other_device ? 0 : 4789 };
	struct device eth0 = { .link = { .ifindex = 2, .name = "eth0" }, .ips = { ip_of("192.0.2.1") }, .n_ips = 1 };
	struct neigh neigh = { .ifindex = 9, .ip = ip_of(row->neigh),
			       .entry = { .has_mac = true, .failed = row->failed } };
	struct fdb_entry fdb = { .ifindex = 9, .node = ip_of(row->fdb) };
	struct place inside = { .name = "/run/a b", .devices = &vxlan, .n_devices = 1, .neighs = &neigh,
				.n_neighs = *row->neigh ? 1 : 0, .fdbs = &fdb, .n_fdbs = *row->fdb ? 1 : 0 };
	struct resident web = { .name = "web", .ip = ip_of("10.0.1.2") };
	struct overlay_task task = { .ip = ip_of(row->ip), .node = ip_of(row->node) };
	struct net_view net = { .network = { .name = "mesh", .driver = "overlay" }, .members = &web, .n_members = 1,
				.tasks = &task, .n_tasks = 1, .inside = &inside };
	struct checkup *c = calloc(1, sizeof(*c));
	const struct finding *f;
	struct diagnosis d;

	strcpy(task.name, row->name);
	strcpy(task.service, row->service);
	memcpy(neigh.entry.mac, mac, 6);
	memcpy(fdb.mac, mac, 6);
	c->host.devices = &eth0;
	c->host.n_devices = 1;
	c->networks = &net;
	c->n_networks = 1;
	assert_int_equal(judge_misses_peers(c, &net), row->check != NULL);
	doctor_examine(c, &d);
	assert_int_equal(d.n_findings, row->check != NULL);
	if (row->check) {
		f = found(&d, row->check);
		assert_non_null(f);
		assert_non_null(strstr(f->text, row->text));
		assert_string_equal(f->remedy[0], row->remedy);
	}
	net.inside = NULL; /* nothing is known of it then */
	doctor_free(&d);
	doctor_examine(c, &d);
	assert_int_equal(d.n_findings, 0);
	doctor_free(&d);
	free(c);
}

static void test_peers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%zu: %s at %s\n", i, rows[i].name, rows[i].ip);
		check_row(&rows[i]);
	}
}

/* A card of the one make that is known to get checksums wrong, where it computes them. */
static void test_card(void **state)
{
	static const struct {
		const char *driver;
		bool tx_checksums;
		uint16_t port;
		int n_peers;
		bool found;
	} cases[] = {
		{ "vmxnet3", true, 4789, 2, true },   { "vmxnet3", true, 8472, 2, true },
		{ "vmxnet3", false, 4789, 2, false }, { "virtio_net", true, 4789, 2, false },
		{ "vmxnet3", true, 5789, 2, false },  { "vmxnet3", true, 4789, 1, false },
		{ "", true, 4789, 2, false },	      { "vmxnet3", true, 0, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device ens192 = { .link = { .ifindex = 2, .name = "ens192" }, .ips = { ip_of("192.0.2.1") },
					 .n_ips = 1, .tx_checksums = cases[i].tx_checksums };
		struct net_view net = { .network = { .name = "mesh", .driver = "overlay" },
					.peers = { ip_of("192.0.2.1"), ip_of("192.0.2.2") },
					.n_peers = cases[i].n_peers, .vxlan_port = cases[i].port };
		struct checkup *c = calloc(1, sizeof(*c));
		const struct finding *f;
		struct diagnosis d;

		strcpy(ens192.driver, cases[i].driver);
		c->host.devices = &ens192;
		c->host.n_devices = 1;
		c->networks = &net;
		c->n_networks = 1;
		doctor_examine(c, &d);
		f = found(&d, "overlay-checksum");
		assert_int_equal(f != NULL, cases[i].found);
		if (f) {
			assert_string_equal(f->remedy[0], "ethtool -K ens192 tx-checksum-ip-generic off");
			assert_false(doctor_is_broken(&d));
		}
		doctor_free(&d);
		free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
