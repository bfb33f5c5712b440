/* SPDX-License-Identifier: GPL-2.0 */
#include "source/docker_json.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "source/docker.h"
#include "source/json_read.h"

#define NAMES_SHOWN 8
#define SHORT_ID 12

/* A whole number from 0 to max, else -1. */
static int number_at(const cJSON *object, const char *key, int max)
{
	const cJSON *item = at(object, key);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max) ||
	    item->valuedouble != (int)item->valuedouble)
		return -1;
	return (int)item->valuedouble;
}

static const char *engine_name(const char *component)
{
	static const char *const names[][2] = {
		{ "Engine", "Docker Engine" },
		{ "Podman Engine", "Podman Engine" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(component, names[i][0]))
			return names[i][1];
	return NULL;
}

static void add_component(const cJSON *item, struct engine *e)
{
	const char *name = text_at(item, "Name");
	const char *engine = engine_name(name);
	struct component *c;

	if (engine) {
		text_copy(e->name, sizeof(e->name), engine);
		return;
	}
	if (!*name || e->n_components == COMPONENTS_MAX)
		return;
	c = &e->components[e->n_components++];
	text_copy(c->name, sizeof(c->name), name);
	text_copy(c->version, sizeof(c->version), text_at(item, "Version"));
	/* Podman puts the whole output of "crun --version" there. */
	c->version[strcspn(c->version, "\r\n")] = '\0';
}

int docker_parse_version(const char *json, struct engine *out)
{
	cJSON *root __json = parse(json);
	struct engine e = { .name = "Docker Engine" };
	const cJSON *item;

	if (!*text_at(root, "ApiVersion"))
		return -EPROTO;
	text_copy(e.version, sizeof(e.version), text_at(root, "Version"));
	text_copy(e.api_version, sizeof(e.api_version), text_at(root, "ApiVersion"));
	text_copy(e.min_api_version, sizeof(e.min_api_version), text_at(root, "MinAPIVersion"));
	cJSON_ArrayForEach(item, at(root, "Components"))
		add_component(item, &e);
	*out = e;
	return 0;
}

int docker_parse_kernel(const char *json, char *out, size_t out_len)
{
	cJSON *root __json = parse(json);

	if (!cJSON_IsObject(root))
		return -EPROTO;
	text_copy(out, out_len, text_at(root, "KernelVersion"));
	return 0;
}

/* Options are a list behind commas: "name=rootless", "name=seccomp,profile=builtin". */
static bool is_rootless(const cJSON *options)
{
	static const char name[] = "name=rootless";
	const cJSON *item;

	cJSON_ArrayForEach(item, options) {
		const char *text = string_of(item);
		size_t len = strcspn(text, ",");

		if (len == strlen(name) && !strncmp(text, name, len))
			return true;
	}
	return false;
}

static enum says says_at(const cJSON *object, const char *key)
{
	const cJSON *item = at(object, key);

	return cJSON_IsTrue(item) ? SAYS_YES : cJSON_IsFalse(item) ? SAYS_NO : SAYS_NOTHING;
}

static enum says swarm_says(const char *state)
{
	return !*state ? SAYS_NOTHING : strcmp(state, "active") ? SAYS_NO : SAYS_YES;
}

int docker_parse_info(const char *json, struct engine *out)
{
	cJSON *root __json = parse(json);
	const char *driver;

	if (!cJSON_IsObject(root))
		return -EPROTO;
	driver = text_at(at(root, "FirewallBackend"), "Driver");
	text_copy(out->firewall_backend, sizeof(out->firewall_backend), driver);
	text_copy(out->firewall_driver, sizeof(out->firewall_driver), driver);
	if (*driver)
		out->firewalld = strstr(driver, "+firewalld") ? SAYS_YES : SAYS_NO;
	out->rootless = is_rootless(at(root, "SecurityOptions"));
	out->live_restore = says_at(root, "LiveRestoreEnabled");
	out->swarm = swarm_says(text_at(at(root, "Swarm"), "LocalNodeState"));
	return 0;
}

const char *docker_parse_message(const char *json, char *out, size_t out_len)
{
	cJSON *root __json = parse(json);

	return safe_text(out, out_len, text_at(root, "message"));
}

/* Of family 0 if there is none of that family. */
static struct ip address_at(const cJSON *object, const char *key, int family)
{
	struct ip ip = { 0 };

	addr_parse(text_at(object, key), &ip);
	return ip.family == family ? ip : (struct ip){ 0 };
}

static void parse_attachment(const cJSON *item, struct attachment *a)
{
	int prefix_len = number_at(item, "IPPrefixLen", 32);
	int prefix_len6 = number_at(item, "GlobalIPv6PrefixLen", 128);

	text_copy(a->network, sizeof(a->network), item->string);
	text_copy(a->network_id, sizeof(a->network_id), text_at(item, "NetworkID"));
	a->ip = address_at(item, "IPAddress", AF_INET);
	a->gateway = address_at(item, "Gateway", AF_INET);
	a->ip6 = address_at(item, "GlobalIPv6Address", AF_INET6);
	a->gateway6 = address_at(item, "IPv6Gateway", AF_INET6);
	a->prefix_len = prefix_len > 0 ? prefix_len : 0;
	a->prefix_len6 = prefix_len6 > 0 ? prefix_len6 : 0;
	a->has_mac = !mac_parse(text_at(item, "MacAddress"), a->mac);
}

static void parse_attachments(const cJSON *networks, struct container *c)
{
	const cJSON *item;

	if (!cJSON_IsObject(networks))
		return;
	cJSON_ArrayForEach(item, networks) {
		if (c->n_networks == ATTACHMENTS_MAX) {
			log_warn("container %s: more than %d networks, the others are left out",
				 c->name, ATTACHMENTS_MAX);
			return;
		}
		parse_attachment(item, &c->networks[c->n_networks++]);
	}
}

/* Of one port "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], null where it is only exposed. */
static void parse_bindings(const cJSON *bindings, struct container *c)
{
	const char *protocol = strchr(bindings->string, '/');
	const cJSON *item;

	cJSON_ArrayForEach(item, bindings) {
		struct published p = { .l4 = protocol && !strcmp(protocol, "/udp") ? IPPROTO_UDP : IPPROTO_TCP };
		int port = atoi(text_at(item, "HostPort"));

		/* "": any of an engine without IPv6 */
		addr_parse(text_at(item, "HostIp"), &p.ip);
		if (port <= 0 || port > UINT16_MAX || p.ip.family == AF_INET6 ||
		    (protocol && !strcmp(protocol, "/sctp")) || c->n_published == PUBLISHED_MAX)
			continue;
		if (addr_equal(&p.ip, &(struct ip){ .family = AF_INET }))
			p.ip = (struct ip){ 0 };
		p.port = (uint16_t)port;
		c->published[c->n_published++] = p;
	}
}

static void parse_published(const cJSON *ports, struct container *c)
{
	const cJSON *item;

	if (!cJSON_IsObject(ports))
		return;
	cJSON_ArrayForEach(item, ports)
		if (cJSON_IsArray(item))
			parse_bindings(item, c);
}

static const char *without_slash(const char *name)
{
	return *name == '/' ? name + 1 : name;
}

int docker_parse_container(const char *json, struct container *out)
{
	cJSON *root __json = parse(json);
	const cJSON *state = at(root, "State");
	bool running = cJSON_IsTrue(at(state, "Running"));
	int pid = number_at(state, "Pid", INT_MAX);
	struct container c = { 0 };

	if (!*text_at(root, "Id") || !cJSON_IsObject(state) || (running && pid < 0))
		return -EPROTO;
	text_copy(c.id, sizeof(c.id), text_at(root, "Id"));
	text_copy(c.name, sizeof(c.name), without_slash(text_at(root, "Name")));
	/* A container that restarts says Running, with no process. */
	c.running = running && pid > 0;
	c.pid = c.running ? pid : 0;
	c.paused = cJSON_IsTrue(at(state, "Paused"));
	text_copy(c.network_mode, sizeof(c.network_mode),
		  text_at(at(root, "HostConfig"), "NetworkMode"));
	text_copy(c.sandbox, sizeof(c.sandbox), text_at(at(root, "NetworkSettings"), "SandboxKey"));
	c.linked = cJSON_GetArraySize(at(at(root, "HostConfig"), "Links")) > 0;
	parse_attachments(at(at(root, "NetworkSettings"), "Networks"), &c);
	parse_published(at(at(root, "NetworkSettings"), "Ports"), &c);
	*out = c;
	return 0;
}

/* strconv.ParseBool, which is what the engine reads the option with. */
static bool says_false(const char *text)
{
	return !strcmp(text, "0") || !strcasecmp(text, "f") || !strcasecmp(text, "false");
}

/* A name too long for a device is no device's name; cut, it could be another's. */
static void parse_bridge(const cJSON *root, struct network *n)
{
	const char *name = text_at(at(root, "Options"), "com.docker.network.bridge.name");

	if (!*name)
		name = text_at(root, "network_interface"); /* Podman */
	if (*name) {
		if (strlen(name) < sizeof(n->bridge))
			text_copy(n->bridge, sizeof(n->bridge), name);
		return;
	}
	if (!strcmp(n->driver, "bridge") && strlen(n->id) >= SHORT_ID)
		snprintf(n->bridge, sizeof(n->bridge), "br-%.*s", SHORT_ID, n->id);
}

int docker_parse_network(const char *json, struct network *out)
{
	cJSON *root __json = parse(json);
	const cJSON *options = at(root, "Options");
	struct network n = { 0 };

	if (!*text_at(root, "Id"))
		return -EPROTO;
	text_copy(n.id, sizeof(n.id), text_at(root, "Id"));
	text_copy(n.name, sizeof(n.name), text_at(root, "Name"));
	text_copy(n.driver, sizeof(n.driver), text_at(root, "Driver"));
	n.internal = cJSON_IsTrue(at(root, "Internal"));
	n.icc_off = says_false(text_at(options, "com.docker.network.bridge.enable_icc"));
	n.routed = !strcmp(text_at(options, "com.docker.network.bridge.gateway_mode_ipv4"), "routed");
	parse_bridge(root, &n);
	*out = n;
	return 0;
}

/* Other names than the first level's are legacy links: "/web/db". */
static const char *list_name(const cJSON *item)
{
	const cJSON *name;

	cJSON_ArrayForEach(name, at(item, "Names")) {
		const char *text = without_slash(string_of(name));

		if (*text && !strchr(text, '/'))
			return text;
	}
	return "";
}

static void add_name(const cJSON *item, bool with_id, struct strbuf *out)
{
	const char *name = list_name(item);
	char id[SHORT_ID + 1];

	if (out->len)
		strbuf_add(out, ", ", 2);
	text_copy(id, sizeof(id), text_at(item, "Id"));
	strbuf_add_safe(out, *name ? name : id);
	if (with_id && *name) {
		strbuf_add(out, " (", 2);
		strbuf_add_safe(out, id);
		strbuf_add(out, ")", 1);
	}
}

static bool is_listed(const cJSON *item, const char *id_prefix)
{
	if (!id_prefix)
		return !strcmp(text_at(item, "State"), "running");
	return !strncmp(text_at(item, "Id"), id_prefix, strlen(id_prefix));
}

int docker_list_names(const char *json, const char *id_prefix, struct strbuf *out)
{
	cJSON *root __json = parse(json);
	const cJSON *item;
	int n = 0;

	if (!cJSON_IsArray(root))
		return -EPROTO;
	cJSON_ArrayForEach(item, root) {
		if (is_listed(item, id_prefix) && n++ < NAMES_SHOWN)
			add_name(item, id_prefix, out);
	}
	if (n > NAMES_SHOWN)
		strbuf_addf(out, " and %d more", n - NAMES_SHOWN);
	return n;
}

static bool has_address(const cJSON *networks, const struct ip *ip)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, networks) {
		struct ip v4 = address_at(item, "IPAddress", AF_INET);
		struct ip v6 = address_at(item, "GlobalIPv6Address", AF_INET6);

		if (addr_equal(&v4, ip) || addr_equal(&v6, ip))
			return true;
	}
	return false;
}

