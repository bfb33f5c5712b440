/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/bare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/netns.h"
#include "source/topo.h"

#define PID_WORD "pid:"
#define ADDRESSES_MAX (ATTACHMENTS_MAX * 4)

static bool is_pid(const char *word)
{
	return !strncmp(word, PID_WORD, strlen(PID_WORD));
}

bool bare_is(const char *word)
{
	return is_pid(word) || *word == '/';
}

/* 0: it is no process's number. */
static int pid_of(const char *word)
{
	const char *digits = word + strlen(PID_WORD);
	long pid = strspn(digits, "0123456789") == strlen(digits) ? strtol(digits, NULL, 10) : 0;

	return pid > 0 && pid <= INT_MAX ? (int)pid : 0;
}

static int path_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return fd;
	close(fd);
	return -EINVAL;
}

int bare_netns(const char *word)
{
	int pid = is_pid(word) ? pid_of(word) : 0;
	int fd = is_pid(word) ? (pid ? netns_open(pid) : -EINVAL) : path_open(word);

	if (fd >= 0)
		return fd;
	if (fd == -EINVAL && is_pid(word))
		log_error("%s names no process: it should be pid:NUMBER", word);
	else if (fd == -EINVAL)
		log_error("%s is no network namespace: name one of /run/netns, or /proc/PID/ns/net", word);
	else
		log_error("the network namespace of %s cannot be opened (%s)", word,
			  fd == -ESRCH ? "there is no such process" : strerror(-fd));
	return fd;
}

/* The bridge that the veth's other end is a port of. */
static bool bridge_of(const struct link *device, int host, struct link *out)
{
	struct link peer;

	return device->peer && !topo_link_by_index(host, device->peer, &peer) &&
	       peer.peer == device->ifindex && peer.master && !topo_link_by_index(host, peer.master, out);
}

static void gateways_of(const struct link *bridge, int host, struct attachment *at)
{
	struct topo_address list[ADDRESSES_MAX];
	const int families[] = { AF_INET6, AF_INET };

	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		int n = topo_addresses(host, families[f], list, ADDRESSES_MAX);

		for (int i = n - 1; i >= 0; i--)
			if (list[i].ifindex == bridge->ifindex)
				*(families[f] == AF_INET6 ? &at->gateway6 : &at->gateway) = list[i].ip;
	}
}

/* The attachment of a device, made when it is met first; NULL: there are too many. */
static struct attachment *attachment_of(struct container *c, const struct link *device, int host)
{
	struct attachment *at;
	struct link bridge;
	char id[ID_LEN];

	snprintf(id, sizeof(id), "device %s of %.40s", device->name, c->name);
	if (bridge_of(device, host, &bridge))
		snprintf(id, sizeof(id), "bridge %s", bridge.name);
	else
		bridge.ifindex = 0;
	for (int i = 0; i < c->n_networks; i++)
		if (!strcmp(c->networks[i].network_id, id))
			return &c->networks[i];
	if (c->n_networks == ATTACHMENTS_MAX)
		return NULL;
	at = &c->networks[c->n_networks++];
	text_copy(at->network_id, sizeof(at->network_id), id);
	text_copy(at->network, sizeof(at->network), bridge.ifindex ? bridge.name : "");
	if (bridge.ifindex)
		gateways_of(&bridge, host, at);
	at->has_mac = true;
	memcpy(at->mac, device->mac, 6);
	return at;
}

/* The first address of each family counts. */
static void address_add(struct container *c, const struct topo_address *address, int netns, int host)
{
	struct attachment *at;
	struct link device;
	struct ip *ip;

	if (topo_link_by_index(netns, address->ifindex, &device) || !strcmp(device.name, "lo"))
		return;
	at = attachment_of(c, &device, host);
	if (!at)
		return;
	ip = address->ip.family == AF_INET6 ? &at->ip6 : &at->ip;
	if (ip->family)
		return;
	*ip = address->ip;
	if (address->ip.family == AF_INET)
		at->prefix_len = address->prefix_len;
}

int bare_container(const char *word, int netns, int host, struct container *out)
{
	struct container *c __free = calloc(1, sizeof(*c)); /* 10 KiB */
	struct topo_address list[ADDRESSES_MAX];
	const int families[] = { AF_INET, AF_INET6 };

	if (!c)
		return -ENOMEM;
	c->running = true;
	text_copy(c->name, sizeof(c->name), word);
	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		int n = topo_addresses(netns, families[f], list, ADDRESSES_MAX);

		for (int i = 0; i < n; i++)
			address_add(c, &list[i], netns, host);
	}
	if (!c->n_networks) {
		log_error("%s has no address on any device: nsenter --net=... ip addr", word);
		return -EADDRNOTAVAIL;
	}
	*out = *c;
	return 0;
}

bool bare_still_there(const char *word, uint32_t inum)
{
	int fd __close = is_pid(word) ? netns_open(pid_of(word)) : path_open(word);
	uint32_t now;

	if (fd >= 0 && !netns_inum(fd, &now) && now == inum)
		return true;
	log_error("%s ended during the trace: start it, then try again", word);
	return false;
}
