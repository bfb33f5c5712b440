/* SPDX-License-Identifier: GPL-2.0 */
/* Two containers on one bridge, for the tests of core/: web 172.18.0.2, db 172.18.0.3. */
#ifndef DD_CORE_SCENE_H
#define DD_CORE_SCENE_H

#include <linux/if_bridge.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/addr.h"
#include "base/strbuf.h"
#include "model.h"

enum { NS_WEB = 101, NS_DB = 102, NS_HOST = 100 };
enum { IF_ETH = 2, IF_BRIDGE = 5, IF_VETH_WEB = 6, IF_VETH_DB = 7 };

#define BRIDGE "br-0123456789ab"

static inline struct link scene_link(const char *name, uint32_t ifindex, uint32_t master)
{
	struct link l = { .ifindex = ifindex, .up = true, .running = true, .mtu = 1500,
			  .master = master, .peer_netnsid = -1,
			  .port_state = master ? BR_STATE_FORWARDING : -1 };

	text_copy(l.name, sizeof(l.name), name);
	l.mac[0] = 2;
	l.mac[5] = ifindex;
	return l;
}

static inline struct endpoint scene_end(const char *name, uint8_t last, uint32_t netns,
					const char *veth, uint32_t veth_index)
{
	const uint8_t ip[] = { 172, 18, 0, last };
	struct endpoint e = { .kind = ENDPOINT_CONTAINER, .ip = addr_v4(ip), .has_mac = true,
			      .netns = netns };

	text_copy(e.name, sizeof(e.name), name);
	text_copy(e.id, sizeof(e.id), name);
	e.device = scene_link("eth0", IF_ETH, 0);
	e.device.mac[5] = last;
	memcpy(e.mac, e.device.mac, 6);
	e.host_device = scene_link(veth, veth_index, IF_BRIDGE);
	return e;
}

static inline struct scene scene_make(void)
{
	struct scene s = { .shared = true, .host_netns = NS_HOST,
			   .request = { .protocol = IPPROTO_ICMP, .count = 1, .size = 56,
					.timeout_ms = 1000 } };

	s.ends[ROLE_SRC] = scene_end("web", 2, NS_WEB, "veth-web", IF_VETH_WEB);
	s.ends[ROLE_DST] = scene_end("db", 3, NS_DB, "veth-db", IF_VETH_DB);
	s.bridge = scene_link(BRIDGE, IF_BRIDGE, 0);
	text_copy(s.network.name, sizeof(s.network.name), "shop");
	text_copy(s.network.id, sizeof(s.network.id), "0123456789abcdef");
	text_copy(s.network.bridge, sizeof(s.network.bridge), BRIDGE);
	return s;
}

/* The two on networks of their own, db 172.19.0.3 on "back". */
static inline struct scene scene_make_routed(void)
{
	struct scene s = scene_make();

	s.shared = false;
	s.ends[ROLE_DST].ip.bytes[1] = 19;
	text_copy(s.dst_network.name, sizeof(s.dst_network.name), "back");
	text_copy(s.dst_network.bridge, sizeof(s.dst_network.bridge), "br-ba9876543210");
	return s;
}

/* The two speak IPv6: fd00::2, fd00::3. */
static inline void scene_ip6(struct scene *s)
{
	for (int r = 0; r < 2; r++) {
		struct endpoint *end = &s->ends[r];

		end->ip = (struct ip){ AF_INET6, { 0xfd, [15] = end->ip.bytes[3] } };
		end->link_local = (struct ip){ AF_INET6, { 0xfe, 0x80, [15] = end->ip.bytes[15] } };
	}
}

#endif