int docker_list_owner(const char *json, const struct ip *ip, char *out, size_t out_len)
{
	cJSON *root __json = parse(json);
	const cJSON *item;

	if (!cJSON_IsArray(root))
		return -EPROTO;
	cJSON_ArrayForEach(item, root) {
		if (!has_address(at(at(item, "NetworkSettings"), "Networks"), ip))
			continue;
		text_copy(out, out_len, text_at(item, "Id"));
		return 0;
	}
	return -ENOENT;
}

int docker_parse_list(const char *json, docker_container_sink sink, void *ctx)
{
	cJSON *root __json = parse(json);
	const cJSON *item;

	if (!cJSON_IsArray(root))
		return -EPROTO;
	cJSON_ArrayForEach(item, root) {
		struct container c = { .running = true };

		text_copy(c.id, sizeof(c.id), text_at(item, "Id"));
		text_copy(c.name, sizeof(c.name), list_name(item));
		parse_attachments(at(at(item, "NetworkSettings"), "Networks"), &c);
		if (*c.id)
			sink(ctx, &c);
	}
	return 0;
}

/* What the engine calls it, by the kind of thing that it happened to. */
static const struct event_row {
	const char *type, *action;
	enum docker_event_kind kind;
	const char *id; /* the attribute with the container's ID; NULL: the actor is meant */
} event_rows[] = {
	{ "container", "start", DOCKER_STARTED, NULL },
	{ "container", "restart", DOCKER_STARTED, NULL },
	{ "container", "die", DOCKER_DIED, NULL },
	{ "container", "destroy", DOCKER_DIED, NULL },
	{ "container", "rename", DOCKER_CHANGED, NULL },
	{ "network", "connect", DOCKER_CHANGED, "container" },
	{ "network", "disconnect", DOCKER_CHANGED, "container" },
	{ "network", "create", DOCKER_NETWORK_MADE, NULL },
	{ "network", "destroy", DOCKER_NETWORK_MADE, NULL },
};

