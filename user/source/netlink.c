/* SPDX-License-Identifier: GPL-2.0 */
#include "source/netlink.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"
#include "source/netns.h"

#define DEADLINE_S 2
#define DUMP_TRIES 5
#define ANSWER_LEN 32768 /* netlink_recvmsg() lets a dump fill no more in one go */

void cleanup_netlink(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

/* The socket stays in the namespace that it was opened in, so one visit is enough. */
static int open_socket(int netns, int bus, struct mnl_socket **out)
{
	int back __leave_netns = netns_enter(netns);
	struct timeval deadline = { .tv_sec = DEADLINE_S };
	struct mnl_socket *s __cleanup(cleanup_netlink) = NULL;

	if (back < 0)
		return back;
	s = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	if (setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)))
		return -errno;
	*out = take_ptr(s);
	return 0;
}

int netlink_ask(int netns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	char buf[ANSWER_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct mnl_socket *s __cleanup(cleanup_netlink) = NULL;
	int more = open_socket(netns, bus, &s);

	if (more)
		return more;
	/* Anybody in the namespace with CAP_NET_ADMIN may send to this socket. */
	if (getrandom(&nlh->nlmsg_seq, sizeof(nlh->nlmsg_seq), 0) < 0)
		return -errno;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t len = mnl_socket_recvfrom(s, buf, sizeof(buf));

		if (len < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		more = mnl_cb_run(buf, len, nlh->nlmsg_seq, mnl_socket_get_portid(s), cb, data);
	} while (more > MNL_CB_STOP);
	return more < 0 ? -errno : 0;
}

int netlink_dump(int netns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data, size_t len)
{
	void *before __free = malloc(len);
	int err = -EINTR;

	if (!before)
		return -ENOMEM;
	memcpy(before, data, len);
	for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++) {
		memcpy(data, before, len);
		err = netlink_ask(netns, bus, nlh, cb, data);
	}
	return err;
}

uint64_t netlink_u64(const struct nlattr *attr)
{
	return attr && !mnl_attr_validate(attr, MNL_TYPE_U64) ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

struct nlmsghdr *netlink_nf_all(void *buf, uint16_t type, uint8_t family)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	return nlh;
}
