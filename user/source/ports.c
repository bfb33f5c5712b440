/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/netlink.h"
#include "source/netns.h"
#include "source/topo_nl.h"
#include "topology.h"

#define RCVBUF (1 << 20) /* some hundred devices at once */
#define MESSAGES_LEN 32768

struct ports {
	int netns;
	struct mnl_socket *socket;
};

struct listener {
	ports_sink sink;
	void *ctx;
};

/* What bridges tell of their ports, AF_BRIDGE, comes besides. */
static int on_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = topo_header(nlh, sizeof(*ifi));
	const struct listener *l = data;
	struct link link = { 0 };

	if (!ifi || ifi->ifi_family != AF_UNSPEC)
		return MNL_CB_OK;
	topo_parse_link(nlh, &link);
	if (nlh->nlmsg_type == RTM_DELLINK)
		l->sink(l->ctx, link.ifindex, 0);
	else if (nlh->nlmsg_type == RTM_NEWLINK)
		l->sink(l->ctx, link.ifindex, link.master);
	return MNL_CB_OK;
}

static int join(struct mnl_socket *s)
{
	int fd = mnl_socket_get_fd(s), group = RTNLGRP_LINK, size = RCVBUF;

	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

int ports_open(int netns, struct ports **out)
{
	int back __leave_netns = netns_enter(netns), err;
	struct mnl_socket *s __cleanup(cleanup_netlink) = NULL;
	struct ports *p;

	if (back < 0)
		return back;
	s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	err = s ? join(s) : -errno;
	if (err)
		return err;
	p = malloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct ports){ fcntl(netns, F_DUPFD_CLOEXEC, 0), take_ptr(s) };
	*out = p;
	return 0;
}

void ports_close(struct ports *p)
{
	if (!p)
		return;
	mnl_socket_close(p->socket);
	close(p->netns);
	free(p);
}

int ports_list(struct ports *p, ports_sink sink, void *ctx)
{
	struct listener listener = { sink, ctx };
	union topo_request req;

	topo_request(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	return topo_ask_all(p->netns, &req, on_link, &listener, sizeof(listener));
}

int ports_update(struct ports *p, ports_sink sink, void *ctx)
{
	char buf[MESSAGES_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct listener listener = { sink, ctx };

	for (;;) {
		ssize_t len = mnl_socket_recvfrom(p->socket, buf, sizeof(buf));

		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		/* a message that cannot be read may have been anything */
		if (mnl_cb_run(buf, len, 0, 0, on_link, &listener) < 0)
			return -ENOBUFS;
	}
}