int docker_parse_event(const char *json, struct docker_event *out)
{
	cJSON *root __json = parse(json);
	const char *type = text_at(root, "Type"), *action = text_at(root, "Action");
	const cJSON *actor = at(root, "Actor"), *attributes = at(actor, "Attributes");
	struct docker_event e = { 0 };

	if (!*type || !*action)
		return -EPROTO;
	for (size_t i = 0; i < ARRAY_SIZE(event_rows); i++) {
		const struct event_row *row = &event_rows[i];

		if (strcmp(row->type, type) || strcmp(row->action, action))
			continue;
		e.kind = row->kind;
		text_copy(e.id, sizeof(e.id), row->id ? text_at(attributes, row->id) : text_at(actor, "ID"));
		text_copy(e.name, sizeof(e.name), text_at(attributes, "name"));
		*out = e;
		return *e.id ? 0 : -EPROTO;
	}
	return -ENOENT;
}

int docker_parse_config(const char *json, char *out, size_t out_len)
{
	cJSON *root __json = parse(json);

	if (!cJSON_IsObject(root))
		return -EPROTO;
	text_copy(out, out_len, text_at(root, "currentContext"));
	return 0;
}

int docker_parse_daemon(const char *json, struct engine *out)
{
	static const struct {
		const char *key;
		size_t offset;
	} settings[] = {
		{ "userland-proxy", offsetof(struct engine, userland_proxy) },
		{ "iptables", offsetof(struct engine, makes_rules) },
		{ "ip6tables", offsetof(struct engine, makes_rules6) },
	};
	cJSON *root __json = parse(json);

	if (!cJSON_IsObject(root))
		return -EPROTO;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		enum says said = says_at(root, settings[i].key);

		if (said)
			*(enum says *)((char *)out + settings[i].offset) = said;
	}
	return 0;
}

int docker_parse_context(const char *json, const char *name, char *out, size_t out_len)
{
	cJSON *root __json = parse(json);

	if (!cJSON_IsObject(root))
		return -EPROTO;
	if (strcmp(text_at(root, "Name"), name))
		return -ENOENT;
	text_copy(out, out_len, text_at(at(at(root, "Endpoints"), "docker"), "Host"));
	return 0;
}
