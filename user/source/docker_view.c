/* SPDX-License-Identifier: GPL-2.0 */
/* docker_parse_view() and its like: networks with all that is in them. */
#include "source/docker.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "source/json_read.h"

/* "172.18.0.2/16"; the length is -1 if there is none. */
static struct ip address_of(const char *text, int *len)
{
	char address[ADDR_TEXT_LEN];
	const char *slash = strchrnul(text, '/');
	struct ip ip = { 0 };

	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	addr_parse(address, &ip);
	*len = *slash ? atoi(slash + 1) : -1;
	if (*len > (int)(8 * addr_len(ip.family)))
		*len = -1;
	return ip;
}

static void add_subnets(const cJSON *config, struct net_view *v)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, config) {
		struct subnet s = { 0 };
		int ignored;

		s.ip = address_of(text_at(item, "Subnet"), &s.len);
		s.gateway = address_of(text_at(item, "Gateway"), &ignored);
		if (s.ip.family && s.len >= 0 && v->n_subnets < SUBNETS_MAX)
			v->subnets[v->n_subnets++] = s;
	}
}

/* Endpoints of the engine's own are called "ep-...", "lb-NETWORK", "ingress-sbox", "gateway_ingress-sbox". */
static bool is_container(const char *id)
{
	return *id && !id[strspn(id, "0123456789abcdef")];
}

static int add_members(const cJSON *containers, struct net_view *v)
{
	const cJSON *item;
	int len;

	cJSON_ArrayForEach(item, containers) {
		struct resident *members = array_grow(v->members, v->n_members, sizeof(*members));
		struct resident m = { 0 };

		if (!members)
			return -ENOMEM;
		v->members = members;
		text_copy(m.id, sizeof(m.id), item->string);
		text_copy(m.name, sizeof(m.name), text_at(item, "Name"));
		m.ip = address_of(text_at(item, "IPv4Address"), &len);
		m.ip6 = address_of(text_at(item, "IPv6Address"), &len);
		m.has_mac = !mac_parse(text_at(item, "MacAddress"), m.mac);
		if (is_container(m.id))
			members[v->n_members++] = m;
		else if (m.ip.family && v->n_own < SUBNETS_MAX)
			v->own[v->n_own++] = m.ip;
	}
	return 0;
}

/* "192.0.2.1" */
static void add_peers(const cJSON *peers, struct net_view *v)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, peers)
		if (v->n_peers < PEERS_MAX && !addr_parse(text_at(item, "IP"), &v->peers[v->n_peers]))
			v->n_peers++;
}

static int add_options(const cJSON *options, struct net_view *v)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, options) {
		struct option *all = array_grow(v->options, v->n_options, sizeof(*all));

		if (!all)
			return -ENOMEM;
		v->options = all;
		all = &all[v->n_options++];
		text_copy(all->name, sizeof(all->name), item->string);
		text_copy(all->value, sizeof(all->value), string_of(item));
	}
	return 0;
}

/* The bridge has no address of the network's, as somebody wanted it. */
static bool is_without_address(const cJSON *options)
{
	return !strcasecmp(text_at(options, "com.docker.network.bridge.inhibit_ipv4"), "true") ||
	       !strcmp(text_at(options, "com.docker.network.bridge.gateway_mode_ipv4"), "isolated");
}

int docker_parse_view(const char *json, struct net_view *out)
{
	struct net_view v = { 0 };
	cJSON *root __json = NULL;
	int err = docker_parse_network(json, &v.network);

	if (err)
		return err;
	root = parse(json);
	add_subnets(at(at(root, "IPAM"), "Config"), &v);
	add_peers(at(root, "Peers"), &v);
	v.no_address = is_without_address(at(root, "Options"));
	err = add_members(at(root, "Containers"), &v);
	if (!err)
		err = add_options(at(root, "Options"), &v);
	if (err) {
		free(v.members);
		free(v.options);
		return err;
	}
	*out = v;
	return 0;
}

static int add_task(struct net_view *v, const struct overlay_task *t)
{
	struct overlay_task *tasks = t->ip.family ? array_grow(v->tasks, v->n_tasks, sizeof(*tasks)) : v->tasks;

	if (!t->ip.family)
		return 0;
	if (!tasks)
		return -ENOMEM;
	v->tasks = tasks;
	tasks[v->n_tasks++] = *t;
	return 0;
}

/* "svc": {"VIP": "10.0.1.6", "Tasks": [{"EndpointIP": "10.0.1.7", "Info": {"Host IP": "192.0.2.1"}}]} */
static int add_service(const cJSON *service, struct net_view *v)
{
	struct overlay_task t = { 0 };
	const cJSON *item;
	int err;

	text_copy(t.service, sizeof(t.service), service->string);
	addr_parse(text_at(service, "VIP"), &t.ip);
	err = add_task(v, &t);
	cJSON_ArrayForEach(item, at(service, "Tasks")) {
		t.ip = t.node = (struct ip){ 0 };
		text_copy(t.name, sizeof(t.name), text_at(item, "Name"));
		addr_parse(text_at(item, "EndpointIP"), &t.ip);
		/* the overlay driver's DecodeTableEntry() */
		addr_parse(text_at(at(item, "Info"), "Host IP"), &t.node);
		if (!err)
			err = add_task(v, &t);
	}
	return err;
}

int docker_parse_tasks(const char *json, struct net_view *out)
{
	cJSON *root __json = parse(json);
	const cJSON *services = at(root, "Services"), *item;
	int err = 0;

	if (!cJSON_IsObject(root))
		return -EPROTO;
	if (cJSON_IsObject(services))
		cJSON_ArrayForEach(item, services)
			if (!err)
				err = add_service(item, out);
	return err;
}

int docker_parse_ids(const char *json, struct strbuf *out)
{
	cJSON *root __json = parse(json);
	const cJSON *item;

	if (!cJSON_IsArray(root))
		return -EPROTO;
	cJSON_ArrayForEach(item, root)
		if (*text_at(item, "Id") && !strchr(text_at(item, "Id"), '\n'))
			strbuf_addf(out, "%s\n", text_at(item, "Id"));
	return out->failed ? -ENOMEM : 0;
}
