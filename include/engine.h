/* SPDX-License-Identifier: GPL-2.0 */
/* What the engine says of itself, its networks and its containers. */
#ifndef DD_ENGINE_H
#define DD_ENGINE_H

#include <stdbool.h>

#include "address.h"
#include "event.h"
#include "lengths.h"

#define ATTACHMENTS_MAX 16
#define COMPONENTS_MAX 8
#define PUBLISHED_MAX 32

struct component {
	char name[SHORT_LEN];
	char version[SHORT_LEN];
};

/* What is said of a setting. */
enum says { SAYS_NOTHING, SAYS_NO, SAYS_YES };

struct engine {
	char name[SHORT_LEN]; /* "Docker Engine" */
	char version[SHORT_LEN];
	char api_version[16];
	char min_api_version[16];
	struct component components[COMPONENTS_MAX]; /* containerd, runc; not the engine itself */
	int n_components;
	char firewall_backend[SHORT_LEN]; /* empty: unknown */
	char firewall_driver[SHORT_LEN];  /* as the engine says, since 28.1: "iptables+firewalld" */
	bool rootless;
	enum says live_restore, swarm;
	enum says firewalld;      /* it runs */
	enum says userland_proxy;
	enum says makes_rules, makes_rules6; /* of iptables, ip6tables; no: it was told to leave them alone */
};

struct network {
	char name[NAME_LEN];
	char id[ID_LEN];
	char driver[SHORT_LEN];
	char bridge[DD_IFNAME_LEN];
	bool internal;
	bool icc_off; /* com.docker.network.bridge.enable_icc is "false" */
	bool routed;  /* com.docker.network.bridge.gateway_mode_ipv4 is "routed" */
};

/* One network that a container is attached to. */
struct attachment {
	char network[NAME_LEN];
	char network_id[ID_LEN];
	struct ip ip; /* IPv4; family 0: none */
	int prefix_len;
	struct ip gateway;
	struct ip ip6; /* the global address; family 0: none */
	int prefix_len6;
	struct ip gateway6;
	uint8_t mac[6];
	bool has_mac;
	uint32_t port; /* the host's end of its veth; 0: not known */
};

/* A port of the host's that is to lead to one of a container's. */
struct published {
	struct ip ip; /* of the host; family 0: any of its IPv4 addresses */
	uint8_t l4;
	uint16_t port;
	bool led;    /* by a rule of the host's */
	bool served; /* else by a socket of the host's */
};

struct container {
	char name[NAME_LEN]; /* without the leading slash */
	char id[ID_LEN];
	int pid; /* in the engine's PID namespace; 0: not running */
	bool running;
	bool paused;
	char sandbox[NAME_LEN]; /* where the engine keeps its namespace: "/var/run/docker/netns/8ab54b426c38" */
	bool linked; /* by --link to others, whose names it knows */
	char network_mode[NAME_LEN]; /* "default", "bridge", "host", "none", "container:ID", a network */
	struct attachment networks[ATTACHMENTS_MAX];
	int n_networks;
	struct published published[PUBLISHED_MAX]; /* of IPv4, the first of them */
	int n_published;
};

#endif
